"""The state that the service tells: what it is, who wants to know, how long a start will take.

Knows nothing of the engine. All methods are called on the event loop.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from backend.model.service import DemoKind, ModelStatus, Progress, State
from backend.model.vllm.load_progress import Stage

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0


class StatusPublisher:
    """Holds the `ModelStatus` and calls the listeners at each change."""

    def __init__(self, model: str) -> None:
        self.now = ModelStatus(state="stopped", model=model)
        #: While one model gives way to another: neither its end nor a failure is the last word.
        self.switching = False
        #: Why the last attempt failed, also where that was not shown.
        self.problem: str | None = None
        self._listeners: list[Callable[[ModelStatus], None]] = []

    def subscribe(self, listener: Callable[[ModelStatus], None]) -> Callable[[], None]:
        """Call `listener` at each change; returns its removal."""
        self._listeners.append(listener)

        def remove() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return remove

    def show(
        self, state: State, *, progress: Progress | None = None, error: str | None = None
    ) -> None:
        """A new state, progress or error."""
        if state == "failed":
            self.problem = error
        if self.switching and state in ("failed", "stopped"):
            state, error = "loading", None
        self._set(replace(self.now, state=state, progress=progress, error=error))

    def besides(self, *, progress: Progress | None = None, error: str | None = None) -> None:
        """What becomes of something else while this model serves, or rests: another's download.

        A load of its own is not talked over, nor is why it failed.
        """
        if self.now.state in ("ready", "asleep", "failed"):
            if self.now.state == "failed" and error is None:
                error = self.now.error
            self._set(replace(self.now, progress=progress, error=error))

    def describe(
        self, *, limits: Mapping[str, int], demo: DemoKind | None, tools: bool = False
    ) -> None:
        """What has become known about the model; told with the next state."""
        self.now = replace(self.now, limits=dict(limits), demo=demo, tools=tools)

    def rename(self, model: str, plan: Mapping[str, Any] | None) -> None:
        """Another model, of which nothing else is known yet; told with the next state."""
        self.now = replace(self.now, model=model, plan=plan, limits={})

    def _set(self, status: ModelStatus) -> None:
        if status == self.now:
            return
        self.now = status
        for listener in list(self._listeners):
            try:
                listener(status)
            except Exception:  # one listener's bug must not end the engine's start
                log.exception("A listener of the model's state failed")


class StartClock:
    """Shows how far a start is, from how long the last one of this model took."""

    def __init__(self, file: Path, model: str) -> None:
        self._file = file
        self._model = model

    def expected(self) -> float | None:
        """Seconds of the last start; None if there was none."""
        seconds = self._times().get(self._model)
        return float(seconds) if isinstance(seconds, (int, float)) else None

    def remember(self, seconds: float) -> None:
        """Note how long this start took."""
        times = self._times() | {self._model: round(seconds, 1)}
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(json.dumps(times), encoding="utf-8")
        except OSError as error:
            log.warning("Could not note how long the start took: %s", error)

    @asynccontextmanager
    async def ticking(
        self,
        board: StatusPublisher,
        state: State,
        phase: str,
        stage: Callable[[], Stage | None] = lambda: None,
    ) -> AsyncIterator[None]:
        """While the body runs, show `phase` with its seconds and the time that is left.

        `stage` tells how far the load is: then that is the phase. Several files of weights are
        counted.
        """
        expected = self.expected()
        began = time.monotonic()
        told: Stage | None = None

        def show() -> None:
            done = time.monotonic() - began
            left = None if expected is None else max(0.0, round(expected - done, 1))
            progress = Progress(phase, round(done, 1), expected or 0, "", left)
            if told is not None and told.phase != "weights":
                progress = replace(progress, phase=told.phase)
            elif told is not None and told.total > 1:
                progress = Progress("weights", told.done, told.total, "", left)
            board.show(state, progress=progress)

        async def tick() -> None:
            nonlocal told
            while True:
                await asyncio.sleep(TICK_SECONDS)
                now = await asyncio.to_thread(stage)
                if now is not None and now != told:
                    counted = f": {now.done} of {now.total}" if now.total else ""
                    log.info("Loading the model, %s%s", now.phase, counted)
                told = now
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
