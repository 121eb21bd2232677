"""What extraction gets from exact text alone, against sheets whose truth is known.

    python -m benchmarks.extraction [--sheets 60] [--seed 8000] [--show]

Half of the sheets are A3 with parts list and revision table, half A4; each is taken in once as
PDF and once as DXF, the way an upload goes. A value is right when it is the truth's, character
for character; everything that came out beside the truth is counted as too much.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from backend.config import Settings
from backend.drawings.library import DrawingLibrary
from backend.evidence.sheet_index import PageText
from backend.extraction.extract import extract
from backend.extraction.table import Table
from backend.storage.database import Database
from demo.sheets.render import Rendered, render
from demo.sheets.truth import Truth

#: The generator writes “Geprüft” over who approved; extraction calls that “checked”.
_CHECKED = {"de": {"approved": "checked"}}
_BOM = ("item", "quantity", "description", "standard")
_REVISIONS = ("revision", "description", "date", "name")
_SHARES = (("right", "all"), ("whole", "sheets"))


def true_values(truth: Truth) -> Iterator[tuple[str, str, str]]:
    """(table, name, value) of all that stands on the sheet."""
    for fact in truth.facts:
        if fact.key in ("item_count", "latest_revision"):
            continue
        if fact.place == "title_block":
            names = {**_CHECKED.get(truth.language, {}), "tolerance": "general_tolerance"}
            yield "title_block", names.get(fact.key, fact.key), fact.value
        elif fact.place in ("bom", "revisions"):
            _, row, column = fact.key.split("_")
            names = dict(enumerate(_BOM if fact.place == "bom" else _REVISIONS))
            yield fact.place, f"{row} {names[int(column)]}", fact.value
        elif fact.place == "notes":
            yield "notes", fact.key, fact.value.partition(". ")[2]
        else:
            yield "dimensions", fact.key, fact.value


def found_values(pages: list[PageText], truth: Truth) -> Iterator[tuple[str, str, str]]:
    """The same of what extraction gives."""
    for row in extract("title_block", pages).rows:
        if row.value("value") and row.cells["value"].status == "found":
            yield "title_block", row.value("field") or "", row.value("value") or ""
    for kind, columns in (("bom", _BOM), ("revisions", _REVISIONS)):
        table: Table = extract(kind, pages)  # type: ignore[arg-type]
        for number, row in enumerate(table.rows, 1):
            for column in columns:
                value = row.value(column)
                if column == "standard":
                    value = value or row.value("material")
                if value:
                    yield kind, f"{number} {column}", value
    for number, row in enumerate(extract("notes", pages).rows, 1):
        yield "notes", f"note_{row.value('number') or number}", row.value("text") or ""
    keys = defaultdict(list)
    for fact in truth.facts:
        if fact.place == "view":
            keys[fact.value].append(fact.key)
    for number, row in enumerate(extract("dimensions", pages).rows, 1):
        text = row.value("text") or ""
        key = keys[text].pop(0) if keys[text] else f"extra {number}"
        yield "dimensions", key, text


async def measure(seed: int, count: int, show: bool) -> dict[str, dict[str, Counter[str]]]:
    """Counts of `right`, `all`, `too much` and `whole` by format and table."""
    figures: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_folder=Path(folder))
        database = await Database.open(Path(folder) / "bench.sqlite3")
        library = await DrawingLibrary.open(settings, database)
        try:
            for number in range(seed, seed + count):
                sheet = render(number, paper="A3" if number % 2 else "A4")
                for name, data in _files(sheet):
                    pages = await pages_of(library, f"{number}.{name}", data)
                    began = time.perf_counter()
                    _count(figures[name], sheet.truth, pages, show)
                    figures[name]["time"]["ms"] += round(1000 * (time.perf_counter() - began))
        finally:
            await library.close()
            await database.close()
    return figures


def _files(sheet: Rendered) -> Iterator[tuple[str, bytes]]:
    yield "pdf", sheet.pdf
    yield "dxf", sheet.dxf_text().encode()


async def pages_of(library: DrawingLibrary, name: str, data: bytes) -> list[PageText]:
    """Take a file in and give its pages' text."""
    facts = await library.add_bytes("local", name, data)
    return [
        PageText(facts.id, page.number, await library.text("local", facts.id, page.number),
                 page.text_source, page.width, page.height)
        for page in facts.pages
    ]  # fmt: skip


def _count(
    figures: dict[str, Counter[str]], truth: Truth, pages: list[PageText], show: bool
) -> None:
    true = {(table, name): value for table, name, value in true_values(truth)}
    found = {(table, name): value for table, name, value in found_values(pages, truth)}
    for table in ("title_block", "bom", "revisions", "dimensions", "notes"):
        wanted = {key: value for key, value in true.items() if key[0] == table}
        extra = {key: value for key, value in found.items() if key[0] == table and key not in true}
        wrong = {key: value for key, value in wanted.items() if found.get(key) != value}
        if show and (wrong or extra):
            faults = {key[1]: (value, found.get(key)) for key, value in wrong.items()}
            print(truth.name, table, faults, "too much:", list(extra.items()))
        if wanted or extra:
            figures[table]["all"] += len(wanted)
            figures[table]["right"] += len(wanted) - len(wrong)
            figures[table]["too much"] += len(extra)
            figures[table]["sheets"] += 1
            figures[table]["whole"] += not wrong and not extra


def main() -> None:
    """Print the table of RESULTS.md."""
    parser = argparse.ArgumentParser(prog="benchmarks.extraction", description=main.__doc__)
    parser.add_argument("--sheets", type=int, default=60)
    parser.add_argument("--seed", type=int, default=8000, help="seed of the first sheet")
    parser.add_argument("--show", action="store_true", help="print what is wrong")
    arguments = parser.parse_args()
    figures = asyncio.run(measure(arguments.seed, arguments.sheets, arguments.show))
    print("| table | format | values right | too much | sheets without any fault |")
    print("|---|---|---|---|---|")
    for name, tables in figures.items():
        for table, counts in tables.items():
            if table != "time":
                right, whole = (f"{counts[a]} / {counts[b]}" for a, b in _SHARES)
                called = table.replace("_", " ")
                print(f"| {called} | {name} | {right} | {counts['too much']} | {whole} |")
    for name, tables in figures.items():
        each = tables["time"]["ms"] / arguments.sheets
        print(f"{name}: {each:.0f} ms for all tables of a sheet")


if __name__ == "__main__":
    main()
