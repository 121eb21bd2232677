"""Explanations of engine failures, and the errors recorded by engine processes."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from backend.model.selection.checkpoint import from_catalog
from backend.model.selection.gpus import GIB, hypothetical_gpus
from backend.model.selection.model_names import resolve
from backend.model.selection.planning import make_plan
from backend.model.vllm.engine_failure import explain, record_errors, take_errors


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", "not enough memory"),
        ("ValueError: Free memory on device (3/80 GiB) is less than desired", "not enough memory"),
        (
            "OSError: no/such is not a local folder and is not a valid model identifier",
            "is not cached",
        ),
        ("ValueError: Unrecognized model in here. Should have a `model_type` key", "not a check"),
        ("RuntimeError: something new", "could not load"),
        (
            "ValueError: The checkpoint you are trying to load has model type `qwen3_vl_moe` but "
            "Transformers does not recognize this architecture.",
            "fix_qwen_dependencies.sh",
        ),
        (
            "ValueError: Model architectures ['Qwen9VL'] are not supported for now.",
            "does not support the architecture",
        ),
        ("RuntimeError: operator torchvision::nms does not exist", "fix_qwen_dependencies.sh"),
        ("ModuleNotFoundError: No module named 'qwen_vl_utils'", "fix_qwen_dependencies.sh"),
    ],
)
def test_each_failure_is_explained(reason: str, told: str) -> None:
    message = explain("Qwen/X", ["RuntimeError: Engine core initialization failed.", reason])
    assert told in message
    assert "Qwen/X" in message


def test_an_old_driver_is_explained() -> None:
    error = "RuntimeError: The NVIDIA driver on your system is too old (found version 11040)."
    assert "Update the driver" in explain("m", [error])


@pytest.mark.parametrize(
    "reason",
    [
        "RuntimeError: No CUDA GPUs are available",
        "RuntimeError: Failed to infer device type, please set ...",
        "torch.AcceleratorError: CUDA error: invalid device ordinal",
    ],
)
def test_a_hidden_gpu_is_explained(reason: str) -> None:
    assert "CUDA_VISIBLE_DEVICES" in explain("m", [reason])


@pytest.mark.parametrize(
    "reason",
    [
        "RuntimeError: Failed to find C compiler. Please specify via CC environment variable",
        "CalledProcessError: main.c:6:10: fatal error: Python.h: No such file or directory",
    ],
)
def test_a_missing_compiler_is_explained(reason: str) -> None:
    assert "apt install gcc" in explain("m", [reason])


def test_lack_of_memory_is_explained_with_the_plans_figures() -> None:
    one = from_catalog(resolve("qwen3-vl:30b-bf16").variants[0])
    lighter = from_catalog(resolve("qwen3-vl:30b-fp8").variants[0])
    plan = make_plan([one], hypothetical_gpus(1, 80 * GIB), smaller=[lighter])
    message = explain(one.name, ["OutOfMemoryError: CUDA out of memory."], plan.as_json())
    assert "57.9 GiB for weights" in message and "GPU of 80.0 GiB" in message
    assert "DRAWING_CHAT_MAX_MODEL_LEN=16384" in message
    assert "DRAWING_CHAT_MODEL=Qwen/Qwen3-VL-30B-A3B-Instruct-FP8" in message


def test_the_message_contains_no_paths() -> None:
    message = explain("m", ["FileNotFoundError: /home/me/secret/model.safetensors"])
    assert "/home" not in message


def test_recorded_errors_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logger = logging.getLogger("vllm")
    monkeypatch.setattr(logger, "handlers", [])
    monkeypatch.setattr(logger, "propagate", False)
    record_errors(tmp_path / "7.error")
    logger.error("no exception, so no reason")
    try:
        raise MemoryError("first")
    except MemoryError:
        logger.exception("failed")
    try:
        raise ValueError("second")
    except ValueError:
        logger.exception("and so this failed too")
    assert take_errors(tmp_path) == ["MemoryError: first"]
    assert take_errors(tmp_path) == []


def test_a_missing_folder_has_no_errors(tmp_path: Path) -> None:
    assert take_errors(tmp_path / "never-made") == []
