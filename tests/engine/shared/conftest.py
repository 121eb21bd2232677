"""One engine for all modules of this folder: a start takes half a minute.

The tests leave it as they found it. Those that kill it come last; the last of them for good.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from backend.config.settings import Settings
from backend.model.service import Progress
from backend.model.vllm.engine_processes import EngineProcesses
from backend.qwen_vision_service import QwenVisionService

HERE = Path(__file__).parent
LAST = "test_engine_death.py"
#: Deaths that the engine survives, as `test_engine_death.py` needs them.
RESTARTS = 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests that kill the engine run after all others of this folder."""
    places = [at for at, item in enumerate(items) if item.path.parent == HERE]
    ordered = sorted((items[at] for at in places), key=lambda item: item.path.name == LAST)
    for at, item in zip(places, ordered, strict=True):
        items[at] = item


@dataclass
class SharedEngine:
    """The service, its settings, and what was seen of its start."""

    service: QwenVisionService
    settings: Settings
    #: Files of the weights, progress as published, lines of the notes of loading.
    shards: int
    progress: list[Progress] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@pytest.fixture(scope="package")
def sharded_checkpoint(endless_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Answers without an end, weights in files of at most 4 MB, as `save_pretrained` cuts them."""
    from huggingface_hub import save_torch_state_dict
    from safetensors.torch import load_file

    folder = tmp_path_factory.mktemp("sharded") / "checkpoint"
    shutil.copytree(endless_checkpoint, folder)
    whole = folder / "model.safetensors"
    weights = load_file(whole)
    whole.unlink()
    save_torch_state_dict(weights, folder, max_shard_size="4MB", metadata={"format": "pt"})
    return folder


@pytest.fixture(scope="package")
async def shared_engine(
    sharded_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[SharedEngine]:
    settings = Settings(
        model=str(sharded_checkpoint),
        data_folder=tmp_path_factory.mktemp("engine") / "data",
        dtype="float32",
        max_model_len=16_384,
        max_num_seqs=32,
        image_max_pixels=1_048_576,
        engine_restart_limit=RESTARTS,
    )
    index = json.loads((sharded_checkpoint / "model.safetensors.index.json").read_text())
    service = QwenVisionService(settings, probe_every_s=1.0, idle_s=0)
    shared = SharedEngine(service, settings, shards=len(set(index["weight_map"].values())))
    stop_watching = service.on_status(
        lambda now: shared.progress.append(now.progress) if now.progress else None
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("backend.model.vllm.start_clock.TICK_SECONDS", 0.02)
        await service.start()
    stop_watching()
    assert service.status().state == "ready", service.status().error
    folder = settings.data_folder / "engine"
    shared.notes = [
        line for file in sorted(folder.glob("*.loading")) for line in file.read_text().splitlines()
    ]
    yield shared
    await service.stop()
    assert EngineProcesses(folder).recorded() == []
    assert "EngineCore" not in [child.name() for child in psutil.Process().children()]


@pytest.fixture(scope="package")
def service(shared_engine: SharedEngine) -> QwenVisionService:
    """The running engine."""
    return shared_engine.service


@pytest.fixture(scope="package")
def engine_settings(shared_engine: SharedEngine) -> Settings:
    """Its settings."""
    return shared_engine.settings
