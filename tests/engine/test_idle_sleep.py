"""An engine that nobody asks sleeps and wakes, with the real AsyncLLMEngine.

On the CPU vLLM keeps the memory, and says so; what it does do is what the product leans on: its
scheduler pauses, its caches are emptied, and waking resumes it.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from backend.config.settings import Settings
from backend.model.service import ModelStatus
from backend.model.vllm.engine_processes import EngineProcesses
from backend.qwen_vision_service import QwenVisionService
from tests.engine.asking import ask, noise, until_state

pytestmark = [pytest.mark.engine, pytest.mark.anyio]


async def test_it_sleeps_wakes_for_a_question_and_is_built_again_when_it_dies_asleep(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    settings = Settings(model=str(tiny_checkpoint), data_folder=tmp_path / "data")
    service = QwenVisionService(settings, idle_s=0)
    told: list[ModelStatus] = []
    service.on_status(told.append)
    await service.start()
    try:
        assert service.status().state == "ready", service.status().error
        image = noise(512, 512)
        first = await ask(service, image, "Which is the largest bore?")
        again = await ask(service, image, "Which is the largest bore?")
        assert again.usage.cached_tokens > 0

        service._lifecycle._idle._after_s = 0.5
        service._lifecycle._idle.start()
        await until_state(service, "asleep", 60)
        async with service._lifecycle._idle._moving:  # vLLM has done it
            assert await service._lifecycle.engine.is_sleeping()

        told.clear()
        woken = await ask(service, image, "Which is the largest bore?")
        assert (woken.text, woken.usage.cached_tokens) == (first.text, 0)
        phases = [(now.state, now.progress and now.progress.phase) for now in told]
        assert phases[:2] == [("warming", "waking"), ("ready", None)]

        await until_state(service, "asleep", 60)
        told.clear()
        for one in EngineProcesses(tmp_path / "data" / "engine").recorded():
            os.kill(one.process.pid, signal.SIGKILL)
        await until_state(service, "ready", 300)
        assert told[0].state == "restarting"
        assert (await ask(service, "Back?")).usage.completion_tokens
    finally:
        await service.stop()
    assert service.status().state == "stopped"
