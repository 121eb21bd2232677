"""Prefill: a few at a time, in the gaps, cancelled by a real question, done again after it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from backend.chat.prefill import AT_ONCE, LONGEST
from tests.chat_parts import open_chat
from tests.fakes import FakeVisionService

pytestmark = pytest.mark.anyio


async def test_an_uploaded_drawing_is_cached_before_its_first_question(tmp_path: Path) -> None:
    async with open_chat(tmp_path) as chat:
        chat.sheets.add("d", ["Ø38 H12", "M6"])
        chat.turns.prefill_drawing("local", "d")
        await chat.service.until(lambda fake: bool(fake.requests) and not fake.requests_in_flight())
        [done] = (await chat.answer("Bore?", drawings=[{"id": "d", "page": 1}]))[-1:]
        assert done["usage"]["cached_tokens"] == done["usage"]["prompt_tokens"] - 1


async def test_only_a_few_run_at_once_and_all_are_done(tmp_path: Path) -> None:
    service = FakeVisionService()
    service.prefill_gate = asyncio.Event()
    async with open_chat(tmp_path, service) as chat:
        for number in range(6):
            chat.sheets.add(f"d{number}")
            chat.turns.prefill_drawing("local", f"d{number}")
        await service.until(lambda fake: fake.requests_in_flight() == AT_ONCE)
        service.prefill_gate.set()
        await service.until(lambda fake: len(fake.requests) == 6 and not fake.requests_in_flight())


async def test_a_question_cancels_what_runs_and_it_is_done_again(tmp_path: Path) -> None:
    service = FakeVisionService()
    service.prefill_gate = asyncio.Event()
    gate = asyncio.Event()
    service.scripts = [["x", gate]]
    async with open_chat(tmp_path, service) as chat:
        chat.sheets.add("d")
        chat.turns.prefill_drawing("local", "d")
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
        for number in range(LONGEST + 1):
            chat.sheets.add(f"d{number}")
            chat.turns.prefill_drawing("local", f"d{number}")
        assert service.requests == []
        service.set_state("ready")
        await service.until(
            lambda fake: len(fake.requests) == LONGEST and not fake.requests_in_flight()
        )
        keys = {key for request in service.requests for key in request.images}
        assert len(keys) == LONGEST


async def test_a_drawing_that_has_gone_does_no_harm(tmp_path: Path) -> None:
    async with open_chat(tmp_path) as chat:
        chat.turns.prefill_drawing("local", "gone")
        chat.sheets.add("d")
        chat.turns.prefill_drawing("local", "d")
        await chat.service.until(lambda fake: any(request.images for request in fake.requests))
        assert (await chat.answer())[-1]["type"] == "done"


async def test_closing_ends_what_runs(tmp_path: Path) -> None:
    service = FakeVisionService()
    service.prefill_gate = asyncio.Event()
    async with open_chat(tmp_path, service) as chat:
        chat.sheets.add("d")
        chat.turns.prefill_drawing("local", "d")
        await service.until(lambda fake: fake.requests_in_flight() == 1)
    assert service.requests_in_flight() == 0
