"""Converts DXF, DWG and plot files to a vector PDF, which is rendered from then on, plus text."""

from __future__ import annotations

import os
from pathlib import Path

from backend.drawings.formats.converted import ConvertedPage
from backend.drawings.formats.format import Limits, check_proportions
from backend.drawings.formats.pdf_writer import write_pdf
from backend.errors import DamagedFile, TooManyPixels, UnsupportedFormat


def convert(
    path: Path, format_name: str, target: Path, limits: Limits, dwg_converter: Path | None = None
) -> list[ConvertedPage]:
    """Write `target` atomically and return its pages. Raises upload errors."""
    try:
        pages = _pages(path, format_name, limits, dwg_converter)
    except RecursionError as error:
        raise DamagedFile("The drawing refers to itself. Repair it and save it again.") from error
    for number, page in enumerate(pages, 1):
        check_proportions(page.canvas.width, page.canvas.height, number, limits)
        if page.canvas.width * page.canvas.height > limits.pixels:
            raise TooManyPixels(f"Sheet {number} is too large. Plot it at a smaller scale.")
    unfinished = target.with_suffix(".part")
    try:
        write_pdf(unfinished, [page.content for page in pages])
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)
    return pages


def _pages(
    path: Path, format_name: str, limits: Limits, dwg_converter: Path | None
) -> list[ConvertedPage]:
    if format_name == "hpgl":
        from backend.drawings.formats.hpgl import convert_hpgl

        return convert_hpgl(path, limits)
    if format_name == "dwg":
        from backend.drawings.formats.dwg import convert_dwg

        if dwg_converter is None:
            raise UnsupportedFormat(
                "DWG is no longer supported on this server: the converter was removed."
            )
        return convert_dwg(path, dwg_converter, limits)
    from backend.drawings.formats.dxf import convert_dxf

    return convert_dxf(path, limits)
