"""Turns as jobs: accepted durably, watched by anybody, stopped, failed, drained, recovered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.errors import (
    BadRegion,
    BadRequest,
    Busy,
    EngineError,
    EngineRestarting,
    ModelNotReady,
    NotFound,
)
from backend.model.service import Delta
from backend.storage.tables import turns
from tests.chat_parts import Chat, check_order, open_chat, open_database, text_of
from tests.fakes import FakeVisionService, texts_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    async with open_chat(tmp_path) as opened:
        yield opened


async def test_an_answer_is_streamed_and_stored(chat: Chat) -> None:
    chat.service.scripts = [["The largest ", "bore is ", "Ø38 H12."]]
    turn = await chat.ask()
    frames = await chat.frames(turn)
    check_order(frames)
    assert text_of(frames) == "The largest bore is Ø38 H12."
    done = frames[-1]
    assert done["finish_reason"] == "stop"
    assert done["usage"]["completion_tokens"] == 3
    stored = await chat.stored(turn)
    assert (stored.status, stored.text) == ("complete", text_of(frames))
    assert stored.usage == done["usage"]
    assert chat.service.requests_in_flight() == 0


async def test_the_question_is_on_disk_before_it_is_accepted(chat: Chat) -> None:
    chat.service.scripts = [[asyncio.Event()]]
    turn = await chat.ask("Material?")
    rows = await chat.store.messages("local", turn.row.conversation_id)
    assert [(row.role, row.text, row.status) for row in rows] == [
        ("user", "Material?", "complete"),
        ("assistant", "", "streaming"),
    ]
    assert (await chat.store.get("local", turn.row.conversation_id)).title == "Material?"


async def test_an_answer_goes_on_when_nobody_watches(chat: Chat) -> None:
    gate = asyncio.Event()
    chat.service.scripts = [["One ", gate, "two."]]
    turn = await chat.ask()
    seen = await chat.first(turn)  # the watcher leaves after one frame
    gate.set()
    await chat.service.until(lambda service: not service.requests_in_flight())
    rest = await chat.frames(turn, seen["seq"])
    check_order(rest, seen["seq"])
    assert seen["text"] + text_of(rest) == "One two."


async def test_several_watch_at_once_and_each_sees_everything(chat: Chat) -> None:
    gate = asyncio.Event()
    chat.service.scripts = [["One ", gate, "two ", "three."]]
    turn = await chat.ask()
    watchers = [asyncio.create_task(chat.frames(turn)) for _ in range(3)]
    await chat.first(turn)
    watchers += [asyncio.create_task(chat.frames(turn, 1))]
    gate.set()
    *whole, late = [await watcher for watcher in watchers]
    assert whole[0] == whole[1] == whole[2]
    assert late == whole[0][1:]


async def test_resume_gives_the_same_events_live_and_from_the_database(chat: Chat) -> None:
    gates = [asyncio.Event() for _ in range(5)]
    script = [step for index, gate in enumerate(gates) for step in (f"piece {index} ", gate)]
    chat.service.scripts = [[*script, Delta("thinking", reasoning=True), "end."]]
    turn = await chat.ask()
    watcher = asyncio.create_task(chat.frames(turn))
    for number, gate in enumerate(gates, 1):
        async with aclosing(await chat.turns.watch("local", turn.id, number - 1)) as stream:
            await anext(stream)
        gate.set()
    live = await watcher
    assert len(live) >= 6
    await chat.turns.end_conversation("local", turn.row.conversation_id)
    for after in range(len(live) + 1):
        assert await chat.frames(turn, after) == live[after:]
    with pytest.raises(BadRequest):
        await chat.frames(turn, len(live) + 1)


async def test_stop_frees_the_engine_and_keeps_the_partial_answer(chat: Chat) -> None:
    chat.service.scripts = [["Partial ", "answer", asyncio.Event(), " never"]]
    turn = await chat.ask()
    await chat.first(turn)
    await chat.turns.stop("local", turn.id)
    frames = await chat.frames(turn)
    check_order(frames)
    assert frames[-1]["type"] == "stopped"
    assert frames[-1]["usage"]["completion_tokens"] == 2
    assert chat.service.requests_in_flight() == 0
    assert chat.service.requests[0].aborted
    stored = await chat.stored(turn)
    assert (stored.status, stored.text) == ("stopped", "Partial answer")
    await chat.turns.stop("local", turn.id)  # once more is no error


async def test_stop_ends_even_an_engine_that_does_not_listen(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(request_id: str) -> None:
        return None

    monkeypatch.setattr(chat.service, "abort", deaf)
    monkeypatch.setattr("backend.chat.turns.turn_runner.STOP_SECONDS", 0)
    chat.service.scripts = [["Partial", asyncio.Event()]]
    turn = await chat.ask()
    await chat.first(turn)
    await chat.turns.stop("local", turn.id)
    assert (await chat.frames(turn))[-1]["type"] == "stopped"
    assert chat.service.requests_in_flight() == 0


async def test_stop_while_waiting(tmp_path: Path) -> None:
    async with open_chat(tmp_path, FakeVisionService(state="loading")) as chat:
        turn = await chat.ask()
        await chat.turns.stop("local", turn.id)
        assert [frame["type"] for frame in await chat.frames(turn)] == ["stopped"]
        chat.service.set_state("ready")
        assert chat.service.requests == []


@pytest.mark.fault(1)
async def test_engine_death_interrupts_running_turns_and_the_next_is_answered(
    chat: Chat,
) -> None:
    chat.service.scripts = [["Partial ", asyncio.Event()]]
    turn = await chat.ask()
    await chat.first(turn)
    chat.service.die()
    frames = await chat.frames(turn)
    check_order(frames)
    assert frames[-1]["code"] == "engine_restarting"
    assert (await chat.stored(turn)).status == "interrupted"
    waiting = await chat.ask("Again?", conversation_id=turn.row.conversation_id)
    chat.service.set_state("ready")
    assert (await chat.frames(waiting))[-1]["type"] == "done"


@pytest.mark.fault(7)
async def test_a_failing_request_is_the_only_one(chat: Chat) -> None:
    gate = asyncio.Event()
    chat.service.scripts = [["Good ", gate, "answer."], ["Bad ", EngineError("No."), "x"]]
    good = await chat.ask()
    await chat.first(good)  # the scripts are taken in this order
    bad = await chat.ask()
    frames = await chat.frames(bad)
    assert (frames[-1]["type"], frames[-1]["code"]) == ("error", "engine_error")
    assert (await chat.stored(bad)).status == "failed"
    gate.set()
    assert text_of(await chat.frames(good)) == "Good answer."


async def test_a_bug_ends_the_turn_without_its_details(
    chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    chat.service.scripts = [["x", RuntimeError("secret path /etc/x")]]
    frames = await chat.answer()
    assert frames[-1]["code"] == "internal"
    assert "secret" not in frames[-1]["message"]
    assert "secret" in caplog.text


async def test_one_turn_at_a_time_in_a_conversation(chat: Chat) -> None:
    gate = asyncio.Event()
    chat.service.scripts = [["One", gate], ["SPAFallback"], ["Two"]]
    first = await chat.ask()
    await chat.first(first)
    conversation = first.row.conversation_id
    with pytest.raises(Busy):
        await chat.ask(conversation_id=conversation)
    assert text_of(await chat.answer()) == "SPAFallback"
    gate.set()
    await chat.frames(first)
    assert text_of(await chat.answer(conversation_id=conversation)) == "Two"


async def test_two_asks_at_the_same_moment_cannot_both_be_accepted(chat: Chat) -> None:
    conversation = (await chat.store.create("local", "New")).id
    outcomes = await asyncio.gather(
        *(chat.ask(conversation_id=conversation) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Busy) for outcome in outcomes) == 4


async def test_questions_wait_while_the_model_loads(tmp_path: Path) -> None:
    async with open_chat(tmp_path, FakeVisionService(state="loading")) as chat:
        first, second = await chat.ask(), await chat.ask()
        assert (first.queue_position, second.queue_position) == (0, 1)
        assert chat.service.requests == []
        chat.service.set_state("warming")
        chat.service.set_state("ready")
        for turn in (first, second):
            assert (await chat.frames(turn))[-1]["type"] == "done"


@pytest.mark.fault(6)
@pytest.mark.parametrize("state", ["failed", "stopped"])
async def test_no_model_is_said_at_once(tmp_path: Path, state: str) -> None:
    async with open_chat(tmp_path, FakeVisionService(state="loading")) as chat:
        waiting = await chat.ask()
        chat.service.set_state(state, "No memory: free 3 GiB.")  # type: ignore[arg-type]
        frames = await chat.frames(waiting)
        assert frames[-1]["code"] == "model_not_ready"
        assert "free 3 GiB" in frames[-1]["message"]
        with pytest.raises(ModelNotReady, match="free 3 GiB"):
            await chat.ask()


@pytest.mark.fault(23)
async def test_the_queue_is_bounded(tmp_path: Path) -> None:
    service = FakeVisionService(state="loading")
    async with open_chat(tmp_path, service, max_queued_turns=4) as chat:
        accepted = [await chat.ask(), await chat.ask()]
        await asyncio.sleep(0)
        with pytest.raises(Busy) as caught:
            await chat.ask()
        assert caught.value.retry_after_s
        other = await chat.ask(owner="other")
        service.set_state("ready")
        for turn in accepted:
            assert (await chat.frames(turn))[-1]["type"] == "done"
        assert (await chat.frames(other, owner="other"))[-1]["type"] == "done"


async def test_only_max_num_seqs_run_at_once(tmp_path: Path) -> None:
    async with open_chat(tmp_path, max_num_seqs=2) as chat:
        gate = asyncio.Event()
        chat.service.scripts = [["x", gate] for _ in range(4)]
        turns = [await chat.ask() for _ in range(4)]
        await chat.first(turns[1])
        assert chat.service.requests_in_flight() == 2
        gate.set()
        for turn in turns:
            assert (await chat.frames(turn))[-1]["type"] == "done"


async def test_a_prompt_that_is_too_long_is_refused_before_the_engine(tmp_path: Path) -> None:
    async with open_chat(tmp_path, FakeVisionService(window=1024)) as chat:
        turn = await chat.ask("word " * 1200)
        frames = await chat.frames(turn)
        assert [frame["type"] for frame in frames] == ["error"]
        assert (frames[0]["code"], frames[0]["id"]) == ("context_too_long", turn.ask_id)
        assert "1,024" in frames[0]["message"]
        assert chat.service.requests == []


async def test_drawings_are_checked_before_anything_is_stored(chat: Chat) -> None:
    chat.sheets.add("d", ["Ø38"], size=(1000, 800))
    chat.sheets.add("theirs", owner="other")
    wrong: list[tuple[dict[str, object], type[Exception]]] = [
        ({"id": "nope"}, NotFound),
        ({"id": "theirs"}, NotFound),
        ({"id": "d", "page": 2}, NotFound),
        ({"id": "d", "page": 1, "region": [1000, 0, 5, 5]}, BadRegion),
        ({"id": "d", "page": 1, "region": [0, 0, 0, 5]}, BadRegion),
        ({"id": "d", "page": 1, "region": [-9, 0, 5, 5]}, BadRegion),
    ]
    for reference, error in wrong:
        with pytest.raises(error):
            await chat.ask(drawings=[reference])
    assert await chat.store.newest("local") == []


@pytest.mark.fault(42)
async def test_another_owners_things_are_not_there(chat: Chat) -> None:
    chat.service.scripts = [["x", asyncio.Event()]]
    turn = await chat.ask()
    await chat.first(turn)
    for call in (
        chat.turns.stop("other", turn.id),
        chat.turns.watch("other", turn.id, 0),
        chat.ask(owner="other", conversation_id=turn.row.conversation_id),
    ):
        with pytest.raises(NotFound):
            await call
    theirs = await chat.ask(owner="other")
    await chat.frames(theirs, owner="other")
    with pytest.raises(NotFound):
        await chat.ask(
            owner="other",
            conversation_id=theirs.row.conversation_id,
            parent_id=turn.row.answer_id,
        )
    assert chat.service.requests_in_flight() == 1


async def test_a_branch_begins_at_its_parent(chat: Chat) -> None:
    first = await chat.ask("First?")
    await chat.frames(first)
    conversation = first.row.conversation_id
    second = await chat.ask("Second?", conversation_id=conversation)
    await chat.frames(second)
    again = await chat.ask(
        "Second, again?", conversation_id=conversation, parent_id=first.row.answer_id
    )
    await chat.frames(again)
    top = await chat.ask("Anew?", conversation_id=conversation, parent_id="root")
    await chat.frames(top)
    asked = [
        [texts_of(message) for message in request.messages if message.role == "user"]
        for request in chat.service.requests
    ]
    assert asked == [
        ["First?"],
        ["First?", "Second?"],
        ["First?", "Second, again?"],
        ["Anew?"],
    ]
    with pytest.raises(BadRequest):
        await chat.ask(conversation_id=conversation, parent_id=first.row.question_id)


@pytest.mark.fault(4)
async def test_draining_lets_running_answers_end_and_interrupts_the_rest(
    tmp_path: Path,
) -> None:
    async with open_chat(tmp_path, max_num_seqs=1) as chat:
        gate = asyncio.Event()
        chat.service.scripts = [["Almost ", gate, "done."]]
        running = await chat.ask()
        await chat.first(running)
        waiting = await chat.ask()
        drain = asyncio.create_task(chat.turns.drain(60))
        assert (await chat.frames(waiting))[-1]["code"] == "engine_restarting"
        with pytest.raises(Busy):
            await chat.ask()
        gate.set()
        await drain
        assert (await chat.stored(running)).text == "Almost done."
        assert (await chat.stored(running)).status == "complete"
        assert (await chat.stored(waiting)).status == "interrupted"


@pytest.mark.fault(4)
async def test_after_the_grace_time_the_partial_answer_is_kept(chat: Chat) -> None:
    chat.service.scripts = [["Partial ", asyncio.Event()]]
    turn = await chat.ask()
    await chat.first(turn)
    watcher = asyncio.create_task(chat.frames(turn))
    await chat.turns.drain(0)
    assert (await watcher)[-1]["code"] == "engine_restarting"
    stored = await chat.stored(turn)
    assert (stored.status, stored.text) == ("interrupted", "Partial ")
    assert chat.service.requests_in_flight() == 0


@pytest.mark.fault(3)
async def test_after_a_crash_the_partial_answer_is_there_and_resume_ends(
    tmp_path: Path,
) -> None:
    async with open_chat(tmp_path / "first") as chat:
        chat.service.scripts = [["Partial ", asyncio.Event()]]
        turn = await chat.ask("Bore?")
        before = [await chat.first(turn)]
        # What a killed server leaves: the files as they are now.
        (tmp_path / "second").mkdir()
        for file in (tmp_path / "first").iterdir():
            (tmp_path / "second" / file.name).write_bytes(file.read_bytes())
    async with open_chat(tmp_path / "second") as chat:
        stored = await chat.stored(turn)
        assert (stored.status, stored.text) == ("interrupted", "Partial ")
        frames = await chat.frames(turn.id)
        check_order(frames)
        assert frames[:1] == before
        assert frames[-1]["code"] == EngineRestarting.code
        more = await chat.ask("Go on.", conversation_id=turn.row.conversation_id)
        await chat.frames(more)
        assert [texts_of(message) for message in chat.service.requests[0].messages[1:]] == [
            "Bore?",
            "Partial ",
            "Go on.",
        ]


async def test_closing_leaves_no_task_and_no_open_turn(tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    async with open_chat(tmp_path) as chat:
        chat.service.scripts = [["x", asyncio.Event()] for _ in range(3)]
        for _ in range(3):
            await chat.first(await chat.ask())
    database = await open_database(tmp_path / "chat.sqlite3")
    states = await database.read(lambda sql: set(sql.scalars(select(turns.c.state))))
    await database.close()
    assert states == {"interrupted"}
    assert asyncio.all_tasks() == before


async def test_ending_a_conversation_stops_its_turn_first(chat: Chat) -> None:
    chat.service.scripts = [["x", asyncio.Event()], ["y", asyncio.Event()]]
    turn, other = await chat.ask(), await chat.ask()
    await chat.first(turn)
    await chat.first(other)
    await chat.turns.end_conversation("local", turn.row.conversation_id)
    await chat.store.delete("local", turn.row.conversation_id)
    assert chat.service.requests_in_flight() == 1
    with pytest.raises(NotFound):
        await chat.frames(turn)
