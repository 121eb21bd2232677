"""Keeps one engine alive: builds it in a thread, and rebuilds it after it has died or hung.

What an engine is made of is up to its factory, how its death is detected to the health probe.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from backend.errors import SettingsError
from backend.metrics import ENGINE_DEATHS
from backend.model.service import State
from backend.model.status_publisher import StatusPublisher
from backend.model.vllm import heap, load_progress
from backend.model.vllm.engine_factory import EngineFactory
from backend.model.vllm.engine_failure import explain, take_errors
from backend.model.vllm.engine_processes import EngineProcesses, engine_folder
from backend.model.vllm.health_probe import HealthProbe
from backend.model.vllm.qwen_engine import QwenEngine
from backend.model.vllm.restart_policy import RestartPolicy
from backend.model.vllm.shared_memory import SharedMemory
from backend.model.vllm.socket_folder import SocketFolder
from backend.model.vllm.start_clock import StartClock

log = logging.getLogger(__name__)

#: Seconds in which the engine's processes may end gracefully before they are killed.
GRACE_SECONDS = 3.0
STOP_SECONDS = 10.0


class EngineSupervisor:
    """One engine and its processes, across restarts.

    `restart_limit`: deaths within ten minutes after which it gives up. `probe_every_s`,
    `probe_timeout_s`, `probe_retries`: see `HealthProbe`.
    """

    def __init__(
        self,
        factory: EngineFactory,
        publisher: StatusPublisher,
        data_folder: Path,
        *,
        restart_limit: int,
        probe_every_s: float,
        probe_timeout_s: float,
        probe_retries: int = 0,
    ) -> None:
        #: None unless an engine is warming up, ready or asleep.
        self.engine: QwenEngine | None = None
        self._factory = factory
        self._publisher = publisher
        self._clock = StartClock(data_folder / "engine-start.json", publisher.status.model)
        self._folder = engine_folder(data_folder)
        self._processes = EngineProcesses(self._folder)
        self._sockets = SocketFolder(data_folder)
        self._shared = SharedMemory(self._folder)
        self._policy = RestartPolicy(restart_limit)
        self._probe = HealthProbe(
            self._processes,
            every_s=probe_every_s,
            timeout_s=probe_timeout_s,
            retries=probe_retries,
        )
        self._building: Future[Any] | None = None
        self._build_lock = asyncio.Lock()
        self._watcher: asyncio.Task[None] | None = None
        self._stopping = False
        # One thread for the engine's whole life: its processes end with the thread that started
        # them (see parent_watch).
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine")

    async def start(self) -> None:
        """Build the engine; returns when the state is `ready` or `failed`."""
        self._stopping = False
        stale = await asyncio.to_thread(self._processes.end_stale)
        if stale:
            log.warning("Killed %d engine processes of a dead server", stale)
        if await asyncio.to_thread(self._shared.remove_stale):
            log.info("Removed shared memory that it had left behind")
        if await self._build("loading"):
            self._watcher = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """End every request and process of the engine; takes seconds if it is ready."""
        self._stopping = True
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
            self._watcher = None
        # A running build ends when its processes do; only its imports cannot be interrupted.
        while self._building is not None and not self._building.done():
            await asyncio.to_thread(self._end_processes)
            await asyncio.sleep(0.1)
        if self._building is not None and not self._building.exception():
            self.engine = self.engine or self._building.result()
        self._building = None
        await self._shut_down()
        async with self._build_lock:  # the build has ended
            self._publisher.show("stopped")

    def report_death(self, engine: QwenEngine) -> None:
        """A request found the engine dead: publish it now; the watcher rebuilds it shortly."""
        if engine is self.engine and self._publisher.status.state == "ready":
            self._publisher.show("restarting")

    def probes_paused(self) -> AbstractContextManager[None]:
        """See `HealthProbe.paused`."""
        return self._probe.paused()

    async def kill(self) -> None:
        """Kill the engine's processes; the watcher then builds a new engine."""
        await asyncio.to_thread(self._end_processes)

    async def _build(self, state: State) -> bool:
        """Build and warm up an engine; False, with the state `failed`, if that fails."""
        async with self._build_lock:
            return await self._build_once(state)

    async def _build_once(self, state: State) -> bool:
        began = time.monotonic()
        try:
            engine = await self._build_in_thread(state)
            if engine is None:
                return False  # `stop` shuts down what was built
            self.engine = engine
            async with self._clock.ticking(self._publisher, "warming", "warming"):
                await self._factory.warm_up(engine)
        except Exception as error:
            await self._shut_down()
            if not self._stopping:
                self._publisher.show("failed", error=self._reason(error))
            return False
        self._clock.remember(time.monotonic() - began)
        self._publisher.describe(**self._factory.describe(engine))
        await asyncio.to_thread(self._record_shared_memory)
        await asyncio.to_thread(heap.settle)
        self._publisher.show("ready")
        return True

    async def _build_in_thread(self, state: State) -> QwenEngine | None:
        """Run the factory's steps with published progress; None if `stop` was called."""
        await asyncio.to_thread(load_progress.forget, self._folder)
        stage = partial(load_progress.stage, self._folder)
        async with self._clock.ticking(self._publisher, state, "loading", stage):
            for step in (self._factory.prepare, self._factory.build):
                take_errors(self._folder)  # drop those of a previous engine
                built = await self._in_thread(step)
                if self._stopping:
                    return None
        engine: QwenEngine = built
        return engine

    async def _in_thread(self, step: Callable[[], Any]) -> Any:
        """Run one step. Shielded: a thread cannot be cancelled, and `stop` waits for it.

        Importing vLLM keeps the importing frames alive, with everything they come to hold. An
        engine built in the same step would never be freed.
        """
        self._building = self._thread.submit(step)
        return await asyncio.shield(asyncio.wrap_future(self._building))

    async def _watch(self) -> None:
        """Rebuild the engine after each death, until the restart limit is reached."""
        while self.engine is not None:
            await self._probe.until_dead(self.engine)
            log.error("The engine has died")
            ENGINE_DEATHS.inc()
            self._publisher.show("restarting")
            # This also ends streams that wait for a hung engine.
            await self.kill()
            await self._shut_down()
            pause = self._policy.pause_before_next(time.monotonic())
            if pause is None:
                reason = f"The engine died too often. {self._reason(None)}"
                self._publisher.show("failed", error=reason)
                return
            await asyncio.sleep(pause)
            if not await self._build("restarting"):
                return

    async def _shut_down(self) -> None:
        """Shut the engine down, gracefully for some seconds, then by killing its processes."""
        engine, self.engine = self.engine, None
        self._building = None

        def shut_down() -> None:
            nonlocal engine
            if engine is not None:  # otherwise only wait until the thread is idle
                engine.shutdown(timeout=GRACE_SECONDS)
                engine = None
                heap.collect()

        try:
            async with asyncio.timeout(STOP_SECONDS):
                # Shielded: it must finish even if the watcher that asked for it is cancelled.
                await asyncio.shield(asyncio.wrap_future(self._thread.submit(shut_down)))
        except Exception as error:
            log.warning("The engine did not shut down gracefully: %r", error)
        await asyncio.to_thread(self._end_processes)
        await asyncio.to_thread(self._sockets.remove)
        await asyncio.to_thread(self._shared.forget)

    def _record_shared_memory(self) -> None:
        with contextlib.suppress(OSError):  # a full disk must not stop the engine
            self._shared.record([each.process.pid for each in self._processes.recorded()])

    def _end_processes(self) -> None:
        """Kill all processes of this server's engine that still run."""
        self._processes.end_ours()
        for child in multiprocessing.active_children():
            if child.name.startswith("EngineCore"):  # not recorded yet
                child.kill()
                child.join(timeout=5)

    def _reason(self, error: Exception | None) -> str:
        if isinstance(error, SettingsError):
            return str(error)
        errors = take_errors(self._folder)
        log.error("The engine failed: %s", "; ".join(errors) or repr(error), exc_info=error)
        reasons = [*errors, f"{type(error).__name__}: {error}"]
        return explain(self._publisher.status.model, reasons, self._publisher.status.plan)
