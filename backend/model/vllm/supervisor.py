"""Keeps one engine alive: builds it in a thread, notices its death or silence, builds it again.

Knows an engine only as something with `errored`, `is_sleeping()` and `shutdown()`; how one is
built, warmed up and asked is the owner's business.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from backend.errors import SettingsError
from backend.metrics import ENGINE_DEATHS
from backend.model.service import State
from backend.model.status_publisher import StartClock, StatusPublisher
from backend.model.vllm import heap
from backend.model.vllm import load_progress as loading
from backend.model.vllm.engine_failure import explain, take_notes
from backend.model.vllm.engine_processes import EngineProcesses, all_worked
from backend.model.vllm.restart_policy import RestartPolicy
from backend.model.vllm.shared_memory import SharedMemory
from backend.model.vllm.socket_folder import SocketFolder

log = logging.getLogger(__name__)

#: A dead engine says so itself; this is how often it is asked.
LOOK_SECONDS = 0.25
#: Seconds that the engine's processes get to end by themselves before they are killed.
POLITE_SECONDS = 3.0
STOP_SECONDS = 10.0


class Recipe(Protocol):
    """How the owner makes an engine. The first two block and run in the engine's thread."""

    def prepare(self) -> None:
        """Imports; a step of its own, see `_in_thread`."""

    def build(self) -> Any:
        """Make the engine."""

    async def warm_up(self, engine: Any) -> None:
        """Ask it something, so that the first person does not wait for what is done once."""

    def built(self, engine: Any) -> None:
        """It is about to be `ready`."""


