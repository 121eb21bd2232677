"""Groups placed characters into lines of text. Pure geometry.

Characters are grouped by angle and baseline. A line is cut where the gap is wider than a word gap,
and before a signed tolerance: `stacked.py` joins tolerances to their nominal size again.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from backend.geometry import Box

#: Widest gap inside a line, narrowest that is a space, both in letter heights (em).
LINE_GAP = 0.9
SPACE_GAP = 0.18
#: Gap up to which a count belongs to the number after it: the Ø between may be drawn.
COUNT_GAP = 1.8
#: Gap from which a sign begins a tolerance of its own.
SIGN_GAP = 0.4
#: Bold type is often the same letter printed twice, at most this far apart.
TWIN_GAP = 0.08
#: Baselines closer than this are one.
SAME_BASELINE = 0.15

_COUNT = re.compile(r"(^|\s)\d+\s*[x×X]$")


class Glyph(NamedTuple):
    """One character. `x`, `y` is its origin on the baseline, `box` its ink, `advance` how far
    the next one starts, `size` the em, all in canvas pixels; `angle` in degrees clockwise."""

    text: str
    x: float
    y: float
    box: Box
    angle: float
    size: float
    advance: float
    #: Recognised from a drawn shape, not written in the file.
    is_drawn: bool = False


class Letter(NamedTuple):
    """A character in the frame of its line's angle. A tuple: a sheet has tens of thousands."""

    base: float
    start: float
    end: float
    text: str
    angle: float
    size: float
    box: Box
    is_drawn: bool = False


@dataclass(slots=True)
class Line:
    """Characters on one baseline. `start`, `end` run along the text, `base` across it (growing
    downwards as the reader sees it), all in canvas pixels.

    `drawn` are the characters that were recognised from drawn shapes, `letters` all of them if a
    glyph reader built the line.
    """

    text: str
    box: Box
    angle: float
    size: float
    start: float
    end: float
    base: float
    confidence: float = 1.0
    role: str | None = None
    drawn: str = ""
    letters: Sequence[Letter] = ()


_by_base = attrgetter("base", "start")
_by_start = attrgetter("start")


def lines_of(glyphs: Iterable[Glyph]) -> list[Line]:
    """Return all lines, in no particular order."""
    by_angle: dict[float, list[Glyph]] = defaultdict(list)
    for glyph in glyphs:
        if glyph.size > 0 and not glyph.text.isspace():
            by_angle[glyph.angle].append(glyph)
    by_degree: dict[int, list[Letter]] = defaultdict(list)
    for angle, group in by_angle.items():
        by_degree[round(angle) % 360] += _place(angle, group)
    return [line for letters in by_degree.values() for line in recut(letters)]


def relined(lines: Sequence[Line], changed: Mapping[int, Sequence[Letter]]) -> list[Line]:
    """Return the lines after changes to letters of some: joined to their row, and cut again.

    `changed` has the letters of a line by the line's `id`.
    """
    kept: list[Line] = []
    rows: dict[int, list[Letter]] = defaultdict(list)
    near: dict[int, list[tuple[float, float, float, float]]] = defaultdict(list)
    for line in lines:
        if id(line) in changed:
            degree = round(line.angle) % 360
            rows[degree] += changed[id(line)]
            reach = COUNT_GAP * line.size
            for letter in changed[id(line)]:
                if letter.is_drawn:
                    near[degree].append(
                        (letter.base, line.size, letter.start - reach, letter.end + reach)
                    )
    for line in lines:
        degree = round(line.angle) % 360
        if id(line) in changed:
            continue
        if line.letters and any(
            abs(base - line.base) <= SAME_BASELINE * size and line.start < end and start < line.end
            for base, size, start, end in near.get(degree, ())
        ):
            rows[degree] += line.letters
        else:
            kept.append(line)
    return kept + [line for letters in rows.values() for line in recut(letters)]


def recut(letters: Sequence[Letter]) -> list[Line]:
    """Build the lines from letters of one angle."""
    return [line_of(part) for row in _rows(letters) for part in _parts(row)]


def along(angle: float, x: float, y: float) -> tuple[float, float]:
    """Return a point in the frame of text at `angle`: along the reading direction, and
    downwards.
    """
    turn = math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)
    return x * cos + y * sin, y * cos - x * sin


def width_along(angle: float, box: Box, size: float) -> float:
    """Return the width, along a line at `angle`, of a text with this upright box."""
    _, _, width, height = box
    if angle % 180 == 0:
        return width
    turn = math.radians(angle)
    cos, sin = abs(math.cos(turn)), abs(math.sin(turn))
    across = cos * cos - sin * sin
    if abs(across) < 0.2:  # near 45° the upright box is ambiguous
        return 0.55 * size
    return max(0.0, (width * cos - height * sin) / across)


def _place(angle: float, glyphs: Sequence[Glyph]) -> list[Letter]:
    """Place characters of one angle in the frame of `along`."""
    turn = math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)
    placed = []
    for text, x, y, box, _, size, advance, drawn in glyphs:
        start, base = x * cos + y * sin, y * cos - x * sin
        placed.append(Letter(base, start, start + advance, text, angle, size, box, drawn))
    return placed


def _rows(placed: Sequence[Letter]) -> list[list[Letter]]:
    """Group characters that share a baseline; sizes may differ."""
    rows: list[list[Letter]] = []
    for each in sorted(placed, key=_by_base):
        if rows and each.base - rows[-1][-1].base <= SAME_BASELINE * each.size:
            rows[-1].append(each)
        else:
            rows.append([each])
    return rows


def _parts(row: list[Letter]) -> list[list[Letter]]:
    """Cut a row into lines."""
    parts: list[list[Letter]] = []
    for each in sorted(row, key=_by_start):
        if not parts:
            parts.append([each])
            continue
        part = parts[-1]
        before = part[-1]
        if before.text == each.text and each.start - before.start < TWIN_GAP * each.size:
            continue
        # Almost every character is this close to the previous one.
        if each.start - before.end <= SIGN_GAP * each.size or not _begins_anew(part, each):
            part.append(each)
        else:
            parts.append([each])
    return parts


def _begins_anew(part: list[Letter], each: Letter) -> bool:
    size = max(part[-1].size, each.size)
    gap = each.start - part[-1].end
    if gap > LINE_GAP * size:
        return not (gap < COUNT_GAP * size and _counts(part) and each.text.isdigit())
    before = part[-1].text
    sign = each.text in "+-−" and (before.isdigit() or before in "°)")
    return sign and gap > SIGN_GAP * size


def _counts(part: list[Letter]) -> bool:
    return _COUNT.search(_text(part[-6:])) is not None


def line_of(part: Sequence[Letter]) -> Line:
    """Build a line from letters in reading order; there is at least one."""
    sizes = sorted(each.size for each in part)
    return Line(
        _text(part),
        Box.around([each.box for each in part]),
        part[0].angle,
        sizes[len(sizes) // 2],
        part[0].start,
        max(each.end for each in part),
        sum(each.base for each in part) / len(part),
        drawn="".join([each.text for each in part if each.is_drawn]),
        letters=part,
    )


def _text(part: Sequence[Letter]) -> str:
    pieces = [part[0].text]
    for before, each in pairwise(part):
        gap = each.start - before.end
        if gap > SPACE_GAP * max(before.size, each.size):
            pieces.append(" ")
        pieces.append(each.text)
    return "".join(pieces)
