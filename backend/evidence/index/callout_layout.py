"""Joins runs of text that belong to one callout into lines and stacks, by their boxes.

Exporters cut a callout into runs: `7.50`, `+0.10` above `-0.20`; a limit over another with its `R`
on its own baseline. Runs of one angle are converted to the reading frame (along, across) and joined
there. The text itself does not matter, except that tolerances are numbers.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backend.drawing import TextItem
from backend.evidence.parsing.folding import fold
from backend.geometry import Box


@dataclass(frozen=True, slots=True)
class Part:
    """A run of text within a line: its place in the line's text and the box on the page."""

    start: int
    end: int
    box: Box
    item: TextItem


@dataclass(frozen=True, slots=True)
class Line:
    """Runs read as one text. `left`, `right`, `middle`, `height` are in the reading frame."""

    text: str
    parts: tuple[Part, ...]
    left: float
    right: float
    middle: float
    height: float


_TOLERANCE_RUN = re.compile(r"[+±-]?\s*\d*(?:[.,]\d+)?\s*")
_ENDS_WITH_NUMBER = re.compile(r"\d\s*(?:mm|°|\"|[A-Za-z]{1,2}\d{1,2})?\)?\s*$")
_NUMBER_RUN = re.compile(r"(?:S?Ø|S?R|□)?\s*(?:\d+(?:[.,]\d+)?|[.,]\d+)\s*°?\s*")
#: A size followed by one deviation, `6.50 0.00` or `3,99 -0,02`, and a lone deviation.
_HALF_STACK = re.compile(r"(?P<size>.*\d\s*°?)\s+(?P<one>[+-]\s?\d*[.,]?\d+|0(?:[.,]0+)?)°?\s*")
_LONE_DEVIATION = re.compile(r"\s*(?:[+-]\s?\d*[.,]?\d+|0(?:[.,]0+)?)°?\s*")
#: `Ø12.00 k6` with `H7` above the `k6`.
_ENDS_WITH_CLASS = re.compile(r"\d\s*(?P<one>[A-Za-z]{1,2}(?:1[0-8]|[1-9]))\s*")
_LONE_CLASS = re.compile(r"\s*[A-Za-z]{1,2}(?:1[0-8]|[1-9])\s*")
#: Distances in text heights.
_LINE_GAP, _LINE_SHIFT = 1.0, 0.35
_STACK_GAP, _STACK_REACH = 1.6, 1.25
_LIMIT_PITCH, _HALF_PITCH = 1.7, 1.9
#: Largest distance between two limits of one size: a share of the larger one, and in its units.
LIMITS_APART, LIMITS_APART_UNITS = 0.12, 1.0
#: The role of a size with a dimension line of its own below it (set by `drawings`).
_OVER_LINE = "over_line"
#: Millimetres per inch, for sizes written in both units.
_INCH = 25.4
#: Largest rounding difference between a size in one unit and in the other.
_ROUNDED = 0.03


def page_lines(items: Sequence[TextItem]) -> list[Line]:
    """Return every line of the page, then the stacked tolerances and limits as lines of
    their own.
    """
    by_angle: dict[int, list[Line]] = defaultdict(list)
    for item in items:
        for line in _placed(item):
            by_angle[round(item.angle / 2) % 180].append(line)
    result: list[Line] = []
    for single in by_angle.values():
        joined = list(_joined(single))
        result += joined
        # a run that was joined is also a line by itself: table columns can be this close
        alone = {id(line) for line in joined}
        result += [line for line in single if id(line) not in alone]
        result += _stacks(joined)
    return result


def _placed(item: TextItem) -> Iterator[Line]:
    """Return the item's own lines (a paragraph has several), in the reading frame."""
    angle = math.radians(item.angle)
    x, y, width, height = item.box
    cos, sin = math.cos(angle), math.sin(angle)
    centre_x, centre_y = x + width / 2, y + height / 2
    along, across = centre_x * cos + centre_y * sin, centre_y * cos - centre_x * sin
    length, thickness = _unturned(width, height, abs(cos), abs(sin))
    rows = [row for row in fold(item.text).splitlines() if row.strip()]
    for number, row in enumerate(rows):
        text_height = thickness / len(rows)
        middle = across - thickness / 2 + (number + 0.5) * text_height
        box = _row_box(item.box, item.angle, number, len(rows))
        part = Part(0, len(row), box, item)
        yield Line(row, (part,), along - length / 2, along + length / 2, middle, text_height)


def _unturned(width: float, height: float, cos: float, sin: float) -> tuple[float, float]:
    """Return length and thickness of a run from its upright box; near 45° the box is ambiguous."""
    determinant = cos * cos - sin * sin
    if abs(determinant) < 0.1:
        return (width + height) / (cos + sin) * 0.8, (width + height) / (cos + sin) * 0.2
    length = (width * cos - height * sin) / determinant
    thickness = (height * cos - width * sin) / determinant
    if length <= 0 or thickness <= 0:
        return max(width, height), min(width, height)
    return length, thickness