class EngineSupervisor:
    """One engine and its processes, through all of its lives.

    `probe_every_s` and `probe_timeout_s`: how often a ready engine is asked for a sign of life,
    and how long it may take to give it. Their sum is how long a hung engine stays unnoticed.
    `more_probes`: how often one that is silent is asked once more while all of its processes work:
    on a processor that others keep busy a step takes long. A hung GPU keeps its processes busy too.
    """

    def __init__(
        self,
        recipe: Recipe,
        board: StatusPublisher,
        data_folder: Path,
        *,
        restart_limit: int,
        probe_every_s: float,
        probe_timeout_s: float,
        more_probes: int = 0,
    ) -> None:
        self.engine: Any = None
        self._recipe = recipe
        self._board = board
        self._clock = StartClock(data_folder / "engine-start.json", board.now.model)
        self._folder = data_folder / "engine"
        self.processes = EngineProcesses(self._folder)
        self.sockets = SocketFolder(data_folder)
        self._shared = SharedMemory(self._folder)
        self._policy = RestartPolicy(restart_limit)
        self._probe_every_s = probe_every_s
        self._probe_timeout_s = probe_timeout_s
        self._more_probes = more_probes
        self._building: Future[Any] | None = None
        self._build_lock = asyncio.Lock()
        self._watcher: asyncio.Task[None] | None = None
        self._stopping = False
        self._left_alone = False
        # One thread for all of the engine's life: its processes end with the thread that
        # started them (see parent_watch).
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine")

    async def start(self) -> None:
        """Build the engine; returns when it is `ready` or `failed`."""
        self._stopping = False
        stale = await asyncio.to_thread(self.processes.end_stale)
        if stale:
            log.warning("Ended %d engine processes of a server that had died", stale)
        if await asyncio.to_thread(self._shared.remove_stale):
            log.info("Freed the shared memory that it had left")
        if await self._build("loading"):
            self._watcher = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """End every request and process of the engine; some seconds once it is ready."""
        self._stopping = True
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
            self._watcher = None
        # A build that is under way ends when its processes do; only its imports cannot be
        # interrupted.
        while self._building is not None and not self._building.done():
            await asyncio.to_thread(self._end_processes)
            await asyncio.sleep(0.1)
        if self._building is not None and not self._building.exception():
            self.engine = self.engine or self._building.result()
        self._building = None
        await self._shut_down()
        async with self._build_lock:  # it has nothing to build any more
            self._board.show("stopped")

    def died(self, engine: Any) -> None:
        """A request has met the engine's death: tell it now, the watcher follows in a moment."""
        if engine is self.engine and self._board.now.state == "ready":
            self._board.show("restarting")

    @contextmanager
    def left_alone(self) -> Iterator[None]:
        """While the body runs the engine need not give signs of life: it copies its memory."""
        self._left_alone = True
        try:
            yield
        finally:
            self._left_alone = False

    async def give_up(self) -> None:
        """This engine is of no use any more: end it, so that it is built again."""
        await asyncio.to_thread(self._end_processes)

    async def _build(self, state: State) -> bool:
        """Build and warm up an engine; True when it is ready, else the state is `failed`."""
        async with self._build_lock:
            return await self._build_once(state)

    async def _build_once(self, state: State) -> bool:
        began = time.monotonic()
        try:
            await asyncio.to_thread(loading.forget, self._folder)
            stage = partial(loading.stage, self._folder)
            async with self._clock.ticking(self._board, state, "loading", stage):
                for step in (self._recipe.prepare, self._recipe.build):
                    take_notes(self._folder)  # of an engine before
                    engine = await self._in_thread(step)
                    if self._stopping:
                        return False  # `stop` ends what was built
            self.engine = engine
            async with self._clock.ticking(self._board, "warming", "warming"):
                await self._recipe.warm_up(self.engine)
        except Exception as error:
            await self._shut_down()
            if not self._stopping:
                self._board.show("failed", error=self._reason(error))
            return False
        self._clock.remember(time.monotonic() - began)
        self._recipe.built(self.engine)
        await asyncio.to_thread(self._note_shared_memory)
        await asyncio.to_thread(heap.settle)
        self._board.show("ready")
        return True

    async def _in_thread(self, step: Callable[[], Any]) -> Any:
        """Run one step; shielded, as a thread cannot be cancelled and `stop` waits for it.

        Importing vLLM keeps the frames below the import alive, and with them all they come to
        hold: an engine built in the same step would never be freed.
        """
        self._building = self._thread.submit(step)
        return await asyncio.shield(asyncio.wrap_future(self._building))

    async def _watch(self) -> None:
        """Notice the engine's death or silence, and build it again, as often as is allowed."""
        while True:
            await self._until_dead()
            log.error("The engine has died")
            ENGINE_DEATHS.inc()
            self._board.show("restarting")
            # Streams that wait for a hung engine learn of its end from this as well.
            await asyncio.to_thread(self._end_processes)
            await self._shut_down()
            pause = self._policy.pause_before_next(time.monotonic())
            if pause is None:
                self._board.show("failed", error=f"The engine died too often. {self._reason(None)}")
                return
            await asyncio.sleep(pause)
            if not await self._build("restarting"):
                return

    async def _until_dead(self) -> None:
        """Returns when the engine has died or no longer answers."""
        next_probe = time.monotonic() + self._probe_every_s
        while not self.engine.errored:
            await asyncio.sleep(LOOK_SECONDS)
            if time.monotonic() < next_probe or self._left_alone:
                continue
            try:
                if not await self._gives_sign_of_life():
                    return
            except Exception as error:
                log.error("The engine failed to give a sign of life: %r", error)
                return
            next_probe = time.monotonic() + self._probe_every_s

    async def _gives_sign_of_life(self) -> bool:
        """Ask for it; raises what the engine answers in place of one."""
        half = self._probe_timeout_s / 2
        for _ in range(1 + self._more_probes):
            asking = asyncio.ensure_future(self._ask())
            try:
                # Not `wait_for`: Python 3.11's can lose the cancellation by which `stop` ends this.
                await asyncio.wait([asking], timeout=half)
                if not asking.done():  # it may have been stopped just now: does it work from here?
                    before = await asyncio.to_thread(self.processes.ticks)
                    await asyncio.wait([asking], timeout=half)
                if asking.done():
                    asking.result()
                    return True
            finally:
                asking.cancel()
            if self._left_alone:  # asked in the moment before
                return True
            works = all_worked(before, await asyncio.to_thread(self.processes.ticks))
            doing = "works" if works else "does not work either"
            log.error("The engine gave no sign of life for %s s, it %s", 2 * half, doing)
            if not works or self.engine.errored:
                return False
        return False

    def _ask(self) -> Awaitable[bool]:
        """Any question that goes through the engine's core and back."""
        answer: Awaitable[bool] = self.engine.is_sleeping()
        return answer

    async def _shut_down(self) -> None:
        """End the engine, politely for some seconds, then its processes by force."""
        engine, self.engine = self.engine, None
        self._building = None

        def shut_down() -> None:
            nonlocal engine
            if engine is not None:  # else this only waits for what the thread still does
                engine.shutdown(timeout=POLITE_SECONDS)
                engine = None
                heap.collect()

        try:
            async with asyncio.timeout(STOP_SECONDS):
                # Shielded: what a cancelled watcher has asked for is done all the same.
                await asyncio.shield(asyncio.wrap_future(self._thread.submit(shut_down)))
        except Exception as error:
            log.warning("The engine did not shut down by itself: %r", error)
        await asyncio.to_thread(self._end_processes)
        await asyncio.to_thread(self.sockets.remove)
        await asyncio.to_thread(self._shared.forget)

    def _note_shared_memory(self) -> None:
        with contextlib.suppress(OSError):  # a full disk is no reason not to answer
            self._shared.note([each.process.pid for each in self.processes.recorded()])

    def _end_processes(self) -> None:
        """Kill what is left of this server's engine."""
        self.processes.end_ours()
        for child in multiprocessing.active_children():
            if child.name.startswith("EngineCore"):  # one that has not recorded itself yet
                child.kill()
                child.join(timeout=5)

    def _reason(self, error: Exception | None) -> str:
        if isinstance(error, SettingsError):
            return str(error)
        notes = take_notes(self._folder)
        log.error("The engine failed: %s", "; ".join(notes) or repr(error), exc_info=error)
        reasons = [*notes, f"{type(error).__name__}: {error}"]
        return explain(self._board.now.model, reasons, self._board.now.plan)
