"""Reads the chunks of one streamed answer: text, thoughts, the reason of its end, tokens.

Also ends such a stream at a signal. Knows a chunk by its attributes only.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any, Literal, TypeVar

from backend.model.reasoning import ReasoningParser
from backend.model.service import Delta, PromptSize, Usage

Item = TypeVar("Item")


class AnswerReader:
    """Begins to count when it is made; `size` is what we take the prompt for, until told."""

    def __init__(self, size: PromptSize, *, plain: bool) -> None:
        self._size = size
        self._began = time.perf_counter()
        self._ttft_ms = 0.0
        self._thoughts = None if plain else ReasoningParser(opened=False)
        self._chunks = 0
        self._usage: Any = None
        self.finish_reason: str | None = None
        #: Once text has come, nobody else can give this answer.
        self.begun = False

    def feed(self, chunk: Any) -> list[Delta]:
        """The new text of one chunk."""
        self._usage = getattr(chunk, "usage", None) or self._usage
        deltas: list[Delta] = []
        for choice in chunk.choices or ():
            self.finish_reason = choice.finish_reason or self.finish_reason
            new = choice.delta
            # vLLM, Ollama and others name it differently.
            thought = getattr(new, "reasoning_content", None) or getattr(new, "reasoning", None)
            if thought:
                deltas.append(Delta(str(thought), reasoning=True))
            if new is not None and new.content:
                text = str(new.content)
                deltas += self._thoughts.feed(text) if self._thoughts else [Delta(text)]
            if thought or (new is not None and new.content):
                self._chunks += 1
                self._ttft_ms = self._ttft_ms or (time.perf_counter() - self._began) * 1000
        self.begun = self.begun or bool(deltas)
        return deltas

    def close(self) -> list[Delta]:
        """The end has come: what was held back."""
        return self._thoughts.close() if self._thoughts else []

    def usage(self) -> Usage:
        """The tokens as the server counted them, else about (a chunk is mostly a token).

        `cached_tokens` is 0 where the server does not tell, and the time in its queue is within
        `ttft_ms`.
        """
        told = self._usage
        details = getattr(told, "prompt_tokens_details", None)
        reason: Literal["stop", "length", "abort"] = "stop"
        if self.finish_reason in (None, "length"):
            reason = "abort" if self.finish_reason is None else "length"
        return Usage(
            finish_reason=reason,
            prompt_tokens=(told and told.prompt_tokens) or self._size.tokens,
            cached_tokens=getattr(details, "cached_tokens", None) or 0,
            image_tokens=self._size.image_tokens,
            completion_tokens=(told and told.completion_tokens) or self._chunks,
            queue_ms=0.0,
            ttft_ms=self._ttft_ms,
        )


async def until(
    ended: asyncio.Event, source: AsyncGenerator[Item, None]
) -> AsyncGenerator[Item, None]:
    """The items of `source`, which is closed at once when `ended` is set, even while it waits."""
    stop = asyncio.create_task(ended.wait())
    step: asyncio.Task[Item] | None = None
    try:
        while True:
            step = asyncio.create_task(_next(source))
            await asyncio.wait({step, stop}, return_when=asyncio.FIRST_COMPLETED)
            if stop.done():
                if step.done() and not step.cancelled():
                    step.exception()  # it may have failed in the same moment; that is no matter
                return
            try:
                item = step.result()
            except StopAsyncIteration:
                return
            yield item
    finally:
        stop.cancel()
        if step is not None and not step.done():
            step.cancel()
            await asyncio.wait({step})
        await source.aclose()


async def _next(source: AsyncGenerator[Item, None]) -> Item:
    return await anext(source)
