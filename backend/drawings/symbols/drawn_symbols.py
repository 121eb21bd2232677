"""Symbols that are drawn beside text and not written: Ø, °, ±, ↧, ⌴, ⌵, □, ⌒, √, Ⓜ, brackets.

A symbol is read where it has the size and the place of a letter of the text beside it, and the
shape that programs draw it in (`shape_matching.py`). Everything else on a sheet, arrows, centre
marks, holes and hatching, stays what it is. Pure; knows no file format.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from backend.drawings.symbols.shape_matching import match
from backend.drawings.symbols.strokes import Point, Stroke, StrokeGrid, clusters
from backend.drawings.symbols.text_frame import (
    Extent,
    FramedStroke,
    TextFrame,
    extent_of,
    is_digit,
)
from backend.drawings.text.text_lines import Letter, Line, relined

#: Strokes longer than this, in digit heights, are no part of a symbol.
LONGEST_STROKE = 3.4
#: How far around a line strokes are looked for, along and across, in digit heights.
REACH, ACROSS = 4.5, 1.8
#: Strokes near one line that are compared with each other.
MAX_NEARBY = 60
#: Gaps between strokes of one symbol, in digit heights: in one path, touching, apart.
GAP_IN_PATH, GAP_TOUCHING, GAP_APART = 0.62, 0.04, 0.3
#: Where a sign before two stacked limits is beside the upper one, and how far apart these are.
STACKED_LEVEL, STACK_PITCH = (-0.6, 0.15), (0.9, 2.3)
#: Letters of a line that is no word: datums of a frame.
MAX_LONE_LETTERS = 6
#: Symbols that follow each other (`⌴ Ø`) are read from the right, one each round.
ROUNDS = 3

_CIRCLED = {letter: chr(0x24B6 + ord(letter) - ord("A")) for letter in "EFLMPRSTU"}
_CIRCLE = frozenset("°")


@dataclass(frozen=True, slots=True)
class _Room:
    """Where a sign before or behind a number may be, in digit heights."""

    height: tuple[float, float]
    width: tuple[float, float]
    middle: tuple[float, float]
    gap: float

    def holds(self, extent: Extent, gap: float) -> bool:
        return (
            self.height[0] <= extent.height <= self.height[1]
            and self.width[0] <= extent.width <= self.width[1]
            and self.middle[0] <= extent.center[1] <= self.middle[1]
            and gap <= self.gap
        )

    def at(self, middle: tuple[float, float]) -> _Room:
        """The same, at another level."""
        return replace(self, middle=middle)


_BEFORE = {
    "Ø": _Room((0.55, 1.75), (0.45, 1.7), (0.15, 0.85), 1.2),
    "±": _Room((0.45, 1.4), (0.3, 1.2), (0.05, 0.85), 0.8),
    "↧": _Room((0.5, 1.6), (0.3, 1.5), (0.1, 0.9), 1.2),
    "⌴": _Room((0.3, 1.3), (0.5, 2.3), (-0.1, 0.85), 1.2),
    "⌵": _Room((0.3, 1.3), (0.5, 2.3), (-0.1, 0.85), 1.2),
    "□": _Room((0.5, 1.25), (0.5, 1.25), (0.2, 0.8), 0.8),
    "⌒": _Room((0.12, 0.9), (0.5, 1.6), (0.2, 1.1), 0.85),
    "√": _Room((0.8, 3.4), (0.5, 3.4), (-0.9, 1.2), 1.2),
    "(": _Room((0.9, 2.0), (0.06, 0.7), (0.2, 0.8), 1.3),
    "[": _Room((0.9, 2.0), (0.06, 0.7), (0.2, 0.8), 1.3),
}
_BEHIND = {
    "°": _Room((0.12, 0.55), (0.12, 0.55), (0.55, 1.25), 0.5),
    ")": _BEFORE["("],
    "]": _BEFORE["["],
}
_OPENING = {"(": ")", "[": "]"}
#: A drawn sign that another one may precede.
_CHAINED = frozenset("Ø□⌒±")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Strokes beside a line, in its frame."""

    strokes: tuple[Stroke, ...]
    points: list[list[Point]]
    extent: Extent

    @property
    def is_filled(self) -> bool:
        """Whether the strokes are outlines of filled areas."""
        return all(stroke.is_filled for stroke in self.strokes)


@dataclass(frozen=True, slots=True)
class _Hit:
    """A sign found at a line: a new letter, or one in place of the letter inside a circle."""

    distance: float
    line: int
    letter: Letter
    strokes: tuple[Stroke, ...]
    replaced: Letter | None = None


