"""Evidence in a turn: each value once, after the words it stands in, stored with the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from backend.chat import answer_grading as evidence
from tests.chat_parts import Chat, Frame, check_order, open_chat, text_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    async with open_chat(tmp_path) as opened:
        opened.sheets.add("d1", ["Ø38 H12", "25.4 ±0.1"])
        yield opened


def items_of(frames: list[Frame]) -> list[dict[str, Any]]:
    return [item for frame in frames if frame["type"] == "evidence" for item in frame["items"]]


def at_offsets(text: str, item: dict[str, Any]) -> str:
    """What the item's UTF-16 offsets say, as a browser counts."""
    units = text.encode("utf-16-le")
    return units[2 * item["start"] : 2 * item["end"]].decode("utf-16-le")


async def test_a_value_of_the_sheet_is_found_and_another_is_not(chat: Chat) -> None:
    chat.service.scripts = [["😀 The bore is Ø3", "8 H12, the ", "web measures 17.3 mm here."]]
    turn = await chat.ask(drawings=[{"id": "d1"}])
    frames = await chat.frames(turn)
    check_order(frames)
    found, missing = items_of(frames)
    assert (found["status"], found["drawing"], found["page"]) == ("found", "d1", 1)
    assert found["box"] == [100, 0, 200, 20]
    assert found["source"] == "vector"
    assert (missing["status"], missing["box"]) == ("not_found", None)
    assert at_offsets(text_of(frames), found) == "Ø38 H12"
    assert at_offsets(text_of(frames), missing).startswith("17.3")
    assert [item["text"] for item in (await chat.stored(turn)).evidence] == [
        found["text"],
        missing["text"],
    ]


async def test_what_the_sheet_writes_goes_along_with_a_barer_value(chat: Chat) -> None:
    chat.service.scripts = [["The bore is 38 mm. ", "Its largest size is 38.25 mm."]]
    turn = await chat.ask(drawings=[{"id": "d1"}])
    bare, limit = items_of(await chat.frames(turn))
    assert (bare["status"], bare["says"]) == ("found", "Ø38 H12")
    assert (limit["status"], limit["from"]) == ("computed", "Ø38 H12")
    assert (await chat.stored(turn)).evidence[1]["from"] == "Ø38 H12"


async def test_a_number_that_the_length_limit_cut_is_not_graded(chat: Chat) -> None:
    chat.service.scripts = [["The bore is Ø38 H12, the web ", "measures 17", ".3 mm."]]
    frames = await chat.answer(drawings=[{"id": "d1"}], options={"max_tokens": 2})
    assert [item["text"] for item in items_of(frames)] == ["Ø38 H12"]


async def test_an_item_never_comes_before_its_words(chat: Chat) -> None:
    chat.service.scripts = [["Ø38 H12 is the bore. ", "Then 25.4 ±0.1 is the width. ", "End."]]
    frames = await chat.answer(drawings=[{"id": "d1"}])
    seen = ""
    for frame in frames:
        if frame["type"] == "delta":
            seen += frame["text"]
        if frame["type"] == "evidence":
            assert all(at_offsets(seen, item) == item["text"] for item in frame["items"])


async def test_the_drawings_of_earlier_questions_count(chat: Chat) -> None:
    turn = await chat.ask(drawings=[{"id": "d1"}])
    await chat.frames(turn)
    chat.service.scripts = [["It is 25.4 ±0.1 wide."]]
    frames = await chat.answer("Width?", conversation_id=turn.row.conversation_id)
    assert [item["status"] for item in items_of(frames)] == ["found"]


async def test_without_a_drawing_nothing_is_graded(chat: Chat) -> None:
    chat.service.scripts = [["About 17.3 mm is usual."]]
    assert items_of(await chat.answer()) == []


async def test_the_first_words_do_not_wait_for_the_index(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = asyncio.Event()
    loaded = evidence.load_index

    async def late(*arguments: Any) -> Any:
        await gate.wait()
        return await loaded(*arguments)

    monkeypatch.setattr("backend.chat.turns.turn_manager.load_index", late)
    chat.service.scripts = [["The bore is Ø38 H12 here. "]]
    turn = await chat.ask(drawings=[{"id": "d1"}])
    assert (await chat.first(turn))["text"]
    gate.set()
    assert [item["status"] for item in items_of(await chat.frames(turn))] == ["found"]


async def test_an_answer_outlives_a_fault_in_grading(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise ValueError("a bug")

    monkeypatch.setattr(evidence, "grade", broken)
    frames = await chat.answer(drawings=[{"id": "d1"}])
    assert frames[-1]["type"] == "done"
    assert items_of(frames) == []


async def test_a_value_of_a_late_page_is_found_where_that_page_was_named_or_chosen(
    chat: Chat,
) -> None:
    chat.sheets.add("book", *([f"Part {n}"] for n in range(1, 100)), ["Gudgeon pin Ø12 h6"])
    for drawings in ([{"id": "book", "page": 100}], [{"id": "book"}]):
        chat.service.scripts = [["It is Ø12 h6 thick."]]
        frames = await chat.frames(
            await chat.ask("How thick is the gudgeon pin?", drawings=drawings)
        )
        (found,) = items_of(frames)
        assert (found["status"], found["page"]) == ("found", 100)
