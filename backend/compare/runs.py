"""The texts of two sheets on a common canvas, and the set of those not matched yet."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from backend.compare.alignment import Alignment, center
from backend.compare.spelling import spelling
from backend.drawing import TextItem
from backend.geometry import Box


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A text. `box` is its place on the new canvas, `own` on its own canvas; `height` (of its
    letters), `centre` and `angle` (degrees clockwise) refer to the new canvas."""

    text: str
    key: str
    own: Box
    box: Box
    angle: float

    @property
    def centre(self) -> complex:
        return center(self.box)

    @property
    def height(self) -> float:
        return min(self.box.width, self.box.height)


def runs_of(items: Sequence[TextItem], alignment: Alignment | None, near: float) -> list[Run]:
    """The texts; those of the old sheet are mapped by its alignment. A text printed twice in one
    place (a way to make it bold) counts once. `near`: tolerance for one place, in new canvas
    pixels."""
    known: dict[str, list[complex]] = defaultdict(list)
    runs = []
    for item in items:
        key = spelling(item.text)
        box = item.box if alignment is None else alignment.box(item.box)
        angle = item.angle + (0 if alignment is None else alignment.angle)
        run = Run(" ".join(item.text.split()), key, item.box, box, angle)
        if key and not any(abs(run.centre - place) <= near for place in known[key][-8:]):
            known[key].append(run.centre)
            runs.append(run)
    return runs


def turned_alike(one: Run, other: Run) -> bool:
    """Whether both are read in the same direction, within 10 degrees."""
    return abs((one.angle - other.angle + 180) % 360 - 180) <= 10


class Grid:
    """A spatial index of runs, for finding neighbours."""

    def __init__(self, runs: Iterable[Run], cell: float) -> None:
        self._cell = cell
        self._cells: dict[tuple[int, int], list[Run]] = defaultdict(list)
        for run in runs:
            self._cells[self._key(run.centre.real), self._key(run.centre.imag)].append(run)

    def within(self, box: Box, margin: float) -> Iterator[Run]:
        """Runs whose centre is inside the box or at most `margin` outside."""
        x, y, width, height = box
        left, right = x - margin, x + width + margin
        top, bottom = y - margin, y + height + margin
        for column in range(self._key(left), self._key(right) + 1):
            for row in range(self._key(top), self._key(bottom) + 1):
                for run in self._cells.get((column, row), ()):
                    if left <= run.centre.real <= right and top <= run.centre.imag <= bottom:
                        yield run

    def _key(self, value: float) -> int:
        return math.floor(value / self._cell)


@dataclass
class Open:
    """The runs of both sheets not matched yet. `near`: tolerance for one place."""

    old: dict[int, Run]
    new: dict[int, Run]
    near: float
    cell: float
    pairs: list[tuple[str, Run, Run]] = field(default_factory=list)

    @classmethod
    def of(cls, old: Sequence[Run], new: Sequence[Run], near: float, cell: float) -> Open:
        """All runs of both sheets."""
        return cls({id(run): run for run in old}, {id(run): run for run in new}, near, cell)

    def old_grid(self) -> Grid:
        return Grid(self.old.values(), self.cell)

    def new_grid(self) -> Grid:
        return Grid(self.new.values(), self.cell)

    def close(self, *runs: Run) -> None:
        """Remove runs that have been matched."""
        for run in runs:
            self.old.pop(id(run), None)
            self.new.pop(id(run), None)

    def pair_best(self, kind: str, found: Iterable[tuple[float, Run, Run]]) -> None:
        """Match the cheapest pairs first, each run once; `kind` is stored with the pair."""
        for _, old, new in sorted(found, key=lambda one: one[0]):
            if id(old) in self.old and id(new) in self.new:
                self.close(old, new)
                self.pairs.append((kind, old, new))
