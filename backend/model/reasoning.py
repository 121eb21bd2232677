"""Tells a model's thoughts from its answer, in a stream of text.

Models that think write `<think>…</think>` before the answer; the chat template of Qwen's thinking
models opens it already in the prompt. Pure; knows no engine.
"""

from __future__ import annotations

from typing import Literal

from backend.model.service import Delta

OPENS = "<think>"
CLOSES = "</think>"


class ReasoningParser:
    """`opened`: the prompt ends inside a thought. White space around thoughts is dropped."""

    def __init__(self, *, opened: bool) -> None:
        self._state: Literal["begin", "thought", "between", "answer"]
        self._state = "thought" if opened else "begin"
        self._held = ""

    def feed(self, text: str) -> list[Delta]:
        """What is certain once `text` has come."""
        if self._state == "answer":
            return [Delta(text)]
        self._held += text
        found: list[Delta] = []
        while (step := self._step()) is not None:
            found += step
        return found

    def close(self) -> list[Delta]:
        """The end has come: what was held back is what it looks like."""
        held, self._held = self._held, ""
        if self._state == "between" or not held:
            return []
        return [Delta(held, reasoning=self._state == "thought")]

    def _step(self) -> list[Delta] | None:
        """Take one decision; None where more text is needed."""
        if self._state == "begin":
            start = self._held.lstrip()
            if start.startswith(OPENS):
                self._state, self._held = "thought", start[len(OPENS) :].lstrip()
                return []
            if OPENS.startswith(start):
                return None
            self._state = "answer"
        elif self._state == "thought":
            thought, closed, rest = self._held.partition(CLOSES)
            if closed:
                self._state, self._held = "between", rest
                return [Delta(thought.rstrip(), reasoning=True)] if thought.strip() else []
            return self._certain_thought()
        elif self._state == "between":
            self._held = self._held.lstrip()
            if not self._held:
                return None
            self._state = "answer"
        if not self._held:
            return None
        held, self._held = self._held, ""
        return [Delta(held)]

    def _certain_thought(self) -> list[Delta] | None:
        """All but what may become the closing tag, or white space before it."""
        held = next(
            (n for n in range(len(CLOSES) - 1, 0, -1) if self._held.endswith(CLOSES[:n])), 0
        )
        certain = self._held[: len(self._held) - held].rstrip()
        if not certain:
            return None
        self._held = self._held[len(certain) :]
        return [Delta(certain, reasoning=True)]
