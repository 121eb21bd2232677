"""Stacked tolerances and limits: the lines of one dimension become one item. Pure.

`7.50` beside `+0.10` over `-0.20` is `7.50 +0.10/-0.20`; `R` halfway beside `11.30` over
`11.20` is `R11.30/11.20`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from backend.drawing import TextItem, union
from backend.drawings.text.text_lines import Line

#: Distance of the two baselines, in the tolerance's own letter heights.
STACK_PITCH = (0.55, 1.5)
#: Widest gap between the nominal and its tolerance, in the nominal's letter heights.
NOMINAL_GAP = 1.8

_SIGNED = re.compile(r"[+\-−±]\s?\d+(?:[.,]\d+)?°?")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?°?")
_NOMINAL = re.compile(r".*[\d°]\)?(?:\s?[A-Za-z]{1,2}\d{1,2})?$")
_PREFIX = re.compile(r"(?:\d+\s?[x×]\s?)?(?:R|SR|Ø|⌀|SØ|M|□)?")


def items_of(lines: Sequence[Line]) -> list[TextItem]:
    """Text items in reading order: top to bottom, left to right."""
    left = sorted(lines, key=lambda line: (round(line.angle) % 360, line.base))
    return reading_order(_merge(left))


def reading_order(items: Sequence[TextItem]) -> list[TextItem]:
    """Row by row from the top, each row from the left."""
    rows: list[list[TextItem]] = []
    for item in sorted(items, key=_middle):
        if rows and _middle(item) - _middle(rows[-1][0]) < 0.5 * min(
            item.box[3], rows[-1][0].box[3]
        ):
            rows[-1].append(item)
        else:
            rows.append([item])
    return [item for row in rows for item in sorted(row, key=lambda one: one.box[0])]


def _middle(item: TextItem) -> float:
    return item.box[1] + item.box[3] / 2


def _merge(lines: list[Line]) -> list[TextItem]:
    taken: set[int] = set()
    merged: list[tuple[str, list[Line]]] = []
    for upper, lower in _pairs(lines):
        if id(upper) in taken or id(lower) in taken:
            continue
        signed = _is_signed_pair(upper, lower)
        free = [line for line in lines if id(line) not in taken]
        nominal = _nominal(free, upper, lower, signed)
        if nominal is None and not signed:
            continue
        parts = [upper, lower] if nominal is None else [nominal, upper, lower]
        taken.update(id(line) for line in parts)
        stack = f"{_tight(upper)}/{_tight(lower)}"
        head = "" if nominal is None else nominal.text
        merged.append((f"{head} {stack}".strip() if signed else head + stack, parts))
    alone = [(line.text, [line]) for line in lines if id(line) not in taken]
    return [_item(text, parts) for text, parts in [*merged, *alone]]


def _pairs(lines: list[Line]) -> list[tuple[Line, Line]]:
    """Lines one above the other that could be a tolerance; the closest first."""
    numbers = [
        line for line in lines if _SIGNED.fullmatch(line.text) or _NUMBER.fullmatch(line.text)
    ]
    found: list[tuple[float, Line, Line]] = []
    for index, upper in enumerate(numbers):
        for lower in numbers[index + 1 :]:
            pitch = (lower.base - upper.base) / upper.size
            if round(lower.angle) != round(upper.angle) or pitch > STACK_PITCH[1]:
                break  # sorted by angle, then base
            if pitch >= STACK_PITCH[0] and _stand_together(upper, lower):
                found.append((pitch, upper, lower))
    found.sort(key=lambda one: one[0])
    return [(upper, lower) for _, upper, lower in found]


def _stand_together(upper: Line, lower: Line) -> bool:
    # A bare 0 is lower than +0.1 where sizes were measured from ink.
    most = 1.6 if _is_signed_pair(upper, lower) else 1.25
    if not 1 / most < upper.size / lower.size < most:
        return False
    near = 1.0 * upper.size
    aligned = abs(upper.start - lower.start) < near or abs(upper.end - lower.end) < near
    overlap = min(upper.end, lower.end) - max(upper.start, lower.start)
    shorter = min(upper.end - upper.start, lower.end - lower.start)
    return aligned and overlap > 0.5 * shorter and _value(upper) >= _value(lower)


def _is_signed_pair(upper: Line, lower: Line) -> bool:
    signed = [_SIGNED.fullmatch(line.text) is not None for line in (upper, lower)]
    zeros = [_value(line) == 0 for line in (upper, lower)]
    return any(signed) and all(s or z for s, z in zip(signed, zeros, strict=True))


def _nominal(lines: list[Line], upper: Line, lower: Line, signed: bool) -> Line | None:
    """The line just before the stack that it belongs to."""
    start = min(upper.start, lower.start)
    best: tuple[float, Line] | None = None
    for line in lines:
        if line is upper or line is lower or round(line.angle) != round(upper.angle):
            continue
        gap = (start - line.end) / line.size
        if not -0.3 < gap < NOMINAL_GAP or not _beside(line, upper, lower, signed):
            continue
        if best is None or gap < best[0]:
            best = (gap, line)
    return None if best is None else best[1]


def _beside(line: Line, upper: Line, lower: Line, signed: bool) -> bool:
    if signed:
        high, low = upper.base - 0.3 * upper.size, lower.base + 0.5 * line.size
        return high < line.base < low and _NOMINAL.fullmatch(line.text) is not None
    # Limits without signs: only a prefix that stands between the two rows tells them from
    # two rows of a table.
    apart = 0.2 * upper.size
    between = upper.base + apart < line.base < lower.base - apart
    return between and bool(line.text) and _PREFIX.fullmatch(line.text) is not None


def _value(line: Line) -> float:
    digits = line.text.replace("−", "-").replace("±", "").replace(" ", "").rstrip("°")
    return float(digits.replace(",", "."))


def _tight(line: Line) -> str:
    return line.text.replace(" ", "")


def _item(text: str, parts: list[Line]) -> TextItem:
    box = union([line.box for line in parts])
    sides = max(1.0, box[2]), max(1.0, box[3])  # squeezed text can have no width at all
    rounded = (round(box[0], 1), round(box[1], 1), round(sides[0], 1), round(sides[1], 1))
    trust = min(line.confidence for line in parts)
    angle = round(parts[0].angle % 360, 1) % 360
    role = next((part.role for part in parts if part.role), None)
    return TextItem(text, rounded, angle, confidence=trust, role=role)
