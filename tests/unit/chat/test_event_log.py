"""The event log: one commit for many turns, stored before shown, one turn's trouble its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence

import pytest

from backend.chat.turns.event_log import ATTEMPTS, EventLog
from backend.chat.turns.turn import Turn
from backend.errors import StorageBusy, StorageFull
from backend.model.service import Usage
from backend.storage.turn_rows import TurnEvents, TurnRow
from tests.chat_parts import check_order

pytestmark = pytest.mark.anyio

USAGE = Usage("stop", 10, 0, 0, 5, 1.0, 2.0)


class MemoryStore:
    """A `TurnStore` that keeps its commits in a list; `before` runs first and may raise."""

    def __init__(self) -> None:
        self.commits: list[list[TurnEvents]] = []
        self.before: Callable[[Sequence[TurnEvents]], Awaitable[None]] | None = None
        self.attempts = 0

    async def save(self, batch: Sequence[TurnEvents]) -> None:
        self.attempts += 1
        if self.before is not None:
            await self.before(batch)
        self.commits.append(list(batch))


class Setup:
    """A log over a memory store, with its turns."""

    def __init__(self, *, interval_s: float = 0) -> None:
        self.store = MemoryStore()
        self.lost: list[str] = []
        self.ended: list[str] = []
        self.log = EventLog(
            self.store,  # type: ignore[arg-type]
            on_lost=lambda turn: self.lost.append(turn.id),
            on_end=lambda turn: self.ended.append(turn.id),
            interval_s=interval_s,
            retry_s=0,
        )

    def turn(self, turn_id: str) -> Turn:
        row = TurnRow(turn_id, "c", "q", "a")
        return Turn("local", row, ask_id="c1", on_change=self.log.changed)


async def watched(turn: Turn) -> list[dict[str, object]]:
    return [json.loads(frame) async for frame in turn.watch(0)]


async def test_many_turns_share_a_commit() -> None:
    setup = Setup()
    turns = [setup.turn(str(number)) for number in range(20)]
    for turn in turns:
        turn.add_text("Ø38")
    await anext(turns[-1].watch(0))
    assert [len(commit) for commit in setup.store.commits] == [20]
    await setup.log.close()


async def test_text_waits_for_more_and_the_end_does_not() -> None:
    setup = Setup(interval_s=3600)
    turn = setup.turn("t")
    turn.add_text("first ")
    await anext(turn.watch(0))
    for piece in ("second ", "third ", "fourth"):
        turn.add_text(piece)
        await asyncio.sleep(0)
    assert len(setup.store.commits) == 1
    turn.finish(USAGE, [])
    frames = await watched(turn)
    assert [frame.get("text") for frame in frames] == ["first ", "second third fourth", None]
    assert len(setup.store.commits) == 2
    await setup.log.close()


async def test_what_is_new_during_a_commit_goes_into_the_next() -> None:
    setup, gate = Setup(), asyncio.Event()

    async def wait(_: object) -> None:
        await gate.wait()

    setup.store.before = wait
    turn = setup.turn("t")
    turn.add_text("one ")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    turn.add_text("two")
    turn.finish(USAGE, [])
    gate.set()
    frames = await watched(turn)
    check_order(frames)
    assert [frame.get("text") for frame in frames] == ["one ", "two", None]
    assert setup.ended == ["t"]
    await setup.log.close()


@pytest.mark.fault(10)
async def test_a_busy_database_only_delays() -> None:
    setup = Setup()

    async def busy(_: object) -> None:
        if setup.store.attempts < ATTEMPTS:
            raise StorageBusy("Later.")

    setup.store.before = busy
    turn = setup.turn("t")
    turn.add_text("x")
    turn.finish(USAGE, [])
    assert [frame["type"] for frame in await watched(turn)] == ["delta", "done"]
    await setup.log.close()


@pytest.mark.fault(9)
async def test_a_full_disk_ends_the_turn_with_a_typed_error_and_is_stored_later() -> None:
    setup = Setup()
    full = True

    async def refuse(_: object) -> None:
        if full:
            raise StorageFull("No room.")

    turn = setup.turn("t")
    turn.add_text("kept ")
    await anext(turn.watch(0))
    setup.store.before = refuse
    turn.add_text("lost")
    turn.add_tool(1, "zoom", "running", {})
    frames = await watched(turn)
    check_order(frames)
    assert [frame["type"] for frame in frames] == ["delta", "error"]
    assert frames[-1]["code"] == "storage_full"
    assert setup.lost == ["t"]
    full = False
    await setup.log.close()
    [entry] = setup.store.commits[-1]
    assert [json.loads(frame)["seq"] for frame in entry.frames] == [entry.first_seq] == [2]
    assert entry.ending is not None
    assert (entry.ending.status, entry.ending.text) == ("interrupted", "kept ")
    assert setup.ended == ["t"]


async def test_one_turn_that_cannot_be_stored_does_not_end_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    setup = Setup()

    async def refuse(batch: Sequence[TurnEvents]) -> None:
        if any(entry.turn.id == "bad" for entry in batch):
            raise ValueError("its conversation is gone")

    setup.store.before = refuse
    good, bad = setup.turn("good"), setup.turn("bad")
    for turn in (good, bad):
        turn.add_text("x")
        turn.finish(USAGE, [])
    assert [frame["type"] for frame in await watched(good)] == ["delta", "done"]
    assert [frame["type"] for frame in await watched(bad)] == ["error"]
    await setup.log.close()
    assert sorted(setup.ended) == ["bad", "good"]
    assert "conversation is gone" in caplog.text


async def test_closing_stores_what_is_left() -> None:
    setup = Setup(interval_s=3600)
    turn = setup.turn("t")
    turn.add_text("first ")
    await anext(turn.watch(0))
    turn.add_text("rest")
    await setup.log.close()
    stored = [json.loads(frame) for commit in setup.store.commits for frame in commit[0].frames]
    texts = [frame["text"] for frame in stored]
    assert texts == ["first ", "rest"]
