"""`drawing-chat extract FOLDER --kind … --format …`: tables of a whole folder of drawings.

Reads the drawings here, from their text or by recognising it, without a server or a model;
several at a time. A file whose table is there and newer than it is passed over, so that an
interrupted run goes on. Exit status 1 when a file failed; `failed.csv` then has one row for each.
One drawing without `--out` goes to standard output; its xlsx, which is no text, beside it.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from backend.commands import drawing_file, standard_output
from backend.config.settings import load_settings
from backend.drawings.library import DrawingLibrary
from backend.errors import DrawingChatError
from backend.evidence.index.sheet_index import PageText
from backend.extraction.inspection.as9102 import form_csv, form_xlsx
from backend.extraction.table_files import table_csv, table_xlsx, to_json
from backend.extraction.tables.page_tables import extract
from backend.extraction.tables.table import KINDS, Kind, Table
from backend.storage.database import Database

ENDINGS = (".pdf", ".dxf", ".svg", ".plt", ".hpgl", ".tif", ".tiff", ".png", ".jpg", ".jpeg",
           ".webp", ".bmp")  # fmt: skip
FAILED = "failed.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the subcommand."""
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="a folder, or one drawing")
    parser.add_argument(
        "--kind", choices=[*KINDS, "inspection"], default="dimensions",
        help="default: dimensions; inspection: those in the columns of AS9102 Form 3",
    )  # fmt: skip
    parser.add_argument("--format", choices=("csv", "xlsx", "json", "md"), default="csv")
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER",
        help="default: FOLDER/extracted; of one drawing standard output",
    )  # fmt: skip
    parser.add_argument("--at-once", type=_number, default=2, metavar="NUMBER", help="default: 2")
    parser.add_argument("--again", action="store_true", help="also files whose table is there")


def run(arguments: argparse.Namespace) -> int:
    """Extract all; the exit status."""
    folder: Path = arguments.folder
    if (arguments.kind == "inspection" and arguments.format in ("json", "md")) or (
        arguments.format == "md" and arguments.kind != "text"
    ):
        print("The inspection list is csv or xlsx; md is for --kind text.", file=sys.stderr)
        return 2
    if not folder.exists():
        print(f"{folder}: there is no such folder.", file=sys.stderr)
        return 2
    files = drawings_in(folder)
    if not files:
        print(f"{folder}: there are no drawings.", file=sys.stderr)
        return 2
    if arguments.out is None and folder.is_file() and arguments.format != "xlsx":
        return _to_standard_output(folder, arguments.kind, arguments.format)
    base = folder if folder.is_dir() else folder.parent
    out: Path = arguments.out or base / "extracted"
    plan = Plan(arguments.kind, arguments.format, base, out)
    todo = [path for path in files if arguments.again or not plan.is_done(path)]
    if len(todo) < len(files):
        print(f"{len(files) - len(todo)} of {len(files)} are done already.", file=sys.stderr)
    failures = asyncio.run(extract_all(plan, todo, arguments.at_once, Bar(sys.stderr, len(todo))))
    plan.report(failures)
    if failures:
        print(f"{len(failures)} failed: see {out / FAILED}.", file=sys.stderr)
    if len(todo) > len(failures):
        where = plan.target(folder) if folder.is_file() else out
        print(f"Written to {where}", file=sys.stderr)
    return 1 if failures else 0


def _to_standard_output(path: Path, kind: str, format: str) -> int:
    try:
        pages = asyncio.run(drawing_file.page_texts(path))
    except DrawingChatError as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{path} cannot be read: {error.strerror or error}.", file=sys.stderr)
        return 1
    data = Plan(kind, format, path.parent, path.parent).data(pages)
    standard_output.write(data.decode("utf-8-sig"))  # a pipe needs no byte order mark
    return 0


