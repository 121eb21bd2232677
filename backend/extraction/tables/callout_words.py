"""Interprets the words around a value on its line: depth, thickness, reference, basic, kind of
size.

Works on the text of one line and the grammar's readings.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from backend.evidence.parsing.value import Reading, Span

#: The quantity that a DXF dimension measures, by its entity.
_ROLES = {"diameter": "diameter", "radius": "radius", "angle": "angle", "roughness": "roughness"}

_SIZES = {"Ø": "diameter", "R": "radius", "SØ": "spherical diameter", "SR": "spherical radius",
          "□": "square", "C": "chamfer"}  # fmt: skip
_GEOMETRIC = re.compile(
    r"^[⏤⏥○⌭⌒⌓∠⟂∥⌖◎⌯↗⌰/⊥\s|]*\|?\s*(S?Ø?\s?(?:\d*[.,]\d+|\d+(?=[^A-Za-z]*[⏤-⏥]|.*\|)))"
    r"(?:\s*[ⓂⓁⓅⓈⒻⓊⓉ](?:\s?\d+(?:[.,]\d+)?)?)*\s*"
    r"(?:[\s|]\s*[A-Z](?:-[A-Z])?\s*[ⓂⓁⓅⓇ]?)*[\s|]*$"
)
_GEOMETRIC_SIGN = re.compile(r"[⏤⏥⌭⌒⌓⟂∥⌖◎⌯⌰⊥]|^[○∠↗][\s|]*S?Ø?\s?\d|^/ ?/")
_DATUMS = re.compile(r"\d[\s|]*[ⓂⓁⓅ]?[\s|]+[A-Z](?:-[A-Z])?(?:[\s|]|$)")
#: A plain number is a dimension if its line contains nothing else but brackets and words for its
#: kind: depth, thickness, width across flats, pitch circle, typical, maximum.
_SAID_BEFORE = re.compile(
    r"(?<!\w)(?:SW|AF|A/F|PCD|BCD?|LK|TK|THK|(?i:min|max)\.?|[tTsLl](?=\s?=))\s?[=:]?\s?$"
    r"|(?:두께|길이)\s?[=:]?\s?$"
)
_SAID_AFTER = re.compile(
    r"\s?\(?(?:(?i:ref|min|max|typ|thk|thick|bsc|basic)|dick|lang|breit|hoch|두께)(?!\w)\.?\)?"
)
_BOUND = re.compile(r"\s?\(?(?i:ref|min|max|bsc|basic)(?!\w)\.?\)?")
_SAID_BASIC = re.compile(r"(?i)(?<![A-Za-z])(?:bsc|basic|theor\w*)(?![A-Za-z])")
_IN_BRACKETS = re.compile(r"\s*\[\s*(?:S?[ØR]\s?)?(?:\d+(?:[.,]\d+)?|[.,]\d+)\s*°?\s*\]\s*")
#: Sizes in inches as fractions (ASME Y14.5): `5/16`, `1 1/2`.
_INCH_FRACTION = re.compile(
    r"\s*(?P<symbol>[ØR])?\s?(?:(?P<whole>\d{1,3})[ -])?(?P<top>\d{1,2})/(?P<bottom>2|4|8|16"
    r"|32|64)\s*\"?\s*"
)
#: Roughness in microinches as ASME B46.1 prefers it; sizes in inches are not written this way.
_MICROINCHES = {"8", "16", "32", "63", "125", "250", "500"}
#: A gauge number after a thickness: `3.42 (12ga)`.
_GAUGE = re.compile(r"\s*\(\s*\d{1,2}\s?(?i:ga|gauge)\.?\s*\)\s*")
#: From this value on, `20x30` is an area rather than 20 pieces.
_FEWEST_IN_AREA = 10
#: Pipe threads whose letter has other meanings: without a fraction or a class, `G3` is not a
#: thread.
_PIPE_LETTERS = ("G", "R", "Rc", "Rp")
#: A depth may also follow the hole it belongs to: `M5 ↧10`, `TAP DP12`.
_DEPTH_BEFORE = re.compile(
    r"(?:[↧⌵]|(?<!\w)(?:DP|DEPTH|Depth|depth|Tiefe|tief)\s?[=:]?|깊이\s?[=:]?)\s?$"
)
_DEPTH_AFTER = re.compile(r"\s?(?:(?:(?i:deep|dp|depth)|tief)(?!\w)|깊이)")
_OPENED = re.compile(r"[\s(\[~≈]*")
#: A size may be followed by its value in the other unit, in brackets.
_CLOSED = re.compile(
    r"[\s)\]°]*(?:[(\[]\s*(?:\d+(?:[.,]\d+)?|[.,]\d+)\s*(?:\"|in|mm)?\s*[)\]])?\s*"
)
_REFERENCE = re.compile(r"\(\s*[ØR]?\s?(?:\d+(?:[.,]\d+)?|[.,]\d+)\s*°?\s*\)")
_SAID_REFERENCE = re.compile(r"(?<!\w)(?i:ref)\.?\)?$")


def geometric(text: str) -> Reading | None:
    """Return the tolerance of a feature control frame on one line; None for other lines."""
    if not _GEOMETRIC.match(text) or not (_GEOMETRIC_SIGN.search(text) or _DATUMS.search(text)):
        return None
    size = Decimal(re.findall(r"\d*[.,]\d+|\d+", text)[0].replace(",", "."))
    return Reading("tolerance", (size,), "Ø" if "Ø" in text else None)


def inch_fraction(text: str) -> Reading | None:
    """Return a size in inches that is a fraction and alone on its line."""
    match = _INCH_FRACTION.fullmatch(text)
    if match is None:
        return None
    value = Decimal(match["top"]) / Decimal(match["bottom"]) + int(match["whole"] or 0)
    return Reading("dimension", (value,), match["symbol"], "in")


def is_reference(line: str) -> bool:
    """Whether the whole line is a size in brackets."""
    return _REFERENCE.fullmatch(line.strip()) is not None


def says_reference(written: str) -> bool:
    """Whether `REF` follows the size."""
    return _SAID_REFERENCE.search(written) is not None


def says_basic(written: str, line: str) -> bool:
    """Whether a size is called basic, or is alone in square brackets."""
    return _SAID_BASIC.search(written) is not None or _IN_BRACKETS.fullmatch(line) is not None


def kind_on(
    line: str, kind: str | None, reading: Reading, role: str | None, unit: str | None
) -> str | None:
    """Return the kind of a size, also by its DXF entity and the sheet's unit."""
    if unit == "in" and kind == "linear" and line.strip() in _MICROINCHES:
        return "roughness"
    if kind in ("linear", "diameter", "radius") and not reading.symbol:
        return _ROLES.get(role or "", kind)
    return kind


