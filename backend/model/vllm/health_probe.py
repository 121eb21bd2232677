"""Detects that an engine is dead or hung."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from backend.model.vllm.engine_processes import EngineProcesses, all_worked
from backend.model.vllm.qwen_engine import QwenEngine

log = logging.getLogger(__name__)

#: Seconds between two checks whether an engine reports that it is dead.
CHECK_SECONDS = 0.25


class HealthProbe:
    """Asks an engine for a sign of life every `every_s` seconds, and waits `timeout_s` for it.

    Their sum is how long a hung engine may go unnoticed. `retries`: further attempts while all of
    the engine's processes use processor time, because a step takes long on a busy processor. A
    hung GPU keeps its processes busy too, so the retries are limited.
    """

    def __init__(
        self, processes: EngineProcesses, *, every_s: float, timeout_s: float, retries: int = 0
    ) -> None:
        self._processes = processes
        self._every_s, self._timeout_s, self._retries = every_s, timeout_s, retries
        self._paused = False

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Expect no signs of life while the body runs: the engine copies its memory."""
        self._paused = True
        try:
            yield
        finally:
            self._paused = False

    async def until_dead(self, engine: QwenEngine) -> None:
        """Return when the engine has died or no longer responds."""
        next_probe = time.monotonic() + self._every_s
        while not engine.errored:
            await asyncio.sleep(CHECK_SECONDS)
            if time.monotonic() < next_probe or self._paused:
                continue
            try:
                if not await self._responds(engine):
                    return
            except Exception as error:
                log.error("The engine's health probe failed: %r", error)
                return
            next_probe = time.monotonic() + self._every_s

    async def _responds(self, engine: QwenEngine) -> bool:
        """Probe the engine, with retries. Raises what the engine raises."""
        half = self._timeout_s / 2
        for _ in range(1 + self._retries):
            # Any question will do that goes to the engine's core process and back.
            probe = asyncio.ensure_future(engine.is_sleeping())
            try:
                # Not `wait_for`: Python 3.11's can lose the cancellation with which `stop` ends it.
                await asyncio.wait([probe], timeout=half)
                if not probe.done():  # it may only just have hung: does it work from now on?
                    before = await asyncio.to_thread(self._processes.ticks)
                    await asyncio.wait([probe], timeout=half)
                if probe.done():
                    probe.result()
                    return True
            finally:
                probe.cancel()
            if self._paused:  # the probe began just before
                return True
            works = all_worked(before, await asyncio.to_thread(self._processes.ticks))
            log.error(
                "The engine has not responded for %s s; its processes are %s",
                2 * half,
                "busy" if works else "idle",
            )
            if not works or engine.errored:
                return False
        return False
