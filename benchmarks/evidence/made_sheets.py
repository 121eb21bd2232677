"""Sheets made by the benchmark: plain runs of text, and DXF files read as the server reads them."""

from __future__ import annotations

import asyncio
import random
import re
from pathlib import Path

import ezdxf

from backend.commands.check import drawing_pages
from backend.drawing import TextItem
from backend.evidence.index.sheet_index import PageText
from backend.geometry import Box
from benchmarks.evidence.callouts import (
    MATERIALS,
    Callout,
    Sheet,
    random_callout,
    random_thread,
)
from demo.sheets.dxf import to_dxf
from demo.sheets.layout import make_sheet


def synthetic_sheet(number: int, rng: random.Random) -> Sheet:
    """A sheet of 20 callouts at random places, upright and turned, cut into runs at random."""
    items: list[TextItem] = []
    callouts = [random_callout(rng) for _ in range(20)]
    spots = [(x, y) for x in range(6) for y in range(10)]
    rng.shuffle(spots)
    ocr = number % 5 == 4
    for callout in callouts:
        x, y = spots.pop()
        runs: list[TextItem] = []
        _draw(runs, callout, 200 + x * 420, 200 + y * 260, rng)
        items += _turned(runs) if rng.random() < 0.3 else runs
    words = [
        rng.choice(MATERIALS),
        random_thread(rng),
        f"DRW-{rng.randint(1000, 9999)}-{rng.choice('ABC')}",
        f"ISO 2768-{rng.choice('fmc')}{rng.choice('HKL')}",
    ]
    for word in words:
        x, y = spots.pop()
        items.append(_run(word, 200 + x * 420, 200 + y * 260, 40))
    for position, mark in enumerate("ABCDEF"):
        items.append(_run(mark, 40, 300 + position * 400, 40))
        items.append(_run(str(position + 1), 300 + position * 400, 40, 40))
    if ocr:
        items = [TextItem(i.text, i.box, i.angle, "ocr", 0.8) for i in items]
    page = PageText(f"s{number}", 1, items, "ocr" if ocr else "vector", 6000, 3000)
    return Sheet(page.drawing, "synthetic OCR" if ocr else "synthetic", page, callouts, words)


def _run(text: str, x: float, y: float, height: float) -> TextItem:
    return TextItem(text, Box(x, y, 0.55 * height * len(text), height))


def _turned(runs: list[TextItem]) -> list[TextItem]:
    """The same runs reading upwards, in a part of the sheet of their own."""
    result = []
    for run in runs:
        x, y, width, height = run.box
        result.append(TextItem(run.text, Box(3000 + y, 3000 - x - width, height, width), 270.0))
    return result


def _draw(items: list[TextItem], callout: Callout, x: float, y: float, rng: random.Random) -> None:
    """One callout as runs: whole, or symbol, number and stacked tolerance apart."""
    comma = rng.random() < 0.3
    spell = (lambda text: text.replace(".", ",")) if comma else (lambda text: text)
    height = 40.0
    lead = f"{callout.count}x" + rng.choice((" ", "")) if callout.count else ""
    drawn_symbol = callout.symbol == "Ø" and rng.random() < 0.25  # a stroke, not text
    symbol = "" if drawn_symbol else rng.choice("Ø⌀") if callout.symbol == "Ø" else callout.symbol
    head = lead + symbol + spell(callout.nominal) + callout.suffix
    if callout.fit:
        head += rng.choice((" ", "")) + callout.fit
    if callout.tolerance is None:
        items.append(_run(head, x, y, height))
        return
    upper, lower = (spell(part) for part in callout.tolerance)
    style = rng.choice(("text", "stacked", "signs"))
    if upper.lstrip("+") == lower.lstrip("-"):
        items.append(_run(f"{head} ±{upper.lstrip('+')}", x, y, height))
    elif style == "text":
        items.append(_run(f"{head} {upper}/{lower}", x, y, height))
    else:
        items.append(_run(head, x, y, height))
        right = x + 0.55 * height * len(head) + 10
        for part, top in ((upper, y - 18), (lower, y + 28)):
            if style == "signs" and part[0] in "+-":
                items.append(_run(part[0], right, top, 28))
                items.append(_run(part[1:], right + 22, top, 28))
            else:
                items.append(_run(part, right, top, 28))


def dxf_sheet(number: int, rng: random.Random, folder: Path) -> Sheet:
    """A DXF with its callouts as TEXT, MTEXT with stacks and DIMENSION, read as the server does."""
    document = ezdxf.new("R2010", setup=True)
    space = document.modelspace()
    callouts = [random_callout(rng) for _ in range(16)]
    for position, callout in enumerate(callouts):
        x, y = position % 4 * 90.0, position // 4 * 60.0
        lead = f"{callout.count}x " if callout.count else ""
        head = lead + callout.symbol + callout.nominal + callout.suffix
        head += f" {callout.fit}" if callout.fit else ""
        turned = 90.0 if rng.random() < 0.3 else 0.0
        if callout.tolerance:
            upper, lower = callout.tolerance
            equal = upper.lstrip("+") == lower.lstrip("-")
            tail = f" ±{upper[1:]}" if equal else f"{{\\H0.7x;\\S{upper}^ {lower};}}"
            attributes = {"insert": (x, y), "char_height": 3.5, "rotation": turned}
            space.add_mtext(head + tail, dxfattribs=attributes)
        elif callout == Callout(callout.nominal) and "." not in callout.nominal:
            end = (x + float(callout.nominal) / 10, y)
            space.add_linear_dim((x, y - 8), (x, y), end, text=callout.nominal).render()
        else:
            space.add_text(head, height=3.5, rotation=turned, dxfattribs={"insert": (x, y)})
    words = [rng.choice(MATERIALS), random_thread(rng), f"DRW-{rng.randint(1000, 9999)}-A"]
    for position, word in enumerate(words):
        space.add_text(word, height=3.5, dxfattribs={"insert": (380, position * 20)})
    path = folder / f"sheet{number}.dxf"
    document.saveas(path)
    (page,) = asyncio.run(drawing_pages(path))
    return Sheet(path.stem, "DXF", page, callouts, words)


def demo_sheet(number: int, rng: random.Random, folder: Path) -> Sheet:
    """A sheet of the demo's generator, drawn as a DXF: made by other hands than this file."""
    drawn = make_sheet(rng)
    path = folder / f"demo{number}.dxf"
    to_dxf(drawn).saveas(path)
    (page,) = asyncio.run(drawing_pages(path))
    values = [
        f"sheet {fact.value}" if fact.key == "sheet" and rng.random() < 0.5 else fact.value
        for fact in drawn.facts
        if re.search(r"\d", re.sub(r"^\d\. ", "", fact.value)) and fact.key != "revision"
    ]
    return Sheet(path.stem, "demo DXF", page, [], values)
