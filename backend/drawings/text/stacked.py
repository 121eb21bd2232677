"""Joins the lines of stacked tolerances and limits into one item per dimension. Pure.

`7.50` beside `+0.10` over `-0.20` is `7.50 +0.10/-0.20`; `H7` over the end of `Ø12 k6` makes `Ø12
H7/k6`; `R` halfway beside `11.30` over `11.20` is `R11.30/11.20`. Two dimensions one above the
other stay separate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from backend.drawing import TextItem
from backend.drawings.text.text_lines import Line, line_of
from backend.geometry import Box

#: Distance of the two baselines, in the tolerance's own letter heights.
STACK_PITCH = (0.55, 1.5)
#: Widest gap between the nominal and its tolerance, in the nominal's letter heights.
NOMINAL_GAP = 1.8

#: The lower limit is at least this share of the upper one.
CLOSE_LIMITS = 0.5

_SIGNED = re.compile(r"[+\-−±]\s?(?:\d+(?:[.,]\d+)?|[.,]\d+)°?")
_NUMBER = re.compile(r"(?:\d+(?:[.,]\d+)?|[.,]\d+)°?")
_HOLE_FIT = re.compile(r"(?:[A-HJ-NP-VX-Z]|JS|CD|EF|FG|Z[ABC])\d{1,2}")
_SHAFT_FIT = re.compile(r"(?:[a-hj-np-vx-z]|js|cd|ef|fg|z[abc])\d{1,2}")
#: The last word of a line that can be one of two stacked values, after a nominal.
_TAIL = re.compile(
    r"(?P<head>.*[\d°]\)?)\s(?P<tail>[+\-−]?(?:\d+(?:[.,]\d+)?|[.,]\d+)°?|[A-Za-z]{1,2}\d{1,2})"
)
_NOMINAL = re.compile(r".*[\d°]\)?(?:\s?[A-Za-z]{1,2}\d{1,2})?$")
_PREFIX = re.compile(r"(?:\d+\s?[x×]\s?)?(?:R|SR|Ø|⌀|SØ|M|□)?")


def items_of(lines: Sequence[Line]) -> list[TextItem]:
    """Return text items in reading order: top to bottom, left to right."""
    return reading_order(_merge(_sorted(_with_tails_apart(_sorted(lines)))))


def reading_order(items: Sequence[TextItem]) -> list[TextItem]:
    """Sort row by row from the top, each row from the left."""
    rows: list[list[TextItem]] = []
    for item in sorted(items, key=_middle):
        if rows and _middle(item) - _middle(rows[-1][0]) < 0.5 * min(
            item.box.height, rows[-1][0].box.height
        ):
            rows[-1].append(item)
        else:
            rows.append([item])
    return [item for row in rows for item in sorted(row, key=lambda one: one.box.x)]


def _middle(item: TextItem) -> float:
    return item.box.center[1]


def _sorted(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (round(line.angle) % 360, line.base))


def _with_tails_apart(lines: list[Line]) -> list[Line]:
    """Split `6.50 0.00` below `+0.02` before the 0.00, which is the lower deviation."""
    apart: list[Line] = []
    for index, line in enumerate(lines):
        match = _TAIL.fullmatch(line.text)
        if match is None:
            apart.append(line)
            continue
        head, tail = _cut(line, match["head"], match["tail"])
        others = _around(lines, index)
        apart += [head, tail] if any(_is_stack(tail, other) for other in others) else [line]
    return apart


def _around(lines: Sequence[Line], index: int) -> Iterator[Line]:
    """Return lines of the same angle that are at most one row above or below."""
    line = lines[index]
    for step in (-1, 1):
        at = index + step
        while 0 <= at < len(lines) and round(lines[at].angle) == round(line.angle):
            if abs(lines[at].base - line.base) > 2 * STACK_PITCH[1] * line.size:
                break
            yield lines[at]
            at += step


def _is_stack(one: Line, other: Line) -> bool:
    upper, lower = (one, other) if one.base < other.base else (other, one)
    if not STACK_PITCH[0] <= (lower.base - upper.base) / upper.size <= STACK_PITCH[1]:
        return False
    if _is_fit_pair(upper, lower):
        return _share_place(upper, lower)
    return _is_signed_pair(upper, lower) and _stand_together(upper, lower)


def _cut(line: Line, head: str, tail: str) -> tuple[Line, Line]:
    letters = list(line.letters)
    if letters:
        return line_of(letters[: -len(tail)]), line_of(letters[-len(tail) :])
    each = (line.end - line.start) / len(line.text)
    middle, behind = len(head) * each, (len(head) + 1) * each
    return (
        replace(line, text=head, end=line.start + middle),
        replace(line, text=tail, start=line.start + behind),
    )


def _merge(lines: list[Line]) -> list[TextItem]:
    taken: set[int] = set()
    merged: list[tuple[str, list[Line]]] = []
    for upper, lower in _pairs(lines):
        if id(upper) in taken or id(lower) in taken:
            continue
        fits = _is_fit_pair(upper, lower)
        signed = fits or _is_signed_pair(upper, lower)
        free = [line for line in lines if id(line) not in taken]
        nominal = _nominal(free, upper, lower, signed)
        if nominal is None and (fits or not signed):
            continue
        parts = [upper, lower] if nominal is None else [nominal, upper, lower]
        taken.update(id(line) for line in parts)
        stack = f"{_tight(upper)}/{_tight(lower)}"
        head = "" if nominal is None else nominal.text
        merged.append((f"{head} {stack}".strip() if signed else head + stack, parts))
    alone = [(line.text, [line]) for line in lines if id(line) not in taken]
    return [_item(text, parts) for text, parts in [*merged, *alone]]


def _pairs(lines: list[Line]) -> list[tuple[Line, Line]]:
    """Return lines one above the other that could be a tolerance; the closest first."""
    stackable = (_SIGNED, _NUMBER, _HOLE_FIT, _SHAFT_FIT)
    numbers = [line for line in lines if any(form.fullmatch(line.text) for form in stackable)]
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
    if _is_fit_pair(upper, lower):
        return _share_place(upper, lower)
    if any(
        form.fullmatch(line.text) for line in (upper, lower) for form in (_HOLE_FIT, _SHAFT_FIT)
    ):
        return False
    # A bare 0 is smaller than +0.1 if sizes were measured from ink.
    if _is_signed_pair(upper, lower):
        return _share_place(upper, lower, 1.6) and _value(upper) >= _value(lower)
    return _share_place(upper, lower) and _are_limits(upper, lower)


def _are_limits(upper: Line, lower: Line) -> bool:
    """Whether two limits have the same form and are close to each other."""
    places = {len(line.text.rstrip("°").replace(",", ".").partition(".")[2])
              for line in (upper, lower)}  # fmt: skip
    high, low = _value(upper), _value(lower)
    return len(places) == 1 and CLOSE_LIMITS * high <= low <= high


def _is_fit_pair(upper: Line, lower: Line) -> bool:
    """Whether it is a hole's class over a shaft's, as ISO 286-1 writes a fit."""
    is_hole = _HOLE_FIT.fullmatch(upper.text) is not None
    return is_hole and _SHAFT_FIT.fullmatch(lower.text) is not None


def _share_place(upper: Line, lower: Line, most: float = 1.25) -> bool:
    """Whether they are about the same size, and right above each other."""
    if not 1 / most < upper.size / lower.size < most:
        return False
    near = 1.0 * upper.size
    aligned = abs(upper.start - lower.start) < near or abs(upper.end - lower.end) < near
    overlap = min(upper.end, lower.end) - max(upper.start, lower.start)
    shorter = min(upper.end - upper.start, lower.end - lower.start)
    return aligned and overlap > 0.5 * shorter


def _is_signed_pair(upper: Line, lower: Line) -> bool:
    if not all(_SIGNED.fullmatch(x.text) or _NUMBER.fullmatch(x.text) for x in (upper, lower)):
        return False
    signed = [_SIGNED.fullmatch(line.text) is not None for line in (upper, lower)]
    zeros = [_value(line) == 0 for line in (upper, lower)]
    return any(signed) and all(s or z for s, z in zip(signed, zeros, strict=True))


def _nominal(lines: list[Line], upper: Line, lower: Line, signed: bool) -> Line | None:
    """Return the line just before the stack that it belongs to."""
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
    # Limits without signs: only a prefix between the two rows distinguishes them from two rows of a
    # table.
    apart = 0.2 * upper.size
    between = upper.base + apart < line.base < lower.base - apart
    return between and bool(line.text) and _PREFIX.fullmatch(line.text) is not None


def _value(line: Line) -> float:
    digits = line.text.replace("−", "-").replace("±", "").replace(" ", "").rstrip("°")
    return float(digits.replace(",", "."))


def _tight(line: Line) -> str:
    return line.text.replace(" ", "")


def _item(text: str, parts: list[Line]) -> TextItem:
    box = Box.around([line.box for line in parts])
    sides = max(1.0, box.width), max(1.0, box.height)  # squeezed text can have zero width
    rounded = Box(round(box.x, 1), round(box.y, 1), round(sides[0], 1), round(sides[1], 1))
    trust = min(line.confidence for line in parts)
    drawn = "".join(line.drawn for line in parts)
    angle = round(parts[0].angle % 360, 1) % 360
    role = next((part.role for part in parts if part.role), None)
    return TextItem(text, rounded, angle, confidence=trust, role=role, drawn=drawn)
