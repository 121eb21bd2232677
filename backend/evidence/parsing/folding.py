"""One spelling for each sign, character for character, so that offsets in the text still hold.

Knows nothing of values. Searching by substring, where lengths may change, is drawings' own.
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
    """The same text with one spelling for each sign; every character stays at its place."""
    return text.translate(_TABLE)


def utf16_length(text: str) -> int:
    """How many UTF-16 code units a text takes."""
    return len(text) + sum(character > "\uffff" for character in text)


def utf16_offsets(text: str) -> list[int]:
    """For each character position, and the end, its offset in UTF-16 code units."""
    offsets, position = [0], 0
    for character in text:
        position += 2 if ord(character) > 0xFFFF else 1
        offsets.append(position)
    return offsets
