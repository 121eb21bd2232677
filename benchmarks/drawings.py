"""How quickly drawings come in and show: `python -m benchmarks.drawings`, a few minutes.

Everything is generated here but the two scans with known texts, which are used where a folder
`shared/drawings` lies beside the checkout. Writes the section "Drawings" of RESULTS.md.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
import multiprocessing
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

import ezdxf
import psutil
import pyvips
from PIL import Image

from backend.config import Settings
from backend.drawings.background import Background
from backend.drawings.formats.pdf_writer import PageContent, write_pdf
from backend.drawings.library import DrawingLibrary
from backend.drawings.text.search_text import normalise
from backend.sheet import DrawingFacts
from backend.storage.database import Database

RESULTS = Path(__file__).parent / "RESULTS.md"
SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "drawings"
OWNER = "benchmark"
TILE = 512
PNG = {"format": "png", "quality": "default", "rotation": 0.0, "mirror": False}
A0_POINTS = (2384.0, 3370.0)
Rows = list[tuple[str, str, str]]
Result = TypeVar("Result")


@asynccontextmanager
async def library(folder: Path, *, read_scans: bool = False) -> AsyncIterator[DrawingLibrary]:
    """A library of its own, closed afterwards; scans are read only where that is measured."""
    database = await Database.open(folder / "drawings.sqlite3")
    opened = await DrawingLibrary.open(Settings(data_folder=folder), database)
    if not read_scans:
        opened.background = Background(opened._renderer, None)
    try:
        yield opened
    finally:
        await opened.close()
        await database.close()


async def large_scan(folder: Path) -> Rows:
    """An A0 scan at 600 dpi: on screen, memory, tiles; Pillow's full decode beside it."""
    path = folder / "a0.tif"
    size = _a0_scan(path)
    async with library(folder / "scan") as opened:
        idle = _megabytes()
        memory = asyncio.create_task(_peak())
        async with opened.spool() as spool:
            await spool.write(path.read_bytes())
            start = time.perf_counter()
            facts, _ = await opened.add(OWNER, path.name, spool)
        whole = (0, 0, *size)
        await opened.encoded(OWNER, facts.id, 1, whole, (size[0] // 16, size[1] // 16), PNG)
        shown = time.perf_counter() - start
        before = await _tiles(opened, facts, 8)
        await opened.background.settled()
        built = time.perf_counter() - start
        tiles = await _tiles(opened, facts, 100)
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
            f"A0 scan, 600 dpi, G4, {megapixels:.0f} MP: on screen after the upload",
            f"{shown:.1f} s",
            "≤3 s",
        ),
        ("… full decode by Pillow alone", f"{pillow:.1f} s", "beside it"),
        ("… server and workers above idle, peak", f"{float(peak) - idle:.0f} MB", "≤400 MB"),
        ("… tile of 512² before the pyramid is there, p50", _ms(before), ""),
        ("… pyramid there after the upload", f"{built:.1f} s", ""),
        ("… tile of 512² from the pyramid, p50", _ms(tiles), "≤30 ms"),
    ]


async def vector_sheets(folder: Path) -> Rows:
    """An A0 PDF with 60,000 lines and 3,000 texts, and one of 200 pages."""
    sheet, book = folder / "a0.pdf", folder / "book.pdf"
    write_pdf(sheet, [_vector_page(A0_POINTS, 60_000, 3_000)])
    write_pdf(book, [_vector_page((595, 842), 300, 60) for _ in range(200)])
    async with library(folder / "vector") as opened:
        facts = await opened.add_bytes(OWNER, sheet.name, sheet.read_bytes())
        await _tiles(opened, facts, 1)
        tiles = await _tiles(opened, facts, 60)
        seconds, items = await _timed(lambda: opened.text(OWNER, facts.id, 1))
        listed, many = await _timed(lambda: opened.add_bytes(OWNER, book.name, book.read_bytes()))
        last, _ = await _timed(lambda: opened.overview(OWNER, many.id, 200))
    return [
        ("A0 PDF, 60,000 lines: tile of 512², p50", _ms(tiles), "≤80 ms"),
        (f"… its text, {len(items):,} items", f"{seconds:.2f} s", "≤0.5 s"),
        ("PDF of 200 pages: listed", f"{listed:.1f} s", "≤3 s"),
        ("… page 200 shown", f"{last:.2f} s", "≤1 s"),
    ]


