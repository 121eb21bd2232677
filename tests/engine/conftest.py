"""An engine for the tests of a module, and what vLLM warns about in this process.

Its warnings are not ours to repair; everything else stays an error.
"""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.config.settings import Settings
from backend.qwen_vision_service import QwenVisionService

#: Narrow on purpose: each line names a message.
WARNINGS_OF_VLLM = (
    # while it is imported
    "ignore:`torch.jit.script_method` is deprecated:DeprecationWarning",
    "ignore:`torch.jit.script` is deprecated:DeprecationWarning",
    "ignore:`torch.distributed.reduce_op` is deprecated:FutureWarning",
    # when the remains of a killed engine are collected
    "ignore:Unclosed context <zmq:ResourceWarning",
)


def pytest_configure(config: pytest.Config) -> None:
    """For all tests, as garbage of one is collected in another."""
    for warning in WARNINGS_OF_VLLM:
        config.addinivalue_line("filterwarnings", warning)


@pytest.fixture(scope="session", autouse=True)
def remains_of_engines() -> Iterator[None]:
    """Collected while the lines above hold; after the last test they do not."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def engine_settings(
    request: pytest.FixtureRequest,
    endless_checkpoint: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Settings:
    """The settings of a module's engine: what its `ENGINE` says, on answers without an end."""
    wanted: dict[str, Any] = getattr(request.module, "ENGINE", {})
    folder = tmp_path_factory.mktemp("engine") / "data"
    return Settings(model=str(endless_checkpoint), data_folder=folder, **wanted)


@pytest.fixture(scope="module")
async def service(engine_settings: Settings) -> AsyncIterator[QwenVisionService]:
    """A running engine for all tests of a module."""
    running = QwenVisionService(engine_settings)
    await running.start()
    assert running.status().state == "ready", running.status().error
    yield running
    await running.stop()
