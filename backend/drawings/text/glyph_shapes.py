"""Finds connected ink on a small upright picture, and recognises symbols by their shape.

A letter recogniser reads Ø and ° as 8, D, Q, 0 or nothing; their holes identify them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.uint8]

#: A hole smaller than this share of its glyph's box is dirt.
SMALLEST_HOLE = 0.03
#: Least sideways distance of the two halves of a Ø, as a share of its width; an 8 has none.
HALVES_APART = 0.22


@dataclass(frozen=True, slots=True, eq=False)
class Glyph:
    """One piece of ink, in pixels of its picture."""

    left: int
    top: int
    width: int
    height: int
    mask: Mask

    @property
    def right(self) -> int:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The lower edge."""
        return self.top + self.height

    @property
    def middle(self) -> float:
        """The vertical centre on the picture."""
        return self.top + self.height / 2


def glyphs_of(picture: Mask) -> list[Glyph]:
    """Return every piece of ink on a grey picture of paper, from the left."""
    if int(picture.max()) - int(picture.min()) < 40:
        return []
    _, ink = cv2.threshold(picture, 0, 1, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    found = []
    for label in range(1, count):
        left, top, width, height, _ = (int(value) for value in stats[label])
        mask = (labels[top : top + height, left : left + width] == label).astype(np.uint8)
        found.append(Glyph(left, top, width, height, mask))
    return sorted(found, key=lambda glyph: glyph.left)


def is_diameter(glyph: Glyph) -> bool:
    """Whether it is a closed loop that a stroke cuts into two halves, side by side."""
    if not 0.55 <= glyph.width / glyph.height <= 1.4:
        return False
    holes = _holes(glyph)
    if len(holes) != 2:
        return False
    (one_area, one_x, one_y), (other_area, other_x, other_y) = holes
    apart = abs(one_x - other_x) / glyph.width
    alike = min(one_area, other_area) / max(one_area, other_area)
    level = (one_x - other_x) * (one_y - other_y) >= 0  # the stroke rises to the right
    return apart >= HALVES_APART and alike > 0.4 and (level or abs(one_y - other_y) < 3)


def is_ring(glyph: Glyph) -> bool:
    """Whether it is a small round loop: a degree sign."""
    if not 0.7 <= glyph.width / glyph.height <= 1.4:
        return False
    return len(_holes(glyph)) == 1


def _holes(glyph: Glyph) -> list[tuple[float, float, float]]:
    """Return area and centre of each closed piece of paper in it."""
    paper = np.pad(1 - glyph.mask, 1, constant_values=1)
    count, labels, stats, middles = cv2.connectedComponentsWithStats(paper, connectivity=4)
    least = SMALLEST_HOLE * glyph.width * glyph.height
    outside = labels[0, 0]
    return [
        (float(stats[label][4]), float(middles[label][0]), float(middles[label][1]))
        for label in range(1, count)
        if label != outside and stats[label][4] >= least
    ]
