"""How many of a checkpoint's files an engine has loaded: noted in its process, read in the server.

vLLM tells it to nobody but a progress bar on standard error. In an engine process the bar's class,
one name in `weight_utils` that every loader of files uses, gives way to one that notes each file
instead of printing. Of all there is to hold on to that is the least: no text is parsed, no loader
replaced, and where a later vLLM has no such name only these notes are missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

NOTES_SUFFIX = ".weights"


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
        self._note(0)
        for done, one in enumerate(files, 1):
            yield one
            self._note(done)

    def _note(self, done: int) -> None:
        try:
            with self.file.open("a", encoding="ascii") as notes:
                notes.write(f"{done} {self.total}\n")  # type: ignore[attr-defined]
        except OSError:
            self._notes = False  # a full disk is no reason not to load


def note_shards(file: Path) -> None:
    """From now on note in `file` each file of weights that this process loads; vLLM is here."""
    from vllm.model_executor.model_loader import weight_utils

    module: Any = weight_utils
    bar = getattr(module, "tqdm", None)
    if isinstance(bar, type) and not issubclass(bar, _Noting):
        module.tqdm = type("NotingBar", (_Noting, bar), {"file": file})


def loaded_shards(folder: Path) -> tuple[int, int] | None:
    """Files of weights that are loaded, and how many there are; None while nobody knows."""
    for file in folder.glob(f"*{NOTES_SUFFIX}"):
        try:
            lines = file.read_text(encoding="ascii").split("\n")
            done, total = lines[-2].split()  # the last is empty, or half written
            return int(done), int(total)
        except (OSError, ValueError, IndexError):
            continue
    return None


def forget_shards(folder: Path) -> None:
    """Remove what an engine before has noted."""
    for file in folder.glob(f"*{NOTES_SUFFIX}"):
        file.unlink(missing_ok=True)
