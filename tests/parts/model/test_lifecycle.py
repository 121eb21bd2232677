"""Downloading the service's model at its start: progress, failures and cancellation."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import constants

from backend.config.settings import Settings
from backend.errors import BadModel
from backend.model.selection.checkpoint import from_catalog
from backend.model.selection.gpus import GIB, hypothetical_gpus
from backend.model.selection.model_names import resolve
from backend.model.selection.planning import make_plan
from backend.model.service import ModelStatus, Progress
from backend.model.vllm.supervisor import EngineSupervisor
from backend.qwen_vision_service import QwenVisionService
from tests.loopback_hub import COMMIT, Hub, Repository
from tests.server_process import HANG_SECONDS

pytestmark = pytest.mark.anyio

NAME = "Qwen/Qwen3-VL-8B-Instruct"
WEIGHTS = bytes(24_000_000)
FILES = {"config.json": b"{}", "model.safetensors": WEIGHTS}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub({NAME: Repository(dict(FILES))}) as running:
        # Read from HF_ENDPOINT when the client is imported.
        place = running.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "ENDPOINT", running.url)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", place)
        yield running


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[EngineSupervisor]:
    """The engines that would have been started: none is."""
    begun: list[EngineSupervisor] = []

    async def start(self: EngineSupervisor) -> None:
        begun.append(self)

    monkeypatch.setattr(EngineSupervisor, "start", start)
    return begun


def settings_for(tmp_path: Path, model: str = NAME) -> Settings:
    return Settings(model=model, data_folder=tmp_path / "data", download_dir=tmp_path / "cache")


def service_for(tmp_path: Path, model: str = NAME, plan: Any = None) -> QwenVisionService:
    return QwenVisionService(settings_for(tmp_path, model), plan)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        while not condition():  # noqa: ASYNC110 — of another thread
            await asyncio.sleep(0.01)


async def test_download_progress_is_published_before_the_start(
    hub: Hub, started: list[EngineSupervisor], tmp_path: Path
) -> None:
    service = service_for(tmp_path)
    heard: list[ModelStatus] = []
    service.on_status(heard.append)
    await service.start()
    assert len(started) == 1
    assert {status.state for status in heard} == {"downloading"}
    progress = [status.progress for status in heard if status.progress is not None]
    assert all(one.phase == "downloading" for one in progress)
    assert progress[-1].unit == "bytes"
    assert progress[-1].done == progress[-1].total == len(WEIGHTS) + 2
    folder = service._lifecycle._factory.folder
    assert folder is not None and folder.name == COMMIT
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    # The next start asks nobody.
    asked = dict(hub.sent)
    again = service_for(tmp_path)
    hub.repositories.clear()
    await again.start()
    assert len(started) == 2 and hub.sent == asked


async def test_an_unavailable_model_is_a_failure_with_a_reason(
    hub: Hub, started: list[EngineSupervisor], tmp_path: Path
) -> None:
    hub.repositories[NAME].gated = True
    service = service_for(tmp_path)
    await service.start()
    assert (service.status().state, started) == ("failed", [])
    assert "is gated" in str(service.status().error)
    # It can be tried again.
    hub.repositories[NAME].gated = False
    await service.start()
    assert len(started) == 1


def part_sizes(cache: Path) -> list[int]:
    """The sizes of the unfinished files; one that is finished meanwhile has another name."""
    sizes = []
    for part in cache.glob("**/*-part"):
        with contextlib.suppress(FileNotFoundError):
            sizes.append(part.stat().st_size)
    return sizes


async def test_stop_cancels_the_download_and_keeps_partial_files(
    hub: Hub, started: list[EngineSupervisor], tmp_path: Path
) -> None:
    hub.pause = threading.Event()
    service = service_for(tmp_path)
    starting = asyncio.create_task(service.start())
    cache = tmp_path / "cache"
    await until(lambda: any(size > 1_000_000 for size in part_sizes(cache)))
    assert service.status().state == "downloading"
    await service.stop()
    hub.pause.set()
    await starting
    assert (service.status().state, started) == ("stopped", [])
    kept = list(cache.glob("**/*-part"))
    assert len(kept) == 1 and 0 < kept[0].stat().st_size <= len(WEIGHTS)


async def test_the_end_of_the_program_does_not_wait_for_a_download(
    hub: Hub, tmp_path: Path
) -> None:
    hub.pause = threading.Event()
    service = service_for(tmp_path)
    starting = asyncio.create_task(service.start())
    await until(lambda: hub.paused.is_set())
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting


async def test_an_unwritable_disk_is_a_failure(
    hub: Hub, started: list[EngineSupervisor], tmp_path: Path
) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    service = service_for(tmp_path)
    await service.start()
    assert (service.status().state, started) == ("failed", [])


async def test_a_model_that_cannot_fit_is_not_downloaded(
    hub: Hub, started: list[EngineSupervisor], tmp_path: Path
) -> None:
    one = [from_catalog(resolve("qwen3-vl:32b").variants[0])]
    plan = make_plan(one, hypothetical_gpus(1, 24 * GIB))
    service = service_for(tmp_path, plan=plan)
    await service.start()
    status = service.status()
    assert (status.state, started, hub.agents) == ("failed", [], set())
    assert status.error is not None and "21.6 GiB can be used. Use 4 such GPUs." in status.error
    assert status.plan is not None and status.plan["fits"] is False


async def test_another_models_download_is_published_while_this_one_serves(
    hub: Hub, started: list[EngineSupervisor], tmp_path: Path
) -> None:
    service = service_for(tmp_path, str(tmp_path))
    service._lifecycle._publisher.show("ready")
    heard: list[ModelStatus] = []
    service.on_status(heard.append)
    other = settings_for(tmp_path)
    await service.switcher.download(other)
    assert {status.state for status in heard} == {"ready"}
    progress = [status.progress for status in heard if status.progress is not None]
    assert (progress[-1].done, progress[-1].phase) == (len(WEIGHTS) + 2, "downloading")
    assert (service.status().progress, service.status().error) == (None, None)


@pytest.mark.parametrize(("state", "error"), [("ready", None), ("failed", "no memory")])
async def test_another_models_failed_download_is_published(
    hub: Hub, started: list[EngineSupervisor], tmp_path: Path, state: Any, error: str | None
) -> None:
    service = service_for(tmp_path, str(tmp_path))
    service._lifecycle._publisher.show(state, error=error)
    hub.repositories[NAME].gated = True
    with pytest.raises(BadModel):
        await service.switcher.download(settings_for(tmp_path))
    status = service.status()
    assert (status.state, status.progress) == (state, None)
    assert status.error is not None and f"{NAME} was not downloaded" in status.error
    assert "is gated" in status.error


async def test_another_models_download_does_not_hide_a_load(
    hub: Hub, started: list[EngineSupervisor], tmp_path: Path
) -> None:
    service = service_for(tmp_path, str(tmp_path))
    progress = Progress("weights", 1, 3)
    service._lifecycle._publisher.show("restarting", progress=progress)
    await service.switcher.download(settings_for(tmp_path))
    assert service.status().progress == progress
