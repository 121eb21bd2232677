"""The one small interface behind which every format family lies.

Runs inside a decode worker. Knows pages, canvases, regions and text items; not where files are
kept nor who asks for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from backend.drawing import TextItem, TextSource
from backend.errors import BadProportions
from backend.geometry import Box

#: Canvas resolution of a vector page, pixels per inch.
VECTOR_DPI = 300.0
#: Smallest side and largest aspect ratio that are taken (the model's own limits).
MIN_SIDE = 32
MAX_ASPECT = 200.0

Size = tuple[int, int]
#: A pyvips image; the package has no types.
VipsImage = Any


@dataclass(frozen=True, slots=True)
class Limits:
    """What one drawing may take, judged before decoding."""

    pixels: int
    pages: int
    seconds: float
    entities: int = 400_000
    side: int = MIN_SIDE
    aspect: float = MAX_ASPECT


@dataclass(frozen=True, slots=True)
class Canvas:
    """A page as its format sees it: pixels of the canvas and their density."""

    width: int
    height: int
    dpi: float | None
    text_source: TextSource
    label: str | None = None
    warnings: tuple[str, ...] = field(default=())


class OpenDrawing(Protocol):
    """A file opened by its format's reader. Pages count from 1.

    The canvas of `render` and `text` is the frozen one of the database, so that a later reader
    that would choose another keeps giving the same coordinates.
    """

    def canvases(self) -> Sequence[Canvas]:
        """All pages, from headers only where the format has them."""

    def render(self, page: int, canvas: Size, region: Box, size: Size) -> VipsImage:
        """`region` (canvas pixels) as an sRGB image of exactly `size`, three 8-bit bands."""

    def text(self, page: int, canvas: Size) -> list[TextItem]:
        """The text that the file carries, with boxes in canvas pixels."""

    def close(self) -> None:
        """Free what is held."""


def check_proportions(width: int, height: int, page: int, limits: Limits) -> None:
    """Raises `BadProportions` for what no model and no eye could use."""
    if min(width, height) < limits.side:
        raise BadProportions(
            f"Page {page} is {width}×{height} pixels. Each side needs at least {limits.side}; "
            "export it larger."
        )
    if max(width, height) > limits.aspect * min(width, height):
        raise BadProportions(
            f"Page {page} is {width}×{height} pixels, too narrow a strip (at most 1:"
            f"{limits.aspect:g}). Cut it into parts."
        )
