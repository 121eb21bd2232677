"""Reports how far an engine has loaded: written by its processes, read by the server.

vLLM reports this only on standard error. In an engine process we wrap a few of its functions to
record the phase before they run: the progress bar over weight files, which all file loaders use,
and the starts of profiling, compilation and CUDA graph capture. If a later vLLM lacks one of these
names, only that phase is missing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

RECORD_SUFFIX = ".loading"
#: In the order of a load. Compilation is part of profiling and comes near its end.
PHASES = ("weights", "profiling", "compiling", "capturing", "warming")


@dataclass(frozen=True, slots=True)
class Stage:
    """A phase; in the phase `weights` also the number of loaded files and of all files."""

    phase: str
    done: int = 0
    total: int = 0


class _RecordingBar:
    """A mixin for tqdm's class that records a bar over weight files instead of drawing it."""

    file: Path

    def __init__(self, *arguments: Any, **options: Any) -> None:
        # Only the first rank draws a bar; bars over tensors or bytes are left alone.
        self._records = not options.get("disable") and "shards" in str(options.get("desc", ""))
        if self._records:
            options["disable"] = True
        super().__init__(*arguments, **options)

    def __iter__(self) -> Iterator[Any]:
        files: Iterator[Any] = super().__iter__()  # type: ignore[misc]
        if not self._records:
            yield from files
            return
        total: int = self.total  # type: ignore[attr-defined]
        _record(self.file, f"0 {total}")
        for done, one in enumerate(files, 1):
            yield one
            _record(self.file, f"{done} {total}")


def record_loading(file: Path) -> None:
    """Record this process's load progress in `file` from now on; vLLM must be imported."""
    loaders = _module("vllm.model_executor.model_loader.weight_utils")
    bar = getattr(loaders, "tqdm", None)
    if isinstance(bar, type) and not issubclass(bar, _RecordingBar):
        loaders.tqdm = type("RecordingBar", (_RecordingBar, bar), {"file": file})
    compiling = _module("vllm.compilation.decorators")
    _record_call(compiling, "monitor_torch_compile", file, lambda *_: "compiling")
    executor = getattr(_module("vllm.v1.executor.abstract"), "Executor", None)
    _record_call(executor, "determine_available_memory", file, lambda *_: "profiling")
    _record_call(executor, "compile_or_warm_up_model", file, _after_profiling)


def stage(folder: Path) -> Stage | None:
    """The latest stage that the engine's processes have recorded; None before the first one."""
    recorded = (_last(file) for file in folder.glob(f"*{RECORD_SUFFIX}"))
    known = [one for one in recorded if one is not None]
    return max(known, key=lambda one: PHASES.index(one.phase), default=None)


def forget(folder: Path) -> None:
    """Remove the records of a previous engine."""
    for file in folder.glob(f"*{RECORD_SUFFIX}"):
        file.unlink(missing_ok=True)


def _last(file: Path) -> Stage | None:
    try:
        # The last line is empty or incomplete.
        line = file.read_text(encoding="ascii").split("\n")[-2]
        if line in PHASES:
            return Stage(line)
        done, total = (int(part) for part in line.split())
        # Profiling follows the last file.
        return Stage("weights", done, total) if done < total else Stage("profiling")
    except (OSError, ValueError, IndexError):
        return None


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None


def _record_call(owner: Any, name: str, file: Path, phase: Callable[..., str]) -> None:
    """Wrap a function, once, to record the phase that it starts."""
    function = getattr(owner, name, None)
    if function is None or hasattr(function, "records_phase"):
        return

    @wraps(function)
    def recorded(*arguments: Any, **options: Any) -> Any:
        _record(file, phase(*arguments))
        return function(*arguments, **options)

    recorded.records_phase = True  # type: ignore[attr-defined]
    setattr(owner, name, recorded)


def _after_profiling(executor: Any, *_: Any) -> str:
    """Eager engines capture no graphs; they only run their kernels once."""
    model = getattr(executor, "model_config", None)
    return "warming" if getattr(model, "enforce_eager", False) else "capturing"


def _record(file: Path, line: str) -> None:
    # A full disk must not stop the load.
    with contextlib.suppress(OSError), file.open("a", encoding="ascii") as records:
        records.write(line + "\n")