def drawings_in(folder: Path) -> list[Path]:
    """The drawing files of a folder and those below it, or the one file."""
    if folder.is_file():
        return [folder]
    return sorted(path for path in folder.rglob("*")
                  if path.suffix.lower() in ENDINGS and path.is_file())  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """What to make of each file, and where."""

    kind: str
    format: str
    base: Path
    out: Path

    def target(self, path: Path) -> Path:
        """The table of a drawing: its path under the folder, with the kind and the format."""
        below = path.relative_to(self.base)
        return self.out / below.with_name(f"{below.name}.{self.kind}.{self.format}")

    def is_done(self, path: Path) -> bool:
        """Whether its table is there and not older than the file."""
        target = self.target(path)
        return target.is_file() and target.stat().st_mtime >= path.stat().st_mtime

    def write(self, path: Path, pages: Sequence[PageText]) -> None:
        """Extract and write; a table is there whole or not at all."""
        data = self.data(pages)
        target = self.target(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(target.name + ".part")
        part.write_bytes(data)
        os.replace(part, target)

    def data(self, pages: Sequence[PageText]) -> bytes:
        """The table as a file's bytes."""
        if self.kind == "inspection":
            table = extract("dimensions", pages)
            if self.format == "csv":
                return form_csv(table)
            head = extract("title_block", pages[:1])
            title = {row.value("field") or "": row.value("value") for row in head.rows}
            return form_xlsx(table, title)
        kind: Kind = self.kind  # type: ignore[assignment]
        return _written(extract(kind, pages), self.format)

    def report(self, failures: Sequence[tuple[Path, str, str]]) -> None:
        """Write the list of what failed, or take an old one away."""
        path = self.out / FAILED
        if not failures:
            path.unlink(missing_ok=True)
            return
        self.out.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["file", "code", "message"])
            writer.writerows(failures)


def _written(table: Table, format: str) -> bytes:
    if format == "json":
        return to_json(table)
    if format == "md":
        return (table.markdown or "").encode()
    return table_csv(table) if format == "csv" else table_xlsx(table)


async def extract_all(
    plan: Plan, files: Sequence[Path], at_once: int, bar: Bar
) -> list[tuple[Path, str, str]]:
    """Work through the files; those that failed with code and message, in order."""
    failures: dict[Path, tuple[Path, str, str]] = {}
    # An owner of its own for each file: copies of one drawing must not share its place.
    waiting = ((path, f"file {number}") for number, path in enumerate(files))
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data_folder=Path(folder))
        database = await Database.open(Path(folder) / "extract.sqlite3")
        try:
            library = await DrawingLibrary.open(settings, database)

            async def work() -> None:
                for path, owner in waiting:
                    try:
                        await _one(plan, library, path, owner)
                    except DrawingChatError as error:
                        failures[path] = (path, error.code, str(error))
                    except OSError as error:
                        failures[path] = (path, "unreadable", error.strerror or str(error))
                    bar.step(path, path in failures)

            try:
                await asyncio.gather(*(work() for _ in range(at_once)))
            finally:
                await library.close()
        finally:
            await database.close()
    bar.end()
    return [failures[path] for path in files if path in failures]


async def _one(plan: Plan, library: DrawingLibrary, path: Path, owner: str) -> None:
    data = await asyncio.to_thread(path.read_bytes)
    info = await library.add_bytes(owner, path.name, data)
    try:
        info = await drawing_file.recognised(library, owner, info)
        pages = await drawing_file.texts_of(library, owner, info, path.name)
        await asyncio.to_thread(plan.write, path, pages)
    finally:
        await library.delete(owner, info.id)


class Bar:
    """How far it is: one line that is written over, or one line a file where nobody watches."""

    WIDTH = 30

    def __init__(self, out: TextIO, total: int) -> None:
        self._out = out
        self._total = total
        self._done = 0

    def step(self, path: Path, failed: bool) -> None:
        """One more is done."""
        self._done += 1
        mark = "failed" if failed else "done"
        if not self._out.isatty():
            print(f"{self._done}/{self._total} {mark} {path}", file=self._out)
            return
        full = self.WIDTH * self._done // max(self._total, 1)
        shown = "█" * full + "·" * (self.WIDTH - full)
        print(f"\r{shown} {self._done}/{self._total} {path.name[:40]:<40}", end="", file=self._out)

    def end(self) -> None:
        """Leave the line."""
        if self._out.isatty() and self._total:
            print(file=self._out)


def _number(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 16:
        raise argparse.ArgumentTypeError("a number from 1 to 16")
    return number
