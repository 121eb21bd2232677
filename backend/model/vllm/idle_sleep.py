"""Puts an idle engine to sleep, and wakes it for the next question.

A sleeping engine has released the GPU's memory: its weights are in main memory, its caches empty.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from backend.model.service import ModelStatus
from backend.model.status_publisher import StatusPublisher
from backend.model.vllm.qwen_engine import QwenEngine
from backend.model.vllm.start_clock import StartClock
from backend.model.vllm.supervisor import EngineSupervisor

log = logging.getLogger(__name__)

#: Seconds between two checks of an engine that is past its time but busy.
CHECK_SECONDS = 1.0
#: vLLM's level 1: weights move to main memory, the KV cache is dropped.
LEVEL = 1


class IdleSleep:
    """Sleep of one supervised engine, after `after_s` seconds without a question; 0 means never.

    `busy` returns whether a request is running. States: `ready` → `asleep` → `warming` (phase
    `waking`) → `ready`. An engine that does not wake up counts as dead.
    """

    def __init__(
        self,
        after_s: float,
        publisher: StatusPublisher,
        supervisor: EngineSupervisor,
        data_folder: Path,
        busy: Callable[[], bool],
    ) -> None:
        self._after_s = after_s
        self._publisher = publisher
        self._supervisor = supervisor
        self._busy = busy
        model = publisher.status.model
        self._clock = StartClock(data_folder / "engine-start.json", f"{model} waking")
        self._last_used = 0.0
        #: Held while the engine goes to sleep or wakes up.
        self._moving = asyncio.Lock()
        self._waking: asyncio.Task[None] | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Start watching for idleness; does nothing if the engine is never to sleep."""
        if self._after_s and self._watcher is None:
            self._unsubscribe = self._publisher.subscribe(self._status_changed)
            self.touch()
            self._watcher = asyncio.create_task(self._watch(), name="idle-sleep")

    async def stop(self) -> None:
        """Stop watching, and abandon a wake-up in progress."""
        self._unsubscribe()
        tasks = [task for task in (self._watcher, self._waking) if task is not None]
        self._watcher = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def touch(self) -> None:
        """Restart the idle period: a question has arrived or an answer has ended."""
        self._last_used = time.monotonic()

    async def wake(self) -> None:
        """Wake the engine if it sleeps; returns when it is awake or has failed to wake up."""
        if self._waking is None and self._publisher.status.state == "asleep":
            self._waking = asyncio.create_task(self._wake(), name="engine-wake")
        if self._waking is not None:
            await asyncio.wait({self._waking})  # does not pass on either one's cancellation

    def _status_changed(self, status: ModelStatus) -> None:
        if status.state == "ready":
            self.touch()

    async def _watch(self) -> None:
        while True:
            left = self._last_used + self._after_s - time.monotonic()
            await asyncio.sleep(max(min(CHECK_SECONDS, self._after_s), left))
            idle = time.monotonic() >= self._last_used + self._after_s and not self._busy()
            publisher = self._publisher
            if idle and publisher.status.state == "ready" and not publisher.switching:
                await self._sleep()

    async def _sleep(self) -> None:
        # From here on requests must call `wake` to get at the engine.
        self._publisher.show("asleep")
        async with self._moving:
            if await self._run(lambda engine: engine.sleep(level=LEVEL)):
                log.info("The engine sleeps after %.0f minutes without a use", self._after_s / 60)

    async def _wake(self) -> None:
        try:
            async with self._moving:
                if self._publisher.status.state != "asleep":  # it died and is being rebuilt
                    return
                began = time.monotonic()
                async with self._clock.ticking(self._publisher, "warming", "waking"):
                    awake = await self._run(lambda engine: engine.wake_up())
                if awake:
                    self._clock.remember(time.monotonic() - began)
                    self._publisher.show("ready")
        finally:
            self._waking = None

    async def _run(self, command: Callable[[QwenEngine], Coroutine[Any, Any, None]]) -> bool:
        """Run a command of the engine; False if it failed or the engine died (it is rebuilt)."""
        engine = self._supervisor.engine
        if engine is None:
            return False
        with self._supervisor.probes_paused():
            running = asyncio.create_task(command(engine))
            try:
                while not running.done() and self._is_alive(engine):
                    await asyncio.wait({running}, timeout=CHECK_SECONDS)
                if running.done():
                    running.result()
            except Exception:
                log.exception("The engine failed to go to sleep or to wake up")
                if self._is_alive(engine):
                    self._publisher.show("restarting")
                    await self._supervisor.kill()
                return False
            finally:
                running.cancel()
        return self._is_alive(engine)

    def _is_alive(self, engine: QwenEngine) -> bool:
        return self._supervisor.engine is engine and not engine.errored
