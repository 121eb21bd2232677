"""Generates large test files, always the same: an A0 scan, pages full of lines, a long DXF."""

from __future__ import annotations

import io
import random
from pathlib import Path

import ezdxf
import pyvips

from backend.drawings.formats.pdf_writer import PageContent


def a0_scan(path: Path) -> tuple[int, int]:
    """Write an A0 page at 600 dpi as a G4 TIFF; returns its size in pixels."""
    width, height = 19_866, 28_087
    chance = random.Random(1)  # noqa: S311 - an image, not a secret
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


def vector_page(size: tuple[float, float], lines: int, texts: int) -> PageContent:
    """A page of `size` points with this many short lines and texts."""
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


def dxf(entities: int) -> bytes:
    """A DXF with texts, circles and lines in model space."""
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
