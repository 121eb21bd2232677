"""A chat without a server: database, fake engine and fake drawings, opened and closed around."""

from __future__ import annotations

import functools
import itertools
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.chat.protocol.client_frames import Ask
from backend.chat.turns.turn import Turn
from backend.chat.turns.turn_manager import TurnManager
from backend.config.settings import Settings
from backend.storage.conversations import ConversationStore
from backend.storage.database import Database
from backend.storage.messages import MessageRow
from backend.storage.migrate import migrate
from tests.fakes import FakeSheets, FakeVisionService

Frame = dict[str, Any]
TERMINAL = ("done", "stopped", "error")
_ids = itertools.count(1)


@functools.cache
def empty_database() -> bytes:
    """A migrated file's bytes; migrating for every test would take most of its time."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.sqlite3"
        migrate(path)
        return path.read_bytes()


async def open_database(path: Path) -> Database:
    """Open the database at `path`, empty where there is none."""
    _provide(path)
    return await Database.open(path)


def _provide(path: Path) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(empty_database())


@dataclass
class Chat:
    """The opened parts, and asking in one line."""

    turns: TurnManager
    service: FakeVisionService
    sheets: FakeSheets
    database: Database
    store: ConversationStore

    async def ask(self, text: str = "Largest bore?", owner: str = "local", **more: Any) -> Turn:
        """Ask as a socket would."""
        values = {"type": "ask", "id": f"c{next(_ids)}", "text": text, **more}
        return await self.turns.ask(owner, Ask.model_validate(values))

    async def frames(
        self, turn: Turn | str, after_seq: int = 0, owner: str = "local"
    ) -> list[Frame]:
        """Watch to the end."""
        turn_id = turn if isinstance(turn, str) else turn.id
        stream = await self.turns.watch(owner, turn_id, after_seq)
        async with aclosing(stream):
            return [json.loads(frame) async for frame in stream]

    async def first(self, turn: Turn, kind: str = "delta") -> Frame:
        """Watch up to the first frame of this type."""
        stream = await self.turns.watch(turn.owner, turn.id, 0)
        async with aclosing(stream):
            async for frame in stream:
                values: Frame = json.loads(frame)
                if values["type"] == kind:
                    return values
        raise AssertionError(f"no {kind} came")

    async def answer(self, text: str = "Largest bore?", **more: Any) -> list[Frame]:
        """Ask and watch to the end."""
        return await self.frames(await self.ask(text, **more))

    async def stored(self, turn: Turn) -> MessageRow:
        """The answer as the database has it."""
        rows = await self.store.messages(turn.owner, turn.row.conversation_id)
        return next(row for row in rows if row.id == turn.row.answer_id)


@asynccontextmanager
async def open_chat(
    folder: Path,
    service: FakeVisionService | None = None,
    sheets: FakeSheets | None = None,
    **settings: Any,
) -> AsyncIterator[Chat]:
    """Everything that a `TurnManager` needs, on the database in `folder`."""
    service, sheets = service or FakeVisionService(), sheets or FakeSheets()
    database = await open_database(folder / "chat.sqlite3")
    turns = await TurnManager.open(database, sheets, service, Settings(**settings))
    try:
        yield Chat(turns, service, sheets, database, ConversationStore(database))
    finally:
        await turns.close()
        await database.close()


def text_of(frames: list[Frame]) -> str:
    """What the deltas add up to."""
    return "".join(frame["text"] for frame in frames if frame["type"] == "delta")


def check_order(frames: list[Frame], after_seq: int = 0) -> None:
    """Numbers without a gap, one terminal frame, at the end."""
    assert [frame["seq"] for frame in frames] == list(
        range(after_seq + 1, after_seq + 1 + len(frames))
    )
    assert [frame["type"] in TERMINAL for frame in frames] == [False] * (len(frames) - 1) + [True]
