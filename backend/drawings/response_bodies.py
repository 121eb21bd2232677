"""Response bodies of the drawing routes, also used for the OpenAPI document."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from backend.drawing import TextSource
from backend.sentence_codes import CodedSentence


class PageBody(BaseModel):
    """A page; `width` and `height` in canvas pixels. `reading`: text recognition is running."""

    number: int
    width: int
    height: int
    text_source: TextSource
    reading: bool
    dpi: float | None
    label: str | None


class DrawingBody(BaseModel):
    """A drawing with its pages."""

    id: str
    name: str
    media_type: str
    bytes: int
    sha256: str
    pages: list[PageBody]
    warnings: list[str]
    #: The codes of the warnings, in the same order.
    warning_codes: list[CodedSentence | None]


class DrawingList(BaseModel):
    """`next` is the `before` of the next page, null on the last page."""

    items: list[DrawingBody]
    next: str | None


class TextBody(BaseModel):
    """A text on a page: `box` is `[x, y, width, height]` in canvas pixels, `angle` in degrees
    clockwise."""

    text: str
    box: tuple[float, float, float, float]
    angle: float
    source: Literal["vector", "ocr"]
    confidence: float


class PageTextBody(BaseModel):
    """A page's texts."""

    items: list[TextBody]


class ZonesBody(BaseModel):
    """The zones of a frame: the centre of each mark, in canvas pixels."""

    columns: dict[str, float]
    rows: dict[str, float]
