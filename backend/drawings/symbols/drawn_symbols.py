"""Reads symbols that are drawn beside text and not written: Ø, °, ±, ↧, ⌴, ⌵, □, ⌒, √, Ⓜ, brackets.

A symbol must have the size and place of a letter of the text beside it, and the shape in which
programs draw it (`shape_matching.py`). Everything else on a sheet, such as arrows, centre marks,
holes and hatching, is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from backend.drawings.symbols.candidates import Candidate, candidates_beside
from backend.drawings.symbols.shape_matching import match
from backend.drawings.symbols.sign_places import (
    BEFORE,
    BEHIND,
    Neighbours,
    allowed_signs,
    frame_u,
    without_lone_brackets,
)
from backend.drawings.symbols.strokes import Stroke, StrokeGrid
from backend.drawings.symbols.text_frame import Extent, TextFrame, is_digit
from backend.drawings.text.text_lines import Letter, Line, relined

#: Level of a sign before two stacked limits, relative to the upper one, and their pitch.
STACKED_LEVEL, STACK_PITCH = (-0.6, 0.15), (0.9, 2.3)
#: The most letters of a line that is no word: datums of a frame.
MAX_LONE_LETTERS = 6
#: Consecutive symbols (`⌴ Ø`) are read from the right, one in each round.
ROUNDS = 3

_CIRCLED = {letter: chr(0x24B6 + ord(letter) - ord("A")) for letter in "EFLMPRSTU"}
_CIRCLE = frozenset("°")


@dataclass(frozen=True, slots=True)
class _Hit:
    """A sign found at a line: a new letter, or one that replaces the letter inside a circle."""

    distance: float
    line: int
    letter: Letter
    strokes: tuple[Stroke, ...]
    replaced: Letter | None = None


def with_drawn_symbols(lines: list[Line], strokes: Sequence[Stroke]) -> list[Line]:
    """Return the lines with the symbols drawn beside them; `strokes` are those near text."""
    readable = [line for line in lines if line.letters and _could_have_signs(line)]
    if not readable or not strokes:
        return lines
    side = 4 * median(line.size for line in readable)
    finder = _Finder(readable, StrokeGrid(strokes, side))
    changed = finder.find()
    return relined(lines, changed) if changed else lines


def _could_have_signs(line: Line) -> bool:
    """Whether there is a number, or a lone letter that may have a circle around it."""
    return any(map(is_digit, line.letters)) or len(line.letters) <= MAX_LONE_LETTERS


class _Finder:
    """One pass over a page."""

    def __init__(self, lines: Sequence[Line], grid: StrokeGrid) -> None:
        self._lines = lines
        self._frames = [TextFrame(line) for line in lines]
        self._letters = [sorted(line.letters, key=lambda one: one.start) for line in lines]
        self._candidates = [
            candidates_beside(line, frame, grid)
            for line, frame in zip(lines, self._frames, strict=True)
        ]
        self._used: set[int] = set()
        self._changed: set[int] = set()

    def find(self) -> dict[int, list[Letter]]:
        """Return the letters of every line that has drawn ones, by the line's `id`."""
        wanted: Iterable[int] = range(len(self._lines))
        for _ in range(ROUNDS):
            hits = [hit for index in wanted for hit in self._hits(index)]
            wanted = {hit.line for hit in hits if self._take(hit)}
            if not wanted:
                break
        for index in self._changed:
            self._letters[index] = without_lone_brackets(self._letters[index])
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

    def _hit(self, index: int, candidate: Candidate) -> _Hit | None:
        frame, letters, extent = self._frames[index], self._letters[index], candidate.extent
        place = Neighbours.of(letters, extent, frame)
        if place.inside:
            return self._circled(index, candidate, place)
        allowed = allowed_signs(place, extent)
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

    def _is_before_stack(self, index: int, place: Neighbours, extent: Extent) -> bool:
        """Whether it is halfway before two numbers, one above the other: limits of a size."""
        right, frame = place.right, self._frames[index]
        if right is None or not STACKED_LEVEL[0] <= extent.center[1] < STACKED_LEVEL[1]:
            return False
        room = BEFORE["Ø"].at(STACKED_LEVEL)
        return room.holds(extent, place.gap_right) and any(
            is_digit(letters[0]) or letters[0].text in ".,"
            for letters in self._letters
            if letters[0].angle == right.angle
            and STACK_PITCH[0] < (letters[0].base - right.base) / frame.height < STACK_PITCH[1]
            and abs(letters[0].start - right.start) < frame.height
        )

    def _circled(self, index: int, candidate: Candidate, place: Neighbours) -> _Hit | None:
        """Match a circle around a lone letter that follows a number or a datum: `0.14 Ⓜ`."""
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


def _is_dot(candidate: Candidate) -> bool:
    """Whether it is a filled disc, as at the end of a leader."""
    return candidate.is_filled and len(candidate.strokes) == 1


def _letter(sign: str, place: Neighbours, extent: Extent, frame: TextFrame) -> Letter:
    """Return the sign as a letter on its neighbours' baseline, adjacent to them without a gap."""
    start, end = frame.pixels(extent.left), frame.pixels(extent.right)
    if sign in BEHIND:
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
