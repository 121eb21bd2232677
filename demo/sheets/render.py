"""Renders a sheet from its seed in every format, with ground truth: layout → DXF → PDF → PNG."""

from __future__ import annotations

import random
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from ezdxf.document import Drawing

from demo.sheets.dxf import to_dxf
from demo.sheets.layout import Paper, make_sheet
from demo.sheets.pdf import to_pdf
from demo.sheets.raster import to_png
from demo.sheets.sheet import Style
from demo.sheets.truth import Truth, truth_of


@dataclass(frozen=True)
class Rendered:
    """The document, the bytes of the PDF, and the ground truth."""

    dxf: Drawing
    pdf: bytes
    truth: Truth

    def png(self, *, worn: bool = False, dpi: int = 300) -> bytes:
        """The page as pixels; `worn` makes it look like a scan, the same for equal seeds."""
        return to_png(self.pdf, dpi, self.truth.seed if worn else None)

    def dxf_text(self) -> str:
        """The contents of the DXF file."""
        stream = StringIO()
        self.dxf.write(stream)
        return stream.getvalue()

    def save(self, folder: Path, *, worn: bool = False) -> None:
        """Write NAME.dxf, NAME.pdf, NAME.png and NAME.json."""
        folder.mkdir(parents=True, exist_ok=True)
        stem = folder / self.truth.name
        stem.with_suffix(".dxf").write_text(self.dxf_text(), encoding="utf-8")
        stem.with_suffix(".pdf").write_bytes(self.pdf)
        stem.with_suffix(".png").write_bytes(self.png(worn=worn))
        stem.with_suffix(".json").write_text(self.truth.to_json(), encoding="utf-8")


def render(
    seed: int,
    kind: str | None = None,
    *,
    name: str | None = None,
    paper: Paper = "A4",
    style: Style | None = None,
) -> Rendered:
    """The sheet of the seed; equal arguments give an equal PDF."""
    rng = random.Random(f"sheet/{seed}")  # noqa: S311 - drawings, not secrets
    sheet = make_sheet(rng, kind, style, paper)
    document = to_dxf(sheet)
    name = name or f"{sheet.kind}-{seed}"
    title = sheet.value("number") or name
    pdf, placed = to_pdf(document, sheet.width, sheet.height, sheet.style.font, title)
    return Rendered(document, pdf, truth_of(sheet, placed, name, seed))
