"""The interface that every file format implements. Runs inside a decode worker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from backend.drawing import TextItem, TextSource
from backend.errors import BadProportions
from backend.geometry import Box

#: Canvas resolution of a vector page, in pixels per inch.
VECTOR_DPI = 300.0
#: Shortest side and largest aspect ratio accepted (the model's own limits).
MIN_SIDE = 32
MAX_ASPECT = 200.0

Size = tuple[int, int]
#: A pyvips image; the package has no types.
VipsImage = Any


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for one drawing, checked before decoding."""

    pixels: int
    pages: int
    seconds: float
    entities: int = 400_000
    side: int = MIN_SIDE
    aspect: float = MAX_ASPECT


@dataclass(frozen=True, slots=True)
class Canvas:
    """A page as read from the file: canvas size in pixels and their density."""

    width: int
    height: int
    dpi: float | None
    text_source: TextSource
    label: str | None = None
    warnings: tuple[str, ...] = field(default=())


class OpenDrawing(Protocol):
    """A file opened by its format's reader. Pages count from 1.

    `render` and `text` take the canvas frozen in the database, so that a later version that would
    choose another one keeps returning the same coordinates.
    """

    def canvases(self) -> Sequence[Canvas]:
        """All pages, from headers alone if the format allows it."""

    def render(self, page: int, canvas: Size, region: Box, size: Size) -> VipsImage:
        """`region` (canvas pixels) as an sRGB image of exactly `size`, three 8-bit bands."""

    def text(self, page: int, canvas: Size) -> list[TextItem]:
        """The text in the file, with boxes in canvas pixels."""

    def close(self) -> None:
        """Release all resources."""


def check_proportions(width: int, height: int, page: int, limits: Limits) -> None:
    """Raise `BadProportions` if the page is too small or too narrow to be of use."""
    if min(width, height) < limits.side:
        raise BadProportions(
            f"Page {page} is {width}×{height} pixels. Each side needs at least {limits.side}; "
            "export it larger."
        )
    if max(width, height) > limits.aspect * min(width, height):
        raise BadProportions(
            f"Page {page} is {width}×{height} pixels: too narrow (the limit is 1:"
            f"{limits.aspect:g}). Cut it into parts."
        )
