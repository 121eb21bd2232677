"""Builds, deaths and restarts, with a fake engine."""

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
from typing import Any

import pytest

from backend.errors import SettingsError
from backend.model.status_publisher import StatusPublisher
from backend.model.vllm import health_probe
from backend.model.vllm.engine_processes import EngineProcesses, identify
from backend.model.vllm.supervisor import EngineSupervisor
from tests.server_process import HANG_SECONDS

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


class FakeEngineFactory:
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
        self.gate.wait(HANG_SECONDS)
        self._step("build")
        self.engines.append(FakeEngine())
        return self.engines[-1]

    async def warm_up(self, engine: FakeEngine) -> None:
        if "warm_up" in self.trouble:
            raise self.trouble["warm_up"]

    def describe(self, engine: FakeEngine) -> dict[str, Any]:
        assert engine is self.engines[-1]
        return {"limits": {"max_model_len": 4096}, "demo": None, "tools": True}


@pytest.fixture
def factory() -> FakeEngineFactory:
    return FakeEngineFactory()


@pytest.fixture
def publisher() -> StatusPublisher:
    return StatusPublisher("Qwen/X")


Make = Callable[..., EngineSupervisor]


@pytest.fixture
async def make(
    factory: FakeEngineFactory,
    publisher: StatusPublisher,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Make]:
    monkeypatch.setattr(health_probe, "CHECK_SECONDS", 0.005)
    made: list[EngineSupervisor] = []

    def make_one(
        restart_limit: int = 3, probe_retries: int = 0, probe_timeout_s: float = 0.02
    ) -> EngineSupervisor:
        supervisor = EngineSupervisor(
            factory,
            publisher,
            tmp_path,
            restart_limit=restart_limit,
            probe_every_s=0.01,
            probe_timeout_s=probe_timeout_s,
            probe_retries=probe_retries,
        )
        made.append(supervisor)
        return supervisor

    yield make_one
    factory.gate.set()
    for supervisor in made:
        await supervisor.stop()


async def until(publisher: StatusPublisher, *states: str) -> None:
    reached = asyncio.Event()
    remove = publisher.subscribe(lambda status: reached.set() if status.state in states else None)
    if publisher.status.state not in states:
        await asyncio.wait_for(reached.wait(), HANG_SECONDS)
    remove()


async def test_states_of_a_start_and_a_stop(
    make: Make, publisher: StatusPublisher, factory: FakeEngineFactory
) -> None:
    states: list[str] = []
    publisher.subscribe(lambda status: states.append(status.state))
    supervisor = make()
    await supervisor.start()
    assert supervisor.engine is factory.engines[0]
    assert publisher.status.limits == {"max_model_len": 4096} and publisher.status.tools
    await supervisor.stop()
    assert list(dict.fromkeys(states)) == ["loading", "warming", "ready", "stopped"]
    assert factory.engines[0].was_shut_down
    assert supervisor.engine is None
    assert len(factory.threads) == 1
    assert threading.get_ident() not in factory.threads


async def test_frozen_objects_are_freed_with_their_engine(
    make: Make, factory: FakeEngineFactory
) -> None:
    supervisor = make()
    await supervisor.start()
    assert gc.get_freeze_count() > 0
    factory.engines[0].cycle = factory.engines[0]
    engine = weakref.ref(factory.engines[0])
    factory.engines.clear()
    await supervisor.stop()
    assert engine() is None
    assert gc.get_freeze_count() == 0


async def test_a_dead_engine_is_rebuilt(
    make: Make, publisher: StatusPublisher, factory: FakeEngineFactory
) -> None:
    await make().start()
    factory.engines[0].errored = True
    await until(publisher, "restarting")
    await until(publisher, "ready")
    assert len(factory.engines) == 2 and len(factory.threads) == 1


async def test_a_hung_engine_is_rebuilt(
    make: Make, publisher: StatusPublisher, factory: FakeEngineFactory
) -> None:
    await make().start()
    factory.engines[0].answers.clear()
    await until(publisher, "restarting")
    await until(publisher, "ready")
    assert factory.engines[0].was_shut_down and len(factory.engines) == 2


async def test_too_many_deaths_are_a_failure(
    make: Make, publisher: StatusPublisher, factory: FakeEngineFactory
) -> None:
    await make(restart_limit=0).start()
    factory.engines[0].errored = True
    await until(publisher, "failed")
    assert publisher.status.error is not None and "died too often" in publisher.status.error
    assert len(factory.engines) == 1