def _row_box(box: Box, angle: float, number: int, rows: int) -> Box:
    x, y, width, height = box
    if rows == 1 or round(angle) % 180:
        return box
    return Box(x, y + height * number / rows, width, height / rows)


def _joined(lines: list[Line]) -> Iterator[Line]:
    """Join runs on one baseline, close together and of like height, into one line."""
    rows: dict[int, list[Line]] = defaultdict(list)
    band = max((line.height for line in lines), default=1.0) or 1.0
    for line in sorted(lines, key=lambda line: line.left):
        row = round(line.middle / band)
        for near in (row, row - 1, row + 1):
            last = next((one for one in reversed(rows[near][-8:]) if _continues(one, line)), None)
            if last is not None:
                rows[near] = [one for one in rows[near] if one is not last]
                line = _together(last, line, " ")
                break
        rows[round(line.middle / band)].append(line)
    for row_lines in rows.values():
        yield from row_lines


def _continues(first: Line, second: Line) -> bool:
    height = min(first.height, second.height)
    gap = second.left - first.right
    return (
        -0.4 * height <= gap <= _LINE_GAP * height
        and abs(first.middle - second.middle) <= _LINE_SHIFT * height
        and max(first.height, second.height) <= 1.7 * height
    )


def _together(first: Line, second: Line, between: str) -> Line:
    shift = len(first.text) + len(between)
    parts = first.parts + tuple(
        Part(part.start + shift, part.end + shift, part.box, part.item) for part in second.parts
    )
    return Line(
        first.text + between + second.text,
        parts,
        min(first.left, second.left),
        max(first.right, second.right),
        first.middle,
        max(first.height, second.height),
    )


def _stacks(lines: list[Line]) -> Iterator[Line]:
    """Return each number followed by a stack of tolerances, and each pair of stacked limits."""
    runs = [line for line in lines if _TOLERANCE_RUN.fullmatch(line.text.strip())]
    numbers = [line for line in lines if _NUMBER_RUN.fullmatch(line.text.strip())]
    runs.sort(key=lambda line: line.left)
    lefts = [run.left for run in runs]
    for base in lines:
        if _ENDS_WITH_NUMBER.search(base.text):
            first = bisect_left(lefts, base.right - 0.5 * base.height)
            last = bisect_right(lefts, base.right + _STACK_GAP * base.height)
            rows = _rows(base, _beside(base, runs[first:last]))
            if rows is not None:
                yield rows
    yield from _halves(lines)
    yield from _limits(numbers, lines)


def _beside(base: Line, runs: list[Line]) -> list[Line]:
    return [
        run
        for run in runs
        if run is not base
        and abs(run.middle - base.middle) <= _STACK_REACH * base.height
        and run.height <= 1.2 * base.height
    ]


def _rows(base: Line, beside: list[Line]) -> Line | None:
    """Join the base with the texts above and below its middle: `7.50 +0.10/-0.20`."""
    if not beside:
        return None
    beside = sorted(beside, key=lambda run: run.middle)
    rows: list[Line] = []
    for run in beside:
        if rows and abs(rows[-1].middle - run.middle) <= 0.5 * run.height:
            first, second = sorted((rows[-1], run), key=lambda line: line.left)
            rows[-1] = _together(first, second, "")
        else:
            rows.append(run)
    rows = [row for row in rows if any(letter.isdigit() for letter in row.text)]
    if len(rows) == 1:
        row = rows[0]
        # a deviation level with the number would have been joined to it, unless it is signed
        return _together(base, row, " ") if row.text.strip()[:1] in "+-±" else None
    if len(rows) != 2:
        return None
    upper, lower = (_signed(row, sign) for row, sign in zip(rows, "+-", strict=True))
    return _together(_together(base, upper, " "), lower, "/")


def _signed(row: Line, sign: str) -> Line:
    text = row.text.strip()
    if text[:1] in "+-" or not text.strip("0., "):
        return row
    return Line(sign + row.text, row.parts, row.left, row.right, row.middle, row.height)


