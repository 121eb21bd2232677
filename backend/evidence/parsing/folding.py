"""Folds text to one spelling for each sign, character for character, so that offsets stay valid.

Substring search, where lengths may change, is in `evidence/index/search_text.py`.
"""

from __future__ import annotations

_FOLDED = {
    **dict.fromkeys("⌀ø∅ΦφϕΦ", "Ø"),
    **dict.fromkeys("×✕✖⨯х", "x"),
    **dict.fromkeys("−‐‑﹣", "-"),
    **dict.fromkeys("º˚∘", "°"),
    **dict.fromkeys("′’‘ʹ", "'"),
    **dict.fromkeys("″“”„ʺ", '"'),
    **dict.fromkeys("\t\u00a0\u202f\u205f\u3000", " "),
    **{chr(code): " " for code in range(0x2000, 0x200B)},
    **dict.fromkeys("\u200b\u200c\u200d\ufeff\u00ad", " "),
    "μ": "µ",
    "⁄": "/",
    "∕": "/",
    "∶": ":",
}
#: Full-width forms of ASCII, as Korean and Japanese texts write them.
_FOLDED |= {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_TABLE = str.maketrans(_FOLDED)


def fold(text: str) -> str:
    """Return the text with one spelling for each sign; every character keeps its position."""
    return text.translate(_TABLE)


def utf16_length(text: str) -> int:
    """Return the length of a text in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def utf16_offsets(text: str) -> list[int]:
    """Return the UTF-16 offset of each character position, and of the end."""
    offsets, position = [0], 0
    for character in text:
        position += 2 if ord(character) > 0xFFFF else 1
        offsets.append(position)
    return offsets
