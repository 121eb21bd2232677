"""Questions that are sent again: the same id finds the same turn.

After a lost connection a client cannot know whether its question arrived, so it sends the
question again; that must not start a second answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backend.chat.protocol.client_frames import Ask
from backend.chat.protocol.frame_types import UNIQUE_ID_CHARACTERS
from backend.errors import BadRequest
from backend.storage.turn_rows import TurnRow
from backend.storage.turns import TurnStore


def unique_id(ask_id: str) -> str | None:
    """The id if it is long enough to be unique, else None: short ids repeat."""
    return ask_id if len(ask_id) >= UNIQUE_ID_CHARACTERS else None


class Idempotency:
    """Finds the turn of a question that arrived before. The stored turns keep the ids."""

    def __init__(self, store: TurnStore) -> None:
        self._store = store
        self._arriving: dict[tuple[str, str], asyncio.Event] = {}

    @asynccontextmanager
    async def exclusive(self, owner: str, ask_id: str) -> AsyncIterator[None]:
        """Accept one arrival of a question at a time."""
        key = owner, ask_id
        while key in self._arriving:
            await self._arriving[key].wait()
        accepted = self._arriving[key] = asyncio.Event()
        try:
            yield
        finally:
            del self._arriving[key]
            accepted.set()

    async def find(self, owner: str, ask: Ask) -> TurnRow | None:
        """The turn of this question. Raises `BadRequest` if the id belongs to another question."""
        if unique_id(ask.id) is None:
            return None
        found = await self._store.find_asked(owner, ask.id)
        if found is None:
            return None
        row, text = found
        if text != ask.text:
            raise BadRequest("id: another question has it. Give each question an id of its own.")
        return row

    async def turn_of(self, owner: str, ask_id: str) -> str | None:
        """The id of the turn of the question with this id."""
        found = await self._store.find_asked(owner, ask_id) if unique_id(ask_id) else None
        return found[0].id if found else None