def with_drawn_symbols(lines: list[Line], strokes: Sequence[Stroke]) -> list[Line]:
    """The lines with the symbols that are drawn beside them; `strokes` are those near text."""
    readable = [line for line in lines if line.letters and _could_have_signs(line)]
    if not readable or not strokes:
        return lines
    side = 4 * median(line.size for line in readable)
    finder = _Finder(readable, StrokeGrid(strokes, side))
    changed = finder.find()
    return relined(lines, changed) if changed else lines


def _could_have_signs(line: Line) -> bool:
    """Whether there is a number, or a lone letter that a circle may be around."""
    return any(map(is_digit, line.letters)) or len(line.letters) <= MAX_LONE_LETTERS


class _Finder:
    """One pass over a page."""

    def __init__(self, lines: Sequence[Line], grid: StrokeGrid) -> None:
        self._lines = lines
        self._frames = [TextFrame(line) for line in lines]
        self._letters = [sorted(line.letters, key=lambda one: one.start) for line in lines]
        self._candidates = [
            _candidates(line, frame, grid) for line, frame in zip(lines, self._frames, strict=True)
        ]
        self._used: set[int] = set()
        self._changed: set[int] = set()

    def find(self) -> dict[int, list[Letter]]:
        """The letters of every line that has drawn ones, by the line's `id`."""
        wanted: Iterable[int] = range(len(self._lines))
        for _ in range(ROUNDS):
            hits = [hit for index in wanted for hit in self._hits(index)]
            wanted = {hit.line for hit in hits if self._take(hit)}
            if not wanted:
                break
        for index in self._changed:
            self._letters[index] = _without_lone_brackets(self._letters[index])
        return {id(self._lines[index]): self._letters[index] for index in self._changed}

    def _take(self, hit: _Hit) -> bool:
        marks = {id(stroke) for stroke in hit.strokes}
        if marks & self._used:
            return False
        self._used |= marks
        letters = self._letters[hit.line]
        if hit.replaced is not None:
            letters.remove(hit.replaced)
        letters.append(hit.letter)
        letters.sort(key=lambda one: one.start)
        self._changed.add(hit.line)
        return True

    def _hits(self, index: int) -> list[_Hit]:
        found = []
        for candidate in self._candidates[index]:
            if not any(id(stroke) in self._used for stroke in candidate.strokes):
                hit = self._hit(index, candidate)
                if hit is not None:
                    found.append(hit)
        return sorted(found, key=lambda hit: (hit.distance, -len(hit.strokes)))

    def _hit(self, index: int, candidate: _Candidate) -> _Hit | None:
        frame, letters, extent = self._frames[index], self._letters[index], candidate.extent
        place = _Neighbours.of(letters, extent, frame)
        if place.inside:
            return self._circled(index, candidate, place)
        allowed = _allowed(place, extent)
        is_halfway = "Ø" not in allowed and self._is_before_stack(index, place, extent)
        if is_halfway:
            allowed |= {"Ø"}
        if not allowed:
            return None
        found = match(candidate.points, allowed, candidate.is_filled)
        if found is None or (found.sign == "°" and _is_dot(candidate)):
            return None
        letter = _letter(found.sign, place, extent, frame)
        if is_halfway and found.sign == "Ø":
            letter = letter._replace(base=frame.base(extent.center[1] - 0.5))
        return _Hit(found.distance, index, letter, candidate.strokes)

    def _is_before_stack(self, index: int, place: _Neighbours, extent: Extent) -> bool:
        """Whether it is halfway before two numbers, one above the other: limits of a size."""
        right, frame = place.right, self._frames[index]
        if right is None or not STACKED_LEVEL[0] <= extent.center[1] < STACKED_LEVEL[1]:
            return False
        room = _BEFORE["Ø"].at(STACKED_LEVEL)
        return room.holds(extent, place.gap_right) and any(
            is_digit(letters[0]) or letters[0].text in ".,"
            for letters in self._letters
            if letters[0].angle == right.angle
            and STACK_PITCH[0] < (letters[0].base - right.base) / frame.height < STACK_PITCH[1]
            and abs(letters[0].start - right.start) < frame.height
        )

    def _circled(self, index: int, candidate: _Candidate, place: _Neighbours) -> _Hit | None:
        """A circle around a lone letter that follows a number or a datum: `0.14 Ⓜ`."""
        if len(place.inside) != 1 or place.inside[0].text not in _CIRCLED:
            return None
        frame, extent, letter = self._frames[index], candidate.extent, place.inside[0]
        middle = (frame_u(letter.start, frame) + frame_u(letter.end, frame)) / 2
        fits = (
            1.05 <= extent.height <= 2.4
            and abs(extent.center[0] - middle) < 0.35
            and abs(extent.center[1] - 0.5) < 0.35
            and place.left is not None
            and (place.left.text.isalnum() or place.left.text in _CIRCLED.values())
        )
        found = match(candidate.points, _CIRCLE, candidate.is_filled) if fits else None
        if found is None:
            return None
        box = frame.box(extent)
        sign = letter._replace(text=_CIRCLED[letter.text], is_drawn=True, box=box)
        return _Hit(found.distance, index, sign, candidate.strokes, replaced=letter)


