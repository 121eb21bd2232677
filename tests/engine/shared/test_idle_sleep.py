"""An engine that nobody asks sleeps and wakes, with the real AsyncLLMEngine.

On the CPU vLLM keeps the memory, and says so; what it does do is what the product leans on: its
scheduler pauses, its caches are emptied, and waking resumes it. That one which dies asleep is
built again is proven with a fake engine, `tests/parts/model/test_idle_sleep.py`.
"""

from __future__ import annotations

import pytest

from backend.model.service import ModelStatus
from backend.qwen_vision_service import QwenVisionService
from tests.engine.asking import ask, noise, until_state

pytestmark = [pytest.mark.engine, pytest.mark.anyio]


async def test_it_sleeps_and_wakes_for_a_question(
    service: QwenVisionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    idle = service._lifecycle._idle
    picture = noise(512, 512, seed=11)
    first = await ask(service, picture, "Which is the largest bore?")
    again = await ask(service, picture, "Which is the largest bore?")
    assert again.usage.cached_tokens > 0
    told: list[ModelStatus] = []
    try:
        monkeypatch.setattr(idle, "_after_s", 0.5)
        idle.start()
        await until_state(service, "asleep", 240)
        async with idle._moving:  # vLLM has done it
            assert await service._lifecycle.engine.core.is_sleeping()
        remove = service.on_status(told.append)
        woken = await ask(service, picture, "Which is the largest bore?")
        remove()
        assert (woken.text, woken.usage.cached_tokens) == (first.text, 0)
        phases = [(now.state, now.progress and now.progress.phase) for now in told]
        assert phases[:2] == [("warming", "waking"), ("ready", None)]
    finally:
        await idle.stop()
        await idle.wake()
    assert service.status().state == "ready"
