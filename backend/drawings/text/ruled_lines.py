"""Finds the ruling of a scan: long level and upright lines on a picture."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from backend.drawings.text.ruling import Segment

#: A shorter stroke may be part of a letter, in pixels of the picture.
SHORTEST = 36
#: A thicker bar is not a table line.
THICKEST = 14
#: Ink is darker than this share of the paper.
DARK = 0.7


def lines_on(picture: npt.NDArray[np.uint8]) -> list[Segment]:
    """Return every level or upright line of a grey picture, along its middle; a skew of half a
    degree still counts as level.
    """
    paper = float(np.percentile(picture, 90))
    ink = (picture < DARK * paper).astype(np.uint8)
    found = []
    for kernel in ((SHORTEST, 1), (1, SHORTEST)):
        strokes = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(kernel[::-1], np.uint8))
        count, _, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
        for label in range(1, count):
            x, y, width, height, _ = (float(value) for value in stats[label])
            if min(width, height) > THICKEST or max(width, height) < 3 * min(width, height):
                continue
            if kernel[0] > 1:
                found.append(Segment(x, y + height / 2, x + width, y + height / 2))
            else:
                found.append(Segment(x + width / 2, y, x + width / 2, y + height))
    return found
