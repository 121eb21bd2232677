"""An engine's lives, with an engine made of three attributes."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from backend.errors import SettingsError
from backend.model.status_publisher import StatusPublisher
from backend.model.vllm import supervisor as engine_supervisor
from backend.model.vllm.engine_processes import EngineProcesses, identify
from backend.model.vllm.supervisor import EngineSupervisor

pytestmark = pytest.mark.anyio


class FakeEngine:
    def __init__(self) -> None:
        self.errored = False
        self.answers = asyncio.Event()
        self.answers.set()
        self.was_shut_down = False
        self.cycle: FakeEngine | None = None
        #: Told how often it was asked since it is set.
        self.on_ask: Callable[[int], object] | None = None
        self.times_asked = 0

    async def is_sleeping(self) -> bool:
        if self.on_ask is not None:
            self.times_asked += 1
            self.on_ask(self.times_asked)
        await self.answers.wait()
        return False

    def shutdown(self, timeout: float) -> None:
        self.was_shut_down = True


class Recipe:
    """Builds fake engines; `trouble` is raised by the step of that name."""

    def __init__(self) -> None:
        self.engines: list[FakeEngine] = []
        self.threads: set[int] = set()
        self.trouble: dict[str, Exception] = {}
        self.gate = threading.Event()
        self.gate.set()
        self.building = threading.Event()

    def _step(self, name: str) -> None:
        self.threads.add(threading.get_ident())
        if name in self.trouble:
            raise self.trouble[name]

    def prepare(self) -> None:
        self._step("prepare")

    def build(self) -> FakeEngine:
        self.building.set()
        self.gate.wait(5)
        self._step("build")
        self.engines.append(FakeEngine())
        return self.engines[-1]

    async def warm_up(self, engine: FakeEngine) -> None:
        if "warm_up" in self.trouble:
            raise self.trouble["warm_up"]

    def built(self, engine: FakeEngine) -> None:
        assert engine is self.engines[-1]


@pytest.fixture
def recipe() -> Recipe:
    return Recipe()


@pytest.fixture
def board() -> StatusPublisher:
    return StatusPublisher("Qwen/X")


Make = Callable[..., EngineSupervisor]


@pytest.fixture
async def make(
    recipe: Recipe, board: StatusPublisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Make]:
    monkeypatch.setattr(engine_supervisor, "LOOK_SECONDS", 0.005)
    made: list[EngineSupervisor] = []

    def make_one(
        restart_limit: int = 3, more_probes: int = 0, probe_timeout_s: float = 0.02
    ) -> EngineSupervisor:
        supervisor = EngineSupervisor(
            recipe,
            board,
            tmp_path,
            restart_limit=restart_limit,
            probe_every_s=0.01,
            probe_timeout_s=probe_timeout_s,
            more_probes=more_probes,
        )
        made.append(supervisor)
        return supervisor

    yield make_one
    recipe.gate.set()
    for supervisor in made:
        await supervisor.stop()


async def until(board: StatusPublisher, *states: str) -> None:
    reached = asyncio.Event()
    remove = board.subscribe(lambda status: reached.set() if status.state in states else None)
    if board.now.state not in states:
        await asyncio.wait_for(reached.wait(), 30)
    remove()


async def test_states_of_a_start_and_a_stop(
    make: Make, board: StatusPublisher, recipe: Recipe
) -> None:
    states: list[str] = []
    board.subscribe(lambda status: states.append(status.state))
    supervisor = make()
    await supervisor.start()
    assert supervisor.engine is recipe.engines[0]
    await supervisor.stop()
    assert list(dict.fromkeys(states)) == ["loading", "warming", "ready", "stopped"]
    assert recipe.engines[0].was_shut_down
    assert supervisor.engine is None
    assert len(recipe.threads) == 1
    assert threading.get_ident() not in recipe.threads


async def test_what_the_garbage_collector_passes_over_is_freed_with_its_engine(
    make: Make, recipe: Recipe
) -> None:
    supervisor = make()
    await supervisor.start()
    assert gc.get_freeze_count() > 0
    recipe.engines[0].cycle = recipe.engines[0]
    engine = weakref.ref(recipe.engines[0])
    recipe.engines.clear()
    await supervisor.stop()
    assert engine() is None
    assert gc.get_freeze_count() == 0


async def test_a_dead_engine_is_built_again(
    make: Make, board: StatusPublisher, recipe: Recipe
) -> None:
    await make().start()
    recipe.engines[0].errored = True
    await until(board, "restarting")
    await until(board, "ready")
    assert len(recipe.engines) == 2 and len(recipe.threads) == 1


async def test_a_hung_engine_is_built_again(
    make: Make, board: StatusPublisher, recipe: Recipe
) -> None:
    await make().start()
    recipe.engines[0].answers.clear()
    await until(board, "restarting")
    await until(board, "ready")
    assert recipe.engines[0].was_shut_down and len(recipe.engines) == 2


async def test_too_many_deaths_are_a_failure(
    make: Make, board: StatusPublisher, recipe: Recipe
) -> None:
    await make(restart_limit=0).start()
    recipe.engines[0].errored = True
    await until(board, "failed")
    assert board.now.error is not None and "died too often" in board.now.error
    assert len(recipe.engines) == 1


@pytest.mark.parametrize("step", ["prepare", "build", "warm_up"])
async def test_trouble_is_told_and_leaves_no_engine(
    step: str, make: Make, board: StatusPublisher, recipe: Recipe
) -> None:
    recipe.trouble[step] = RuntimeError("CUDA out of memory")
    supervisor = make()
    await supervisor.start()
    assert board.now.state == "failed"
    assert board.now.error is not None and "not enough memory for Qwen/X" in board.now.error
    assert supervisor.engine is None
    assert all(engine.was_shut_down for engine in recipe.engines)


async def test_a_wrong_setting_is_told_in_its_own_words(
    make: Make, board: StatusPublisher, recipe: Recipe
) -> None:
    recipe.trouble["build"] = SettingsError("DRAWING_CHAT_ENGINE_ARGS: there is no such thing.")
    await make().start()
    assert board.now.error == "DRAWING_CHAT_ENGINE_ARGS: there is no such thing."


async def test_a_stop_during_the_build_ends_what_it_builds(
    make: Make, board: StatusPublisher, recipe: Recipe
) -> None:
    recipe.gate.clear()
    supervisor = make()
    starting = asyncio.create_task(supervisor.start())
    await until(board, "loading")
    await asyncio.to_thread(recipe.building.wait, 5)
    stopping = asyncio.create_task(supervisor.stop())
    await asyncio.sleep(0.02)
    assert not stopping.done()
    recipe.gate.set()
    await stopping
    await starting
    assert len(recipe.engines) == 1
    assert board.now.state == "stopped"
    assert all(engine.was_shut_down for engine in recipe.engines)


async def test_a_cancelled_start_is_cleaned_up_by_stop(
    make: Make, board: StatusPublisher, recipe: Recipe
) -> None:
    recipe.gate.clear()
    supervisor = make()
    starting = asyncio.create_task(supervisor.start())
    await until(board, "loading")
    await asyncio.to_thread(recipe.building.wait, 5)
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    recipe.gate.set()
    await supervisor.stop()
    assert board.now.state == "stopped"
    assert len(recipe.engines) == 1 and recipe.engines[0].was_shut_down


async def test_a_stop_during_a_restart_is_final(
    make: Make, board: StatusPublisher, recipe: Recipe
) -> None:
    supervisor = make()
    await supervisor.start()
    recipe.gate.clear()
    recipe.engines[0].errored = True
    await until(board, "restarting")
    recipe.gate.set()
    await supervisor.stop()
    assert board.now.state == "stopped"
    assert all(engine.was_shut_down for engine in recipe.engines)


async def test_a_stop_takes_no_shutdown_back(make: Make, recipe: Recipe) -> None:
    """The watcher has asked the engine's thread, which is still busy, when `stop` cancels it."""
    supervisor = make()
    await supervisor.start()
    recipe.gate.clear()
    supervisor._thread.submit(recipe.gate.wait, 5)
    recipe.engines[0].errored = True
    while supervisor.engine is not None:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    stopping = asyncio.create_task(supervisor.stop())
    await asyncio.sleep(0.02)
    recipe.gate.set()
    await stopping
    assert recipe.engines[0].was_shut_down


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that works, recorded as one of the engine's."""
    process = subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"])
    own, server = identify(process.pid), identify(os.getpid())
    assert own is not None and server is not None
    EngineProcesses(tmp_path / "engine").record(own, server)
    yield process
    process.kill()
    process.wait()