def _limits(numbers: list[Line], lines: list[Line]) -> Iterator[Line]:
    """Join `11.30` above `11.20`, with the symbol in front of either or between them."""
    ordered = sorted(numbers, key=lambda line: line.middle)
    pairs = []
    for position, upper in enumerate(ordered):
        for lower in ordered[position + 1 :]:
            if lower.middle - upper.middle > _LIMIT_PITCH * upper.height:
                break
            if _stacked(upper, lower):
                pairs.append((upper, lower))
    members = Counter(id(line) for pair in pairs for line in pair)
    for upper, lower in pairs:
        if members[id(upper)] > 1 or members[id(lower)] > 1 or not _are_limits(upper, lower):
            continue
        bare = re.sub(r"^\s*[^\d.,]+", "", lower.text)
        shifted = Line(bare, tuple(
            Part(0, len(bare), part.box, part.item) for part in lower.parts
        ), lower.left, lower.right, lower.middle, lower.height)  # fmt: skip
        pair = _together(upper, shifted, "/")
        yield pair
        for symbol in _in_front(pair, lines):
            yield _together(symbol, pair, "")


def _are_limits(upper: Line, lower: Line) -> bool:
    """Whether two stacked numbers are the limits of one size rather than two sizes.

    Limits have one symbol, as many decimals, and are close together; the larger one is on top (ISO
    129-1, ASME Y14.5). The same size in millimetres and inches is no pair of limits.
    """
    if upper.parts[-1].item.role == _OVER_LINE:
        return False
    one, other = (_VALUE.search(line.text) for line in (upper, lower))
    if one is None or other is None:
        return False
    if upper.text.strip().endswith("°") != lower.text.strip().endswith("°"):
        return False
    symbols = [line.text[: found.start()].strip() for line, found in
               ((upper, one), (lower, other))]  # fmt: skip
    if symbols[1] and symbols[0] != symbols[1]:
        return False
    if _places(one[0]) != _places(other[0]) or not _places(one[0]):
        return False
    largest, smallest = (float(found[0].replace(",", ".")) for found in (one, other))
    return 0 < largest - smallest <= min(LIMITS_APART * largest, LIMITS_APART_UNITS)


_VALUE = re.compile(r"\d*[.,]?\d+")


def _places(number: str) -> int:
    return len(re.split(r"[.,]", number)[1]) if re.search(r"[.,]", number) else 0


def same_in_other_unit(one: str, other: str) -> bool:
    """Whether one written number is the other in inches, within the precision of their decimals."""
    values = [float(text.replace(",", ".")) for text in (one, other)]
    slack = [0.5 * 10 ** -_places(text) * 1.02 for text in (one, other)]
    for inch, metric in ((0, 1), (1, 0)):
        exact = values[inch] * _INCH
        off = abs(exact - values[metric])
        near = off <= max(slack[inch] * _INCH, slack[metric])
        if exact > 0 and near and off <= _ROUNDED * exact:
            return True
    return False


def _stacked(upper: Line, lower: Line) -> bool:
    overlap = min(upper.right, lower.right) - max(upper.left, lower.left)
    narrower = min(upper.right - upper.left, lower.right - lower.left)
    like = max(upper.height, lower.height) <= 1.3 * min(upper.height, lower.height)
    return like and overlap >= 0.6 * narrower and lower.middle - upper.middle > 0.5 * upper.height


def _halves(lines: list[Line]) -> Iterator[Line]:
    """Join a size that has one deviation or class on its line and the other above or below it."""
    for pattern, lone in ((_HALF_STACK, _LONE_DEVIATION), (_ENDS_WITH_CLASS, _LONE_CLASS)):
        others = [line for line in lines if lone.fullmatch(line.text)]
        if not others:
            continue
        for base in lines:
            found = pattern.fullmatch(base.text) if pattern is _HALF_STACK else None
            found = found or (pattern.search(base.text) if pattern is _ENDS_WITH_CLASS else None)
            if found is None or found.end() != len(base.text):
                continue
            share = (base.right - base.left) / len(base.text)
            left, right = base.left + share * found.start("one"), base.right
            near = [
                other for other in others
                if other is not base
                and 0.5 * other.height
                < abs(other.middle - base.middle)
                <= _HALF_PITCH * base.height
                and min(other.right, right) - max(other.left, left)
                >= 0.4 * min(other.right - other.left, right - left)
                and other.height <= 1.3 * base.height
                and _completes(found["one"], other.text.strip())
            ]  # fmt: skip
            if len(near) == 1:
                yield _together(base, near[0], "/")


def _completes(one: str, other: str) -> bool:
    """Whether two deviations, or two classes, can belong to one size."""
    if one[0].isalpha():
        return one[0].isupper() != other[0].isupper()
    zero = [not text.strip("+-0., °") for text in (one, other)]
    return not all(zero) and (any(zero) or one[0] != other[0])


def _in_front(pair: Line, lines: list[Line]) -> Iterator[Line]:
    for line in lines:
        if (
            line.text.strip() in ("R", "SR", "Ø", "SØ")
            and -0.5 * pair.height <= pair.left - line.right <= 1.5 * pair.height
            and abs(line.middle - pair.middle) <= 1.6 * pair.height
        ):
            yield line
