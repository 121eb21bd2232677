"""Reads the text of a scan, tile by tile, in a background worker.

RapidOCR's three models are part of its package: nothing is downloaded. `ocr_merge.py` joins the
tiles.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence

import numpy as np

from backend.drawings.formats.format import Size, VipsImage
from backend.drawings.text.closer_look import Seen, look_closer
from backend.drawings.text.ocr_merge import Reading, Region
from backend.drawings.text.ruled_lines import lines_on
from backend.drawings.text.ruling import Segment
from backend.drawings.text.text_places import Place, is_covered
from backend.drawings.text.upright import Frame, Pixels
from backend.geometry import Box

#: A tile with less spread of grey values is blank paper.
BLANK = 4.0
#: A box this close to an edge inside the page may have been cut there, in read pixels.
EDGE = 4.0
#: Least confidence of a text region to be read; lone digits have little.
BOX_TRUST = 0.3
#: Height at which a line is recognised, in pixels: the model's own.
LINE = 48
#: Readings below the first are noise; those below the second are also tried upside down.
MIN_TRUST = 0.5
SURE = 0.9
#: Weight of text that would read from the left or upside down: drawings hardly have any.
USUAL = 0.93
#: A region this many times as high as wide holds a turned line; up to the second, maybe a digit.
LYING, LONE = 1.4, 2.4
#: Text this close to 180° is upside down, in degrees.
UPSIDE_DOWN = 20.0
#: Slant up to which a text counts as level, in degrees.
LEVEL = 4.0
#: The slant of a short text is less certain: up to this many heights, this many degrees.
SHORT = 3.0
SHORT_LEVEL = 10.0


class Ocr:
    """The models, loaded once per process."""

    def __init__(self) -> None:
        logging.disable(logging.INFO)
        from rapidocr_onnxruntime import RapidOCR

        models = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)
        self._detect = models.text_det
        self._detect.postprocess_op.box_thresh = BOX_TRUST
        self._recognise = models.text_rec

    def tile(
        self, image: VipsImage, region: Region, canvas: Size
    ) -> tuple[list[Reading], list[Segment]]:
        """Return all readings of a tile (an image of `region`), upright, turned, and at any slant,
        and its ruling, in canvas pixels.
        """
        pixels: Pixels = np.ndarray(
            (image.height, image.width, 3), np.uint8, image.write_to_memory()
        )[:, :, ::-1]
        if float(pixels.std()) < BLANK:
            return [], []
        pixels = np.ascontiguousarray(pixels)
        frames = self._frames(pixels, 0) + self._frames(pixels, 1)
        seen = best([one for one in self._read(pixels, frames) if one.trust >= MIN_TRUST])
        closer = [part for one in seen for part in look_closer(pixels, one, self._lines)]
        scale = region[2] / image.width
        size = float(image.width), float(image.height)
        readings = [_reading(one, size, scale, region, canvas) for one in best(closer)]
        x, y = region[0], region[1]
        lines = [
            Segment(x + x1 * scale, y + y1 * scale, x + x2 * scale, y + y2 * scale)
            for x1, y1, x2, y2 in lines_on(np.ascontiguousarray(pixels[:, :, 1]))
        ]
        return readings, lines

    def _frames(self, pixels: Pixels, turns: int) -> list[Frame]:
        """Return text frames that read upright, or nearly so, after `turns` quarters clockwise."""
        turned = np.ascontiguousarray(np.rot90(pixels, -turns))
        corners, _ = self._detect(turned)
        tall = pixels.shape[0]
        return [
            # Map back: the turned picture's left edge was the bottom.
            Frame(one.y, tall - one.x, one.width, one.height, one.angle - 90) if turns else one
            for quad in ([] if corners is None else corners)
            for one in _ways(Frame.of_corners(np.asarray(quad, np.float32)), 1 if turns else -1)
        ]

    def _read(self, pixels: Pixels, frames: list[Frame]) -> list[Seen]:
        """Read each frame as it is; if doubtful or slanted, also from the other side."""
        seen = self._as_they_stand(pixels, frames)
        doubtful = [
            one.frame for one in seen
            if one.trust < SURE or min(abs(one.frame.angle % 90), 90 - one.frame.angle % 90) > 8
        ]  # fmt: skip
        other = [frame.quarter(2) for frame in doubtful]
        return seen + self._as_they_stand(pixels, [frame for frame in other if _is_read(frame)])

    def _as_they_stand(self, pixels: Pixels, frames: list[Frame]) -> list[Seen]:
        if not frames:
            return []
        read = self._lines([frame.cut_out(pixels, LINE / frame.height) for frame in frames])
        return [
            Seen(text.strip(), frame, trust)
            for frame, (text, trust) in zip(frames, read, strict=True)
        ]

    def _lines(self, pictures: Sequence[Pixels]) -> list[tuple[str, float]]:
        read, _ = self._recognise(list(pictures))
        return [(str(text), float(trust)) for text, trust in read]


def best(seen: Sequence[Seen]) -> list[Seen]:
    """Keep the most trusted of the readings at each place."""
    kept: list[Seen] = []
    for one in sorted(seen, key=_weight, reverse=True):
        if one.text and not is_covered(_place(one.frame), [_place(other.frame) for other in kept]):
            kept.append(one)
    return kept


def _ways(frame: Frame, turns: int) -> list[Frame]:
    """Return the ways to read a region: along its long side, a lone digit also across."""
    ratio = frame.height / max(frame.width, 1.0)
    if ratio <= LYING:
        return [frame]
    return [frame.quarter(turns), frame] if ratio < LONE else [frame.quarter(turns)]


def _is_read(frame: Frame) -> bool:
    """No text on a drawing is upside down: a 0 or an 8 only looks like it."""
    return abs(frame.angle % 360 - 180) > UPSIDE_DOWN


def _place(frame: Frame) -> Place:
    return Place(frame.box, frame.angle % 360, (frame.width, frame.height))


def _weight(one: Seen) -> float:
    """Weigh long texts first; among equals prefer reading from the bottom or from the right."""
    turned = one.frame.angle % 360
    usual = turned <= 60 or turned >= 240
    return one.trust * math.sqrt(len(one.text)) * (1.0 if usual else USUAL)


def _reading(
    seen: Seen, tile: tuple[float, float], scale: float, region: Region, canvas: Size
) -> Reading:
    frame, box = seen.frame, seen.frame.box
    sides = (box.x, box.y, box.right, box.bottom)
    cut = _is_cut(sides, tile, region, canvas)
    placed = Box(region[0] + box.x * scale, region[1] + box.y * scale,
                 box.width * scale, box.height * scale)  # fmt: skip
    angle = frame.angle % 360
    quarter = round(angle / 90) * 90
    tall, wide = frame.height * scale, frame.width * scale
    if abs(angle - quarter) < (LEVEL if wide > SHORT * tall else SHORT_LEVEL):
        angle = quarter
    text = seen.text.replace("μ", "µ")  # drawings use the micro sign, never the Greek letter
    size = (wide, tall)
    return Reading(text, placed, float(angle % 360), seen.trust, cut, size, seen.role)


def _is_cut(
    sides: tuple[float, float, float, float],
    size: tuple[float, float],
    region: Region,
    canvas: Size,
) -> bool:
    """Whether the box touches an edge of the tile that is not the page's own edge."""
    left, top, right, bottom = sides
    return bool(
        (left < EDGE and region[0] > 0)
        or (top < EDGE and region[1] > 0)
        or (right > size[0] - EDGE and region[0] + region[2] < canvas[0])
        or (bottom > size[1] - EDGE and region[1] + region[3] < canvas[1])
    )
