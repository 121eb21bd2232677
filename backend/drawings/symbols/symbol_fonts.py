"""Maps letters of GD&T symbol fonts to Unicode. A drawing's file contains `j` and names the font.

AutoCAD's gdt.shx and Autodesk Inventor's AIGDT share their layout; SolidWorks' SWGDT has the same
letters. Symbols per ISO 1101 and ASME Y14.5.
"""

from __future__ import annotations

import re

_FONT = re.compile(r"(?:^|[+\\/_\-])(?:a?m?gdt|aigdt|swgdt|gdt)", re.IGNORECASE)

_AIGDT = re.compile(r"(?:^|[+\\/_\-])aigdt", re.IGNORECASE)
#: Offset from a glyph's number in Inventor's font to its letter's code: number 80 is `n`.
FIRST_GLYPH = 30
#: Glyph numbers that PDFs of Inventor use as letters: Ø, □, ⌴, ⌵ and ↧. Others would be mistaken
#: for the letters of datums.
_NUMBERED = frozenset("PQXYZ")

_SYMBOLS = {
    "a": "∠",  # angularity
    "b": "⟂",  # perpendicularity
    "c": "⏥",  # flatness
    "d": "⌓",  # profile of a surface
    "e": "○",  # circularity
    "f": "∥",  # parallelism
    "g": "⌭",  # cylindricity
    "h": "↗",  # circular run-out
    "i": "⌯",  # symmetry
    "j": "⌖",  # position
    "k": "⌒",  # profile of a line
    "l": "Ⓛ",  # least material
    "m": "Ⓜ",  # maximum material
    "n": "Ø",  # diameter
    "o": "□",  # square
    "p": "Ⓟ",  # projected tolerance zone
    "q": "℄",  # centre line
    "r": "◎",  # concentricity
    "s": "Ⓢ",  # regardless of feature size
    "t": "⌰",  # total run-out
    "u": "⏤",  # straightness
    "v": "⌴",  # counterbore
    "w": "⌵",  # countersink
    "x": "↧",  # depth
    "y": "⌲",  # conical taper
    "z": "⌳",  # slope
}


def is_gdt_font(font: str) -> bool:
    """Whether it is the name of a symbol font, with or without its path or subset prefix."""
    return _FONT.search(font) is not None


def symbol_of(font: str, letter: str) -> str:
    """Return the symbol that `letter` shows in `font`; in an ordinary font, the letter itself."""
    if not is_gdt_font(font):
        return letter
    if "\uf020" <= letter <= "\uf07e":  # as Windows' symbol fonts number their characters
        letter = chr(ord(letter) - 0xF000)
    if letter in _NUMBERED and _AIGDT.search(font):
        return symbol_of_glyph(font, ord(letter))
    return _SYMBOLS.get(letter, letter)


def symbol_of_glyph(font: str, number: int) -> str:
    """Return the symbol for a glyph number of a symbol font; empty if there is none."""
    is_letter = is_gdt_font(font) and ord("a") <= number + FIRST_GLYPH <= ord("z")
    return _SYMBOLS[chr(number + FIRST_GLYPH)] if is_letter else ""


def symbols_of(font: str, text: str) -> str:
    """Apply `symbol_of` to every letter."""
    return "".join(symbol_of(font, letter) for letter in text) if is_gdt_font(font) else text
