"""How far an engine's load is: noted in its processes, read in the server.

vLLM tells it to nobody but standard error. In an engine process a few of its names give way to ones
that leave a note and then do the same: the bar over files of weights, which every loader of files
uses, and the beginnings of profiling, of compiling and of capturing CUDA graphs. No text is
parsed, nothing replaced, and where a later vLLM has no such name only that note is missing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

NOTES_SUFFIX = ".loading"
#: In the order in which a load goes through them. Compiling is a part of profiling, after which
#: little of that is left.
PHASES = ("weights", "profiling", "compiling", "capturing", "warming")


@dataclass(frozen=True, slots=True)
class Stage:
    """A phase; of `weights` the files that are loaded, and how many there are."""

    phase: str
    done: int = 0
    total: int = 0


class _Noting:
    """In front of tqdm's class: a bar over files is not drawn, but noted in `file`."""

    file: Path

    def __init__(self, *arguments: Any, **options: Any) -> None:
        # Only the first rank draws one; bars over tensors or bytes stay as they are.
        self._notes = not options.get("disable") and "shards" in str(options.get("desc", ""))
        if self._notes:
            options["disable"] = True
        super().__init__(*arguments, **options)

    def __iter__(self) -> Iterator[Any]:
        files: Iterator[Any] = super().__iter__()  # type: ignore[misc]
        if not self._notes:
            yield from files
            return
        total: int = self.total  # type: ignore[attr-defined]
        _note(self.file, f"0 {total}")
        for done, one in enumerate(files, 1):
            yield one
            _note(self.file, f"{done} {total}")


def note_loading(file: Path) -> None:
    """From now on note in `file` how far this process is; vLLM is here."""
    loaders = _module("vllm.model_executor.model_loader.weight_utils")
    bar = getattr(loaders, "tqdm", None)
    if isinstance(bar, type) and not issubclass(bar, _Noting):
        loaders.tqdm = type("NotingBar", (_Noting, bar), {"file": file})
    compiling = _module("vllm.compilation.decorators")
    _announce(compiling, "monitor_torch_compile", file, lambda *_: "compiling")
    executor = getattr(_module("vllm.v1.executor.abstract"), "Executor", None)
    _announce(executor, "determine_available_memory", file, lambda *_: "profiling")
    _announce(executor, "compile_or_warm_up_model", file, _after_profiling)


def stage(folder: Path) -> Stage | None:
    """How far the load is, by what the engine's processes have noted; None while nobody knows."""
    noted = (_last(file) for file in folder.glob(f"*{NOTES_SUFFIX}"))
    known = [one for one in noted if one is not None]
    return max(known, key=lambda one: PHASES.index(one.phase), default=None)


def forget(folder: Path) -> None:
    """Remove what an engine before has noted."""
    for file in folder.glob(f"*{NOTES_SUFFIX}"):
        file.unlink(missing_ok=True)


def _last(file: Path) -> Stage | None:
    try:
        # The last is empty, or half written.
        line = file.read_text(encoding="ascii").split("\n")[-2]
        if line in PHASES:
            return Stage(line)
        done, total = (int(part) for part in line.split())
        # After the last file memory is measured.
        return Stage("weights", done, total) if done < total else Stage("profiling")
    except (OSError, ValueError, IndexError):
        return None


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None


def _announce(owner: Any, name: str, file: Path, phase: Callable[..., str]) -> None:
    """Have that function note the phase that it begins; once."""
    function = getattr(owner, name, None)
    if function is None or hasattr(function, "announced"):
        return

    @wraps(function)
    def announced(*arguments: Any, **options: Any) -> Any:
        _note(file, phase(*arguments))
        return function(*arguments, **options)

    announced.announced = True  # type: ignore[attr-defined]
    setattr(owner, name, announced)


def _after_profiling(executor: Any, *_: Any) -> str:
    """An engine that captures no graphs runs its kernels once, and that is all."""
    model = getattr(executor, "model_config", None)
    return "warming" if getattr(model, "enforce_eager", False) else "capturing"


def _note(file: Path, line: str) -> None:
    # A full disk is no reason not to load.
    with contextlib.suppress(OSError), file.open("a", encoding="ascii") as notes:
        notes.write(line + "\n")
