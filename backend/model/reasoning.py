"""Separates a model's reasoning from its answer in streamed text.

Reasoning models write `<think>…</think>` before the answer; the chat template of Qwen's Thinking
models already opens the block at the end of the prompt.
"""

from __future__ import annotations

from typing import Literal

from backend.model.service import Delta

OPENING_TAG = "<think>"
CLOSING_TAG = "</think>"


class ReasoningParser:
    """`opened`: whether the prompt ends inside a `<think>` block.

    White space around the reasoning is dropped.
    """

    def __init__(self, *, opened: bool) -> None:
        self._state: Literal["start", "reasoning", "between", "answer"]
        self._state = "reasoning" if opened else "start"
        self._held = ""

    def feed(self, text: str) -> list[Delta]:
        """The deltas that are certain after `text`; the rest is held back."""
        if self._state == "answer":
            return [Delta(text)]
        self._held += text
        found: list[Delta] = []
        while (step := self._step()) is not None:
            found += step
        return found

    def close(self) -> list[Delta]:
        """The text still held back at the end of the stream, taken literally."""
        held, self._held = self._held, ""
        if self._state == "between" or not held:
            return []
        return [Delta(held, reasoning=self._state == "reasoning")]

    def _step(self) -> list[Delta] | None:
        """Make one state transition; None if it needs more text."""
        if self._state == "start":
            start = self._held.lstrip()
            if start.startswith(OPENING_TAG):
                self._state, self._held = "reasoning", start[len(OPENING_TAG) :].lstrip()
                return []
            if OPENING_TAG.startswith(start):
                return None
            self._state = "answer"
        elif self._state == "reasoning":
            reasoning, closed, rest = self._held.partition(CLOSING_TAG)
            if closed:
                self._state, self._held = "between", rest
                return [Delta(reasoning.rstrip(), reasoning=True)] if reasoning.strip() else []
            return self._certain_reasoning()
        elif self._state == "between":
            self._held = self._held.lstrip()
            if not self._held:
                return None
            self._state = "answer"
        if not self._held:
            return None
        held, self._held = self._held, ""
        return [Delta(held)]

    def _certain_reasoning(self) -> list[Delta] | None:
        """All but a suffix that may become the closing tag, or white space before it."""
        held = next(
            (n for n in range(len(CLOSING_TAG) - 1, 0, -1) if self._held.endswith(CLOSING_TAG[:n])),
            0,
        )
        certain = self._held[: len(self._held) - held].rstrip()
        if not certain:
            return None
        self._held = self._held[len(certain) :]
        return [Delta(certain, reasoning=True)]
