"""The plan's weights and KV cache against vLLM's own accounting, for several tiny models."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from backend.model.selection.architecture import read_architecture
from backend.model.selection.checkpoint import computed_weights, read_checkpoint
from backend.model.selection.gpus import GIB
from backend.model.selection.memory import Split, kv_bytes_per_token, weights_per_rank

pytestmark = pytest.mark.engine

WITHIN = 0.05
MIXTURE = {
    "num_hidden_layers": 4,
    "num_key_value_heads": 1,
    "num_local_experts": 16,
    "head_dim": 32,
}
DENSE = {"num_hidden_layers": 3, "hidden_size": 384, "intermediate_size": 1536}


def variation(base: Path, folder: Path, text: dict[str, Any], dense: bool = False) -> Path:
    """The checkpoint's files with another configuration; its weights are not read."""
    shutil.copytree(base, folder)
    config = json.loads((folder / "config.json").read_text())
    config["text_config"] |= text
    if "head_dim" in text:  # the sections of the rotary embedding make half a head
        config["text_config"]["rope_parameters"]["mrope_section"] = [6, 5, 5]
    config["vision_config"]["out_hidden_size"] = config["text_config"]["hidden_size"]
    if dense:
        config["architectures"] = ["Qwen3VLForConditionalGeneration"]
        config["model_type"] = "qwen3_vl"
        config["text_config"]["model_type"] = "qwen3_vl_text"
        config["vision_config"]["model_type"] = "qwen3_vl"
        for name in [key for key in config["text_config"] if "expert" in key or "moe" in key]:
            del config["text_config"][name]
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_weights_and_kv_cache_are_vllms(tiny_checkpoint: Path, tmp_path: Path) -> None:
    folders = [
        tiny_checkpoint,
        variation(tiny_checkpoint, tmp_path / "mixture", MIXTURE),
        variation(tiny_checkpoint, tmp_path / "dense", DENSE, dense=True),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.engine.vllm_accounting", *map(str, folders)],
        capture_output=True,
        text=True,
        timeout=600,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("figures ")]
    assert len(lines) == len(folders), done.stderr[-3000:]
    for folder, line in zip(folders, lines, strict=True):
        vllm = json.loads(line.removeprefix("figures "))
        figures = read_architecture(json.loads((folder / "config.json").read_text()))
        plan = read_checkpoint(folder)
        computed = computed_weights(figures, "bf16").total
        assert computed == pytest.approx(vllm["weights"], rel=WITHIN), folder.name
        if folder == tiny_checkpoint:  # of the others the files are not theirs
            assert weights_per_rank(plan, Split()) == pytest.approx(vllm["weights"], rel=WITHIN)
        each = kv_bytes_per_token(plan, Split())
        assert each == pytest.approx(vllm["kv_bytes_per_token"], rel=WITHIN), folder.name
        assert GIB // each == pytest.approx(vllm["kv_tokens"], rel=WITHIN), folder.name