@dataclass(frozen=True, slots=True)
class _Neighbours:
    """The letters around a candidate, and the gaps to them in digit heights."""

    left: Letter | None
    right: Letter | None
    gap_left: float
    gap_right: float
    inside: tuple[Letter, ...]

    @classmethod
    def of(cls, letters: Sequence[Letter], extent: Extent, frame: TextFrame) -> _Neighbours:
        left = right = None
        inside = []
        for letter in letters:  # sorted by start
            start, end = frame_u(letter.start, frame), frame_u(letter.end, frame)
            middle = (start + end) / 2
            if middle < extent.left + 0.1:
                left = letter
            elif middle > extent.right - 0.1:
                right = letter
                break
            else:
                inside.append(letter)
        gap_left = extent.left - frame_u(left.end, frame) if left else 99.0
        gap_right = frame_u(right.start, frame) - extent.right if right else 99.0
        return cls(left, right, gap_left, gap_right, tuple(inside))


def frame_u(along: float, frame: TextFrame) -> float:
    """A place along the text in digit heights."""
    return along / frame.height


def _allowed(place: _Neighbours, extent: Extent) -> frozenset[str]:
    """The signs that make sense there."""
    signs: set[str] = set()
    right, left = place.right, place.left
    if right is not None and -0.35 <= place.gap_right and place.gap_left >= -0.35:
        signs |= {
            sign
            for sign, room in _BEFORE.items()
            if room.holds(extent, place.gap_right) and _may_precede(sign, right)
        }
    if left is not None and -0.35 <= place.gap_left and place.gap_right >= -0.35:
        signs |= {
            sign
            for sign, room in _BEHIND.items()
            if room.holds(extent, place.gap_left)
            and (is_digit(left) or (sign != "°" and not left.text.isspace()))
        }
    return frozenset(signs)


def _may_precede(sign: str, right: Letter) -> bool:
    if sign in _OPENING:
        return is_digit(right) or right.text in ".,ØR±" or right.is_drawn
    if is_digit(right) or right.text in ".,":
        return True
    if sign == "√":  # the letters of a roughness follow: Ra, Rz, N8
        return right.text in "RN"
    return right.is_drawn and right.text in _CHAINED and sign not in "±°"


def _is_dot(candidate: _Candidate) -> bool:
    """A filled disc, as at the end of a leader."""
    return candidate.is_filled and len(candidate.strokes) == 1


def _letter(sign: str, place: _Neighbours, extent: Extent, frame: TextFrame) -> Letter:
    """The sign on the baseline of its neighbour, which it follows or precedes without a gap."""
    start, end = frame.pixels(extent.left), frame.pixels(extent.right)
    if sign in _BEHIND:
        beside = place.left
        assert beside is not None  # noqa: S101 - signs behind are only allowed beside a letter
        start = beside.end
    else:
        beside = place.right
        assert beside is not None  # noqa: S101
        end = beside.start
    return Letter(
        beside.base,
        start,
        max(end, start),
        sign,
        beside.angle,
        beside.size,
        frame.box(extent),
        True,
    )


def _without_lone_brackets(letters: list[Letter]) -> list[Letter]:
    """Drawn brackets only count in pairs around something."""
    kept: list[Letter] = list(letters)
    for letter in letters:
        if not letter.is_drawn:
            continue
        if letter.text in _OPENING:
            after = [one.text for one in letters if one.start > letter.start]
            if _OPENING[letter.text] not in after:
                kept.remove(letter)
        elif letter.text in _OPENING.values():
            before = [one.text for one in letters if one.start < letter.start]
            if not any(_OPENING.get(one) == letter.text for one in before):
                kept.remove(letter)
    return kept


def _candidates(line: Line, frame: TextFrame, grid: StrokeGrid) -> list[_Candidate]:
    """Groups of strokes around a line that could be a symbol."""
    nearby = grid.near(frame.around(line.box, REACH, ACROSS))
    longest = 1.5 * LONGEST_STROKE * frame.height
    nearby = [one for one in nearby if one.box[2] <= longest and one.box[3] <= longest]
    if len(nearby) > 3 * MAX_NEARBY:  # hatching, where only whole paths are compared
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
            found.append(_Candidate(tuple(one.stroke for one in group), points, extent))
    return found


def _groups(strokes: Sequence[FramedStroke]) -> Iterator[list[FramedStroke]]:
    """Strokes that could be one symbol. A single line never is."""
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
