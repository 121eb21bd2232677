"""Real drawings whose values are known: one PDF, and the transcripts of two scans."""

from __future__ import annotations

import asyncio
import csv
import re
from collections.abc import Iterator
from pathlib import Path

from backend.commands.check import drawing_pages
from backend.drawing import TextItem
from backend.evidence.index.sheet_index import PageText
from backend.geometry import Box
from benchmarks.evidence.callouts import Callout, Sheet


def real_sheets(folder: Path) -> Iterator[Sheet]:
    """The drawings of the folder whose values are known: one PDF, two transcribed scans."""
    pdf = folder / "Aufspannung.PDF"
    if pdf.is_file():
        yield _aufspannung(pdf)
    for path in sorted(folder.glob("*.csv")):
        yield _transcript(path)


def _aufspannung(path: Path) -> Sheet:
    (page,) = asyncio.run(drawing_pages(path))
    callouts = [
        Callout("3.40", "Ø", ("+0.10", "-0.10"), count=2),
        Callout("6.95"),
        Callout("8.05", "R"),
        Callout("7.50", "", ("+0.10", "-0.20")),
        Callout("4.00", "", ("+0.10", "-0.20")),
        Callout("60.00", "", ("+0.10", "-0.10")),
    ]
    return Sheet(path.stem, "PDF", page, callouts, ["PLA", "Micro_Vu-4.20"])


def _transcript(path: Path) -> Sheet:
    """The ground truth of a scan as if it were its text: what is tested is not the recognition."""
    items, callouts = [], []
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.reader(lines):
            if len(row) < 9 or row[8] == "other_info":
                continue
            corners = [float(cell) for cell in row[:8]]
            xs, ys = corners[::2], corners[1::2]
            box = Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
            items.append(TextItem(row[8], box, 0.0))
            match = re.fullmatch(
                r"(?:(\d+)x)?([⌀R]?)\(?(\d+(?:[.,]\d+)?)\)?(°?)\s?([A-Z]\d{1,2})?(?:±(\d+[.,]\d+))?",
                row[8],
            )
            if match and match[5] != "A3":
                half = match[6] and match[6].replace(",", ".")
                callouts.append(Callout(
                    match[3].replace(",", "."), match[2].replace("⌀", "Ø"),
                    (f"+{half}", f"-{half}") if half else None, match[5] or "",
                    int(match[1] or 0), match[4],
                ))  # fmt: skip
    return Sheet(path.stem, "scan transcript", PageText(path.stem, 1, items), callouts)
