"""The tool calls of answers in the database: an older file gets the column, frames are folded."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from backend.storage import migrate as migrating
from backend.storage.conversations import ConversationStore
from backend.storage.database import Database
from backend.storage.messages import MessageRow
from backend.storage.turn_rows import CUT_SHORT, tool_calls

pytestmark = pytest.mark.anyio

STEP = {"step": 1, "name": "thread", "state": "done", "arguments": {}, "result": {"pitch_mm": 1},
        "error": None, "at": 3, "note_codes": []}  # fmt: skip


async def test_answers_of_a_version_without_tools_have_none(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    config = Config()
    config.set_main_option("script_location", str(migrating._SCRIPTS))
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.commit()
    engine.dispose()
    with closing(sqlite3.connect(path)) as old:
        old.execute("INSERT INTO conversations VALUES ('c', 'me', 'old', 1, 1)")
        old.execute(
            "INSERT INTO messages (id, conversation_id, role, text, status, drawings, evidence, "
            "created_at) VALUES ('q', 'c', 'user', 'Bore?', 'complete', '[]', '[]', 1)"
        )
        old.commit()
    database = await Database.open(path)
    try:
        store = ConversationStore(database)
        (row,) = await store.messages("me", "c")
        assert (row.text, row.tools) == ("Bore?", [])
        (row,) = await store.path("me", "q")
        assert row.tools == []
    finally:
        await database.close()


async def test_calls_come_back_as_they_were_stored(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "new.sqlite3")
    try:
        store = ConversationStore(database)
        rows = [
            MessageRow("q", None, "user", "Pitch?", "complete"),
            MessageRow("a", "q", "assistant", "It is 1.", "complete", tools=[STEP]),
        ]
        made = await store.insert("me", "t", rows)
        stored = await store.messages("me", made.id)
        assert [row.tools for row in stored] == [[], [STEP]]
        assert [row.tools for row in await store.path("me", stored[1].id)] == [[], [STEP]]
    finally:
        await database.close()


def test_each_call_is_told_in_its_newest_state() -> None:
    running = {**STEP, "type": "tool", "seq": 1, "state": "running", "result": None}
    frames = [
        running,
        {"type": "delta", "text": "x"},
        {**running, "step": 2},
        {**STEP, "type": "tool"},
    ]
    assert tool_calls(frames) == [STEP, {**STEP, "step": 2, "state": "running", "result": None}]
    ended = tool_calls(frames, cut_short=True)
    assert [(call["state"], call["error"]) for call in ended] == [
        ("done", None),
        ("failed", CUT_SHORT),
    ]
