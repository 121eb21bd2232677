"""A turn: whatever the model's pieces, frames are gapless and add up to the text."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from backend.chat.prompt.prompt_notes import Note
from backend.chat.protocol.server_frames import EvidenceItem, ServerFrame, Shown
from backend.chat.turns.turn import Turn
from backend.errors import ContextTooLong, EngineRestarting, StorageFull
from backend.model.service import Usage
from backend.storage.turn_rows import TurnEvents, TurnRow, tool_calls
from tests.chat_parts import check_order, text_of

pytestmark = pytest.mark.anyio

USAGE = Usage("stop", 100, 64, 30, 5, 1.0, 2.0)
server_frames: TypeAdapter[Any] = TypeAdapter(ServerFrame)


class Watched:
    """A turn that notes each call to `on_change`."""

    def __init__(self) -> None:
        self.changes: list[bool] = []
        self.turn = Turn(
            "local",
            TurnRow("t", "c", "q", "a"),
            ask_id="c1",
            on_change=lambda _, urgent: self.changes.append(urgent),
        )


def taken_frames(taken: TurnEvents) -> list[dict[str, Any]]:
    frames = [json.loads(frame) for frame in taken.frames]
    first = taken.first_seq
    assert [frame["seq"] for frame in frames] == list(range(first, first + len(frames)))
    return frames


def store(turn: Turn) -> list[dict[str, Any]]:
    """What the event log does, without a database."""
    frames = taken_frames(turn.take())
    turn.publish()
    return frames


async def watched(turn: Turn, after_seq: int = 0) -> list[dict[str, Any]]:
    return [json.loads(frame) async for frame in turn.watch(after_seq)]


#: Text pieces, with `None` where the event log stores what there is.
pieces = st.lists(st.one_of(st.none(), st.tuples(st.text(max_size=8), st.booleans())), max_size=40)


@given(steps=pieces, data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_chunking_adds_up_and_resumes_anywhere(steps: Any, data: st.DataObject) -> None:
    async def check() -> None:
        turn = Watched().turn
        stored: list[dict[str, Any]] = []
        for step in steps:
            if step is None:
                stored += store(turn)
            else:
                turn.add_text(step[0], reasoning=step[1])
        turn.finish(USAGE, [])
        stored += store(turn)
        check_order(stored)
        assert text_of(stored) == "".join(text for text, aside in filter(None, steps) if not aside)
        assert "".join(frame["text"] for frame in stored if frame["type"] == "reasoning") == (
            "".join(text for text, aside in filter(None, steps) if aside)
        )
        after = data.draw(st.integers(0, len(stored)))
        assert await watched(turn, after) == stored[after:]
        assert all(server_frames.validate_python(frame) for frame in stored)

    asyncio.run(check())


async def test_text_between_two_commits_is_one_frame_and_only_the_first_is_urgent() -> None:
    watch = Watched()
    for piece in ("The ", "bore ", "is "):
        watch.turn.add_text(piece)
    assert watch.changes == [True, False, False]
    assert [frame["text"] for frame in store(watch.turn)] == ["The bore is "]
    watch.turn.add_text("Ø38")
    watch.turn.add_text("")
    assert watch.changes == [True, False, False, False]
    assert [frame["seq"] for frame in store(watch.turn)] == [2]


async def test_nothing_is_seen_before_it_is_stored() -> None:
    turn = Watched().turn
    turn.add_text("Ø38")
    taken = turn.take()
    watcher = asyncio.create_task(anext(turn.watch(0)))
    await asyncio.sleep(0)
    assert not watcher.done()
    turn.add_text(" H12")
    assert turn.take().frames[: len(taken.frames)] == taken.frames
    turn.publish()
    assert json.loads(await watcher)["text"] == "Ø38"


async def test_tools_and_evidence_keep_their_place_in_the_text() -> None:
    turn = Watched().turn
    turn.add_text("The bore ")
    turn.add_tool(1, "find_text", "done", {"query": "Ø"}, {"found": 1})
    turn.add_text("is Ø38.")
    item = EvidenceItem(text="Ø38", start=12, end=15, status="found", source="vector")
    turn.add_evidence([item])
    seen = Shown(kind="overview", drawing="plate", page=1, width=64, height=64, tokens=4)
    turn.saw([seen])
    turn.finish(USAGE, [Note("too_many_calls", most=8)])
    taken = turn.take()
    assert [frame["type"] for frame in taken_frames(taken)] == [
        "delta",
        "tool",
        "delta",
        "evidence",
        "done",
    ]
    assert taken.ending is not None
    assert taken.ending.text == "The bore is Ø38."
    assert taken.ending.evidence == [item.model_dump(mode="json")]
    assert taken_frames(taken)[-1]["notes"] == ["The model asked for more than 8 tool calls."]
    assert taken_frames(taken)[-1]["note_codes"] == [
        {"code": "too_many_calls", "values": {"most": 8}}
    ]
    assert taken_frames(taken)[-1]["shown"] == [seen.model_dump()]


async def test_the_end_is_the_end() -> None:
    turn = Watched().turn
    turn.add_text("Partial")
    turn.stop(None)
    turn.add_text(" more")
    turn.finish(USAGE, [])
    turn.fail(ContextTooLong("Too long."))
    turn.add_tool(1, "zoom", "running", {})
    frames = store(turn)
    assert [frame["type"] for frame in frames] == ["delta", "stopped"]
    assert turn.finished
    assert await watched(turn) == frames


@pytest.mark.parametrize(
    ("error", "status"),
    [(ContextTooLong("9 of 8 tokens"), "failed"), (EngineRestarting("Again."), "interrupted")],
)
async def test_an_error_ends_it_with_its_code(error: Any, status: str) -> None:
    turn = Watched().turn
    turn.add_text("Partial")
    turn.fail(error)
    taken = turn.take()
    assert taken_frames(taken)[-1] == {
        "type": "error",
        "turn_id": "t",
        "seq": 2,
        "id": "c1",
        "code": error.code,
        "message": str(error),
    }
    assert taken.ending is not None
    assert (taken.ending.status, taken.ending.text) == (status, "Partial")


async def test_what_cannot_be_stored_is_forgotten_and_the_numbers_stay_gapless() -> None:
    turn = Watched().turn
    turn.add_text("Kept. ")
    kept = store(turn)
    turn.add_text("Lost.")
    turn.finish(USAGE, [])
    turn.take()
    turn.discard(StorageFull("No room."))
    assert turn.take().ending is not None
    turn.publish()
    frames = await watched(turn)
    assert frames[:1] == kept
    assert [frame["type"] for frame in frames] == ["delta", "error"]
    check_order(frames)


async def test_a_call_that_still_runs_is_ended_with_the_turn() -> None:
    turn = Watched().turn
    turn.add_text("😀 ")
    turn.add_tool(1, "find_text", "running", {"query": "Ø"})
    turn.add_tool(1, "find_text", "done", {"query": "Ø"}, {"found": 0})
    turn.add_tool(2, "thread", "running", {"designation": "M6"})
    turn.stop(None)
    taken = turn.take()
    frames = taken_frames(taken)
    assert [frame.get("state") for frame in frames] == [
        None, "running", "done", "running", "failed", None,
    ]  # fmt: skip
    assert all(frame["at"] == 3 for frame in frames if frame["type"] == "tool")
    assert taken.ending is not None
    assert [(call["name"], call["state"]) for call in taken.ending.tools] == [
        ("find_text", "done"),
        ("thread", "failed"),
    ]
    assert taken.ending.tools == tool_calls(frames)


async def test_a_call_whose_end_could_not_be_stored_has_failed() -> None:
    turn = Watched().turn
    turn.add_tool(1, "thread", "running", {})
    store(turn)
    turn.add_tool(1, "thread", "done", {}, {"pitch_mm": 1})
    turn.add_tool(2, "thread", "running", {})
    turn.take()
    turn.discard(StorageFull("No room."))
    taken = turn.take()
    assert [frame["type"] for frame in taken_frames(taken)] == ["tool", "error"]
    assert taken.ending is not None
    assert [(call["step"], call["state"]) for call in taken.ending.tools] == [(1, "failed")]


async def test_a_lone_surrogate_becomes_something_that_can_be_sent() -> None:
    turn = Watched().turn
    turn.add_text("a\ud800b")
    assert [frame["text"] for frame in store(turn)] == ["a?b"]


async def test_times_are_of_this_turn() -> None:
    turn = Watched().turn
    turn.left_queue()
    turn.add_text("x")
    turn.finish(USAGE, [])
    timing = store(turn)[-1]["timing"]
    assert 0 <= timing["ttft_ms"] <= timing["total_ms"]
    assert timing["queue_ms"] >= USAGE.queue_ms
