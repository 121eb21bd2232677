"""Measures extraction accuracy on generated sheets, from exact text alone or with a model.

    python -m benchmarks.extraction [--sheets 60] [--seed 8000] [--show] [--model MODEL]

Half of the sheets are A3 with parts list and revision table, half A4; each is uploaded once as PDF
and once as DXF. A value is correct if it equals the ground truth character for character; values
not in the ground truth count as extra. With `--model`, that checkpoint also reads every sheet on
the real engine, however weak it is; "disputed" values are those on which text and model disagree.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from backend.config.settings import Settings, load_settings
from backend.drawing import DrawingInfo
from backend.drawings.library import DrawingLibrary
from backend.extraction.extractor import Extractor
from backend.extraction.tables.table import Kind, Table
from backend.model.service import VisionService
from backend.qwen_vision_service import QwenVisionService
from backend.storage.database import Database
from demo.sheets.render import Rendered, render
from demo.sheets.truth import Truth

#: The generator labels the approver “Geprüft”; extraction calls that “checked”.
_CHECKED = {"de": {"approved": "checked"}}
KINDS: tuple[Kind, ...] = ("title_block", "bom", "revisions", "dimensions", "notes")
_BOM = ("item", "quantity", "description", "standard")
_REVISIONS = ("revision", "description", "date", "name")
_SHARES = (("right", "all"), ("whole", "sheets"))


def true_values(truth: Truth) -> Iterator[tuple[str, str, str]]:
    """(table, name, value) of everything on the sheet."""
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


def found_values(tables: Mapping[Kind, Table], truth: Truth) -> Iterator[tuple[str, str, str]]:
    """(table, name, value) of everything extracted."""
    for row in tables["title_block"].rows:
        if row.value("value") and row.cells["value"].status in ("found", "disputed"):
            yield "title_block", row.value("field") or "", row.value("value") or ""
    lists: tuple[tuple[Kind, tuple[str, ...]], ...] = (("bom", _BOM), ("revisions", _REVISIONS))
    for kind, columns in lists:
        for number, row in enumerate(tables[kind].rows, 1):
            for column in columns:
                value = row.value(column)
                if column == "standard":
                    value = value or row.value("material")
                if value:
                    yield kind, f"{number} {column}", value
    for number, row in enumerate(tables["notes"].rows, 1):
        yield "notes", f"note_{row.value('number') or number}", row.value("text") or ""
    keys = defaultdict(list)
    for fact in truth.facts:
        if fact.place == "view":
            keys[fact.value].append(fact.key)
    for number, row in enumerate(tables["dimensions"].rows, 1):
        text = row.value("text") or ""
        key = keys[text].pop(0) if keys[text] else f"extra {number}"
        yield "dimensions", key, text


async def measure(
    seed: int, count: int, show: bool, service: VisionService | None = None
) -> dict[str, dict[str, Counter[str]]]:
    """Counts of `right`, `all`, `too much` and `whole` by format and table."""
    figures: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_folder=Path(folder))
        database = await Database.open(Path(folder) / "bench.sqlite3")
        library = await DrawingLibrary.open(settings, database)
        extractor = Extractor(database, library, service)
        try:
            for number in range(seed, seed + count):
                sheet = render(number, paper="A3" if number % 2 else "A4")
                for name, data in _files(sheet):
                    info = await library.add_bytes("local", f"{number}.{name}", data)
                    began = time.perf_counter()
                    tables = await tables_of(extractor, info, service is not None)
                    _count(figures[name], sheet.truth, tables, show)
                    figures[name]["time"]["ms"] += round(1000 * (time.perf_counter() - began))
        finally:
            await extractor.close()
            await library.close()
            await database.close()
    return figures


def _files(sheet: Rendered) -> Iterator[tuple[str, bytes]]:
    yield "pdf", sheet.pdf
    yield "dxf", sheet.dxf_text().encode()


async def tables_of(extractor: Extractor, info: DrawingInfo, model: bool) -> dict[Kind, Table]:
    """All tables of a drawing, as its user gets them."""
    jobs = [await extractor.start("local", info.id, kind, model=model) for kind in KINDS]
    await asyncio.gather(*(job.ended.wait() for job in jobs))
    return {kind: await extractor.table("local", info.id, kind) for kind in KINDS}


def _count(
    figures: dict[str, Counter[str]], truth: Truth, tables: Mapping[Kind, Table], show: bool
) -> None:
    true = {(table, name): value for table, name, value in true_values(truth)}
    found = {(table, name): value for table, name, value in found_values(tables, truth)}
    for table in KINDS:
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
            figures[table]["disputed"] += sum(
                cell.status == "disputed"
                for row in tables[table].rows
                for cell in row.cells.values()
            )
            figures[table]["sheets"] += 1
            figures[table]["whole"] += not wrong and not extra


async def _run(arguments: argparse.Namespace) -> dict[str, dict[str, Counter[str]]]:
    if arguments.model is None:
        return await measure(arguments.seed, arguments.sheets, arguments.show)
    service = QwenVisionService(load_settings(model=arguments.model, max_model_len=16_384))
    await service.start()
    try:
        return await measure(arguments.seed, arguments.sheets, arguments.show, service)
    finally:
        await service.stop()


def main() -> None:
    """Print the table of docs/benchmarks.md."""
    parser = argparse.ArgumentParser(prog="benchmarks.extraction", description=main.__doc__)
    parser.add_argument("--sheets", type=int, default=60)
    parser.add_argument("--seed", type=int, default=8000, help="seed of the first sheet")
    parser.add_argument("--show", action="store_true", help="print the wrong values")
    parser.add_argument("--model", help="a checkpoint that also reads the sheets")
    arguments = parser.parse_args()
    figures = asyncio.run(_run(arguments))
    print("| Table | Format | Correct values | Extra values | Disputed | Sheets without errors |")
    print("|---|---|---|---|---|---|")
    for name, tables in figures.items():
        for table, counts in tables.items():
            if table != "time":
                right, whole = (f"{counts[a]} / {counts[b]}" for a, b in _SHARES)
                called = table.replace("_", " ")
                extra = f"{counts['too much']} | {counts['disputed']}"
                print(f"| {called} | {name} | {right} | {extra} | {whole} |")
    for name, tables in figures.items():
        each = tables["time"]["ms"] / arguments.sheets
        print(f"{name}: {each:.0f} ms for all tables of a sheet")


if __name__ == "__main__":
    main()
