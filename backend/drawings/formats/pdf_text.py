"""The text layer of a PDF page: characters with places.

Runs in a worker, on PDFium's page handles. Grouping into lines is `text_lines.py`'s.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from backend.drawing import TextItem, TextSource
from backend.drawings.formats.format import Size
from backend.drawings.formats.pdf_annotations import annotation_texts
from backend.drawings.formats.pdf_glyph_names import NO_LETTERS, GlyphLetters, glyph_letters
from backend.drawings.formats.pdf_paths import strokes_near
from backend.drawings.formats.pdf_rules import page_ruling
from backend.drawings.symbols.control_frames import FRAME, with_control_frames
from backend.drawings.symbols.drawn_symbols import with_drawn_symbols
from backend.drawings.symbols.symbol_fonts import is_gdt_font, symbol_of, symbol_of_glyph
from backend.drawings.text.ruling import with_cells
from backend.drawings.text.stacked import items_of, reading_order
from backend.drawings.text.text_lines import Glyph, lines_of, width_along
from backend.geometry import Box

#: Characters that are read from one page.
MAX_CHARACTERS = 400_000
#: Characters looked at to tell printed text from a scanner's invisible layer.
SAMPLED_CHARACTERS = 200
#: How far a scanner's own OCR layer is trusted.
HIDDEN_CONFIDENCE = 0.6
#: So close to 45°, in degrees, the upright box around a character does not tell its width.
SLANTED = 15.0


@dataclass(frozen=True, slots=True)
class PagePlace:
    """From a page's points (origin bottom left, before rotation) to canvas pixels:
    `X = a*x + c*y + e`, `Y = b*x + d*y + f`."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    @classmethod
    def of(cls, page: pdfium.PdfPage, canvas: Size) -> PagePlace:
        """The place of a loaded page on its canvas."""
        left, bottom, right, top = page.get_bbox()
        across, down = canvas[0] / page.get_width(), canvas[1] / page.get_height()
        turned = page.get_rotation()
        if turned == 90:
            return cls(0, down, across, 0, -bottom * across, -left * down)
        if turned == 180:
            return cls(-across, 0, 0, down, right * across, -bottom * down)
        if turned == 270:
            return cls(0, -down, -across, 0, top * across, right * down)
        return cls(across, 0, 0, -down, -left * across, top * down)

    @property
    def scale(self) -> float:
        """Pixels per point."""
        return math.sqrt(abs(self.a * self.d - self.b * self.c))

    def point(self, x: float, y: float) -> tuple[float, float]:
        """A point on the canvas."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """A rectangle on the canvas."""
        (x1, y1), (x2, y2) = self.point(left, bottom), self.point(right, top)
        return Box(min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1))

    def angle(self, x: float, y: float) -> float:
        """A direction in page space as degrees clockwise on the canvas."""
        down, across = self.b * x + self.d * y, self.a * x + self.c * y
        return math.degrees(math.atan2(down, across)) % 360


def page_text(page: pdfium.PdfPage, canvas: Size) -> list[TextItem]:
    """All text items of a page, in reading order."""
    place = PagePlace.of(page, canvas)
    text = page.get_textpage()
    try:
        hidden = _is_hidden(text)
        glyphs = list(_glyphs(text, place))
        lines = lines_of(glyphs)
        if not hidden:
            strokes = strokes_near(page, place, glyphs)
            lines = with_control_frames(with_drawn_symbols(lines, strokes), strokes)
        items = items_of(lines)
    finally:
        text.close()
    if hidden:
        items = [TextItem(i.text, i.box, i.angle, "ocr", HIDDEN_CONFIDENCE) for i in items]
    elif items:
        frames = [item for item in items if item.role == FRAME]  # they are read cell by cell
        others = [item for item in items if item.role != FRAME]
        items = with_cells(others, page_ruling(page, place), *canvas)
        if frames:
            items = reading_order([*items, *frames])
    return items + list(annotation_texts(page, place.box))


def text_source(page: pdfium.PdfPage) -> TextSource:
    """Whether the page carries text, and whether it is printed or a scanner's own layer."""
    text = page.get_textpage()
    try:
        if text.count_chars() > 0:
            return "ocr" if _is_hidden(text) else "vector"
    finally:
        text.close()
    found = next(annotation_texts(page, Box), None)
    return "vector" if found else "none"


