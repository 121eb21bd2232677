"""Switching the model while serving: no answer is lost, questions queue, failures roll back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from backend.config.settings import Settings
from backend.errors import BadModel, BadRequest, Conflict, ModelNotReady, UnknownModel
from backend.http import model_switch
from backend.http.error_handlers import add_error_handlers
from backend.http.model_switch import ModelSwitch
from backend.http.status_routes import router as status_router
from backend.model.selection.memory_plan import Plan
from backend.model.service import ModelStatus
from backend.model.vllm.supervisor import EngineSupervisor
from backend.qwen_vision_service import QwenVisionService
from tests.chat_parts import Chat, check_order, open_chat, text_of
from tests.chat_server import OwnerFromHeader
from tests.fakes import FakeVisionService
from tests.server_process import HANG_SECONDS

pytestmark = pytest.mark.anyio


class SwitchableFake(FakeVisionService):
    """A fake whose model changes when it is told to; its answers name the model."""

    def __init__(self) -> None:
        super().__init__()
        self.model = "old"
        self.wanted: list[Settings] = []
        self.loading = asyncio.Event()
        self.load = asyncio.Event()
        self.failure: str | None = None
        self.in_flight_at_switch = -1

    @property
    def switcher(self) -> SwitchableFake:
        return self

    async def download(self, settings: Settings) -> None:
        self.wanted.append(settings)

    async def switch(self, settings: Settings, plan: Plan | None) -> str | None:
        self.in_flight_at_switch = self.requests_in_flight()
        self.set_state("stopped")
        self.set_state("loading")
        self.loading.set()
        await self.load.wait()
        if self.failure is None:
            self.default = ["new"]
        self.set_state("ready")
        return self.failure


@dataclass
class Switching:
    chat: Chat
    service: SwitchableFake
    switch: ModelSwitch


@pytest.fixture
async def switching(tmp_path: Path) -> AsyncIterator[Switching]:
    service = SwitchableFake()
    service.default = ["old"]
    (tmp_path / "config.json").write_text("{}")
    settings = Settings(model=str(tmp_path), image_max_pixels=1_000_000)
    async with open_chat(tmp_path, service) as chat:
        switch = ModelSwitch(settings, settings, service, chat.turns)
        yield Switching(chat, service, switch)
        await switch.close()


async def ended(switch: ModelSwitch) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        assert switch._task is not None
        await asyncio.wait({switch._task})


async def test_eight_answers_that_stream_lose_nothing(switching: Switching, tmp_path: Path) -> None:
    chat, service = switching.chat, switching.service
    gates = [asyncio.Event() for _ in range(8)]
    service.scripts = [[f"one {n} ", gate, f"two {n}"] for n, gate in enumerate(gates)]
    running = []
    for n in range(8):  # one after the other: the scripts go to whoever comes first
        running.append(await chat.ask(f"Question {n}?"))
        await chat.first(running[-1])
    await switching.switch.begin(str(tmp_path))
    # It waits for all of them; who comes now waits too, and is not refused.
    late = await chat.ask("Late?")
    for gate in gates:
        assert not service.loading.is_set()
        gate.set()
    await service.loading.wait()
    assert service.in_flight_at_switch == 0
    later = await chat.ask("While it loads?")
    service.load.set()
    for number, turn in enumerate(running):
        frames = await chat.frames(turn)
        check_order(frames)
        assert (text_of(frames), frames[-1]["type"]) == (f"one {number} two {number}", "done")
    for turn in (late, later):
        assert text_of(await chat.frames(turn)) == "new"
    assert text_of(await chat.answer()) == "new"


async def test_the_old_model_returns_if_the_new_one_does_not_load(
    switching: Switching, tmp_path: Path
) -> None:
    switching.service.failure = "There is not enough memory."
    await switching.switch.begin(str(tmp_path))
    switching.service.load.set()
    await ended(switching.switch)
    assert text_of(await switching.chat.answer()) == "old"
    # Another try is possible.
    switching.service.failure = None
    await switching.switch.begin(str(tmp_path))
    await ended(switching.switch)
    assert text_of(await switching.chat.answer()) == "new"


async def test_answers_that_do_not_end_keep_their_model(
    switching: Switching, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_switch, "DRAIN_SECONDS", 0.1)
    gate = asyncio.Event()
    switching.service.scripts = [["one ", gate, "two"]]
    turn = await switching.chat.ask()
    await switching.chat.first(turn)
    await switching.switch.begin(str(tmp_path))
    await ended(switching.switch)
    assert switching.service.in_flight_at_switch == -1
    assert text_of(await switching.chat.answer()) == "old"
    gate.set()
    assert text_of(await switching.chat.frames(turn)) == "one two"


async def test_the_rest_of_the_server_keeps_its_pixel_budget(
    switching: Switching, tmp_path: Path
) -> None:
    switching.service.load.set()
    await switching.switch.begin(str(tmp_path))
    await ended(switching.switch)
    assert switching.service.wanted[0].image_max_pixels == 1_000_000


async def test_one_switch_at_a_time(switching: Switching, tmp_path: Path) -> None:
    await switching.switch.begin(str(tmp_path))
    with pytest.raises(Conflict):
        await switching.switch.begin(str(tmp_path))
    switching.service.load.set()
    await ended(switching.switch)


async def test_impossible_switches_are_refused_at_once(
    switching: Switching, tmp_path: Path
) -> None:
    with pytest.raises(UnknownModel, match="qwen3-vl:8b"):
        await switching.switch.begin("qwen3-vl:7b")
    with pytest.raises(BadModel, match="no model folder gone"):
        await switching.switch.begin(str(tmp_path / "gone"))
    switching.service.set_state("loading")
    with pytest.raises(ModelNotReady):
        await switching.switch.begin(str(tmp_path))
    switching.service.set_state("ready")
    plain = ModelSwitch(Settings(), Settings(), FakeVisionService(), switching.chat.turns)
    with pytest.raises(BadRequest, match="cannot be switched"):
        await plain.begin("qwen3-vl:8b")


async def test_the_route_is_the_owners_alone(switching: Switching, tmp_path: Path) -> None:
    app = FastAPI()
    app.include_router(status_router)
    add_error_handlers(app)
    app.state.running = SimpleNamespace(
        service=switching.chat.service, model_switch=switching.switch
    )
    transport = httpx.ASGITransport(OwnerFromHeader(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        wanted = {"model": str(tmp_path)}
        other = await http.post("/api/model", json=wanted, headers={"x-owner": "bob"})
        assert (other.status_code, other.json()["error"]["code"]) == (403, "not_allowed")
        assert switching.service.wanted == []
        for body, status, code in (
            ({"model": "qwen3-vl:7b"}, 422, "unknown_model"),
            ({}, 400, "bad_request"),
            ({"model": ""}, 400, "bad_request"),
            ({"model": "m", "more": 1}, 400, "bad_request"),
        ):
            answer = await http.post("/api/model", json=body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert (await http.post("/api/model", json=wanted)).status_code == 202
        again = await http.post("/api/model", json=wanted)
        assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
        switching.service.load.set()
        await ended(switching.switch)
        assert (await http.get("/api/model")).json()["state"] == "ready"


# The service's own part, with engines that are only noted.


class Engines:
    """What the supervisors were told, in order; a model with `bad` in its name does not load."""

    def __init__(self) -> None:
        self.log: list[str] = []


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Engines:
    noted = Engines()

    async def start(self: EngineSupervisor) -> None:
        name = self._publisher.status.model
        noted.log.append(f"start {name}")
        self._publisher.show("loading")
        if "bad" in name:
            self._publisher.show("failed", error="There is not enough memory.")
        else:
            self.engine = name
            self._publisher.show("ready")

    async def stop(self: EngineSupervisor) -> None:
        noted.log.append(f"stop {self.engine}")
        self.engine = None
        self._publisher.show("stopped")

    monkeypatch.setattr(EngineSupervisor, "start", start)
    monkeypatch.setattr(EngineSupervisor, "stop", stop)
    return noted


def folder(tmp_path: Path, name: str) -> Settings:
    (tmp_path / name).mkdir()
    (tmp_path / name / "config.json").write_text("{}")
    return Settings(model=str(tmp_path / name), data_folder=tmp_path / "data")


async def test_the_service_changes_its_engine(engines: Engines, tmp_path: Path) -> None:
    service = QwenVisionService(folder(tmp_path, "first"))
    await service.start()
    heard: list[ModelStatus] = []
    service.on_status(heard.append)
    assert await service.switcher.switch(folder(tmp_path, "second"), None) is None
    assert engines.log == ["start first", "stop first", "start second"]
    assert (service.status().state, service.status().model) == ("ready", "second")
    assert {status.state for status in heard} == {"loading", "ready"}


async def test_the_service_goes_back_and_says_why(engines: Engines, tmp_path: Path) -> None:
    service = QwenVisionService(folder(tmp_path, "first"))
    await service.start()
    heard: list[ModelStatus] = []
    service.on_status(heard.append)
    problem = await service.switcher.switch(folder(tmp_path, "bad"), None)
    assert engines.log[-3:] == ["start bad", "stop None", "start first"]
    status = service.status()
    assert (status.state, status.model, status.error) == ("ready", "first", problem)
    assert problem is not None and "bad was not loaded, first is back" in problem
    assert "not enough memory" in problem
    assert {status.state for status in heard} == {"loading", "ready"}


async def test_a_missing_model_is_detected_before_the_old_one_ends(
    engines: Engines, tmp_path: Path
) -> None:
    service = QwenVisionService(folder(tmp_path, "first"))
    await service.start()
    with pytest.raises(BadModel, match="no model folder gone"):
        await service.switcher.download(Settings(model=str(tmp_path / "gone")))
    assert engines.log == ["start first"]


async def test_two_that_fail_are_a_failure(engines: Engines, tmp_path: Path) -> None:
    service = QwenVisionService(folder(tmp_path, "bad-first"))
    await service.start()
    assert await service.switcher.switch(folder(tmp_path, "bad-second"), None)
    assert service.status().state == "failed"
    assert service.status().error == "There is not enough memory."
