"""The texts of two sheets on one canvas, and which of them are still without a counterpart."""

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
    """One text. `box` is its place on the new canvas, `own` on its own; `height` of its letters
    and `centre` on the new canvas; `angle` there in degrees clockwise."""

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
    """The texts, of the old sheet by its alignment; one that is written twice at one place (a way
    to print it bold) once. `near`: as far apart as one place may be, in new canvas pixels."""
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
    """Whether both are read in the same direction, to 10 degrees."""
    return abs((one.angle - other.angle + 180) % 360 - 180) <= 10


class Grid:
    """Runs by where they are, so that neighbours are found without asking all."""

    def __init__(self, runs: Iterable[Run], cell: float) -> None:
        self._cell = cell
        self._cells: dict[tuple[int, int], list[Run]] = defaultdict(list)
        for run in runs:
            self._cells[self._key(run.centre.real), self._key(run.centre.imag)].append(run)

    def within(self, box: Box, margin: float) -> Iterator[Run]:
        """Those whose middle lies in the box or at most `margin` outside."""
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
    """What has no counterpart yet on either sheet. `near`: how far apart one place may be."""

    old: dict[int, Run]
    new: dict[int, Run]
    near: float
    cell: float
    pairs: list[tuple[str, Run, Run]] = field(default_factory=list)

    @classmethod
    def of(cls, old: Sequence[Run], new: Sequence[Run], near: float, cell: float) -> Open:
        """All of both."""
        return cls({id(run): run for run in old}, {id(run): run for run in new}, near, cell)

    def old_grid(self) -> Grid:
        return Grid(self.old.values(), self.cell)

    def new_grid(self) -> Grid:
        return Grid(self.new.values(), self.cell)

    def close(self, *runs: Run) -> None:
        """These have found theirs."""
        for run in runs:
            self.old.pop(id(run), None)
            self.new.pop(id(run), None)

    def pair_best(self, kind: str, found: Iterable[tuple[float, Run, Run]]) -> None:
        """Pair what costs least first, each run once; `kind` is kept with the pair."""
        for _, old, new in sorted(found, key=lambda one: one[0]):
            if id(old) in self.old and id(new) in self.new:
                self.close(old, new)
                self.pairs.append((kind, old, new))
