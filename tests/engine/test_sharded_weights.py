"""A checkpoint of several files: the real engine's loading is counted, file by file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from backend.config.settings import Settings
from backend.model.service import Progress
from backend.qwen_vision_service import QwenVisionService
from tests.engine.asking import ask

pytestmark = [pytest.mark.engine, pytest.mark.anyio]


@pytest.fixture
def sharded(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    """The tiny checkpoint in files of at most 4 MB, as `save_pretrained` would cut it."""
    from huggingface_hub import save_torch_state_dict
    from safetensors.torch import load_file

    folder = tmp_path / "sharded"
    shutil.copytree(tiny_checkpoint, folder)
    whole = folder / "model.safetensors"
    weights = load_file(whole)
    whole.unlink()
    save_torch_state_dict(weights, folder, max_shard_size="4MB", metadata={"format": "pt"})
    return folder


async def test_weights_are_counted_file_by_file(
    sharded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.model.vllm.start_clock.TICK_SECONDS", 0.02)
    index = json.loads((sharded / "model.safetensors.index.json").read_text())
    count = len(set(index["weight_map"].values()))
    assert count > 2
    service = QwenVisionService(Settings(model=str(sharded), data_folder=tmp_path / "data"))
    told: list[Progress] = []
    service.on_status(lambda now: told.append(now.progress) if now.progress else None)
    await service.start()
    try:
        assert service.status().state == "ready", service.status().error
        notes = sorted((tmp_path / "data" / "engine").glob("*.loading"))
        lines = [line for file in notes for line in file.read_text().splitlines()]
        weights = [f"{done} {count}" for done in range(count + 1)]
        assert [line for line in lines if " " in line] == weights
        assert [line for line in lines if " " not in line] == ["profiling", "warming"]
        # A tiny file loads between two looks; what follows the last one does not.
        assert {one.phase for one in told} >= {"loading", "profiling", "warming"}
        assert all(one.total == count for one in told if one.phase == "weights")
        assert (await ask(service, "Bore?")).usage.completion_tokens
    finally:
        await service.stop()
