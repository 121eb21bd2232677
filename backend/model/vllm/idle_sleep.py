"""Lets an engine sleep that nobody has asked for long, and wakes it for the next question.

Asleep, an engine has given the GPU's memory back: its weights wait in main memory, its caches are
empty. Knows when, not how an engine is built; requests are known only by whether some run.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from backend.model.service import ModelStatus
from backend.model.status_publisher import StartClock, StatusPublisher
from backend.model.vllm.supervisor import EngineSupervisor

log = logging.getLogger(__name__)

#: How often a busy engine is looked at again once it might have slept.
LOOK_SECONDS = 1.0
#: vLLM's level: weights go to main memory, the KV cache is dropped.
LEVEL = 1


class IdleSleep:
    """Of one engine, through all of its lives. `after_s`: seconds without a question; 0 is never.

    `busy` tells whether a request runs. States: `ready` → `asleep` → `warming` (phase `waking`) →
    `ready`; an engine that does not wake counts as dead.
    """

    def __init__(
        self,
        after_s: float,
        board: StatusPublisher,
        supervisor: EngineSupervisor,
        data_folder: Path,
        busy: Callable[[], bool],
    ) -> None:
        self._after_s = after_s
        self._board = board
        self._supervisor = supervisor
        self._busy = busy
        self._clock = StartClock(data_folder / "engine-start.json", f"{board.now.model} waking")
        self._used_at = 0.0
        self._asleep = asyncio.Lock()
        self._waking: asyncio.Task[None] | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._remove: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin to look; nothing where it is never to sleep."""
        if self._after_s and self._watcher is None:
            self._remove = self._board.subscribe(self._changed)
            self.used()
            self._watcher = asyncio.create_task(self._watch(), name="idle-sleep")

    async def stop(self) -> None:
        """Look no more; a waking under way is given up."""
        self._remove()
        tasks = [task for task in (self._watcher, self._waking) if task is not None]
        self._watcher = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def used(self) -> None:
        """Somebody asks, or an answer has just ended."""
        self._used_at = time.monotonic()

    async def wake(self) -> None:
        """Returns when the engine is awake, at once where it does not sleep, or has not woken."""
        if self._waking is None and self._board.now.state == "asleep":
            self._waking = asyncio.create_task(self._wake(), name="engine-wake")
        if self._waking is not None:
            await asyncio.wait({self._waking})  # neither's cancellation is the other's

    def _changed(self, status: ModelStatus) -> None:
        if status.state == "ready":
            self.used()

    async def _watch(self) -> None:
        while True:
            left = self._used_at + self._after_s - time.monotonic()
            await asyncio.sleep(max(min(LOOK_SECONDS, self._after_s), left))
            idle = time.monotonic() >= self._used_at + self._after_s and not self._busy()
            if idle and self._board.now.state == "ready" and not self._board.switching:
                await self._sleep()

    async def _sleep(self) -> None:
        # From here on nobody gets at the engine without `wake`.
        self._board.show("asleep")
        async with self._asleep:
            if await self._told(lambda engine: engine.sleep(level=LEVEL)):
                log.info("The engine sleeps: nobody has asked for %.0f minutes", self._after_s / 60)

    async def _wake(self) -> None:
        try:
            async with self._asleep:
                if self._board.now.state != "asleep":  # it has died and is built again
                    return
                began = time.monotonic()
                async with self._clock.ticking(self._board, "warming", "waking"):
                    awake = await self._told(lambda engine: engine.wake_up())
                if awake:
                    self._clock.remember(time.monotonic() - began)
                    self._board.show("ready")
        finally:
            self._waking = None

    async def _told(self, tell: Callable[[Any], Coroutine[Any, Any, Any]]) -> bool:
        """Have the engine do it; False where it could not, or died: it is built again then."""
        engine = self._supervisor.engine
        with self._supervisor.left_alone():
            doing = asyncio.create_task(tell(engine))
            try:
                while not doing.done() and self._lives(engine):
                    await asyncio.wait({doing}, timeout=LOOK_SECONDS)
                if doing.done():
                    doing.result()
            except Exception:
                log.exception("The engine failed on its way to sleep, or from it")
                if self._lives(engine):
                    self._board.show("restarting")
                    await self._supervisor.give_up()
                return False
            finally:
                doing.cancel()
        return self._lives(engine)

    def _lives(self, engine: Any) -> bool:
        return self._supervisor.engine is engine and not engine.errored
