"""Compares the places of recognised texts, to find readings of the same place. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from backend.drawings.text.ruling import Segment
from backend.drawings.text.text_lines import along
from backend.geometry import Box

#: Overlap, as a share of the smaller of two places, that makes them the same text.
SAME = 0.5
#: A place covered by others to more than this share is no text of its own.
TAKEN = 0.6
#: Texts whose slants differ by less are compared along them, in degrees.
PARALLEL = 12.0


class Place(NamedTuple):
    """The bounding box of a text, its angle, and its length along and height across it."""

    box: Box
    angle: float
    sides: tuple[float, float]

    def along(self, angle: float) -> Box:
        """Return the place in the frame of that angle."""
        x, y = along(angle, *self.box.center)
        length, height = self.sides
        return Box(x - length / 2, y - height / 2, length, height)


def is_covered(place: Place, others: Sequence[Place]) -> bool:
    """Whether the place is taken: by one text that is the same, or by several together, such as an
    `88` that was read across two turned numbers.
    """
    covered = 0.0
    for other in others:
        one, two = place.box, other.box
        if place.angle % 90 and abs(place.angle - other.angle) < PARALLEL:
            # The boxes of close slanted lines overlap, the lines themselves do not.
            one, two = place.along(place.angle), other.along(place.angle)
        if one.overlap_share(two) > SAME:
            return True
        covered += one.overlap(two) / one.area if one.area else 0.0
    return covered > TAKEN


def without_letters(lines: Iterable[Segment], texts: Sequence[Box]) -> list[Segment]:
    """Return the lines that are not strokes of a letter: those extend beyond the box of a text."""
    return [line for line in lines if not any(_is_within(line, box) for box in texts)]


def _is_within(line: Segment, box: Box) -> bool:
    slack = 0.1 * min(box[2], box[3])
    return (
        box[0] - slack <= line.x1
        and line.x2 <= box[0] + box[2] + slack
        and box[1] - slack <= line.y1
        and line.y2 <= box[1] + box[3] + slack
    )
