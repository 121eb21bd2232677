"""Prefill: a few at a time, in the gaps, cancelled by a real question, done again after it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

import pytest

from backend.chat.prefill.prefill_planner import SHORT_DOCUMENT
from backend.chat.prefill.prefiller import MAX_RUNNING, MAX_WAITING
from backend.chat.prefill.prefix_readiness import Subject
from tests.chat_parts import Chat, open_chat
from tests.fakes import FakeVisionService, texts_of

pytestmark = pytest.mark.anyio


async def test_an_uploaded_drawing_is_cached_before_its_first_question(tmp_path: Path) -> None:
    async with open_chat(tmp_path) as chat:
        chat.sheets.add("d", ["Ø38 H12", "M6"])
        chat.turns.prefills.drawing_uploaded("local", "d")
        await chat.service.until(lambda fake: bool(fake.requests) and not fake.requests_in_flight())
        [done] = (await chat.answer("Bore?", drawings=[{"id": "d", "page": 1}]))[-1:]
        assert done["usage"]["cached_tokens"] == done["usage"]["prompt_tokens"] - 1


async def test_for_a_service_that_cannot_read_ahead_no_prompt_is_made(tmp_path: Path) -> None:
    service = FakeVisionService()
    service.supports_prefill = False
    async with open_chat(tmp_path, service) as chat:
        chat.sheets.add("d")
        chat.turns.prefills.drawing_uploaded("local", "d")
        assert len(chat.turns.prefills) == 0
        assert chat.turns.prefills.readiness.get(Subject("local", "drawing", "d")).state == "none"
        turn = await chat.ask("Bore?", drawings=[{"id": "d", "page": 1}])
        await chat.frames(turn)
        chat.turns.prefill_conversation("local", turn.row.conversation_id, "another")
        service.set_state("restarting")
        service.set_state("ready")
        assert len(chat.turns.prefills) == 0
        assert [request.prefill for request in service.requests] == [False]


async def test_only_a_few_run_at_once_and_all_are_done(tmp_path: Path) -> None:
    service = FakeVisionService()
    service.prefill_gate = asyncio.Event()
    async with open_chat(tmp_path, service) as chat:
        for number in range(6):
            chat.sheets.add(f"d{number}")
            chat.turns.prefills.drawing_uploaded("local", f"d{number}")
        await service.until(lambda fake: fake.requests_in_flight() == MAX_RUNNING)
        service.prefill_gate.set()
        await service.until(lambda fake: len(fake.requests) == 6 and not fake.requests_in_flight())


async def test_a_question_cancels_what_runs_and_it_is_done_again(tmp_path: Path) -> None:
    service = FakeVisionService()
    service.prefill_gate = asyncio.Event()
    gate = asyncio.Event()
    service.scripts = [["x", gate]]
    async with open_chat(tmp_path, service) as chat:
        chat.sheets.add("d")
        chat.turns.prefills.drawing_uploaded("local", "d")
        await service.until(lambda fake: fake.requests_in_flight() == 1)
        turn = await chat.ask()
        await chat.first(turn)
        await service.until(lambda fake: fake.requests_in_flight() == 1)
        assert [request.prefill for request in service.requests] == [True, False]
        gate.set()
        await chat.frames(turn)
        await service.until(lambda fake: len(fake.requests) == 3)
        assert service.requests[-1].prefill
        service.prefill_gate.set()
        await service.until(lambda fake: not fake.requests_in_flight())


async def test_it_waits_for_the_model_and_forgets_the_oldest(tmp_path: Path) -> None:
    service = FakeVisionService(state="loading")
    async with open_chat(tmp_path, service) as chat:
        for number in range(MAX_WAITING + 1):
            chat.sheets.add(f"d{number}")
            chat.turns.prefills.drawing_uploaded("local", f"d{number}")
        assert service.requests == []
        service.set_state("ready")
        await service.until(
            lambda fake: len(fake.requests) == MAX_WAITING and not fake.requests_in_flight()
        )
        keys = {key for request in service.requests for key in request.images}
        assert len(keys) == MAX_WAITING


async def test_a_drawing_that_has_gone_does_no_harm(tmp_path: Path) -> None:
    async with open_chat(tmp_path) as chat:
        chat.turns.prefills.drawing_uploaded("local", "gone")
        chat.sheets.add("d")
        chat.turns.prefills.drawing_uploaded("local", "d")
        await chat.service.until(lambda fake: any(request.images for request in fake.requests))
        assert (await chat.answer())[-1]["type"] == "done"


async def test_closing_ends_what_runs(tmp_path: Path) -> None:
    service = FakeVisionService()
    service.prefill_gate = asyncio.Event()
    async with open_chat(tmp_path, service) as chat:
        chat.sheets.add("d")
        chat.turns.prefills.drawing_uploaded("local", "d")
        await service.until(lambda fake: fake.requests_in_flight() == 1)
    assert service.requests_in_flight() == 0


def state(chat: Chat, kind: Literal["drawing", "conversation"], identifier: str) -> str:
    return chat.turns.prefills.readiness.get(Subject("local", kind, identifier)).state


async def until_state(chat: Chat, kind: Literal["drawing", "conversation"], *wanted: str) -> None:
    """Until `identifier, state` holds."""
    identifier, expected = wanted
    changed = asyncio.Event()
    remove = chat.turns.prefills.readiness.changed.subscribe(lambda *_: changed.set())
    while state(chat, kind, identifier) != expected:
        await changed.wait()
        changed.clear()
    remove()


async def test_a_drawing_is_preparing_then_ready_and_gone_with_the_engine(tmp_path: Path) -> None:
    service = FakeVisionService()
    service.prefill_gate = asyncio.Event()
    async with open_chat(tmp_path, service) as chat:
        chat.sheets.add("d")
        chat.turns.prefills.drawing_uploaded("local", "d")
        assert state(chat, "drawing", "d") == "preparing"
        service.prefill_gate.set()
        await until_state(chat, "drawing", "d", "ready")
        service.prefill_gate.clear()
        service.die()
        assert state(chat, "drawing", "d") == "preparing"  # again, once the new engine is there
        service.set_state("ready")
        await service.until(lambda fake: fake.requests_in_flight() == 1)
        assert state(chat, "drawing", "d") == "preparing"
        service.prefill_gate.set()
        await until_state(chat, "drawing", "d", "ready")
        assert sum(request.prefill for request in service.requests) == 2


async def test_what_the_cache_has_lost_is_not_ready(tmp_path: Path) -> None:
    async with open_chat(tmp_path) as chat:
        chat.sheets.add("d")
        chat.turns.prefills.drawing_uploaded("local", "d")
        await until_state(chat, "drawing", "d", "ready")
        chat.service.read += chat.service.status().limits["kv_cache_tokens"]
        assert state(chat, "drawing", "d") == "none"


async def test_a_conversation_is_ready_after_its_answer_and_for_that_answer_only(
    tmp_path: Path,
) -> None:
    async with open_chat(tmp_path) as chat:
        turn = await chat.ask()
        conversation = turn.row.conversation_id
        assert state(chat, "conversation", conversation) == "none"
        await chat.frames(turn)
        await until_state(chat, "conversation", conversation, "ready")
        known = chat.turns.prefills.readiness.get(Subject("local", "conversation", conversation))
        assert known.detail == turn.row.answer_id
        before = len(chat.service.requests)
        chat.turns.prefill_conversation("local", conversation, turn.row.answer_id)
        assert len(chat.turns.prefills.readiness.of("local")) == 1
        assert len(chat.turns.prefills) == 0
        chat.turns.prefill_conversation("local", conversation, turn.row.question_id)
        await chat.service.until(lambda fake: len(fake.requests) == before + 1)


async def test_after_a_restart_an_opened_conversation_is_prepared(tmp_path: Path) -> None:
    async with open_chat(tmp_path) as chat:
        chat.sheets.add("d")
        turn = await chat.ask(drawings=[{"id": "d", "page": 1}])
        await chat.frames(turn)
    async with open_chat(tmp_path) as chat:
        chat.sheets.add("d")
        where = turn.row.conversation_id, turn.row.answer_id
        assert state(chat, "conversation", where[0]) == "none"
        chat.turns.prefill_conversation("local", *where)
        assert state(chat, "conversation", where[0]) == "preparing"
        await until_state(chat, "conversation", where[0], "ready")
        assert chat.service.requests[-1].images


async def test_a_page_whose_text_was_recognised_is_read_once_more(tmp_path: Path) -> None:
    async with open_chat(tmp_path) as chat:
        chat.sheets.add("d")
        chat.turns.prefills.drawing_uploaded("local", "d")
        await until_state(chat, "drawing", "d", "ready")
        chat.sheets.add("d", ["Ø38 H12"])
        chat.turns.prefills.page_recognised("local", "d")
        assert state(chat, "drawing", "d") == "preparing"
        await until_state(chat, "drawing", "d", "ready")
        assert "Ø38 H12" in texts_of(chat.service.requests[-1].messages[-1])


async def test_a_short_document_is_read_ahead_whole_a_long_one_by_its_first_page(
    tmp_path: Path,
) -> None:
    async with open_chat(tmp_path) as chat:
        for pages in (SHORT_DOCUMENT, SHORT_DOCUMENT + 1):
            texts = [[f"page {number}"] for number in range(1, pages + 1)]
            chat.sheets.add(f"d{pages}", *texts)
            chat.turns.prefills.drawing_uploaded("local", f"d{pages}")
            await until_state(chat, "drawing", f"d{pages}", "ready")
        short, long = (texts_of(one.messages[-1]) for one in chat.service.requests)
        assert "page 8" in short
        assert "page 1" in long and "page 2\n" not in long
        details = [one.detail for one in chat.turns.prefills.readiness.of("local").values()]
        assert details == ["", "1"]
