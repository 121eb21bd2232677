"""The shared engine is killed, hangs, and dies once more than is allowed.

These run after all other tests of the folder, in this order; the engine stays down.
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest

from backend.config.settings import Settings
from backend.errors import EngineRestarting, ModelNotReady
from backend.model.service import Sampling
from backend.model.vllm.engine_processes import EngineProcesses
from backend.qwen_vision_service import QwenVisionService
from tests.engine.asking import ask, say, until_state

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

#: What only a hang reaches: a start takes some 25 s on two idle cores.
SECONDS = 600


@pytest.fixture
def data_folder(engine_settings: Settings) -> Path:
    return engine_settings.data_folder


def engine_core(data_folder: Path) -> psutil.Process:
    for recorded in EngineProcesses(data_folder / "engine").recorded():
        if not recorded.process.is_alive():  # vLLM inspects an unknown architecture in a process
            continue
        process = psutil.Process(recorded.process.pid)
        if process.ppid() == os.getpid():
            return process
    raise AssertionError("no engine core is recorded")


@pytest.mark.fault(1)
async def test_a_killed_engine_is_told_to_its_streams_and_comes_back(
    service: QwenVisionService, data_folder: Path
) -> None:
    before = await ask(service, "What is it?")
    begun = asyncio.Event()

    async def listen(number: int) -> None:
        stream = service.stream(
            [say("user", "Go on")], {}, Sampling(max_tokens=3000), request_id=f"killed-{number}"
        )
        async with aclosing(stream) as items:
            async for _ in items:
                begun.set()

    streams = [asyncio.create_task(listen(number)) for number in range(3)]
    await asyncio.wait_for(begun.wait(), SECONDS)
    core = engine_core(data_folder)
    workers = core.children(recursive=True)
    core.kill()
    ended = await asyncio.wait_for(asyncio.gather(*streams, return_exceptions=True), SECONDS)
    assert [type(error) for error in ended] == [EngineRestarting] * 3
    await until_state(service, "restarting", SECONDS)
    with pytest.raises(EngineRestarting):
        await service.count_tokens([say("user", "x")], {})
    await until_state(service, "ready", SECONDS)
    assert psutil.wait_procs(workers, timeout=SECONDS)[1] == []
    assert (await ask(service, "What is it?")).text == before.text


@pytest.mark.fault(2)
async def test_a_hung_idle_engine_is_noticed_and_comes_back(
    service: QwenVisionService, data_folder: Path
) -> None:
    core = engine_core(data_folder)
    core.send_signal(signal.SIGSTOP)
    await until_state(service, "restarting", SECONDS)
    await until_state(service, "ready", SECONDS)
    assert not core.is_running()
    assert (await ask(service, "Still there?")).text


@pytest.mark.fault(6)
async def test_an_engine_that_dies_too_often_is_given_up(
    service: QwenVisionService, data_folder: Path
) -> None:
    engine_core(data_folder).kill()
    await until_state(service, "failed", SECONDS)
    assert "died too often" in (service.status().error or "")
    with pytest.raises(ModelNotReady):
        await ask(service, "Still there?")
    assert EngineProcesses(data_folder / "engine").recorded() == []
