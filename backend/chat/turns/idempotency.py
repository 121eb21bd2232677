"""Questions that are sent again: the same id finds the same turn, one at a time.

A client whose line broke cannot know whether its question arrived; it sends it once more, and no
second answer begins. Knows ids and turns; not how a turn runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backend.chat.protocol.frames import UNIQUE_ID_CHARACTERS, Ask
from backend.errors import BadRequest
from backend.storage.turn_rows import TurnRow
from backend.storage.turns import TurnStore


def unique_id(ask_id: str) -> str | None:
    """The id, where no other question is to be expected under it; short ones repeat."""
    return ask_id if len(ask_id) >= UNIQUE_ID_CHARACTERS else None


class AskedBefore:
    """Finds the turn of a question that has come before. The turns themselves remember it."""

    def __init__(self, store: TurnStore) -> None:
        self._store = store
        self._coming: dict[tuple[str, str], asyncio.Event] = {}

    @asynccontextmanager
    async def alone(self, owner: str, ask_id: str) -> AsyncIterator[None]:
        """While one arrival of a question is being accepted, another waits here."""
        key = owner, ask_id
        while key in self._coming:
            await self._coming[key].wait()
        over = self._coming[key] = asyncio.Event()
        try:
            yield
        finally:
            del self._coming[key]
            over.set()

    async def find(self, owner: str, ask: Ask) -> TurnRow | None:
        """The turn that this question began. Raises `BadRequest` where it asked something else."""
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
        """The turn of the question with this id."""
        found = await self._store.find_asked(owner, ask_id) if unique_id(ask_id) else None
        return found[0].id if found else None
