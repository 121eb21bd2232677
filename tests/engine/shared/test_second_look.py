"""A second look through the real engine: its JSON is read and stored, leaving frees the engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backend.chat.turns.turn_manager import TurnManager
from backend.chat.verification import Verifier
from backend.config.settings import Settings
from backend.qwen_vision_service import QwenVisionService
from backend.storage.conversations import ConversationStore
from backend.storage.database import Database
from backend.storage.messages import MessageRow
from tests.chat_parts import open_database
from tests.fakes import FakeSheets
from tests.server_process import HANG_SECONDS

pytestmark = [
    pytest.mark.engine,
    pytest.mark.anyio,
    pytest.mark.filterwarnings("default"),  # what vLLM and torch warn of is theirs
]

ANSWER = "The bore is Ø38 H12 and the web measures 17.3 mm."


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await open_database(tmp_path / "chat.sqlite3")
    yield opened
    await opened.close()


@pytest.fixture
async def looks(
    service: QwenVisionService, database: Database
) -> AsyncIterator[tuple[Verifier, FakeSheets]]:
    sheets = FakeSheets()
    turns = await TurnManager.open(database, sheets, service, Settings(max_num_seqs=8))
    yield Verifier(database, sheets, service, turns.slot), sheets
    await turns.close()


async def answered(database: Database, box: list[float] | None) -> tuple[str, str]:
    """A stored answer; the ids of its conversation and of itself."""
    store = ConversationStore(database)
    start = ANSWER.index("Ø38")
    place = {"source": "ocr", "drawing": "scan", "page": 1, "box": box} if box else {}
    status = "found" if box else "by_eye"
    item = {"text": "Ø38 H12", "start": start, "end": start + 7, "status": status, **place}
    question = MessageRow("q", None, "user", "Bore?", "complete", drawings=[{"id": "scan"}])
    answer = MessageRow("a", "q", "assistant", ANSWER, "complete", evidence=[item])
    row = await store.insert("local", "", [question, answer])
    return row.id, (await store.messages("local", row.id))[-1].id


@pytest.mark.parametrize("box", [None, [100.0, 100.0, 120.0, 24.0]], ids=["tile", "box"])
async def test_the_engine_answers_with_readings(
    looks: tuple[Verifier, FakeSheets], database: Database, box: list[float] | None
) -> None:
    second, sheets = looks
    sheets.add("scan", [])
    conversation, message = await answered(database, box)
    item = await second.verify("local", conversation, message, ANSWER.index("Ø38"))
    assert item.status in ("confirmed", "disputed") and item.read is not None
    stored = (await ConversationStore(database).messages("local", conversation))[-1].evidence
    assert json.dumps(stored) == json.dumps([item.model_dump(mode="json")])


async def test_leaving_frees_the_engine(
    looks: tuple[Verifier, FakeSheets], database: Database, service: QwenVisionService
) -> None:
    second, sheets = looks
    sheets.add("scan", [], size=(4000, 3000))
    conversation, message = await answered(database, None)
    looking = asyncio.create_task(second.verify("local", conversation, message, 12))
    async with asyncio.timeout(HANG_SECONDS):
        while not service.requests_in_flight():  # noqa: ASYNC110 — the engine has no event for it
            await asyncio.sleep(0.01)
    looking.cancel()
    await asyncio.wait({looking})
    assert looking.cancelled()
    async with asyncio.timeout(HANG_SECONDS):
        while service.requests_in_flight():  # noqa: ASYNC110 — as above
            await asyncio.sleep(0.01)
    stored = (await ConversationStore(database).messages("local", conversation))[-1].evidence
    assert stored[0]["status"] == "by_eye"
