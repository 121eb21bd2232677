"""Starts that cannot succeed: each says why and leaves nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from backend.config.settings import Settings
from backend.model.vllm.engine_processes import EngineProcesses
from backend.qwen_vision_service import QwenVisionService

pytestmark = [pytest.mark.engine, pytest.mark.anyio]


@pytest.mark.fault(6)
async def test_no_memory_is_told_and_leaves_nothing(
    endless_checkpoint: Path, tmp_path: Path
) -> None:
    greedy = Settings(
        model=str(endless_checkpoint), data_folder=tmp_path / "data", cpu_kvcache_gb=100_000
    )
    failing = QwenVisionService(greedy)
    await failing.start()
    status = failing.status()
    assert status.state == "failed"
    assert status.error is not None and "not enough memory" in status.error
    assert EngineProcesses(tmp_path / "data" / "engine").recorded() == []
    await failing.stop()


async def test_a_broken_checkpoint_is_told(endless_checkpoint: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "config.json").write_text("{}")
    failing = QwenVisionService(Settings(model=str(broken), data_folder=tmp_path / "data"))
    await failing.start()
    status = failing.status()
    assert status.state == "failed"
    assert status.error is not None and "not a checkpoint" in status.error


async def test_an_architecture_that_nobody_knows_leads_to_the_repair(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    unknown = tmp_path / "unknown"
    shutil.copytree(tiny_checkpoint, unknown)
    config = json.loads((unknown / "config.json").read_text())
    config |= {"model_type": "qwen9_vl", "architectures": ["Qwen9VLForConditionalGeneration"]}
    (unknown / "config.json").write_text(json.dumps(config))
    failing = QwenVisionService(Settings(model=str(unknown), data_folder=tmp_path / "data"))
    await failing.start()
    status = failing.status()
    assert status.state == "failed" and status.error is not None
    assert "does not support the architecture of demo-random" in status.error
    assert "./fix_qwen_dependencies.sh" in status.error
    await failing.stop()


async def test_a_wrong_engine_arg_is_named(endless_checkpoint: Path, tmp_path: Path) -> None:
    wrong = Settings(
        model=str(endless_checkpoint),
        data_folder=tmp_path / "data",
        engine_args={"no_such_argument": 1},
    )
    failing = QwenVisionService(wrong)
    await failing.start()
    assert failing.status().state == "failed"
    assert "no_such_argument" in (failing.status().error or "")
