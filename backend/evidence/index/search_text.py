"""Normalises text for search, so that `⌀38,5 ± 0,1` matches `Ø38.5±0.1`. Pure.

If a query matches nowhere, `reads_as` tries again the way a person reads a sheet: a Ø that is drawn
rather than written (`Ø3,4` finds `2x 3.40`), and a lower limit below the symbol of the upper one
(`R11.2` finds `R11.3/11.2`).

For comparing and searching only; displayed text is never changed.
"""

from __future__ import annotations

import re

_ONE_FOR_ONE = str.maketrans(
    {
        **dict.fromkeys("Ø⌀∅φΦϕ", "ø"),
        **dict.fromkeys("×✕✖⨯", "x"),
        **dict.fromkeys("−–—‐‑‒﹣-", "-"),
        **dict.fromkeys("º˚", "°"),
        **dict.fromkeys("µμ", "u"),
        **dict.fromkeys("’‘´`", "'"),
        **dict.fromkeys("“”″", '"'),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\ufeff", ""),
        # Full-width forms of ASCII, as typed on Korean and Japanese keyboards.
        **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    }
)
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_PLUS_MINUS = re.compile(r"\+\s?/?\s?-(?=\s?[\d.])")
#: `+0.1/-0.1` and `+0,10 / -0,1`: equal on both sides.
_BOTH_SIDES = re.compile(r"\+\s?(\d*\.?\d+)\s?/?\s?-\s?(\d*\.?\d+)")
_LOOSE_SIGNS = re.compile(r"\s*([±ø°/=()+x-])\s*(?=[\d.ø±(+-])|\s+([°)])")
_FIT = re.compile(r"(?<=\d)\s+(?=[a-z]{1,2}\d{1,2}(?!\w))")
#: The two limits of a size, separated by a slash or a space: `+0.1/-0.2`, `+0.1 0`.
_STROKE = re.compile(r"(?<=\d)/(?=[+-]\.?\d)")
_TO_ZERO = re.compile(r"([+-]\d*\.?\d+)[/ ]0(?![\d.])")
#: The upper of two limits, with the symbol that applies to both: `r11.3/` before `11.2`.
_UPPER_LIMIT = re.compile(r"([a-zø]+)\d+(?:\.\d+)?/(?=\d+(?:\.\d+)?(?![\d./]))")
#: A radius or a thread, with or without a space before its number.
_LETTER = re.compile(r"(?<!\w)(s?r|m)\s(?=\d)")
_DIAMETER = re.compile(r"ø(?=\.?\d)")


def normalise(text: str) -> str:
    """Return `text` normalised: lower case, `ø`, `±`, `x`, decimal points, single spaces.

    Spaces around symbols and before a fit class are removed (`38 H12` is `38h12`); `+0.1/-0.1` is
    `±0.1`, `+0.1/-0.2` is `+0.1-0.2`.
    """
    spelled = " ".join(text.translate(_ONE_FOR_ONE).split()).casefold()
    spelled = _DECIMAL_COMMA.sub(".", spelled)
    spelled = _PLUS_MINUS.sub("±", spelled)
    spelled = _BOTH_SIDES.sub(_equal_sides, spelled)
    spelled = _LOOSE_SIGNS.sub(lambda match: match[1] or match[2], spelled)
    spelled = _TO_ZERO.sub(r"\1/0", _STROKE.sub("", spelled))
    return _FIT.sub("", _LETTER.sub(r"\1", spelled))


def contains(text: str, query: str) -> bool:
    """Whether the normalised `text` contains the normalised `query`; never for an empty one."""
    wanted = normalise(query)
    return bool(wanted) and wanted in normalise(text)


def reads_as(text: str, query: str) -> bool:
    """Whether a person would read `query` in `text` although it is written differently; for queries
    that `contains` does not find anywhere.
    """
    wanted, spelled = normalise(query), normalise(text)
    if not wanted:
        return False
    if wanted in _UPPER_LIMIT.sub(r"\1", spelled):
        return True
    if not _DIAMETER.search(wanted):
        return False
    number = "".join("ø?" if sign == "ø" else re.escape(sign) for sign in wanted)
    if wanted[-1].isdigit():  # a whole number, not the beginning of another
        number += ("0*" if re.search(r"\.\d+$", wanted) else "") + r"(?![\dx]|\.\d)"
    return re.match(rf"\(?(?:\d+x)?{number}", spelled) is not None


def _equal_sides(match: re.Match[str]) -> str:
    upper, lower = match[1], match[2]
    return f"±{upper}" if float(upper) == float(lower) else match[0]
