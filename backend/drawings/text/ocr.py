"""Reading the text of a scan, tile by tile, in a background worker.

RapidOCR's three models come inside its package: nothing is downloaded. Knows pixels of one
tile; tiles are put together by `ocr_merge.py`.
"""

from __future__ import annotations

import importlib.util
import logging
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.drawings.formats.format import Size, VipsImage
from backend.drawings.text.ocr_merge import Reading, Region
from backend.geometry import Box

#: Below this spread of grey values a tile is blank paper.
BLANK = 4.0
#: A box this close to an edge inside the page may have been cut there, in read pixels.
EDGE = 4.0

Pixels = npt.NDArray[np.uint8]


def ocr_is_installed() -> bool:
    """True where the OCR package can be imported; nothing is loaded."""
    return importlib.util.find_spec("rapidocr_onnxruntime") is not None


class Ocr:
    """The models, loaded once per process."""

    def __init__(self) -> None:
        logging.disable(logging.INFO)
        from rapidocr_onnxruntime import RapidOCR

        self._read = RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)

    def tile(self, image: VipsImage, region: Region, canvas: Size) -> list[Reading]:
        """Everything read in a tile (an image of `region`), upright and turned by 90°."""
        pixels: Pixels = np.ndarray(
            (image.height, image.width, 3), np.uint8, image.write_to_memory()
        )[:, :, ::-1]
        if float(pixels.std()) < BLANK:
            return []
        scale = region[2] / image.width, region[3] / image.height
        upright = self._pass(pixels, 0, region, scale, canvas)
        # Text that reads from the right of the sheet stands upright after a clockwise turn.
        return upright + self._pass(np.rot90(pixels, -1), 270, region, scale, canvas)

    def _pass(
        self,
        pixels: Pixels,
        angle: int,
        region: Region,
        scale: tuple[float, float],
        canvas: Size,
    ) -> list[Reading]:
        found, _ = self._read(np.ascontiguousarray(pixels))
        readings = []
        for corners, text, confidence in found or []:
            xs, ys = [float(x) for x, _ in corners], [float(y) for _, y in corners]
            left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
            if angle == 270:  # back from the turned tile: its left edge was the bottom
                tall = pixels.shape[1]
                left, right, top, bottom = top, bottom, tall - right, tall - left
            size = (region[2] / scale[0], region[3] / scale[1])
            cut = _is_cut((left, top, right, bottom), size, region, canvas)
            box = Box(
                region[0] + left * scale[0],
                region[1] + top * scale[1],
                (right - left) * scale[0],
                (bottom - top) * scale[1],
            )
            readings.append(Reading(str(text), box, float(angle), float(confidence), cut))
        return readings


def _is_cut(
    sides: tuple[float, float, float, float],
    size: tuple[float, float],
    region: Region,
    canvas: Size,
) -> bool:
    """True where the box touches an edge of the tile that is not the page's own edge."""
    left, top, right, bottom = sides
    return bool(
        (left < EDGE and region[0] > 0)
        or (top < EDGE and region[1] > 0)
        or (right > size[0] - EDGE and region[0] + region[2] < canvas[0])
        or (bottom > size[1] - EDGE and region[1] + region[3] < canvas[1])
    )


def readings_of(values: list[dict[str, Any]]) -> list[Reading]:
    """From a worker's answer."""
    return [Reading(**{**value, "box": Box(*value["box"])}) for value in values]
