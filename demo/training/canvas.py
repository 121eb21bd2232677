"""A fast raster canvas for training images: lines, circles, arrows and text, in pixels.

Draws with Pillow at twice the size and halves it, so that strokes fall between pixels as a PDF
renderer's do. Notes the centre of each character. Knows nothing about sheets.
"""

from __future__ import annotations

import math
import random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from demo.fonts import advance, face, pillow_font
from demo.training.alphabet import empty_targets, mark

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom
FACTOR = 2


class Canvas:
    """`width` and `height` are multiples of 32. Coordinates: pixels, origin top left."""

    def __init__(self, width: int, height: int, *, paper: int = 255, ink: int = 0) -> None:
        self.width, self.height, self.ink = width, height, ink
        self._image = Image.new("L", (width * FACTOR, height * FACTOR), paper)
        self._draw = ImageDraw.Draw(self._image)
        self.targets = empty_targets(width, height)

    def line(self, points: list[Point], width: float = 1.0) -> None:
        self._draw.line(
            [(x * FACTOR, y * FACTOR) for x, y in points],
            fill=self.ink,
            width=max(1, round(width * FACTOR)),
        )

    def polygon(self, points: list[Point]) -> None:
        self._draw.polygon([(x * FACTOR, y * FACTOR) for x, y in points], fill=self.ink)

    def arc(
        self, center: Point, radius: float, start: float, end: float, width: float = 1.0
    ) -> None:
        """Degrees clockwise from the right, as Pillow's."""
        x, y, r = center[0] * FACTOR, center[1] * FACTOR, radius * FACTOR
        self._draw.arc(
            (x - r, y - r, x + r, y + r), start, end, self.ink, max(1, round(width * FACTOR))
        )

    def arrow(self, tip: Point, direction: Point, size: float) -> None:
        """A filled arrow head that points along `direction`."""
        length = math.hypot(*direction) or 1.0
        ux, uy = direction[0] / length, direction[1] / length
        back = (tip[0] - ux * size, tip[1] - uy * size)
        side = size / 6
        self.polygon(
            [
                tip,
                (back[0] - uy * side, back[1] + ux * side),
                (back[0] + uy * side, back[1] - ux * side),
            ]
        )

    def text(self, x: float, baseline: float, text: str, font: str, cap: float) -> Box:
        """Write `text` from `x` on its baseline, capitals `cap` tall; returns its box."""
        size = cap / face(font).cap
        if x < self.width and baseline > 0 and baseline - 1.5 * cap < self.height:
            self._draw.text(
                (x * FACTOR, baseline * FACTOR),
                text,
                font=pillow_font(font, round(size * FACTOR)),
                fill=self.ink,
                anchor="ls",
            )
        left = x
        for character in text:
            width = advance(font, character) * size
            mark(self.targets, x + width / 2, baseline - cap / 2, character)
            x += width
        return (left, baseline - cap, x, baseline)

    def pixels(self, rng: random.Random | None = None) -> NDArray[np.uint8]:
        """The image, `[height, width]`; with `rng`, now and then worn like a scan."""
        image = np.asarray(self._image.reduce(FACTOR))
        if rng is None or rng.random() < 0.5:
            return image
        return _wear(image, rng)


def _wear(image: NDArray[np.uint8], rng: random.Random) -> NDArray[np.uint8]:
    """Weaker contrast and grain."""
    noise = np.random.default_rng(rng.getrandbits(32))
    low = rng.uniform(0, 70)
    high = rng.uniform(225, 255)
    worn = low + image.astype(np.float32) * ((high - low) / 255)
    worn += noise.standard_normal(image.shape, dtype=np.float32) * rng.uniform(0, 10)
    return np.clip(worn, 0, 255).astype(np.uint8)
