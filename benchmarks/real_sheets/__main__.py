"""The command: reads the drawings, prints the table, optionally the faults and JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import benchmarks.real_sheets
from backend.config.settings import load_settings
from backend.drawings.library import DrawingLibrary
from backend.errors import DrawingChatError
from backend.evidence.index.sheet_index import PageText
from backend.extraction.tables.page_tables import extract
from backend.extraction.tables.table import Kind, Table
from backend.storage.database import Database
from benchmarks.real_sheets.scoring import Score, score

KINDS: tuple[Kind, ...] = ("title_block", "dimensions", "bom", "revisions")
_COLUMNS = ("fields", "fields right", "fields wrong", "dimensions", "found", "whole", "wrong size",
            "false rows", "bom cells", "bom cells right", "revisions cells",
            "revisions cells right", "unsure")  # fmt: skip


def truths(folder: Path, drawings: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Each drawing that has a ground truth, with it."""
    for path in sorted(folder.glob("*.json")):
        truth = json.loads(path.read_text())
        if isinstance(truth, dict) and "fields" in truth and (drawings / truth["file"]).exists():
            yield drawings / truth["file"], truth


async def read(files: list[Path]) -> dict[Path, dict[Kind, Table]]:
    """Every table of every drawing, from its own text, as an upload gets them."""
    found: dict[Path, dict[Kind, Table]] = {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = load_settings(data_folder=Path(folder))
        database = await Database.open(Path(folder) / "bench.sqlite3")
        library = await DrawingLibrary.open(settings, database)
        try:
            for path in files:
                try:
                    found[path] = await _tables(library, path)
                except DrawingChatError as error:
                    print(f"{path.name}: {error}", file=sys.stderr)
        finally:
            await library.close()
            await database.close()
    return found


async def _tables(library: DrawingLibrary, path: Path) -> dict[Kind, Table]:
    data = await asyncio.to_thread(path.read_bytes)
    info = await library.add_bytes("local", path.name, data)
    pages = []
    for page in info.pages:
        items = await library.text("local", info.id, page.number)
        pages.append(PageText.of(path.name, page, items))
    return {kind: extract(kind, pages) for kind in KINDS}


def main() -> int:
    """Read the command line, measure, print; 0 where nothing is wrong."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.real_sheets",
        description=benchmarks.real_sheets.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="the drawings")
    parser.add_argument("--truth", type=Path, help="the ground truth; default: FOLDER")
    parser.add_argument("-v", "--verbose", action="store_true", help="every fault in words")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    given = parser.parse_args()
    wanted = dict(truths(given.truth or given.folder, given.folder))
    if not wanted:
        print(f"{given.folder}: no drawing with a ground truth.", file=sys.stderr)
        return 2
    tables = asyncio.run(read(list(wanted)))
    scores = {path: score(wanted[path], found) for path, found in tables.items()}
    totals = _report(wanted, scores, verbose=given.verbose)
    if given.json:
        given.json.write_text(json.dumps(totals, indent=1))
    return int(any(one.has_harm for one in scores.values()))


def _report(
    truths: Mapping[Path, Mapping[str, Any]], scores: Mapping[Path, Score], *, verbose: bool
) -> dict[str, dict[str, int]]:
    totals: dict[str, Counter[str]] = {}
    print("| sheet | " + " | ".join(_COLUMNS) + " |")
    print("|---|" + "---|" * len(_COLUMNS))
    for path, one in scores.items():
        print(f"| {path.name} | " + " | ".join(str(one.counts[name]) for name in _COLUMNS) + " |")
        for fault in one.faults if verbose else ():
            print(f"|   {fault} |")
        kind = "text layer" if truths[path].get("text_layer", True) else "scans"
        total = totals.setdefault(kind, Counter())
        total.update(one.counts)
        total.update({"sheets": 1, "sheets whole": not one.faults, "sheets wrong": one.has_harm})
    for kind, total in totals.items():
        print(f"| **{kind}** | " + " | ".join(str(total[name]) for name in _COLUMNS) + " |")
    for kind, total in totals.items():
        print(f"{kind}: {total['sheets whole']} of {total['sheets']} sheets wholly right, "
              f"{total['sheets wrong']} with something wrong")  # fmt: skip
    return {kind: dict(total) for kind, total in totals.items()}


if __name__ == "__main__":
    sys.exit(main())