async def test_an_engine_that_is_slow_for_want_of_a_processor_is_not_dead(
    make: Make, board: StatusPublisher, recipe: Recipe, busy: subprocess.Popen[bytes]
) -> None:
    states: list[str] = []
    board.subscribe(lambda status: states.append(status.state))
    supervisor = make(more_probes=100, probe_timeout_s=1.0)
    await supervisor.start()
    asked = asyncio.Event()
    recipe.engines[0].answers.clear()
    recipe.engines[0].on_ask = lambda times: asked.set() if times == 3 else None
    await asyncio.wait_for(asked.wait(), 30)
    recipe.engines[0].answers.set()
    assert board.now.state == "ready" and "restarting" not in states
    recipe.engines[0].answers.clear()
    os.kill(busy.pid, signal.SIGSTOP)
    await until(board, "restarting")
    await until(board, "ready")


async def test_one_that_works_and_never_answers_is_dead_in_the_end(
    make: Make, board: StatusPublisher, recipe: Recipe, busy: subprocess.Popen[bytes]
) -> None:
    await make(more_probes=2, probe_timeout_s=1.0).start()
    asked: list[int] = []
    recipe.engines[0].answers.clear()
    recipe.engines[0].on_ask = asked.append
    await until(board, "restarting")
    assert asked == [1, 2, 3]
