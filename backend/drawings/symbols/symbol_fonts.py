"""Letters of GD&T symbol fonts as Unicode. A drawing's file says `j` and names the font.

Tables: AutoCAD's gdt.shx and Autodesk Inventor's AIGDT share their layout; SolidWorks' SWGDT
follows the same letters. Symbols per ISO 1101 and ASME Y14.5.
"""

from __future__ import annotations

import re

_FONT = re.compile(r"(?:^|[+\\/_\-])(?:a?m?gdt|aigdt|swgdt|gdt)", re.IGNORECASE)

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
    """True for the name of a symbol font, with or without its path or subset prefix."""
    return _FONT.search(font) is not None


def symbol_of(font: str, letter: str) -> str:
    """The symbol that `letter` shows in `font`; the letter itself in an ordinary font."""
    if letter in _SYMBOLS and is_gdt_font(font):
        return _SYMBOLS[letter]
    return letter


def symbols_of(font: str, text: str) -> str:
    """`symbol_of` for every letter."""
    return "".join(symbol_of(font, letter) for letter in text) if is_gdt_font(font) else text