async def many_dxf(folder: Path, count: int) -> Rows:
    """DXF of 20,000 entities, all uploaded at once, while a stream should keep flowing."""
    text = _dxf(20_000)
    async with library(folder / "dxf") as opened:
        gaps = asyncio.create_task(_stream_gaps())
        start = time.perf_counter()
        files = (b"999\nvariant %d\n" % index + text for index in range(count))
        answers = await asyncio.gather(
            *(opened.add_bytes(OWNER, f"{n}.dxf", data) for n, data in enumerate(files)),
            return_exceptions=True,
        )
        seconds = time.perf_counter() - start
        gaps.cancel()
        uploading = (await asyncio.gather(gaps, return_exceptions=True))[0]
    answered = sum(isinstance(answer, DrawingFacts) for answer in answers)
    burners = [multiprocessing.Process(target=_burn, daemon=True) for _ in range(2)]
    for burner in burners:
        burner.start()
    gaps = asyncio.create_task(_stream_gaps())
    await asyncio.sleep(10)
    gaps.cancel()
    loaded = (await asyncio.gather(gaps, return_exceptions=True))[0]
    for burner in burners:
        burner.kill()
    return [
        (
            f"{count} DXF of 20,000 entities at once: taken in",
            f"{answered} in {seconds:.0f} s",
            "all",
        ),
        ("… a 20 ms stream beside it, p50 / p99 gap", _gaps(uploading), "flows"),
        ("… the same beside two busy processes of others", _gaps(loaded), "to compare"),
    ]


async def recognition(folder: Path) -> Rows:
    """Recall of the known texts of two scans."""
    rows: Rows = []
    async with library(folder / "ocr", read_scans=True) as opened:
        for name in ("Candle_holder", "halter"):
            data = (SAMPLES / f"{name}.jpg").read_bytes()
            facts = await opened.add_bytes(OWNER, name, data)
            seconds, _ = await _timed(opened.background.settled)
            items = await opened.text(OWNER, facts.id, 1)
            truth = csv.reader((SAMPLES / f"{name}.csv").read_text().splitlines())
            wanted = [row for row in truth if row[8] != "other_info"]
            found = [row[8] for row in wanted if any(_same(row, i.text, i.box) for i in items)]
            value = f"{len(found)} of {len(wanted)} in {seconds:.0f} s"
            rows.append((f"OCR of {name}.jpg: known texts read", value, "as it is"))
    return rows


def _same(row: Sequence[str], text: str, box: Sequence[float]) -> bool:
    x, y = sum(map(int, row[0:8:2])) / 4, sum(map(int, row[1:8:2])) / 4
    inside = box[0] - 5 <= x <= box[0] + box[2] + 5 and box[1] - 5 <= y <= box[1] + box[3] + 5
    return inside and _words(text) == _words(row[8])


def _words(text: str) -> list[str]:
    return sorted(re.findall(r"[+-]?\d+(?:\.\d+)?|[^\d\s/+-]+", normalise(text)))


