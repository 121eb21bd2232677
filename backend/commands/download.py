"""`drawing-chat download [NAME]`: download a model, after showing its size, licence and files.

Exit status: 0 downloaded · 1 failed, with the reason · 130 interrupted with Ctrl+C; downloaded
bytes are kept.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TextIO

from backend.config.settings import load_settings
from backend.model.selection.choice import plan_for, wanted_by
from backend.model.selection.download_meter import gigabytes
from backend.model.selection.gpus import installed_gpus
from backend.model.selection.hub_download import check_room, download
from backend.model.selection.hub_repository import cached_folder, list_files
from backend.model.selection.model_names import resolve
from backend.model.service import Progress

_LINE_SECONDS = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommand's options."""
    parser.add_argument(
        "model", metavar="NAME", nargs="?", help="for example qwen3-vl:8b; default: the setting"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="only show the size and licence, and check the disk"
    )


def run(arguments: argparse.Namespace) -> int:
    """Download with progress; returns the exit status."""
    settings = load_settings(**({"model": arguments.model} if arguments.model else {}))
    wanted = wanted_by(settings)
    choice = resolve(wanted.name)
    if choice.folder is not None:
        print(f"{choice.name} is a folder on this machine; there is nothing to download.")
        return 0
    repository = choice.repository or choice.variants[0].repository
    if choice.repository is None and len(choice.variants) > 1 and (gpus := installed_gpus()):
        plan = plan_for(wanted, gpus)
        repository = plan.checkpoint.name
        print("\n".join(plan.why))
    if cached_folder(repository, wanted.revision, wanted.cache) is not None:
        print(f"{repository} is already downloaded.")
        return 0
    listing = list_files(repository, wanted.revision, wanted.cache)
    print(
        f"{repository}: {gigabytes(listing.size)} in {len(listing.files)} files, "
        f"{gigabytes(listing.cached_bytes())} of them cached. Licence: {listing.licence}."
    )
    check_room(listing)
    if arguments.dry_run:
        return 0
    printer = Printer(sys.stderr)
    download(listing, printer.show)
    printer.end()
    print(f"{repository} is downloaded; its checksums match.")
    return 0


class Printer:
    """Prints progress: one changing line on a terminal, otherwise a new line every 10 seconds."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._is_terminal = out.isatty()
        self._last: tuple[float, float] | None = None
        self._next = 0.0

    def show(self, progress: Progress) -> None:
        """Print the next report."""
        now = time.monotonic()
        speed = ""
        if self._last is not None and now > self._last[0]:
            speed = f", {gigabytes((progress.done - self._last[1]) / (now - self._last[0]))}/s"
        if not self._is_terminal and now < self._next and progress.done < progress.total:
            return
        self._last, self._next = (now, progress.done), now + _LINE_SECONDS
        share = 100 * progress.done / progress.total if progress.total else 100
        left = f", about {_time(progress.eta_s)} left" if progress.eta_s else ""
        done, total = gigabytes(progress.done), gigabytes(progress.total)
        line = f"{share:3.0f} % {done} of {total}{speed}{left}"
        if self._is_terminal:
            print(f"\r{line:<70}", file=self._out, flush=True, end="")
        else:
            print(line, file=self._out, flush=True)

    def end(self) -> None:
        """Leave the changing line."""
        if self._is_terminal:
            print(file=self._out)


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
