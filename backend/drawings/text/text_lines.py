"""From placed characters to lines of text. Pure geometry; knows no file format.

Characters are grouped by angle and baseline. A line is cut where the gap is wider than a word
gap, and where a signed tolerance begins on its own: `stacked.py` puts those back together with
their nominal.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from backend.sheet import Box

#: Widest gap inside a line, narrowest that is a space, both in letter heights (em).
LINE_GAP = 0.9
SPACE_GAP = 0.18
#: Gap up to which a count belongs to the number after it: the Ø between may be a drawing.
COUNT_GAP = 1.8
#: Gap from which a sign begins a tolerance of its own.
SIGN_GAP = 0.4
#: Baselines closer than this are one.
SAME_BASELINE = 0.15

_COUNT = re.compile(r"(^|\s)\d+\s*[x×X]$")


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character. `x`, `y` is its origin on the baseline, `box` its ink, `advance` how far
    the next one starts, `size` the em, all in canvas pixels; `angle` in degrees clockwise."""

    text: str
    x: float
    y: float
    box: Box
    angle: float
    size: float
    advance: float


@dataclass(slots=True)
class Line:
    """Characters on one baseline. `start`, `end` run along the text, `base` across it
    (growing downwards as the reader sees it), all in canvas pixels."""

    text: str
    box: Box
    angle: float
    size: float
    start: float
    end: float
    base: float
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class _Placed:
    glyph: Glyph
    start: float
    end: float
    base: float


def lines_of(glyphs: Iterable[Glyph]) -> list[Line]:
    """All lines, in no particular order."""
    by_angle: dict[int, list[_Placed]] = defaultdict(list)
    for glyph in glyphs:
        if glyph.size > 0 and not glyph.text.isspace():
            by_angle[round(glyph.angle) % 360].append(_place(glyph))
    lines: list[Line] = []
    for placed in by_angle.values():
        for row in _rows(placed):
            lines.extend(_line(part) for part in _parts(row))
    return lines


def along(angle: float, x: float, y: float) -> tuple[float, float]:
    """A point in the frame of text at `angle`: along the reading direction, and downwards."""
    turn = math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)
    return x * cos + y * sin, y * cos - x * sin


def union(boxes: Sequence[Box]) -> Box:
    """The smallest box around all."""
    left = min(box[0] for box in boxes)
    top = min(box[1] for box in boxes)
    right = max(box[0] + box[2] for box in boxes)
    bottom = max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top


def width_along(angle: float, box: Box, size: float) -> float:
    """The width along a line at `angle` of what has this upright box around it."""
    _, _, width, height = box
    if angle % 180 == 0:
        return width
    turn = math.radians(angle)
    cos, sin = abs(math.cos(turn)), abs(math.sin(turn))
    across = cos * cos - sin * sin
    if abs(across) < 0.2:  # near 45° the upright box does not tell
        return 0.55 * size
    return max(0.0, (width * cos - height * sin) / across)


def _place(glyph: Glyph) -> _Placed:
    start, base = along(glyph.angle, glyph.x, glyph.y)
    return _Placed(glyph, start, start + glyph.advance, base)


def _rows(placed: list[_Placed]) -> list[list[_Placed]]:
    """Characters that share a baseline; sizes may differ."""
    rows: list[list[_Placed]] = []
    for each in sorted(placed, key=lambda one: (one.base, one.start)):
        if rows and each.base - rows[-1][-1].base <= SAME_BASELINE * each.glyph.size:
            rows[-1].append(each)
        else:
            rows.append([each])
    return rows


def _parts(row: list[_Placed]) -> list[list[_Placed]]:
    """A row cut into lines."""
    parts: list[list[_Placed]] = []
    for each in sorted(row, key=lambda one: one.start):
        if parts and _is_twin(parts[-1][-1], each):
            continue
        if parts and not _begins_anew(parts[-1], each):
            parts[-1].append(each)
        else:
            parts.append([each])
    return parts


def _is_twin(before: _Placed, each: _Placed) -> bool:
    """Bold type is often the same letter printed twice."""
    near = abs(before.start - each.start) < 0.08 * each.glyph.size
    return near and before.glyph.text == each.glyph.text


def _begins_anew(part: list[_Placed], each: _Placed) -> bool:
    size = max(part[-1].glyph.size, each.glyph.size)
    gap = each.start - part[-1].end
    if gap > LINE_GAP * size:
        return not (gap < COUNT_GAP * size and _counts(part) and each.glyph.text.isdigit())
    before = part[-1].glyph.text
    sign = each.glyph.text in "+-−" and (before.isdigit() or before in "°)")
    return sign and gap > SIGN_GAP * size


def _counts(part: list[_Placed]) -> bool:
    return _COUNT.search(_text(part[-6:])) is not None


def _line(part: list[_Placed]) -> Line:
    first = part[0].glyph
    sizes = sorted(each.glyph.size for each in part)
    return Line(
        _text(part),
        union([each.glyph.box for each in part]),
        first.angle,
        sizes[len(sizes) // 2],
        part[0].start,
        max(each.end for each in part),
        sum(each.base for each in part) / len(part),
    )


def _text(part: Sequence[_Placed]) -> str:
    pieces = [part[0].glyph.text]
    for before, each in pairwise(part):
        gap = each.start - before.end
        if gap > SPACE_GAP * max(before.glyph.size, each.glyph.size):
            pieces.append(" ")
        pieces.append(each.glyph.text)
    return "".join(pieces)
