"""Aligns two sheets by their common texts: shift, uniform scale and a small rotation.

Pure. Points are complex numbers, `x + y·i` in canvas pixels, so that one multiplication rotates and
scales.
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

#: A text is in place if it is within this share of the sheet's diagonal: 1.1 mm on A4.
TOLERANCE = 0.003
#: Two anchors closer than this share of the diagonal are too close to give the scale.
FAR = 0.05
#: Beyond this angle a sheet is not a skewed scan but a different drawing. Exact text is never
#: skewed: rotation would only hide the fact that something moved.
LARGEST_TURN = math.radians(5)
SCALES = (0.1, 10.0)
#: Texts that must agree before they override the alignment by canvas size.
FEWEST = 3
#: Factor by which more texts must agree with a shift than with the canvas alone, and with another
#: scale than with a shift: a large view that moved must not shift the whole sheet.
CLEARLY = 1.25
#: Limits on the candidates tried; more only take time (200 anchors and 600 trials: about 50 ms).
ANCHORS, TRIALS = 200, 400
#: A text with more copies than this on a sheet is not used as an anchor.
COPIES = 4


@dataclass(frozen=True, slots=True)
class Alignment:
    """Old canvas to new: `new = turn · old + shift`. `anchors` is the number of texts that agree;
    `by_text` is False if the alignment comes from the canvas sizes alone."""

    turn: complex
    shift: complex
    anchors: int = 0
    by_text: bool = False

    @property
    def scale(self) -> float:
        """New pixels per old pixel."""
        return abs(self.turn)

    @property
    def angle(self) -> float:
        """Clockwise rotation of the new sheet in degrees."""
        return math.degrees(cmath.phase(self.turn))

    def matrix(self) -> tuple[float, float, float, float, float, float]:
        """Old canvas to new, as an SVG `matrix(a b c d e f)`."""
        turn, shift = self.turn, self.shift
        return (turn.real, turn.imag, -turn.imag, turn.real, shift.real, shift.imag)

    def point(self, point: complex) -> complex:
        """Map a point of the old canvas to the new one."""
        return self.turn * point + self.shift

    def box(self, box: Box) -> Box:
        """Map a box of the old canvas to the new one; its sides stay axis-aligned."""
        return _around(self.point(center(box)), box, self.scale)

    def back(self, box: Box) -> Box:
        """Map a box of the new canvas to the old one."""
        return _around((center(box) - self.shift) / self.turn, box, 1 / self.scale)


def center(box: Box) -> complex:
    """The centre of a box as a complex number."""
    return complex(*box.center)


def by_canvas(old: Size, new: Size) -> Alignment:
    """Fit the old canvas into the new one, aligned at the top left corner."""
    return Alignment(complex(min(new[0] / old[0], new[1] / old[1])), 0j)


def align(
    old: Sequence[TextItem], new: Sequence[TextItem], old_size: Size, new_size: Size
) -> Alignment:
    """The alignment that most texts agree with, or `by_canvas` if that is nearly as good or fewer
    than three texts agree. Deterministic."""
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
    """Centres of equal texts. Uses texts that occur once on each sheet or, if these are fewer than
    `FEWEST`, all pairs of texts that occur a few times."""
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
    """Alignments implied by pairs of distant anchors: scale, shift and, if allowed, rotation."""
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
    """Fit an alignment to the pairs by least squares."""
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
