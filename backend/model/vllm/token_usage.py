"""Adds up the tokens and times of one request from the engine's outputs.

Reads outputs by their attributes; does not import vLLM.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal

from backend.model.service import PromptSize, Usage

#: Finish reasons of the contract; any other one counts as `stop`.
_REASONS: dict[str | None, Literal["stop", "length", "abort"]] = {
    "stop": "stop",
    "length": "length",
    "abort": "abort",
}


class UsageMeter:
    """Measures from its creation; times in milliseconds, tokens as counted by the engine."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._began = clock()
        self._size = PromptSize(0, 0)
        self._cached = 0
        self._queue_ms = 0.0
        self._ttft_ms = 0.0
        self.completion_tokens = 0
        self.finish_reason: str | None = "abort"

    def prompt(self, size: PromptSize) -> None:
        """Set the size of the prompt that is sent."""
        self._size = size

    def note(self, output: Any) -> None:
        """Add one output of the engine, which contains the new tokens."""
        completion = output.outputs[0]
        if self.completion_tokens == 0 or completion.finish_reason is not None:
            self._note_request(output, completion)
        self.completion_tokens += len(completion.token_ids)
        self.finish_reason = completion.finish_reason

    def _note_request(self, output: Any, completion: Any) -> None:
        """Read the values that are the same in every output, at the first token and at the end."""
        if self.completion_tokens == 0 and completion.token_ids:
            self._ttft_ms = (self._clock() - self._began) * 1000
        self._cached = output.num_cached_tokens or 0
        metrics = output.metrics
        if metrics is not None and metrics.queued_ts and metrics.scheduled_ts:
            self._queue_ms = max(0.0, float(metrics.scheduled_ts - metrics.queued_ts) * 1000)
        if output.prompt_token_ids:
            self._size = PromptSize(len(output.prompt_token_ids), self._size.image_tokens)

    @property
    def computed_tokens(self) -> int:
        """Tokens so far, without those taken from the cache."""
        return self._size.tokens - self._cached + self.completion_tokens

    def usage(self) -> Usage:
        """The totals so far; `finish_reason` is `abort` before the first output."""
        return Usage(
            finish_reason=_REASONS.get(self.finish_reason, "stop"),
            prompt_tokens=self._size.tokens,
            cached_tokens=self._cached,
            image_tokens=self._size.image_tokens,
            completion_tokens=self.completion_tokens,
            queue_ms=self._queue_ms,
            ttft_ms=self._ttft_ms,
        )
