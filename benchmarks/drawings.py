"""Measures upload and rendering speed: `python -m benchmarks.drawings`, about ten minutes.

All files are generated here except two scans with known texts, which are used if the folder
`shared/drawings` exists beside the checkout. Writes the section "Drawings" of docs/benchmarks.md;
`--only scan vector` and so on runs single parts.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import random
import re
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import psutil
from PIL import Image

from backend.config.settings import Settings
from backend.drawing import DrawingInfo
from backend.drawings.formats.pdf_writer import write_pdf
from backend.drawings.library import DrawingLibrary
from backend.drawings.workers.jobs import Encoding
from backend.evidence.index.search_text import normalise
from backend.storage.database import Database
from benchmarks.drawing_files import a0_scan, dxf, vector_page
from benchmarks.upload_storm import storm

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "drawings"
OWNER = "benchmark"
TILE = 512
PNG = Encoding("png", "default", 0.0, False)
A0_POINTS = (2384.0, 3370.0)
Rows = list[tuple[str, str, str]]
Result = TypeVar("Result")


@asynccontextmanager
async def library(folder: Path, *, read_scans: bool = False) -> AsyncIterator[DrawingLibrary]:
    """A temporary library, closed afterwards; text recognition is on only where it is measured."""
    database = await Database.open(folder / "drawings.sqlite3")
    settings = Settings(data_folder=folder, ocr=read_scans)
    opened = await DrawingLibrary.open(settings, database)
    try:
        yield opened
    finally:
        await opened.close()
        await database.close()


async def large_scan(folder: Path) -> Rows:
    """An A0 scan at 600 dpi: time to first view, memory, tiles, and a full decode by Pillow."""
    path = folder / "a0.tif"
    size = a0_scan(path)
    async with library(folder / "scan") as opened:
        idle = _megabytes()
        memory = asyncio.create_task(_peak())
        async with opened.spool() as spool:
            await spool.write(path.read_bytes())
            start = time.perf_counter()
            info, _ = await opened.add(OWNER, path.name, spool)
        whole = (0, 0, *size)
        await opened.encoded(OWNER, info.id, 1, whole, (size[0] // 16, size[1] // 16), PNG)
        shown = time.perf_counter() - start
        before = await _tiles(opened, info, 8)
        await opened.background.settled()
        built = time.perf_counter() - start
        tiles = await _tiles(opened, info, 100)
        memory.cancel()
        peak = max(await asyncio.gather(memory, return_exceptions=True), key=float, default=0)
    start = time.perf_counter()
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(path) as image:
        image.load()
    pillow = time.perf_counter() - start
    megapixels = size[0] * size[1] / 1e6
    return [
        (
            f"A0 scan, 600 dpi, G4, {megapixels:.0f} MP: visible after the upload",
            f"{shown:.1f} s",
            "≤3 s",
        ),
        ("… full decode with Pillow alone", f"{pillow:.1f} s", "to compare"),
        ("… server and workers above idle, peak", f"{float(peak) - idle:.0f} MB", "≤400 MB"),
        ("… tile of 512² before the pyramid is built, p50", _ms(before), ""),
        ("… pyramid built after the upload", f"{built:.1f} s", ""),
        ("… tile of 512² from the pyramid, p50", _ms(tiles), "≤30 ms"),
    ]


async def vector_sheets(folder: Path) -> Rows:
    """An A0 PDF with 60,000 lines and 3,000 texts, and a PDF of 200 pages."""
    sheet, book = folder / "a0.pdf", folder / "book.pdf"
    write_pdf(sheet, [vector_page(A0_POINTS, 60_000, 3_000)])
    write_pdf(book, [vector_page((595, 842), 300, 60) for _ in range(200)])
    async with library(folder / "vector") as opened:
        info = await opened.add_bytes(OWNER, sheet.name, sheet.read_bytes())
        await _tiles(opened, info, 1)
        tiles = await _tiles(opened, info, 60)
        before = _processor_seconds()
        seconds, items = await _timed(lambda: opened.text(OWNER, info.id, 1))
        used = _processor_seconds() - before
        listed, many = await _timed(lambda: opened.add_bytes(OWNER, book.name, book.read_bytes()))
        last, _ = await _timed(lambda: opened.overview(OWNER, many.id, 200))
    return [
        ("A0 PDF, 60,000 lines: tile of 512², p50", _ms(tiles), "≤80 ms"),
        (
            f"… its text, {len(items):,} items",
            f"{seconds:.2f} s ({used:.2f} s of CPU time)",
            "≤0.5 s",
        ),
        ("PDF of 200 pages: listed", f"{listed:.1f} s", "≤3 s"),
        ("… page 200 visible", f"{last:.2f} s", "≤1 s"),
    ]


async def recognition(folder: Path) -> Rows:
    """Recall of the known texts in two scans."""
    rows: Rows = []
    async with library(folder / "ocr", read_scans=True) as opened:
        for name in ("Candle_holder", "halter"):
            data = (SAMPLES / f"{name}.jpg").read_bytes()
            info = await opened.add_bytes(OWNER, name, data)
            seconds, _ = await _timed(opened.background.settled)
            items = await opened.text(OWNER, info.id, 1)
            truth = csv.reader((SAMPLES / f"{name}.csv").read_text().splitlines())
            wanted = [row for row in truth if row[8] != "other_info"]
            found = [row[8] for row in wanted if any(_same(row, i.text, i.box) for i in items)]
            value = f"{len(found)} of {len(wanted)} in {seconds:.0f} s"
            rows.append((f"OCR of {name}.jpg: known texts read", value, "as it is"))
    return rows


def _same(row: Sequence[str], text: str, box: Sequence[float]) -> bool:
    x, y = sum(map(int, row[0:8:2])) / 4, sum(map(int, row[1:8:2])) / 4
    left, top, width, height = box
    inside = left - 5 <= x <= left + width + 5 and top - 5 <= y <= top + height + 5
    return inside and _words(text) == _words(row[8])


def _words(text: str) -> list[str]:
    return sorted(re.findall(r"[+-]?\d+(?:\.\d+)?|[^\d\s/+-]+", normalise(text)))


async def _tiles(opened: DrawingLibrary, info: DrawingInfo, count: int) -> list[float]:
    chance = random.Random(4)  # noqa: S311
    page = info.pages[0]
    times = []
    for _ in range(count):
        side = TILE * 2 ** chance.randrange(0, 4)
        x, y = chance.randrange(page.width - side), chance.randrange(page.height - side)
        region = (x, y, side, side)
        work = opened.encoded(OWNER, info.id, 1, region, (TILE, TILE), PNG)
        start = time.perf_counter()
        await work
        times.append(time.perf_counter() - start)
    return times


async def _timed(work: Callable[[], Awaitable[Result]]) -> tuple[float, Result]:
    start = time.perf_counter()
    result = await work()
    return time.perf_counter() - start, result


async def _peak() -> float:
    """Track the peak memory of this process and its children until cancelled."""
    peak = 0.0
    try:
        while True:
            peak = max(peak, _megabytes())
            await asyncio.sleep(0.1)
    except asyncio.CancelledError:
        return peak


def _megabytes() -> float:
    processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 1e6


def _processor_seconds() -> float:
    """CPU time of this process and its children so far."""
    times = [one.cpu_times() for one in (psutil.Process(), *psutil.Process().children())]
    return sum(one.user + one.system for one in times)


def _ms(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.0f} ms"


def write_section(rows: Rows, note: str) -> None:
    """Replace the section "Drawings" of docs/benchmarks.md."""
    table = ["| Measurement | Result | Target |", "|---|---|---|"]
    table += [f"| {name} | {value} | {target} |" for name, value, target in rows]
    section = "\n".join(
        ["## Drawings", "", f"`python -m benchmarks.drawings`. {note}", "", *table, ""]
    )
    old = RESULTS.read_text() if RESULTS.exists() else "# Benchmarks\n"
    parts = re.split(r"(?m)^(?=## )", old)
    kept = [part.rstrip() + "\n\n" for part in parts if not part.startswith("## Drawings")]
    RESULTS.write_text("".join(kept) + section)


async def uploads_at_once(count: int) -> Rows:
    """Upload many DXF files at once while the real engine streams an answer."""
    text = dxf(20_000)
    files = [b"999\nvariant %d\n" % index + text for index in range(count)]
    rows = await asyncio.to_thread(storm, files)
    return [(name, value, target) for name, value, target in rows]


PARTS = ("scan", "vector", "dxf", "ocr")


async def main(parts: Sequence[str], count: int) -> None:
    """Run these parts and print each result at once; a run of all parts writes the section."""
    load = os.getloadavg()[0]
    rows: Rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        steps: dict[str, Callable[[], Awaitable[Rows]]] = {
            "scan": lambda: large_scan(folder),
            "vector": lambda: vector_sheets(folder),
            "dxf": lambda: uploads_at_once(count),
            "ocr": lambda: recognition(folder),
        }
        for part in parts:
            if part == "ocr" and not SAMPLES.is_dir():
                continue
            found = await steps[part]()
            for name, value, target in found:
                print(f"{name}: {value}  ({target})", flush=True)
            rows += found
    if set(parts) == set(PARTS):
        loads = f"{load:.1f} at the start and {os.getloadavg()[1]:.1f} at the end"
        write_section(rows, f"{os.cpu_count()} cores; the machine's load was {loads}.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dxf", type=int, default=50, help="number of DXF files uploaded at once")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=PARTS,
        default=PARTS,
        help="run only these parts; docs/benchmarks.md is updated only if all parts ran",
    )
    options = parser.parse_args()
    asyncio.run(main(options.only, options.dxf))
