"""Parses the chunks of one streamed answer: text, reasoning, finish reason and tokens.

Reads chunks by their attributes; does not import OpenAI's client.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any, Literal, TypeVar

from backend.model.reasoning import ReasoningParser
from backend.model.service import Delta, PromptSize, Usage

Item = TypeVar("Item")


class AnswerParser:
    """Measures time from its creation; `size` is the estimate of the prompt's size."""

    def __init__(self, size: PromptSize, *, plain: bool) -> None:
        self._size = size
        self._began = time.perf_counter()
        self._ttft_ms = 0.0
        self._reasoning = None if plain else ReasoningParser(opened=False)
        self._chunks = 0
        self._usage: Any = None
        self.finish_reason: str | None = None
        #: Whether any text has arrived; after that no other server can take over.
        self.started = False

    def feed(self, chunk: Any) -> list[Delta]:
        """The deltas in one chunk."""
        self._usage = getattr(chunk, "usage", None) or self._usage
        deltas: list[Delta] = []
        for choice in chunk.choices or ():
            self.finish_reason = choice.finish_reason or self.finish_reason
            new = choice.delta
            # vLLM, Ollama and others use different names.
            reasoning = getattr(new, "reasoning_content", None) or getattr(new, "reasoning", None)
            if reasoning:
                deltas.append(Delta(str(reasoning), reasoning=True))
            if new is not None and new.content:
                text = str(new.content)
                deltas += self._reasoning.feed(text) if self._reasoning else [Delta(text)]
            if reasoning or (new is not None and new.content):
                self._chunks += 1
                self._ttft_ms = self._ttft_ms or (time.perf_counter() - self._began) * 1000
        self.started = self.started or bool(deltas)
        return deltas

    def close(self) -> list[Delta]:
        """The text still held back at the end of the stream."""
        return self._reasoning.close() if self._reasoning else []

    def usage(self) -> Usage:
        """Tokens as counted by the server, otherwise estimates (one token per chunk).

        `cached_tokens` is 0 if the server does not report it; time in the server's queue is part
        of `ttft_ms`.
        """
        counted = self._usage
        details = getattr(counted, "prompt_tokens_details", None)
        reason: Literal["stop", "length", "abort"] = "stop"
        if self.finish_reason in (None, "length"):
            reason = "abort" if self.finish_reason is None else "length"
        return Usage(
            finish_reason=reason,
            prompt_tokens=(counted and counted.prompt_tokens) or self._size.tokens,
            cached_tokens=getattr(details, "cached_tokens", None) or 0,
            image_tokens=self._size.image_tokens,
            completion_tokens=(counted and counted.completion_tokens) or self._chunks,
            queue_ms=0.0,
            ttft_ms=self._ttft_ms,
        )


async def until(
    ended: asyncio.Event, source: AsyncGenerator[Item, None]
) -> AsyncGenerator[Item, None]:
    """Yield the items of `source`, and close it at once when `ended` is set, even if it waits."""
    stop = asyncio.create_task(ended.wait())
    step: asyncio.Task[Item] | None = None
    try:
        while True:
            step = asyncio.create_task(_next(source))
            await asyncio.wait({step, stop}, return_when=asyncio.FIRST_COMPLETED)
            if stop.done():
                if step.done() and not step.cancelled():
                    step.exception()  # ignore a failure at the same moment
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
