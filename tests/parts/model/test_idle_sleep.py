"""Idle sleep with fake engines, and its effect on chat and routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from backend.chat.prefill.prefix_readiness import Subject
from backend.model.service import ModelStatus
from backend.model.status_publisher import StatusPublisher
from backend.model.vllm import health_probe, idle_sleep
from backend.model.vllm.idle_sleep import IdleSleep
from backend.model.vllm.supervisor import EngineSupervisor
from tests.chat_parts import open_chat, text_of
from tests.fakes import FakeVisionService
from tests.parts.model.test_supervisor import FakeEngine, FakeEngineFactory
from tests.server_process import HANG_SECONDS

pytestmark = pytest.mark.anyio


class Counter:
    """How often something was looked at."""

    def __init__(self) -> None:
        self._count = 0
        self._more = asyncio.Event()

    def count(self) -> None:
        self._count += 1
        self._more.set()

    async def more(self, times: int) -> None:
        """Wait until it has been looked at so many times from now."""
        enough = self._count + times
        async with asyncio.timeout(HANG_SECONDS):
            while self._count < enough:
                self._more.clear()
                await self._more.wait()


class SleepyEngine(FakeEngine):
    """Sleeps and wakes when it is allowed to; `trouble` is raised in its place."""

    def __init__(self) -> None:
        self.looks = Counter()
        super().__init__()
        self.calls: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.trouble: Exception | None = None

    @property
    def errored(self) -> bool:
        """The supervisor asks for it at each look."""
        self.looks.count()
        return self._errored

    @errored.setter
    def errored(self, value: bool) -> None:
        self._errored = value

    async def sleep(self, level: int) -> None:
        await self._do(f"sleep {level}")

    async def wake_up(self) -> None:
        await self._do("wake")

    async def _do(self, call: str) -> None:
        self.calls.append(call)
        self.answers.clear()  # busy with its memory, it gives no sign of life
        await self.gate.wait()
        self.answers.set()
        if self.trouble is not None:
            self.errored = True  # as its processes are ended then
            raise self.trouble


class SleepyEngineFactory(FakeEngineFactory):
    def build(self) -> FakeEngine:
        self.engines.append(SleepyEngine())
        return self.engines[-1]


@dataclass
class Bed:
    factory: SleepyEngineFactory
    publisher: StatusPublisher
    supervisor: EngineSupervisor
    idle: IdleSleep
    running: list[str]
    asked: Counter

    @property
    def engine(self) -> SleepyEngine:
        engine = self.factory.engines[-1]
        assert isinstance(engine, SleepyEngine)
        return engine

    async def until(self, state: str) -> None:
        reached = asyncio.Event()
        remove = self.publisher.subscribe(lambda now: reached.set() if now.state == state else None)
        if self.publisher.status.state != state:
            async with asyncio.timeout(HANG_SECONDS):
                await reached.wait()
        remove()


@pytest.fixture
async def bed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bed]:
    monkeypatch.setattr(health_probe, "CHECK_SECONDS", 0.005)
    monkeypatch.setattr(idle_sleep, "CHECK_SECONDS", 0.005)
    factory, publisher, running = SleepyEngineFactory(), StatusPublisher("m"), list[str]()
    supervisor = EngineSupervisor(
        factory, publisher, tmp_path, restart_limit=3, probe_every_s=0.01, probe_timeout_s=0.02
    )
    asked = Counter()

    def busy() -> bool:
        asked.count()
        return bool(running)

    idle = IdleSleep(0.05, publisher, supervisor, tmp_path, busy)
    await supervisor.start()
    yield Bed(factory, publisher, supervisor, idle, running, asked)
    await idle.stop()
    await supervisor.stop()


async def test_an_idle_engine_sleeps_and_wakes_once_for_all_requests(bed: Bed) -> None:
    bed.running.append("an answer")
    bed.idle.start()
    await bed.asked.more(3)  # its time had come
    assert bed.publisher.status.state == "ready"
    bed.running.clear()
    await bed.until("asleep")
    async with bed.idle._moving:
        assert bed.engine.calls == ["sleep 1"]

    bed.engine.gate.clear()
    waking = [asyncio.create_task(bed.idle.wake()) for _ in range(3)]
    await bed.until("warming")
    progress = bed.publisher.status.progress
    assert progress is not None and progress.phase == "waking"
    bed.running.append("their answers")
    bed.engine.gate.set()
    await asyncio.gather(*waking)
    assert bed.publisher.status.state == "ready" and bed.engine.calls == ["sleep 1", "wake"]
    await bed.idle.wake()  # awake: nothing to do
    assert bed.engine.calls == ["sleep 1", "wake"]


async def test_silence_while_moving_memory_is_not_death(bed: Bed) -> None:
    bed.engine.gate.clear()
    bed.idle.start()
    await bed.until("asleep")
    woken = asyncio.create_task(bed.idle.wake())
    await bed.engine.looks.more(20)  # 100 ms: five times the silence that is a death otherwise
    assert bed.publisher.status.state == "asleep" and len(bed.factory.engines) == 1
    bed.running.append("an answer")
    bed.engine.gate.set()
    await woken
    assert bed.publisher.status.state == "ready" and len(bed.factory.engines) == 1


async def test_an_engine_that_does_not_wake_is_rebuilt(bed: Bed) -> None:
    bed.idle.start()
    await bed.until("asleep")
    async with bed.idle._moving:
        bed.engine.trouble = RuntimeError("CUDA out of memory")
    bed.running.append("an answer")
    told: list[ModelStatus] = []
    bed.publisher.subscribe(told.append)
    await bed.idle.wake()
    await bed.until("ready")
    assert [now.state for now in told][:2] == ["warming", "restarting"]
    assert len(bed.factory.engines) == 2


async def test_an_engine_that_dies_going_to_sleep_is_rebuilt(bed: Bed) -> None:
    bed.engine.gate.clear()
    bed.idle.start()
    await bed.until("asleep")
    bed.running.append("an answer")
    waiting = asyncio.create_task(bed.idle.wake())
    bed.engine.errored = True
    await bed.until("restarting")
    await bed.until("ready")
    await waiting
    assert len(bed.factory.engines) >= 2
    async with asyncio.timeout(HANG_SECONDS), bed.idle._moving:
        assert bed.publisher.status.state in ("ready", "restarting")


async def test_an_engine_that_dies_asleep_is_rebuilt(bed: Bed) -> None:
    bed.idle.start()
    await bed.until("asleep")
    bed.running.append("an answer")
    bed.engine.errored = True
    await bed.until("ready")
    assert len(bed.factory.engines) == 2


async def test_a_stop_ends_waiting_for_a_wake_up(bed: Bed) -> None:
    bed.idle.start()
    await bed.until("asleep")
    async with bed.idle._moving:
        bed.engine.gate.clear()
    woken = asyncio.create_task(bed.idle.wake())
    await bed.until("warming")
    await bed.idle.stop()
    async with asyncio.timeout(HANG_SECONDS):
        await woken


async def test_zero_disables_sleep(bed: Bed, tmp_path: Path) -> None:
    never = IdleSleep(0, bed.publisher, bed.supervisor, tmp_path, lambda: False)
    never.start()
    assert never._watcher is None
    await never.wake()
    await never.stop()


# What the rest of the server makes of it


async def test_a_sleeping_engine_answers_and_its_prefills_are_forgotten(
    tmp_path: Path,
) -> None:
    drawing = Subject("local", "drawing", "d")
    async with open_chat(tmp_path) as chat:
        chat.sheets.add("d")
        chat.turns.prefills.drawing_uploaded("local", "d")
        await chat.service.until(lambda fake: bool(fake.requests) and not fake.requests_in_flight())
        assert chat.turns.prefills.readiness.get(drawing).state == "ready"
        chat.service.set_state("asleep")
        assert chat.turns.prefills.readiness.get(drawing).state == "none"
        assert [request.prefill for request in chat.service.requests] == [True]
        # The service wakes its engine when it is asked.
        assert text_of(await chat.answer("Bore?")) == "".join(map(str, chat.service.default))
        chat.service.set_state("warming")
        assert chat.turns.prefills.readiness.get(drawing).state == "preparing"
        chat.service.set_state("ready")
        await chat.service.until(lambda fake: len(fake.requests) == 3)
        assert chat.service.requests[-1].prefill


async def test_a_server_with_a_sleeping_engine_is_ready(tmp_path: Path) -> None:
    from types import SimpleNamespace

    from backend.http.status_routes import router

    service = FakeVisionService(state="asleep")
    app = FastAPI()
    app.include_router(router)
    app.state.running = SimpleNamespace(service=service)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        answer = await client.get("/ready")
        assert (answer.status_code, answer.json()["state"]) == (200, "asleep")
        service.set_state("warming")
        assert (await client.get("/ready")).status_code == 503