def _is_hidden(text: pdfium.PdfTextPage) -> bool:
    """A scanner's program prints its OCR invisibly over the picture."""
    count = text.count_chars()
    seen = hidden = 0
    for index in range(0, count, max(1, count // SAMPLED_CHARACTERS)):
        obj = raw.FPDFText_GetTextObject(text, index)
        if obj:
            seen += 1
            mode = raw.FPDFTextObj_GetTextRenderMode(obj)
            hidden += mode == raw.FPDF_TEXTRENDERMODE_INVISIBLE
    return hidden > seen / 2


#: A glyph's ink box relative to its origin, and its advance, in canvas pixels; what it shows.
_Shape = tuple[float, float, float, float, float, str]


@dataclass(frozen=True, slots=True)
class _Style:
    """What the characters of one text object share. Objects that look alike (font, size,
    angle) share `shapes`, so that a glyph is measured once and not once per character."""

    angle: float
    size: float
    symbols: str
    shapes: dict[int, _Shape]
    names: Callable[[], GlyphLetters]


class _Styles:
    """The styles of a page's text objects."""

    def __init__(self, text: Any, place: PagePlace) -> None:
        self._text = text
        self._place = place
        self._shapes: dict[tuple[float, ...], dict[int, _Shape]] = {}
        self._symbols: dict[int, str] = {}
        self._names: dict[int, GlyphLetters] = {}

    def read(self, index: int, obj: Any) -> _Style:
        """The style of the character at `index`, which belongs to `obj`."""
        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(self._text, index, matrix)
        points = raw.FPDFText_GetFontSize(self._text, index)
        size = abs(points) * math.hypot(matrix.c, matrix.d) * self._place.scale
        if not math.isfinite(size):
            size = 0.0
        handle = raw.FPDFTextObj_GetFont(obj) if obj else None
        address = ctypes.addressof(handle.contents) if handle else 0
        key = (address, points, matrix.a, matrix.b, matrix.c, matrix.d)
        shapes = self._shapes.setdefault(key, {})
        if address not in self._symbols:
            name = _font_name(handle) if handle else ""
            self._symbols[address] = name if is_gdt_font(name) else ""
        way = math.copysign(1.0, points)  # a negative font size turns the letters around
        angle = self._place.angle(way * matrix.a, way * matrix.b)
        names = partial(self._letters, handle, address)
        return _Style(angle, size, self._symbols[address], shapes, names)

    def _letters(self, handle: Any, address: int) -> GlyphLetters:
        if address not in self._names:
            self._names[address] = glyph_letters(handle) if handle else NO_LETTERS
        return self._names[address]


def _glyphs(page_text: pdfium.PdfTextPage, place: PagePlace) -> Iterator[Glyph]:
    """The visible characters; what PDFium puts in between itself is white space."""
    text = page_text.raw
    styles: dict[int, _Style] = {}
    reader = _Styles(text, place)
    x, y = ctypes.c_double(), ctypes.c_double()
    to_x, to_y = ctypes.byref(x), ctypes.byref(y)
    a, b, c, d, e, f = place.a, place.b, place.c, place.d, place.e, place.f
    for index in range(min(page_text.count_chars(), MAX_CHARACTERS)):
        code = raw.FPDFText_GetUnicode(text, index)
        if code <= 32 and not _is_glyph_number(text, index):
            continue
        if code in (0xA0, 0xFFFE) or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
            continue
        obj = raw.FPDFText_GetTextObject(text, index)
        address = ctypes.addressof(obj.contents) if obj else 0
        style = styles.get(address)
        if style is None:
            style = styles[address] = reader.read(index, obj)
        raw.FPDFText_GetCharOrigin(text, index, to_x, to_y)
        point_x, point_y = x.value, y.value
        at_x, at_y = a * point_x + c * point_y + e, b * point_x + d * point_y + f
        shape = style.shapes.get(code)
        if shape is None:
            shape = style.shapes[code] = _shape(text, index, style, place, at_x, at_y)
        left, top, width, height, advance, sign = shape
        box = Box(at_x + left, at_y + top, width, height)
        total = at_x + at_y + left + top + width + height
        if total - total != 0 or not sign:  # not a number, or infinite
            continue
        yield Glyph(sign, at_x, at_y, box, style.angle, style.size, advance)


def _shape(
    text: Any, index: int, style: _Style, place: PagePlace, at_x: float, at_y: float
) -> _Shape:
    """The glyph of the character at `index`, whose origin lies at `at_x`, `at_y`."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    loose = raw.FS_RECTF()
    raw.FPDFText_GetCharBox(text, index, left, right, bottom, top)
    x, y, width, height = place.box(left.value, bottom.value, right.value, top.value)
    wide = Box(x, y, width, height)
    if raw.FPDFText_GetLooseCharBox(text, index, loose):
        wide = place.box(loose.left, loose.bottom, loose.right, loose.top)
    advance = width_along(style.angle, wide, style.size)
    if abs(style.angle % 90 - 45) < SLANTED:
        advance = _font_advance(text, index, style) or advance
    sign = _sign(text, index, style, (width, height))
    return x - at_x, y - at_y, width, height, advance, sign


def _is_glyph_number(text: Any, index: int) -> bool:
    """Whether the file does not say which letter the character is, only which glyph."""
    return bool(raw.FPDFText_HasUnicodeMapError(text, index) == 1)


def _sign(text: Any, index: int, style: _Style, ink: tuple[float, float]) -> str:
    """The letter or symbol that the character at `index` shows; empty for white space."""
    code = raw.FPDFText_GetUnicode(text, index)
    if not _is_glyph_number(text, index):
        return symbol_of(style.symbols, chr(code)) if style.symbols else chr(code)
    letter = None
    if style.size > 0 and style.angle % 90 == 0:
        width, height = ink if style.angle % 180 == 0 else ink[::-1]
        letter = style.names().letter(code, width / style.size, height / style.size)
    if letter is None:
        letter = symbol_of_glyph(style.symbols, code) or (chr(code) if code > 32 else "")
    elif style.symbols:
        letter = symbol_of(style.symbols, letter)
    return letter.strip()


def _font_advance(text: Any, index: int, style: _Style) -> float:
    """The width that the font gives the character, in canvas pixels; 0 if it gives none."""
    obj, width = raw.FPDFText_GetTextObject(text, index), ctypes.c_float()
    font = raw.FPDFTextObj_GetFont(obj) if obj else None
    code = raw.FPDFText_GetUnicode(text, index)
    if not font or not raw.FPDFFont_GetGlyphWidth(font, code, style.size, width):
        return 0.0
    return width.value if 0.1 * style.size < width.value < 1.5 * style.size else 0.0


def _font_name(handle: Any) -> str:
    buffer = ctypes.create_string_buffer(128)
    if not raw.FPDFFont_GetBaseFontName(handle, buffer, 128):
        return ""
    return buffer.value.decode("utf-8", "replace")
