"""Letters of embedded fonts whose characters the file does not translate to Unicode.

Such text comes out as glyph numbers (`'(6&5,37,21` for DESCRIPTION). The font itself often knows:
by its character map, or by its glyphs' names (Adobe Glyph List, names of symbol fonts).
"""

from __future__ import annotations

import ctypes
import io
import logging
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as raw

logger = logging.getLogger(__name__)

#: Largest font that is looked into.
MAX_FONT_BYTES = 4_000_000
#: Names that symbol fonts use and the Adobe Glyph List does not have.
NAMES = {
    "diameter": "Ø", "counterbore": "⌴", "spotface": "⌴", "countersink": "⌵", "depth": "↧",
    "deep": "↧", "position": "⌖", "flatness": "⏥", "straightness": "⏤", "circularity": "○",
    "cylindricity": "⌭", "parallelism": "∥", "perpendicularity": "⟂", "angularity": "∠",
    "concentricity": "◎", "symmetry": "⌯", "runout": "↗", "totalrunout": "⌰",
    "lineprofile": "⌒", "surfaceprofile": "⌓", "arclength": "⌒",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GlyphLetters:
    """Letters by glyph number, and the size of each glyph's ink in the em."""

    letters: dict[int, str]
    inks: dict[int, tuple[float, float]]

    def letter(self, number: int, width: float, height: float) -> str | None:
        """The letter of a glyph whose ink on the page is so wide and high, in the em.

        None where the font does not name it, or its ink is another glyph's: then the number
        is a code of its own.
        """
        ink, letter = self.inks.get(number), self.letters.get(number)
        if ink is None or letter is None:
            return None
        fits = abs(ink[0] - width) < 0.04 and abs(ink[1] - height) < 0.04
        return letter if fits else None


NO_LETTERS = GlyphLetters({}, {})


def glyph_letters(font: Any) -> GlyphLetters:
    """What PDFium's font handle says of its glyphs; nothing for damaged and other fonts."""
    size = ctypes.c_size_t()
    if not raw.FPDFFont_GetIsEmbedded(font) == 1:
        return NO_LETTERS
    if not raw.FPDFFont_GetFontData(font, None, 0, size) or size.value > MAX_FONT_BYTES:
        return NO_LETTERS
    buffer = (ctypes.c_uint8 * size.value)()
    raw.FPDFFont_GetFontData(font, buffer, size.value, size)
    try:
        return _read(bytes(buffer))
    except Exception as error:  # a font is someone else's file: any of its tables may be broken
        logger.info("An embedded font could not be read: %s", type(error).__name__)
        return NO_LETTERS


def _read(data: bytes) -> GlyphLetters:
    from fontTools.pens.boundsPen import BoundsPen  # hardly any sheet needs it
    from fontTools.ttLib import TTFont

    if data[:4] not in (b"\0\1\0\0", b"true", b"OTTO"):
        return NO_LETTERS
    font = TTFont(io.BytesIO(data), lazy=True)
    units = font["head"].unitsPerEm
    by_name: dict[str, str] = {}
    best = font.getBestCmap() if "cmap" in font else None
    for code, name in (best or {}).items():
        if code < 0xE000 or code > 0xF8FF:
            by_name.setdefault(name, chr(code))
    letters, inks = {}, {}
    glyphs = font.getGlyphSet()
    for number, name in enumerate(font.getGlyphOrder()):
        letter = by_name.get(name) or _named(name)
        if letter:
            pen = BoundsPen(glyphs)
            glyphs[name].draw(pen)
            if pen.bounds:
                left, low, right, high = pen.bounds
                letters[number] = letter
                inks[number] = ((right - left) / units, (high - low) / units)
    return GlyphLetters(letters, inks)


def _named(name: str) -> str:
    from fontTools.agl import toUnicode

    plain = name.split(".")[0].replace("_", "").lower()
    return NAMES.get(plain) or str(toUnicode(name))