def counted_first(spans: list[Span], text: str) -> list[Span]:
    """`M3 ↧4.5 (4x)` are four threads, and one depth for all of them."""
    if len(spans) < 2 or spans[0].reading.kind not in ("thread", "dimension"):
        return spans
    first, last = spans[0], spans[-1]
    is_depth = _DEPTH_BEFORE.search(text[: last.start]) is not None
    if first.reading.count or not last.reading.count or not is_depth:
        return spans
    plain = replace(last.reading, count=None)
    if plain.kind == "dimension" and not (
        plain.symbol or plain.unit or plain.tolerance or plain.fit
    ):
        plain = replace(plain, kind="number")
    counted = replace(first.reading, count=last.reading.count)
    return [replace(first, reading=counted), *spans[1:-1], replace(last, reading=plain)]


def with_what_is_said(text: str, span: Span) -> tuple[int, int, bool]:
    """Return the span with the words that belong to it, and whether they make it a depth."""
    start, end = span.start, span.end
    if span.reading.kind not in ("number", "count"):
        bound = _BOUND.match(text, end)
        return start, bound.end() if bound else end, False
    for before, after, is_depth in (
        (_DEPTH_BEFORE, _DEPTH_AFTER, True),
        (_SAID_BEFORE, _SAID_AFTER, False),
    ):
        if match := before.search(text[:start]):
            return match.start(), end, is_depth
        if match := after.match(text, end):
            return start, match.end(), is_depth
    return start, end, False


def is_alone(text: str, start: int, end: int) -> bool:
    """Whether a line contains nothing but brackets around the stretch."""
    before = _OPENED.fullmatch(text[:start])
    after = _CLOSED.fullmatch(text[end:]) or _GAUGE.fullmatch(text[end:])
    return before is not None and after is not None


def is_zero(reading: Reading) -> bool:
    """Whether the text is a lone zero: a deviation whose size is somewhere else."""
    return reading.limits is None and bool(reading.numbers) and reading.numbers[0] == 0


def kind_of(reading: Reading, *, alone: bool) -> str | None:
    """Return the kind of a reading's size; None if it is no size. `alone`: the rest of its line is
    empty.
    """
    if reading.kind in ("number", "count"):
        return "linear" if alone else None
    if reading.kind == "dimension":
        bare = not (reading.symbol or reading.tolerance or reading.limits or reading.fit)
        if bare and (reading.count or 0) >= _FEWEST_IN_AREA:
            return None  # 40x20 is a width by a height
        if reading.unit in ("kg", "g", "lb", "N", "kN", "Nm", "MPa", "bar", "HRC", "HB", "HV"):
            return None
        return _SIZES.get(reading.symbol or "", "linear")
    if reading.kind == "thread" and reading.symbol in _PIPE_LETTERS:
        if reading.words is None and reading.thread_class is None:
            return None
    if reading.kind in ("angle", "chamfer", "thread", "roughness", "weld"):
        return reading.kind
    return None
