"""Turns that the sheet answers: who answers in which state of the model, and what is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend.chat.sheet_turns.gathering import SheetGathering
from backend.chat.sheet_turns.sheet_answering import Mode, SheetAnswering
from backend.chat.turns.turn_manager import TurnManager
from backend.config.settings import Settings
from backend.drawing import DrawingInfo, PageInfo, TextItem
from backend.errors import ModelNotReady
from backend.geometry import Box
from backend.model.service import State
from backend.storage.conversations import ConversationStore
from tests.chat_parts import Chat, check_order, open_database, text_of
from tests.fakes import FakeSheets, FakeVisionService

pytestmark = pytest.mark.anyio

TEXTS = (
    ("Material", 2000, 2200), ("C45E", 2200, 2200), ("Scale", 2000, 2260), ("1:2", 2200, 2260),
    ("Drawing No.", 2500, 2200), ("P-14206", 2800, 2200), ("Ø68", 500, 500), ("Ø40 f7", 900, 500),
)  # fmt: skip


class ReadableSheets(FakeSheets):
    """One drawing with a title block, some of whose text may still be recognised."""

    def __init__(self) -> None:
        super().__init__()
        self.unread: list[frozenset[int]] = []

    async def info(self, owner: str, drawing_id: str) -> DrawingInfo:
        page = PageInfo(1, 3508, 2480, "vector")
        return DrawingInfo(drawing_id, "shaft.pdf", "application/pdf", 1, "0" * 64, (page,))

    async def text(self, owner: str, drawing_id: str, page: int) -> list[TextItem]:
        return (await self.all_text(owner, drawing_id))[1]

    async def all_text(self, owner: str, drawing_id: str) -> dict[int, list[TextItem]]:
        items = [TextItem(text, Box(x, y, 20 * len(text), 30)) for text, x, y in TEXTS]
        return {1: items}

    def reading(self, owner: str, drawing_id: str) -> frozenset[int]:
        return self.unread.pop() if self.unread else frozenset()


@asynccontextmanager
async def chat_about_a_sheet(
    folder: Path, state: State = "ready", mode: Mode = "auto"
) -> AsyncIterator[Chat]:
    service, sheets = FakeVisionService(), ReadableSheets()
    service.set_state(state)
    database = await open_database(folder / "chat.sqlite3")
    answering = SheetAnswering(SheetGathering(sheets), mode, lambda sha256: False)
    turns = await TurnManager.open(database, sheets, service, Settings(), answering)
    try:
        yield Chat(turns, service, sheets, database, ConversationStore(database))
    finally:
        await turns.close()
        await database.close()


ATTACHED = [{"id": "d1"}]


@pytest.mark.parametrize("state", ["downloading", "loading", "warming", "restarting"])
async def test_while_the_model_loads_the_sheet_answers(tmp_path: Path, state: State) -> None:
    async with chat_about_a_sheet(tmp_path, state) as chat:
        turn = await chat.ask("What is the material?", drawings=ATTACHED)
        frames = await chat.frames(turn)

        check_order(frames)
        assert text_of(frames).startswith("C45E")
        assert frames[-1]["type"] == "done"
        evidence = [item for frame in frames if frame["type"] == "evidence"
                    for item in frame["items"]]  # fmt: skip
        assert [(item["text"], item["status"]) for item in evidence] == [("C45E", "found")]
        assert turn.row.answered_by == "sheet"
        stored = await chat.stored(turn)
        assert (stored.answered_by, stored.text) == ("sheet", text_of(frames))


async def test_what_the_sheet_cannot_answer_waits_for_the_model(tmp_path: Path) -> None:
    async with chat_about_a_sheet(tmp_path, "loading") as chat:
        turn = await chat.ask("Would this survive a fall from a table?", drawings=ATTACHED)

        assert turn.row.answered_by == "model"
        assert not turn.ended
        chat.service.set_state("ready")
        assert (await chat.frames(turn))[-1]["type"] == "done"


async def test_a_failed_model_leaves_the_sheet_to_answer(tmp_path: Path) -> None:
    async with chat_about_a_sheet(tmp_path, "failed") as chat:
        frames = await chat.answer("Would this survive a fall?", drawings=ATTACHED)
        assert frames[-1]["type"] == "done"
        with pytest.raises(ModelNotReady):
            await chat.ask("Hello?")


async def test_a_ready_model_answers_unless_the_sheet_is_asked(tmp_path: Path) -> None:
    async with chat_about_a_sheet(tmp_path) as chat:
        by_model = await chat.ask("What is the material?", drawings=ATTACHED)
        await chat.frames(by_model)
        asked = {"drawings": ATTACHED, "options": {"answer_by": "sheet"}}
        by_sheet = await chat.ask("What is the material?", **asked)
        await chat.frames(by_sheet)

        assert [by_model.row.answered_by, by_sheet.row.answered_by] == ["model", "sheet"]


async def test_the_setting_lets_the_sheet_answer_first_or_never(tmp_path: Path) -> None:
    async with chat_about_a_sheet(tmp_path / "first", mode="first") as chat:
        assert (await chat.ask("Material?", drawings=ATTACHED)).row.answered_by == "sheet"
    async with chat_about_a_sheet(tmp_path / "off", "loading", mode="off") as chat:
        assert (await chat.ask("Material?", drawings=ATTACHED)).row.answered_by == "model"


async def test_a_follow_up_is_about_the_drawing_before(tmp_path: Path) -> None:
    async with chat_about_a_sheet(tmp_path, "loading") as chat:
        first = await chat.ask("Material?", drawings=ATTACHED)
        await chat.frames(first)
        frames = await chat.answer("And the scale?", conversation_id=first.row.conversation_id)

        assert "1:2" in text_of(frames)


async def test_a_scan_is_answered_when_its_text_is_there(tmp_path: Path) -> None:
    async with chat_about_a_sheet(tmp_path, "failed") as chat:
        assert isinstance(chat.sheets, ReadableSheets)
        chat.sheets.unread = [frozenset({1})]
        frames = await chat.answer("What is the material?", drawings=ATTACHED)

        text = text_of(frames)
        assert text.startswith("The text of this scan is still being recognised.")
        assert text.endswith("C45E (material)")
        item = next(
            one for frame in frames if frame["type"] == "evidence" for one in frame["items"]
        )
        assert text[item["start"] : item["end"]] == "C45E"


async def test_a_false_claim_of_the_model_is_contradicted(tmp_path: Path) -> None:
    async with chat_about_a_sheet(tmp_path) as chat:
        chat.service.default = ["The material is aluminium."]
        frames = await chat.answer("What is the material?", drawings=ATTACHED)

        items = [item for frame in frames if frame["type"] == "evidence" for item in frame["items"]]
        wrong = [item for item in items if item["status"] == "contradicted"]
        assert [item["says"]["text"] for item in wrong] == ["C45E"]
