"""`drawing-chat download [NAME]`: bring a model here, with its size, licence and time told first.

Exit status: 0 it is here · 1 it could not be had, the message says why · 130 ended with Ctrl+C;
what has come is kept.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TextIO

from backend.config.settings import load_settings
from backend.model.selection.catalog import resolve
from backend.model.selection.choice import plan_for, wanted_by
from backend.model.selection.gpus import installed_gpus
from backend.model.selection.hub_download import (
    cached_folder,
    check_room,
    fetch,
    gigabytes,
    look_up,
)
from backend.model.service import Progress

_LINE_SECONDS = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the subcommand."""
    parser.add_argument(
        "model", metavar="NAME", nargs="?", help="such as qwen3-vl:8b; default: the setting"
    )
    parser.add_argument("--dry-run", action="store_true", help="only tell size, licence and room")


def run(arguments: argparse.Namespace) -> int:
    """Fetch and show how far it is; the exit status."""
    settings = load_settings(**({"model": arguments.model} if arguments.model else {}))
    wanted = wanted_by(settings)
    choice = resolve(wanted.name)
    if choice.folder is not None:
        print(f"{choice.name} is a folder of this machine; there is nothing to fetch.")
        return 0
    repository = choice.repository or choice.variants[0].repository
    if choice.repository is None and len(choice.variants) > 1 and (gpus := installed_gpus()):
        plan = plan_for(wanted, gpus)
        repository = plan.checkpoint.name
        print("\n".join(plan.why))
    here = cached_folder(repository, wanted.revision, wanted.cache)
    if here is not None:
        print(f"{repository} is here.")
        return 0
    listing = look_up(repository, wanted.revision, wanted.cache)
    print(
        f"{repository}: {gigabytes(listing.size)} in {len(listing.files)} files, "
        f"{gigabytes(listing.here())} of it here. Licence: {listing.licence}."
    )
    check_room(listing)
    if arguments.dry_run:
        return 0
    printer = Printer(sys.stderr)
    fetch(listing, printer.show)
    printer.end()
    print(f"{repository} is here, and its checksums are right.")
    return 0


class Printer:
    """Shows progress: one line that changes on a terminal, a line now and then elsewhere."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._changes = out.isatty()
        self._last: tuple[float, float] | None = None
        self._next = 0.0

    def show(self, progress: Progress) -> None:
        """The next report."""
        now = time.monotonic()
        speed = ""
        if self._last is not None and now > self._last[0]:
            speed = f", {gigabytes((progress.done - self._last[1]) / (now - self._last[0]))}/s"
        if not self._changes and now < self._next and progress.done < progress.total:
            return
        self._last, self._next = (now, progress.done), now + _LINE_SECONDS
        share = 100 * progress.done / progress.total if progress.total else 100
        left = f", about {_time(progress.eta_s)} left" if progress.eta_s else ""
        done, total = gigabytes(progress.done), gigabytes(progress.total)
        line = f"{share:3.0f} % {done} of {total}{speed}{left}"
        print(
            f"\r{line:<70}" if self._changes else line, file=self._out, flush=True, end=self._ending
        )

    @property
    def _ending(self) -> str:
        return "" if self._changes else "\n"

    def end(self) -> None:
        """Leave the changing line."""
        if self._changes:
            print(file=self._out)


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
