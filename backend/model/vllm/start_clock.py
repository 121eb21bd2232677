"""Estimates how long a start takes, from the last start of the same model."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from backend.model.service import Progress, State
from backend.model.status_publisher import StatusPublisher
from backend.model.vllm.load_progress import Stage

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0


class StartClock:
    """Remembers start times by model in one JSON file, and publishes progress while one runs."""

    def __init__(self, file: Path, model: str) -> None:
        self._file = file
        self._model = model

    def expected(self) -> float | None:
        """Seconds that the last start took; None before the first one."""
        seconds = self._times().get(self._model)
        return float(seconds) if isinstance(seconds, (int, float)) else None

    def remember(self, seconds: float) -> None:
        """Store how long this start took."""
        times = self._times() | {self._model: round(seconds, 1)}
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(times), encoding="utf-8")
        except OSError as error:
            log.warning("Could not store the start time: %s", error)

    @asynccontextmanager
    async def ticking(
        self,
        publisher: StatusPublisher,
        state: State,
        phase: str,
        stage: Callable[[], Stage | None] = lambda: None,
    ) -> AsyncIterator[None]:
        """Publish `state` and `phase` with elapsed and remaining seconds while the body runs.

        `stage` reports how far the engine's load is; its phase then replaces `phase`. Several
        weight files are counted instead of timed.
        """
        expected = self.expected()
        began = time.monotonic()
        reached: Stage | None = None

        def show() -> None:
            done = time.monotonic() - began
            left = None if expected is None else max(0.0, round(expected - done, 1))
            progress = Progress(phase, round(done, 1), expected or 0, "", left)
            if reached is not None and reached.phase != "weights":
                progress = replace(progress, phase=reached.phase)
            elif reached is not None and reached.total > 1:
                progress = Progress("weights", reached.done, reached.total, "", left)
            publisher.show(state, progress=progress)

        async def tick() -> None:
            nonlocal reached
            while True:
                await asyncio.sleep(TICK_SECONDS)
                now = await asyncio.to_thread(stage)
                if now is not None and now != reached:
                    counted = f": {now.done} of {now.total}" if now.total else ""
                    log.info("Loading the model, %s%s", now.phase, counted)
                reached = now
                show()

        show()
        ticker = asyncio.create_task(tick())
        try:
            yield
        finally:
            ticker.cancel()

    def _times(self) -> dict[str, float]:
        try:
            times = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return times if isinstance(times, dict) else {}