def _a0_scan(path: Path) -> tuple[int, int]:
    width, height = 19_866, 28_087
    chance = random.Random(1)  # noqa: S311 - a picture, no secret
    lines = "".join(
        '<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="black" stroke-width="3"/>'.format(
            *(chance.randrange(2000) for _ in range(4))
        )
        for _ in range(60)
    )
    texts = "".join(
        f'<text x="{50 * n % 1800}" y="{n * 49 + 60}" font-size="60">Ø{n} H7</text>'
        for n in range(40)
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="2000">{lines}{texts}</svg>'
    part = pyvips.Image.svgload_buffer(svg.encode()).flatten(background=[255, 255, 255])
    page = part.colourspace("b-w").copy_memory().replicate(10, 15).crop(0, 0, width, height)
    page.tiffsave(str(path), compression="ccittfax4", bitdepth=1, xres=600 / 25.4, yres=600 / 25.4)
    return width, height


def _vector_page(size: tuple[float, float], lines: int, texts: int) -> PageContent:
    chance = random.Random(2)  # noqa: S311
    page = PageContent(*size)
    for _ in range(lines):
        x, y = chance.uniform(0, size[0]), chance.uniform(0, size[1])
        end = (x + chance.uniform(-40, 40), y + chance.uniform(-40, 40))
        page.lines([((x, y), end)], (0, 0, 0), chance.choice((0.25, 0.5)))
    for number in range(texts):
        x, y = chance.uniform(0, size[0]), chance.uniform(0, size[1])
        page.text(f"{number} Ø{number % 90} H7", (8, 0, 0, 8, x, y), (0, 0, 0))
    return page


def _dxf(entities: int) -> bytes:
    chance = random.Random(3)  # noqa: S311
    document = ezdxf.new()
    model = document.modelspace()
    for index in range(entities):
        place = (chance.uniform(0, 800), chance.uniform(0, 500))
        if index % 10 == 0:
            model.add_text(f"{index} H7", dxfattribs={"insert": place, "height": 2})
        elif index % 10 < 3:
            model.add_circle(place, chance.uniform(1, 9))
        else:
            model.add_line(place, (place[0] + chance.uniform(-20, 20), place[1]))
    text = io.StringIO()
    document.write(text)
    return text.getvalue().encode()


async def _tiles(opened: DrawingLibrary, facts: DrawingFacts, count: int) -> list[float]:
    chance = random.Random(4)  # noqa: S311
    page = facts.pages[0]
    times = []
    for _ in range(count):
        side = TILE * 2 ** chance.randrange(0, 4)
        x, y = chance.randrange(page.width - side), chance.randrange(page.height - side)
        region = (x, y, side, side)
        work = opened.encoded(OWNER, facts.id, 1, region, (TILE, TILE), PNG)
        start = time.perf_counter()
        await work
        times.append(time.perf_counter() - start)
    return times


async def _timed(work: Callable[[], Awaitable[Result]]) -> tuple[float, Result]:
    start = time.perf_counter()
    result = await work()
    return time.perf_counter() - start, result


async def _stream_gaps() -> list[float]:
    """Gaps between the deltas of a stream that sends one every 20 ms, until cancelled."""
    gaps, last = [], time.perf_counter()
    try:
        while True:
            await asyncio.sleep(0.02)
            now = time.perf_counter()
            gaps.append(now - last)
            last = now
    except asyncio.CancelledError:
        return gaps


async def _peak() -> float:
    """The most memory that this process and its children had, until cancelled."""
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


def _burn() -> None:
    while True:
        sum(range(10_000))


def _ms(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.0f} ms"


def _gaps(gaps: object) -> str:
    if not isinstance(gaps, list) or not gaps:
        return "none"
    ordered = sorted(gaps)
    worst = ordered[int(len(ordered) * 0.99)]
    return f"{statistics.median(ordered) * 1000:.0f} / {worst * 1000:.0f} ms"


def write_section(rows: Rows, note: str) -> None:
    """Replace the section "Drawings" of RESULTS.md."""
    table = ["| what | measured | aim |", "|---|---|---|"]
    table += [f"| {what} | {value} | {aim} |" for what, value, aim in rows]
    section = "\n".join(
        ["## Drawings", "", f"`python -m benchmarks.drawings`. {note}", "", *table, ""]
    )
    old = RESULTS.read_text() if RESULTS.exists() else "# Results\n"
    parts = re.split(r"(?m)^(?=## )", old)
    kept = [part.rstrip() + "\n\n" for part in parts if not part.startswith("## Drawings")]
    RESULTS.write_text("".join(kept) + section)


async def main(count: int) -> None:
    """Run everything, tell each figure when it is there, and write the section."""
    load = os.getloadavg()[0]
    rows: Rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        steps = [large_scan(folder), vector_sheets(folder), many_dxf(folder, count)]
        if SAMPLES.is_dir():
            steps.append(recognition(folder))
        for step in steps:
            found = await step
            for what, value, aim in found:
                print(f"{what}: {value}  ({aim})", flush=True)
            rows += found
    loads = f"{load:.1f} at the start and {os.getloadavg()[1]:.1f} at the end"
    write_section(rows, f"{os.cpu_count()} cores; the machine's load was {loads}.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dxf", type=int, default=50, help="DXF files uploaded at once")
    asyncio.run(main(parser.parse_args().dxf))
