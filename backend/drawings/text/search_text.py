"""One spelling for what drawings and people write in several: `⌀38,5 ± 0,1` is `Ø38.5±0.1`.

Pure. For comparing and searching only; what is shown stays as it was written.
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
    }
)
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_PLUS_MINUS = re.compile(r"\+\s?/?\s?-(?=\s?[\d.])")
#: `+0.1/-0.1` and `+0,10 / -0,1`: the same on both sides.
_BOTH_SIDES = re.compile(r"\+\s?(\d*\.?\d+)\s?/?\s?-\s?(\d*\.?\d+)")
_LOOSE_SIGNS = re.compile(r"\s*([±ø°/=()+x-])\s*(?=[\d.ø±(+-])|\s+([°)])")
_FIT = re.compile(r"(?<=\d)\s+(?=[a-z]{1,2}\d{1,2}(?!\w))")


def normalise(text: str) -> str:
    """`text` in the one spelling: lower case, `ø`, `±`, `x`, decimal points, single spaces.

    Spaces go around signs and before a fit class (`38 H12` is `38h12`); `+0.1/-0.1` is `±0.1`.
    """
    spelled = " ".join(text.translate(_ONE_FOR_ONE).split()).casefold()
    spelled = _DECIMAL_COMMA.sub(".", spelled)
    spelled = _PLUS_MINUS.sub("±", spelled)
    spelled = _BOTH_SIDES.sub(_equal_sides, spelled)
    spelled = _LOOSE_SIGNS.sub(lambda match: match[1] or match[2], spelled)
    return _FIT.sub("", spelled)


def contains(text: str, query: str) -> bool:
    """True where `query` stands in `text`, both in the one spelling; never for an empty one."""
    wanted = normalise(query)
    return bool(wanted) and wanted in normalise(text)


def _equal_sides(match: re.Match[str]) -> str:
    upper, lower = match[1], match[2]
    return f"±{upper}" if float(upper) == float(lower) else match[0]
