"""Groups strokes beside a line of text that could be one symbol."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backend.drawings.symbols.strokes import Point, Stroke, StrokeGrid, clusters
from backend.drawings.symbols.text_frame import Extent, FramedStroke, TextFrame, extent_of
from backend.drawings.text.text_lines import Line

#: Strokes longer than this, in digit heights, are not part of a symbol.
LONGEST_STROKE = 3.4
#: How far around a line strokes are searched, along and across, in digit heights.
REACH, ACROSS = 4.5, 1.8
#: The most strokes near one line that are compared with each other.
MAX_NEARBY = 60
#: Gaps between strokes of one symbol, in digit heights: in one path, touching, apart.
GAP_IN_PATH, GAP_TOUCHING, GAP_APART = 0.62, 0.04, 0.3


@dataclass(frozen=True, slots=True)
class Candidate:
    """Strokes beside a line, in the line's frame."""

    strokes: tuple[Stroke, ...]
    points: list[list[Point]]
    extent: Extent

    @property
    def is_filled(self) -> bool:
        """Whether the strokes are outlines of filled areas."""
        return all(stroke.is_filled for stroke in self.strokes)


def candidates_beside(line: Line, frame: TextFrame, grid: StrokeGrid) -> list[Candidate]:
    """Return groups of strokes around a line that could be a symbol."""
    nearby = grid.near(frame.around(line.box, REACH, ACROSS))
    longest = 1.5 * LONGEST_STROKE * frame.height
    nearby = [one for one in nearby if one.box[2] <= longest and one.box[3] <= longest]
    if len(nearby) > 3 * MAX_NEARBY:  # hatching: only compare whole paths
        paths = Counter(one.path for one in nearby)
        nearby = [one for one in nearby if len(one.points) > 2 or paths[one.path] > 1]
    short = [
        framed
        for framed in map(frame.framed, nearby)
        if max(framed.extent.width, framed.extent.height) <= LONGEST_STROKE
        and -1.5 < framed.extent.center[1] < 1.8
    ]
    found = []
    for group in _groups(short):
        points = [one.points for one in group]
        extent = extent_of(points)
        if (
            0.1 < max(extent.width, extent.height) <= LONGEST_STROKE
            and -0.95 < extent.center[1] < 1.3
        ):
            found.append(Candidate(tuple(one.stroke for one in group), points, extent))
    return found


def _groups(strokes: Sequence[FramedStroke]) -> Iterator[list[FramedStroke]]:
    """Group strokes that could be one symbol. A single line never is one."""
    paths: dict[int, list[FramedStroke]] = {}
    for one in strokes:
        paths.setdefault(one.stroke.path, []).append(one)
    ways = [
        (part, gap)
        for part in paths.values()
        if len(part) <= MAX_NEARBY and not _is_line(part)
        for gap in (GAP_TOUCHING, GAP_IN_PATH)
    ]
    if len(strokes) <= MAX_NEARBY:
        ways += [(list(strokes), GAP_TOUCHING), (list(strokes), GAP_APART)]
    seen: set[frozenset[int]] = set()
    for part, gap in ways:
        for group in clusters([one.extent.box for one in part], gap):
            marks = frozenset(id(part[index].stroke) for index in group)
            if marks not in seen:
                seen.add(marks)
                found = [part[index] for index in group]
                if not _is_line(found):
                    yield found


def _is_line(strokes: Sequence[FramedStroke]) -> bool:
    return len(strokes) == 1 and len(strokes[0].points) == 2
