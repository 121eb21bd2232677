"""Value types for drawings: pages, text items, balloons. No I/O, no libraries.

All boxes are `(x, y, width, height)` in canvas pixels: the page's frozen pixel grid, origin top
left. `angle` is degrees clockwise, 0 upright.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from backend.geometry import Box

TextSource = Literal["vector", "ocr", "none"]


@dataclass(frozen=True, slots=True)
class TextItem:
    """A run of text on a page: a word group on one baseline, or the text of one DXF entity."""

    text: str
    box: Box
    angle: float = 0.0
    source: Literal["vector", "ocr"] = "vector"
    confidence: float = 1.0
    #: The ruled rectangle around the text; None if there is none or it is unknown.
    cell: Box | None = None
    #: Meaning of the text according to the file: `balloon`, `frame` (a feature control frame), or
    #: the type of a DXF dimension (`linear`, `diameter`, `radius`, `angle`, `ordinate`).
    role: str | None = None
    #: The characters of `text` that were recognised from drawn shapes, in order.
    drawn: str = ""

    def values(self) -> dict[str, Any]:
        """The item as JSON values. A sheet has thousands, and `dataclasses.asdict` is slow."""
        values = {
            "text": self.text,
            "box": self.box,
            "angle": self.angle,
            "source": self.source,
            "confidence": self.confidence,
        }
        if self.cell is not None:
            values["cell"] = self.cell
        if self.role is not None:
            values["role"] = self.role
        if self.drawn:
            values["drawn"] = self.drawn
        return values


@dataclass(frozen=True, slots=True)
class PageInfo:
    """A page's canvas, frozen at ingest. `dpi` is canvas pixels per inch."""

    number: int
    width: int
    height: int
    text_source: TextSource
    dpi: float | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class DrawingInfo:
    """The details of a stored drawing; `name` is only a label, never a path."""

    id: str
    name: str
    media_type: str
    bytes: int
    sha256: str
    pages: tuple[PageInfo, ...]
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class BalloonMark:
    """A numbered balloon on a page, in canvas pixels: centre and radius, its text, and the end
    point of its leader."""

    x: float
    y: float
    radius: float
    text: str
    target: tuple[float, float] | None = None


def named_sheet(identifier: str) -> tuple[str, int] | None:
    """The drawing id and page of `{drawing id}.{page number}`; None for anything else."""
    drawing_id, dot, number = identifier.rpartition(".")
    if not (dot and number.isascii() and number.isdecimal() and len(number) <= 6):
        return None
    return drawing_id, int(number)
