"""PDF sheets drawn in tests, as CAD programs draw them: text, ruled cells, circles, lines."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pypdfium2 as pdfium
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from backend.drawings.formats.pdf_text import page_text
from backend.evidence.index.sheet_index import PageText

DPI = 300


class DrawnSheet:
    """An A4 sheet on its side, in millimetres from the lower left."""

    size = (297.0, 210.0)

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        self._canvas = Canvas(self._buffer, pagesize=(self.size[0] * mm, self.size[1] * mm))

    def text(self, x: float, y: float, text: str, height: float = 3.5, angle: float = 0) -> None:
        """Lettering whose capitals are `height` high, turned against the clock."""
        self._canvas.saveState()
        self._canvas.translate(x * mm, y * mm)
        self._canvas.rotate(angle)
        self._canvas.setFont("Helvetica", height * mm / 0.716)
        self._canvas.drawString(0, 0, text)
        self._canvas.restoreState()

    def box(self, x: float, y: float, width: float, height: float) -> None:
        """A ruled rectangle."""
        self._canvas.rect(x * mm, y * mm, width * mm, height * mm)

    def line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """A line."""
        self._canvas.line(x1 * mm, y1 * mm, x2 * mm, y2 * mm)

    def circle(self, x: float, y: float, radius: float) -> None:
        """A circle, as around an item number."""
        self._canvas.circle(x * mm, y * mm, radius * mm)

    def cell(
        self, x: float, y: float, width: float, height: float, label: str, value: str = ""
    ) -> None:
        """A cell of a title block: its label small at the top, its value below."""
        self.box(x, y, width, height)
        self.text(x + 1, y + height - 2.4, label, 1.6)
        if value:
            self.text(x + 2, y + 1.5, value, 2.8)

    def table(
        self, x: float, y: float, widths: Sequence[float], rows: Sequence[Sequence[str]]
    ) -> None:
        """A ruled table from its upper left corner, rows downwards."""
        for number, row in enumerate(rows):
            left = x
            for width, text in zip(widths, row, strict=True):
                self.box(left, y - 6 * (number + 1), width, 6)
                self.text(left + 1.5, y - 6 * (number + 1) + 1.8, text, 2.5)
                left += width

    def page(self, name: str = "sheet.pdf") -> PageText:
        """What the drawings' reader makes of it."""
        self._canvas.save()
        return pages_of(self._buffer.getvalue(), name)[0]


def pages_of(pdf: bytes | Path, name: str = "") -> list[PageText]:
    """The pages of a PDF as the decode worker reads them, at 300 dpi."""
    document = pdfium.PdfDocument(pdf)
    try:
        result = []
        for number in range(1, len(document) + 1):
            page = document[number - 1]
            width, height = (round(side * DPI / 72) for side in page.get_size())
            items = page_text(page, (width, height))
            result.append(
                PageText(name, number, items, "vector", width, height, name=name, dpi=DPI)
            )
            page.close()
        return result
    finally:
        document.close()
