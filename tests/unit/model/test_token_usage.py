"""Tokens and times of a request, added up from hand-made outputs."""

from __future__ import annotations

from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from backend.model.service import PromptSize, Usage
from backend.model.vllm.token_usage import UsageMeter


def output(tokens: int, reason: str | None = None, **more: Any) -> SimpleNamespace:
    completion = SimpleNamespace(token_ids=[0] * tokens, finish_reason=reason)
    values = {"num_cached_tokens": None, "metrics": None, "prompt_token_ids": [0] * 9, **more}
    return SimpleNamespace(outputs=[completion], **values)


@pytest.fixture
def meter() -> UsageMeter:
    ticks = count()
    meter = UsageMeter(clock=lambda: float(next(ticks)))
    meter.prompt(PromptSize(9, 4))
    return meter


def test_a_whole_answer(meter: UsageMeter) -> None:
    metrics = SimpleNamespace(queued_ts=10.0, scheduled_ts=10.25)
    meter.note(output(0, num_cached_tokens=5, metrics=metrics))
    meter.note(output(1, num_cached_tokens=5, metrics=metrics))
    meter.note(output(2, "length", num_cached_tokens=5, metrics=metrics))
    assert meter.usage() == Usage("length", 9, 5, 4, 3, 250.0, 1000.0)


def test_a_request_without_output_counts_as_aborted(meter: UsageMeter) -> None:
    assert meter.usage() == Usage("abort", 9, 0, 4, 0, 0.0, 0.0)


def test_the_engines_count_of_the_prompt_wins(meter: UsageMeter) -> None:
    meter.note(output(1, prompt_token_ids=[0] * 12))
    meter.note(output(1, "stop", prompt_token_ids=None))
    assert meter.usage().prompt_tokens == 12


@pytest.mark.parametrize(
    ("reason", "told"),
    [("stop", "stop"), ("length", "length"), ("abort", "abort"), ("repetition", "stop")],
)
def test_reasons_of_the_contract(meter: UsageMeter, reason: str, told: str) -> None:
    meter.note(output(1, reason))
    assert meter.usage().finish_reason == told


def test_an_answer_that_was_never_queued_has_no_queue_time(meter: UsageMeter) -> None:
    meter.note(output(1, "stop", metrics=SimpleNamespace(queued_ts=0.0, scheduled_ts=0.0)))
    assert meter.usage().queue_ms == 0.0
