"""Where one sheet lies on another: shift, uniform scale and a small turn, from texts on both.

Pure. Points are complex numbers, `x + y·i` in canvas pixels, so that one product turns and
scales. Knows nothing of what has changed.
"""

from __future__ import annotations

import cmath
import math
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backend.compare.spelling import spelling
from backend.drawing import TextItem
from backend.geometry import Box

Size = tuple[float, float]
Anchor = tuple[complex, complex]

#: A text counts as at its place within this share of the sheet's diagonal: 1.1 mm on A4.
TOLERANCE = 0.003
#: Two anchors nearer than this share of the diagonal say too little about the scale.
FAR = 0.05
#: Further than this a sheet is not a skewed scan but another picture. Exact text is never skewed:
#: there a turn would only explain away that something moved.
LARGEST_TURN = math.radians(5)
SCALES = (0.1, 10.0)
#: So many texts must agree before they overrule the canvas' size.
FEWEST = 3
#: So many times more texts must agree with a shift than with the canvas alone, and with another
#: scale than with a shift: a large view that moved does not take the sheet along.
CLEARLY = 1.25
#: What is tried at most; more only takes time (200 anchors and 600 trials: some 50 ms).
ANCHORS, TRIALS = 200, 400
#: A text that stands more often on a sheet says too little about its place.
COPIES = 4


@dataclass(frozen=True, slots=True)
class Alignment:
    """Old canvas to new: `new = turn · old + shift`. `anchors`: how many texts agree with it;
    `by_text`: it comes from them, not from the canvases' sizes alone."""

    turn: complex
    shift: complex
    anchors: int = 0
    by_text: bool = False

    @property
    def scale(self) -> float:
        """New pixels for one old pixel."""
        return abs(self.turn)

    @property
    def angle(self) -> float:
        """Degrees clockwise by which the new sheet is turned."""
        return math.degrees(cmath.phase(self.turn))

    def matrix(self) -> tuple[float, float, float, float, float, float]:
        """Old canvas to new, as SVG's `matrix(a b c d e f)`."""
        turn, shift = self.turn, self.shift
        return (turn.real, turn.imag, -turn.imag, turn.real, shift.real, shift.imag)

    def point(self, point: complex) -> complex:
        """A point of the old canvas on the new one."""
        return self.turn * point + self.shift

    def box(self, box: Box) -> Box:
        """A box of the old canvas on the new one; its sides stay upright."""
        return _around(self.point(center(box)), box, self.scale)

    def back(self, box: Box) -> Box:
        """A box of the new canvas on the old one."""
        return _around((center(box) - self.shift) / self.turn, box, 1 / self.scale)


def center(box: Box) -> complex:
    """The middle of a box as a complex number."""
    return complex(*box.center)


def by_canvas(old: Size, new: Size) -> Alignment:
    """The old canvas fitted into the new one from their common top left corner."""
    return Alignment(complex(min(new[0] / old[0], new[1] / old[1])), 0j)


def align(
    old: Sequence[TextItem], new: Sequence[TextItem], old_size: Size, new_size: Size
) -> Alignment:
    """The alignment that most texts agree with; `by_canvas` where that is nearly as good, or where
    fewer than three agree. The same for the same texts."""
    anchors = find_anchors(old, new)
    near = TOLERANCE * math.hypot(*new_size)
    far = FAR * math.hypot(*old_size)
    turns = any(item.source == "ocr" for item in (*old, *new))
    best = by_canvas(old_size, new_size)
    count = len(_agreeing(best, anchors, near))
    most = math.ceil(CLEARLY * count)
    found: Alignment | None = None
    shifts = (Alignment(best.turn, other - best.turn * one) for one, other in anchors)
    for trial in shifts:
        if (agreeing := len(_agreeing(trial, anchors, near))) > most:
            found, most = trial, agreeing
    most = most if found is None else math.ceil(CLEARLY * most)
    for trial in _scaled(anchors, far, turns=turns):
        if (agreeing := len(_agreeing(trial, anchors, near))) > most:
            found, most = trial, agreeing
    if found is None or len(_agreeing(found, anchors, near)) < FEWEST:
        return Alignment(best.turn, best.shift, count)
    for _ in range(2):
        found = _fitted(_agreeing(found, anchors, near), found, turns=turns)
    return Alignment(found.turn, found.shift, len(_agreeing(found, anchors, near)), True)


def find_anchors(old: Sequence[TextItem], new: Sequence[TextItem]) -> list[Anchor]:
    """Middles of equal texts: of those that stand once on each sheet, and where these are fewer
    than `FEWEST`, of all pairs of those that stand a few times."""
    ours, theirs = _places(old), _places(new)
    shared = sorted(ours.keys() & theirs.keys())
    once = [key for key in shared if len(ours[key]) == len(theirs[key]) == 1]
    few = [key for key in shared if max(len(ours[key]), len(theirs[key])) <= COPIES]
    keys = once if len(once) >= FEWEST else few
    pairs = [(one, other) for key in keys for one in ours[key] for other in theirs[key]]
    if len(pairs) > ANCHORS:
        pairs = random.Random(0).sample(pairs, ANCHORS)  # noqa: S311 - no secret
    return pairs


def _places(items: Sequence[TextItem]) -> dict[str, list[complex]]:
    places: dict[str, list[complex]] = defaultdict(list)
    for item in items:
        if key := spelling(item.text):
            places[key].append(center(item.box))
    return places


def _scaled(anchors: Sequence[Anchor], far: float, *, turns: bool) -> Iterator[Alignment]:
    """What pairs of distant anchors say of scale and shift, and of the turn where there is one."""
    if len(anchors) < 2:
        return
    chance = random.Random(0)  # noqa: S311 - no secret
    for _ in range(TRIALS):
        (a, to_a), (b, to_b) = chance.sample(anchors, 2)
        if abs(b - a) < far:
            continue
        turn = (to_b - to_a) / (b - a)
        plausible = SCALES[0] <= abs(turn) <= SCALES[1]
        if plausible and abs(cmath.phase(turn)) <= LARGEST_TURN:
            turn = turn if turns else complex(abs(turn))
            yield Alignment(turn, (to_a + to_b - turn * (a + b)) / 2)


def _agreeing(alignment: Alignment, anchors: Sequence[Anchor], near: float) -> list[Anchor]:
    turn, shift = alignment.turn, alignment.shift
    return [(one, other) for one, other in anchors if abs(turn * one + shift - other) <= near]


def _fitted(pairs: Sequence[Anchor], before: Alignment, *, turns: bool) -> Alignment:
    """Least squares over the pairs."""
    ours = sum(one for one, _ in pairs) / len(pairs)
    theirs = sum(other for _, other in pairs) / len(pairs)
    spread = sum(abs(one - ours) ** 2 for one, _ in pairs)
    if spread == 0:
        return before
    product = sum((one - ours).conjugate() * (other - theirs) for one, other in pairs)
    turn = (product if turns else complex(product.real)) / spread
    return Alignment(turn, theirs - turn * ours)


def _around(centre: complex, box: Box, scale: float) -> Box:
    width, height = box.width * scale, box.height * scale
    return Box(centre.real - width / 2, centre.imag - height / 2, width, height)
