"""Why an engine did not start, or died: noted in its processes, told in words that help.

An engine process that fails prints its reason and is gone; the server only learns that it is.
So each engine process notes its errors in a file beside its record, and the server reads them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NOTES_SUFFIX = ".error"


class _NoteErrors(logging.Handler):
    """Keeps the first error of a process that comes with an exception."""

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


def note_errors(file: Path) -> None:
    """From now on write this process's first engine error to `file`; calling again is harmless."""
    logger = logging.getLogger("vllm")
    if not any(isinstance(handler, _NoteErrors) for handler in logger.handlers):
        logger.addHandler(_NoteErrors(file))


def take_notes(folder: Path) -> list[str]:
    """The errors that engine processes noted in `folder`, oldest first; the files are removed."""
    notes = []
    files = sorted(folder.glob(f"*{NOTES_SUFFIX}"), key=lambda file: file.stat().st_mtime)
    for file in files:
        notes.append(file.read_text(encoding="utf-8", errors="replace"))
        file.unlink(missing_ok=True)
    return notes


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
    """One message for the person: what is wrong with `model` and what to do. No paths.

    `plan` is the memory plan as `/api/model` shows it, where there is one.
    """
    text = "\n".join(reasons)
    if _OLD_DRIVER.search(text):
        return (
            "The NVIDIA driver is too old for this PyTorch, or the GPU is. Update the driver; "
            "./fix_qwen_dependencies.sh --check says which version is needed."
        )
    if _NO_COMPILER.search(text):
        return (
            "The engine compiles kernels at its first start, and there is no C compiler, or "
            "Python's headers are missing: sudo apt install gcc python3.12-dev (or python3.11-dev, "
            "as `.venv/bin/python -V` says). Then start again."
        )
    if _NO_GPU.search(text):
        return (
            "The engine sees no NVIDIA GPU, or fewer than it was told to take. `nvidia-smi` has to "
            "list them; CUDA_VISIBLE_DEVICES may hide them, and a container has to be given them "
            "(--gpus all)."
        )
    if _NO_MEMORY.search(text):
        return _no_memory(model, plan)
    if _UNKNOWN_ARCHITECTURE.search(text):
        return (
            f"The engine that is installed does not know the architecture of {model}, or is not "
            "complete. Run ./fix_qwen_dependencies.sh and start again."
        )
    if _NOT_FOUND.search(text):
        return (
            f"The model {model} is neither here nor can it be downloaded. Check its name "
            "(DRAWING_CHAT_MODEL) and the network connection."
        )
    if _NOT_A_CHECKPOINT.search(text):
        return (
            f"The files of {model} are not a checkpoint that this engine loads. Check "
            "DRAWING_CHAT_MODEL, or download it again."
        )
    return f"The engine could not load {model}. The server's log has the details."


def _no_memory(model: str, plan: Mapping[str, Any] | None) -> str:
    """Out of memory, with the plan's numbers and the next smaller choice."""
    if plan is None or not plan.get("gpus"):
        return (
            f"There is not enough memory for {model}. Close other programs that use it, or set a "
            "smaller model, DRAWING_CHAT_MAX_MODEL_LEN, DRAWING_CHAT_CPU_KVCACHE_GB (no GPU) or "
            "DRAWING_CHAT_GPU_MEMORY_UTILIZATION."
        )
    memory, settings = plan["memory"], plan["settings"]
    work = sum(memory[part] for part in ("activations", "encoder_cache", "graphs", "runtime"))
    window = int(settings["max_model_len"])
    numbers = (
        f"planned were {_gib(memory['weights'])} of weights, {_gib(work)} of work and "
        f"{_gib(memory['kv_cache'])} of KV cache on each GPU of {_gib(plan['gpus'][0]['total'])}"
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
