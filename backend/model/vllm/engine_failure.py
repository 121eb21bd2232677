"""Explains why an engine failed: errors are recorded by its processes, read by the server.

A failing engine process prints its error and exits; the server only sees the exit. So each engine
process also writes its error to a file beside its record.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ERROR_SUFFIX = ".error"


class _ErrorRecorder(logging.Handler):
    """Writes the first exception that a process logs to a file."""

    def __init__(self, file: Path) -> None:
        super().__init__(logging.ERROR)
        self._file = file

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or self._file.exists():
            return
        try:
            self._file.write_text(f"{type(error).__name__}: {error}", encoding="utf-8")
        except OSError:
            self.handleError(record)


def record_errors(file: Path) -> None:
    """Write this process's first engine error to `file`; may be called again."""
    logger = logging.getLogger("vllm")
    if not any(isinstance(handler, _ErrorRecorder) for handler in logger.handlers):
        logger.addHandler(_ErrorRecorder(file))


def take_errors(folder: Path) -> list[str]:
    """Read and remove the errors recorded in `folder`, oldest first."""
    errors = []
    files = sorted(folder.glob(f"*{ERROR_SUFFIX}"), key=lambda file: file.stat().st_mtime)
    for file in files:
        errors.append(file.read_text(encoding="utf-8", errors="replace"))
        file.unlink(missing_ok=True)
    return errors


_NO_MEMORY = re.compile(
    r"out of memory|OutOfMemory|memory on device|not enough memory|available memory"
    r"|No available memory|cannot allocate|can't allocate|Available KV cache memory"
    r"|larger than the available KV cache memory|MemoryError|bad_alloc|kv cache is needed",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(
    r"RepositoryNotFound|is not a local folder|LocalEntryNotFound|not a valid model identifier"
    r"|Can't load the configuration|couldn't connect|OfflineMode|ConnectError|MaxRetryError",
    re.IGNORECASE,
)
_NOT_A_CHECKPOINT = re.compile(
    r"Should have a `model_type` key|unrecognized (model|configuration)|not supported for now"
    r"|Cannot find any model weights|no config\.json|Invalid repository ID"
    r"|SafetensorError|header|not a valid JSON",
    re.IGNORECASE,
)


_UNKNOWN_ARCHITECTURE = re.compile(
    r"does not recognize this architecture|has no vLLM implementation|model type `?[\w.]+`? but"
    r"|Model architectures \[.*\] (are not supported|failed to be inspected)|KeyError: '?qwen\w*"
    r"|cannot import name|No module named|operator torchvision::nms",
    re.IGNORECASE,
)
_OLD_DRIVER = re.compile(
    r"NVIDIA driver on your system is too old|driver version is insufficient"
    r"|no kernel image is available|forward compatibility was attempted",
    re.IGNORECASE,
)

_NO_GPU = re.compile(
    r"No CUDA GPUs are available|no CUDA-capable device|Failed to infer device type"
    r"|invalid device ordinal|NVML Shared Library Not Found",
    re.IGNORECASE,
)

_NO_COMPILER = re.compile(
    r"Failed to find C compiler|Python\.h: No such file|cannot find cc\b|No such file.*'gcc'",
    re.IGNORECASE,
)


def explain(model: str, reasons: list[str], plan: Mapping[str, Any] | None = None) -> str:
    """A message for the user: why `model` failed and what to do. Contains no paths.

    `plan` is the memory plan as in `/api/model`, if there is one.
    """
    text = "\n".join(reasons)
    if _OLD_DRIVER.search(text):
        return (
            "The NVIDIA driver or the GPU is too old for this PyTorch. Update the driver; "
            "./fix_qwen_dependencies.sh --check prints the required version."
        )
    if _NO_COMPILER.search(text):
        return (
            "The engine compiles kernels at its first start, but the C compiler or the Python "
            "headers are missing. Install them with: sudo apt install gcc python3.12-dev (or "
            "python3.11-dev; `.venv/bin/python -V` prints the version). Then start again."
        )
    if _NO_GPU.search(text):
        return (
            "The engine finds no NVIDIA GPU, or fewer than configured. Check that `nvidia-smi` "
            "lists them, that CUDA_VISIBLE_DEVICES does not hide them, and that a container has "
            "access to them (--gpus all)."
        )
    if _NO_MEMORY.search(text):
        return _no_memory(model, plan)
    if _UNKNOWN_ARCHITECTURE.search(text):
        return (
            f"The installed engine does not support the architecture of {model}, or its "
            "installation is broken. Run ./fix_qwen_dependencies.sh and start again."
        )
    if _NOT_FOUND.search(text):
        return (
            f"The model {model} is not cached and cannot be downloaded. Check its name "
            "(DRAWING_CHAT_MODEL) and the network connection."
        )
    if _NOT_A_CHECKPOINT.search(text):
        return (
            f"The files of {model} are not a checkpoint that this engine can load. Check "
            "DRAWING_CHAT_MODEL, or download the model again."
        )
    return f"The engine could not load {model}. The server's log has the details."


def _no_memory(model: str, plan: Mapping[str, Any] | None) -> str:
    """Out of memory: the plan's figures and the next smaller options."""
    if plan is None or not plan.get("gpus"):
        return (
            f"There is not enough memory for {model}. Close other programs, choose a smaller "
            "model, or lower DRAWING_CHAT_MAX_MODEL_LEN, DRAWING_CHAT_CPU_KVCACHE_GB (without a "
            "GPU) or DRAWING_CHAT_GPU_MEMORY_UTILIZATION."
        )
    memory, settings = plan["memory"], plan["settings"]
    work = sum(memory[part] for part in ("activations", "encoder_cache", "graphs", "runtime"))
    window = int(settings["max_model_len"])
    numbers = (
        f"the plan was {_gib(memory['weights'])} for weights, {_gib(work)} for activations and "
        f"runtime, and {_gib(memory['kv_cache'])} for the KV cache on each GPU of "
        f"{_gib(plan['gpus'][0]['total'])}"
    )
    ways = [f"DRAWING_CHAT_MAX_MODEL_LEN={max(4096, window // 2)}"]
    if plan.get("next_smaller"):
        ways.append(f"DRAWING_CHAT_MODEL={plan['next_smaller']}")
    return (
        f"There is not enough memory for {model}: {numbers}. Close other programs on the GPU, or "
        f"set {' or '.join(ways)}."
    )


def _gib(size: float) -> str:
    return f"{size / 2**30:.1f} GiB"