@pytest.mark.parametrize("step", ["prepare", "build", "warm_up"])
async def test_a_failed_step_is_reported_and_leaves_no_engine(
    step: str, make: Make, publisher: StatusPublisher, factory: FakeEngineFactory
) -> None:
    factory.trouble[step] = RuntimeError("CUDA out of memory")
    supervisor = make()
    await supervisor.start()
    assert publisher.status.state == "failed"
    assert (
        publisher.status.error is not None
        and "not enough memory for Qwen/X" in publisher.status.error
    )
    assert supervisor.engine is None
    assert all(engine.was_shut_down for engine in factory.engines)


async def test_a_wrong_setting_is_reported_verbatim(
    make: Make, publisher: StatusPublisher, factory: FakeEngineFactory
) -> None:
    factory.trouble["build"] = SettingsError("DRAWING_CHAT_ENGINE_ARGS: there is no such thing.")
    await make().start()
    assert publisher.status.error == "DRAWING_CHAT_ENGINE_ARGS: there is no such thing."


async def test_a_stop_during_the_build_ends_the_engine(
    make: Make, publisher: StatusPublisher, factory: FakeEngineFactory
) -> None:
    factory.gate.clear()
    supervisor = make()
    starting = asyncio.create_task(supervisor.start())
    await until(publisher, "loading")
    await asyncio.to_thread(factory.building.wait, 5)
    stopping = asyncio.create_task(supervisor.stop())
    await asyncio.sleep(0.02)
    assert not stopping.done()
    factory.gate.set()
    await stopping
    await starting
    assert len(factory.engines) == 1
    assert publisher.status.state == "stopped"
    assert all(engine.was_shut_down for engine in factory.engines)


async def test_a_cancelled_start_is_cleaned_up_by_stop(
    make: Make, publisher: StatusPublisher, factory: FakeEngineFactory
) -> None:
    factory.gate.clear()
    supervisor = make()
    starting = asyncio.create_task(supervisor.start())
    await until(publisher, "loading")
    await asyncio.to_thread(factory.building.wait, 5)
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    factory.gate.set()
    await supervisor.stop()
    assert publisher.status.state == "stopped"
    assert len(factory.engines) == 1 and factory.engines[0].was_shut_down


async def test_a_stop_during_a_restart_is_final(
    make: Make, publisher: StatusPublisher, factory: FakeEngineFactory
) -> None:
    supervisor = make()
    await supervisor.start()
    factory.gate.clear()
    factory.engines[0].errored = True
    await until(publisher, "restarting")
    factory.gate.set()
    await supervisor.stop()
    assert publisher.status.state == "stopped"
    assert all(engine.was_shut_down for engine in factory.engines)


async def test_a_stop_does_not_cancel_a_shutdown(make: Make, factory: FakeEngineFactory) -> None:
    """The watcher has asked the engine's thread, which is still busy, when `stop` cancels it."""
    supervisor = make()
    await supervisor.start()
    factory.gate.clear()
    supervisor._thread.submit(factory.gate.wait, 5)
    factory.engines[0].errored = True
    while supervisor.engine is not None:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    stopping = asyncio.create_task(supervisor.stop())
    await asyncio.sleep(0.02)
    factory.gate.set()
    await stopping
    assert factory.engines[0].was_shut_down


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


async def test_an_engine_slowed_by_a_busy_processor_is_not_dead(
    make: Make,
    publisher: StatusPublisher,
    factory: FakeEngineFactory,
    busy: subprocess.Popen[bytes],
) -> None:
    states: list[str] = []
    publisher.subscribe(lambda status: states.append(status.state))
    supervisor = make(probe_retries=100, probe_timeout_s=1.0)
    await supervisor.start()
    asked = asyncio.Event()
    factory.engines[0].answers.clear()
    factory.engines[0].on_ask = lambda times: asked.set() if times == 3 else None
    await asyncio.wait_for(asked.wait(), HANG_SECONDS)
    factory.engines[0].answers.set()
    assert publisher.status.state == "ready" and "restarting" not in states
    factory.engines[0].answers.clear()
    os.kill(busy.pid, signal.SIGSTOP)
    await until(publisher, "restarting")
    await until(publisher, "ready")


async def test_a_busy_engine_that_never_responds_is_dead(
    make: Make,
    publisher: StatusPublisher,
    factory: FakeEngineFactory,
    busy: subprocess.Popen[bytes],
) -> None:
    await make(probe_retries=2, probe_timeout_s=1.0).start()
    asked: list[int] = []
    factory.engines[0].answers.clear()
    factory.engines[0].on_ask = asked.append
    await until(publisher, "restarting")
    assert asked == [1, 2, 3]
