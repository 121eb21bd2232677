"""A question that is sent again after its line broke: the same turn, on any socket, for ever."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from backend.storage import migrate as storage_migrate
from backend.storage.tables import turns as turns_table
from tests.chat_parts import Frame, check_order, text_of
from tests.chat_server import TERMINAL, Served, serve

pytestmark = pytest.mark.anyio

ID = "4f0c3f1e-7d0a-4b0e-9a55-0d1c2b3a4f5e"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serve(tmp_path) as running:
        yield running


async def turns(served: Served) -> int | None:
    count = select(func.count()).select_from(turns_table)
    return await served.chat.database.read(lambda sql: sql.scalar(count))


async def ask(served: Served, *until: str, ask_id: str = ID, **more: Any) -> list[Frame]:
    """Ask on a line of its own, which is lost after the first of these frames."""
    async with served.talk(more.pop("owner", "local")) as talk:
        await talk.send(type="ask", id=ask_id, text=more.pop("text", "Bore?"), **more)
        frames = await talk.until(*until)
        talk.connection.transport.abort()
    return frames


async def test_it_is_the_same_turn_while_it_runs(served: Served) -> None:
    gate = asyncio.Event()
    served.chat.service.scripts = [["The ", gate, "bore."]]
    [first] = await ask(served, "accepted")
    second, delta = await ask(served, "delta")
    assert second == first
    assert (delta["seq"], delta["text"]) == (1, "The ")
    gate.set()
    third = await ask(served, *TERMINAL)
    assert third[0] == first
    check_order(third[1:])
    assert text_of(third) == "The bore."
    assert await turns(served) == 1


async def test_it_is_the_same_turn_after_its_end_and_after_a_restart(tmp_path: Path) -> None:
    async with serve(tmp_path) as served:
        first = await ask(served, *TERMINAL)
        assert await ask(served, *TERMINAL) == first
    async with serve(tmp_path) as served:
        assert await ask(served, *TERMINAL) == first
        assert len(served.chat.service.requests) == 0
        assert await turns(served) == 1


async def test_in_a_conversation_that_answers_it_is_not_busy(served: Served) -> None:
    begun = await ask(served, *TERMINAL)
    conversation = begun[0]["conversation_id"]
    gate = asyncio.Event()
    served.chat.service.scripts = [[gate, "Yes."]]
    again: dict[str, Any] = {"ask_id": ID[::-1], "conversation_id": conversation}
    [first] = await ask(served, "accepted", **again)
    assert await ask(served, "accepted", **again) == [first]
    [busy] = await ask(served, "error", ask_id=ID[::-1] + "x", conversation_id=conversation)
    assert busy["code"] == "busy"
    gate.set()


async def test_two_that_come_at_the_same_moment_are_one(served: Served) -> None:
    answers = await asyncio.gather(*(ask(served, *TERMINAL) for _ in range(8)))
    assert all(frames == answers[0] for frames in answers)
    assert await turns(served) == 1


async def test_on_one_line_its_frames_do_not_double(served: Served) -> None:
    gate = asyncio.Event()
    served.chat.service.scripts = [["The ", gate, "bore."]]
    async with served.talk() as talk:
        await talk.send(type="ask", id=ID, text="Bore?")
        await talk.until("delta")
        await talk.send(type="ask", id=ID, text="Bore?")
        frames = await talk.until("delta")
        gate.set()
        frames += await talk.until(*TERMINAL)
        assert await talk.alive()
    assert frames[0]["type"] == "accepted"
    check_order(frames[1:])


async def test_stop_by_its_id_works_on_a_new_line(served: Served) -> None:
    served.chat.service.scripts = [["The ", asyncio.Event()]]
    await ask(served, "delta")
    async with served.talk() as talk:
        await talk.send(type="stop", id=ID)
        assert await talk.alive()
    assert (await ask(served, *TERMINAL))[-1]["type"] == "stopped"


async def test_another_question_under_a_used_id_is_refused(served: Served) -> None:
    await ask(served, *TERMINAL)
    [error] = await ask(served, "error", text="Material?")
    assert (error["code"], error["id"]) == ("bad_request", ID)
    assert await turns(served) == 1


async def test_short_ids_and_other_owners_ids_are_questions_of_their_own(served: Served) -> None:
    for _ in range(2):
        await ask(served, *TERMINAL, ask_id="c1")
    mine, theirs = await ask(served, "accepted"), await ask(served, "accepted", owner="other")
    assert mine[0]["turn_id"] != theirs[0]["turn_id"]
    assert await turns(served) == 4


async def test_a_database_from_before_takes_it_up_and_a_copy_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tmp_path / "migrations"
    shutil.copytree(storage_migrate._SCRIPTS, before)
    for revision in (before / "versions").glob("[0-9]*.py"):
        if revision.name >= "0003":
            revision.unlink()
    with monkeypatch.context() as older:
        older.setattr(storage_migrate, "_SCRIPTS", before)
        storage_migrate.migrate(tmp_path / "chat.sqlite3")
    async with serve(tmp_path) as served:
        first = await ask(served, *TERMINAL)
        assert await ask(served, *TERMINAL) == first
    assert (tmp_path / "chat.before-0002-upgrade.sqlite3").exists()
