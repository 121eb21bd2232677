"""Normalises texts to decide whether two are equal. Pure; displayed text is never changed."""

from __future__ import annotations

import re

from backend.evidence.parsing.folding import fold

_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s+(?=\d)")


def spelling(text: str) -> str:
    """`text` normalised: `⌀ 12,5 h7` and `Ø12.5 h7` are equal, `h7` and `H7` are not.

    Spaces count only between two digits: elsewhere they only show how a file splits its words.
    """
    folded = _DECIMAL_COMMA.sub(".", fold(text).strip())
    return "".join(_BETWEEN_DIGITS.sub("\N{MIDDLE DOT}", folded).split())
