"""Turning a DXF or a plot file into a PDF that is drawn from ever after, and its text."""

from __future__ import annotations

import os
from pathlib import Path

from backend.drawings.formats.converted import ConvertedPage
from backend.drawings.formats.format import Limits, check_proportions
from backend.drawings.formats.pdf_writer import write_pdf
from backend.errors import DamagedFile, TooManyPixels


def convert(path: Path, format_name: str, target: Path, limits: Limits) -> list[ConvertedPage]:
    """Write `target` (at once, or not at all); the pages it has. Raises upload errors."""
    try:
        pages = _pages(path, format_name, limits)
    except RecursionError as error:
        raise DamagedFile("The drawing refers to itself. Repair it and save it again.") from error
    for number, page in enumerate(pages, 1):
        check_proportions(page.canvas.width, page.canvas.height, number)
        if page.canvas.width * page.canvas.height > limits.pixels:
            raise TooManyPixels(f"Sheet {number} is too large. Plot it at a smaller scale.")
    unfinished = target.with_suffix(".part")
    try:
        write_pdf(unfinished, [page.content for page in pages])
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)
    return pages


def _pages(path: Path, format_name: str, limits: Limits) -> list[ConvertedPage]:
    if format_name == "hpgl":
        from backend.drawings.formats.hpgl import convert_hpgl

        return convert_hpgl(path, limits)
    from backend.drawings.formats.dxf import convert_dxf

    return convert_dxf(path, limits)
