"""Finds a sheet's views: ink between frame and tables, grouped by distance.

A grey picture of the page and boxes go in, boxes come out, all in canvas pixels. Names of views are
not considered.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from backend.geometry import Box
from backend.model.service import ModelImage

Grey = npt.NDArray[np.uint8]
Ink = npt.NDArray[np.bool_]

#: Darker than this is ink: a line of 0.13 mm on A0 is still that dark in a picture 1,400 wide.
PAPER = 236
#: A straight line over this share of the sheet, near its edge, is the frame.
FRAME, EDGE = 0.55, 0.12
#: Ink this share of the shorter side apart belongs to two views: 5 mm on A4, 15 on A0.
GAP = 0.024
#: Smallest longer and shorter side of a view, as shares of the sheet's shorter side.
LONG, SHORT = 0.08, 0.03
#: Least share of a view's ink that is not lettering; largest share of its box that is: a symbol
#: beside a value is no view.
STROKES, LETTERING = 0.25, 0.2
#: More views than this mean that the sheet was segmented wrongly.
MOST = 24


def grey_of(image: ModelImage) -> Grey:
    """Return the darkest of each pixel's colours, so that coloured lines count as ink."""
    pixels = np.frombuffer(image.rgb, np.uint8).reshape(image.height, image.width, 3)
    darkest: Grey = pixels.min(axis=2)
    return darkest


def find_views(
    grey: Grey, size: tuple[float, float], texts: Sequence[Box], taken: Sequence[Box]
) -> list[Box]:
    """Find the views of a page of `size` canvas pixels; `grey` is its whole picture, reduced.

    `texts` are the boxes of its lettering, `taken` those of title block, tables and notes. Returns
    the largest first, and none if there are too many to be views.
    """
    scale = (grey.shape[1] / size[0], grey.shape[0] / size[1])
    ink = grey < PAPER
    left, top, right, bottom = _inside_frame(ink)
    ink[:top], ink[bottom:], ink[:, :left], ink[:, right:] = False, False, False, False
    gap = max(2, round(GAP * min(grey.shape)))
    for box in taken:
        ink[_window(box, scale, gap // 3)] = False
    strokes = ink.copy()
    for box in texts:
        strokes[_window(box, scale, 1)] = False
    found, short = list[Box](), min(grey.shape)
    for window in _together(ink, gap):
        rows, columns = window
        height, width = rows.stop - rows.start, columns.stop - columns.start
        if max(height, width) < LONG * short or min(height, width) < SHORT * short:
            continue
        if strokes[window].sum() < STROKES * ink[window].sum():
            continue
        place = (columns.start / scale[0], rows.start / scale[1])
        box = Box(*place, width / scale[0], height / scale[1])
        lettering = [text for text in texts if _is_in(text, box)]
        lettered = sum(text[2] * text[3] for text in lettering)
        # The rest of a table whose text was removed.
        rest = not lettering and any(touch(box, one, gap / scale[0]) for one in taken)
        if not rest and lettered <= LETTERING * box[2] * box[3]:
            found.append(box)
    found = _without_inner(found)
    found.sort(key=lambda box: -box[2] * box[3])
    return found if len(found) <= MOST else []


def _inside_frame(ink: Ink) -> tuple[int, int, int, int]:
    """Return the innermost long lines near the edges, or the picture's own edges without any."""
    height, width = ink.shape
    across, down = _longest(ink), _longest(ink.T)
    top, bottom = _bounds(across >= FRAME * width, height)
    left, right = _bounds(down >= FRAME * height, width)
    return left, top, right, bottom


def _longest(ink: Ink) -> npt.NDArray[np.int_]:
    """Return the longest run of ink in each row; a gap of one pixel is ignored."""
    closed = ink.copy()
    closed[:, 1:-1] |= ink[:, :-2] & ink[:, 2:]
    best = np.zeros(ink.shape[0], dtype=np.int_)
    run = np.zeros(ink.shape[0], dtype=np.int_)
    for column in closed.T:
        run = np.where(column, run + 1, 0)
        np.maximum(best, run, out=best)
    return best


def _bounds(is_line: npt.NDArray[np.bool_], length: int) -> tuple[int, int]:
    """Return the range from after the last line near the start to before the first near the end."""
    lines = np.flatnonzero(is_line)
    edge = EDGE * length
    first = max((int(at) + 2 for at in lines if at < edge), default=0)
    last = min((int(at) - 1 for at in lines if at > length - edge), default=length)
    return first, last


def _window(box: Box, scale: tuple[float, float], margin: int) -> tuple[slice, slice]:
    x, y, width, height = box
    across = slice(max(0, int(x * scale[0]) - margin), int((x + width) * scale[0]) + margin + 1)
    down = slice(max(0, int(y * scale[1]) - margin), int((y + height) * scale[1]) + margin + 1)
    return down, across


def _together(ink: Ink, gap: int) -> list[tuple[slice, slice]]:
    """Return windows around ink whose gaps are at most about `gap` pixels."""
    cell = max(1, gap // 2)
    rows, columns = -(-ink.shape[0] // cell), -(-ink.shape[1] // cell)
    padded = np.zeros((rows * cell, columns * cell), dtype=np.bool_)
    padded[: ink.shape[0], : ink.shape[1]] = ink
    cells = padded.reshape(rows, cell, columns, cell).any(axis=(1, 3))
    open_cells = set(zip(*(part.tolist() for part in np.nonzero(cells)), strict=True))
    windows = []
    while open_cells:
        waiting, group = [open_cells.pop()], []
        while waiting:
            row, column = waiting.pop()
            group.append((row, column))
            for near in ((row + down, column + across) for down in _NEAR for across in _NEAR):
                if near in open_cells:
                    open_cells.remove(near)
                    waiting.append(near)
        top, left = (min(part) * cell for part in zip(*group, strict=True))
        bottom, right = ((max(part) + 1) * cell for part in zip(*group, strict=True))
        windows.append(_tight(padded, top, bottom, left, right))
    return windows


_NEAR = (-2, -1, 0, 1, 2)


def _tight(ink: Ink, top: int, bottom: int, left: int, right: int) -> tuple[slice, slice]:
    """Return the window without its empty rows and columns."""
    part = ink[top:bottom, left:right]
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    return (
        slice(top + int(rows[0]), top + int(rows[-1]) + 1),
        slice(left + int(columns[0]), left + int(columns[-1]) + 1),
    )


def _is_in(text: Box, box: Box) -> bool:
    x, y = text[0] + text[2] / 2, text[1] + text[3] / 2
    return box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]


def touch(one: Box, other: Box, reach: float) -> bool:
    """Whether they are at most `reach` apart."""
    across = max(one[0], other[0]) - min(one[0] + one[2], other[0] + other[2])
    down = max(one[1], other[1]) - min(one[1] + one[3], other[1] + other[3])
    return across <= reach and down <= reach


def _without_inner(boxes: Sequence[Box]) -> list[Box]:
    """Drop boxes within another box."""
    return [
        box
        for box in boxes
        if not any(
            other is not box
            and other[0] <= box[0]
            and other[1] <= box[1]
            and box[0] + box[2] <= other[0] + other[2]
            and box[1] + box[3] <= other[1] + other[3]
            for other in boxes
        )
    ]
