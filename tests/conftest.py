"""Fixtures that every suite shares."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.endless import silence_end_of_turn

PROJECT_ROOT = Path(__file__).resolve().parent.parent

# How long an example takes says more about the machine than about the code.
hypothesis.settings.register_profile(
    "drawing-chat", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("drawing-chat")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `-n`, share the work as `work_sharing` says."""
    from tests.work_sharing import ModuleScheduling

    return ModuleScheduling(config, log)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture(scope="session")
def sample_drawings() -> Path:
    """The folder of real drawings beside the checkout; absent on a user's machine."""
    return PROJECT_ROOT.parent / "shared" / "drawings"


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The random checkpoint that a machine without a GPU serves; written here once a session."""
    from demo.tiny_checkpoint import write_checkpoint

    folder = tmp_path_factory.mktemp("model") / "checkpoint"
    write_checkpoint(folder)
    return folder


@pytest.fixture(scope="session")
def endless_checkpoint(tiny_checkpoint: Path) -> Path:
    """The same with its end-of-turn token silenced: an answer runs to `max_tokens`."""
    folder = tiny_checkpoint.with_name("endless")
    shutil.copytree(tiny_checkpoint, folder)
    silence_end_of_turn(folder)
    return folder


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own settings must not change what the tests see."""

    for key in list(os.environ):
        if key.startswith("DRAWING_CHAT_") or key == "MODEL_NAME":
            monkeypatch.delenv(key)
