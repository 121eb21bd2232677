"""A fast raster canvas for training images: lines, circles, arrows and text, in pixels.

Draws with Pillow at three times the size and shrinks the result, so that strokes fall between
pixels as in a PDF renderer. Text is drawn letter by letter, because Pillow rounds letter widths in
a line. Records the centre of each character.
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
FACTOR = 3


class Canvas:
    """`width` and `height` are multiples of 32. Coordinates are pixels, origin top left.

    `stretch`: width to height ratio of a square, since a sheet's sides are rounded to whole tokens.
    `least`: the thinnest line, in pixels.
    """

    def __init__(
        self,
        width: int,
        height: int,
        *,
        ink: int = 0,
        stretch: float = 1.0,
        least: float = 0.4,
    ) -> None:
        self.width, self.height, self.ink, self.least = width, height, ink, least
        self._stretch = stretch
        self._across = FACTOR / stretch
        self._image = Image.new("L", (round(width * self._across), height * FACTOR), 255)
        self._draw = ImageDraw.Draw(self._image)
        self.targets = empty_targets(width, height)

    def line(self, points: list[Point], width: float = 1.0) -> None:
        self._draw.line(
            [(x * self._across, y * FACTOR) for x, y in points],
            fill=self.ink,
            width=self._stroke(width),
        )

    def _stroke(self, width: float) -> int:
        return max(1, round(max(width, self.least) * FACTOR))

    def polygon(self, points: list[Point]) -> None:
        self._draw.polygon([(x * self._across, y * FACTOR) for x, y in points], fill=self.ink)

    def arc(
        self, center: Point, radius: float, start: float, end: float, width: float = 1.0
    ) -> None:
        """Draw an arc; angles in degrees clockwise from the right, as in Pillow."""
        x, y, r = center[0] * self._across, center[1] * FACTOR, radius * self._across
        self._draw.arc((x - r, y - r, x + r, y + r), start, end, self.ink, self._stroke(width))

    def arrow(self, tip: Point, direction: Point, size: float) -> None:
        """Draw a filled arrow head pointing along `direction`."""
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
        seen = baseline > 0 and baseline - 1.5 * cap < self.height
        letters = pillow_font(font, round(size * FACTOR * 4) / 4)
        left = x
        for character in text:
            width = advance(font, character) * size * self._stretch
            if seen and x < self.width:
                place = (x * self._across, baseline * FACTOR)
                self._draw.text(place, character, font=letters, fill=self.ink, anchor="ls")
            mark(self.targets, x + width / 2, baseline - cap / 2, character)
            x += width
        return (left, baseline - cap, x, baseline)

    def pixels(self, rng: random.Random | None = None) -> NDArray[np.uint8]:
        """The image, `[height, width]`; with `rng`, occasionally with scan artefacts."""
        smooth = Image.Resampling.BOX
        if rng is not None and rng.random() < 0.5:
            smooth = rng.choice((Image.Resampling.LANCZOS, Image.Resampling.BICUBIC))
        image = np.asarray(self._image.resize((self.width, self.height), smooth))
        if rng is None or rng.random() < 0.8:
            return image
        return _wear(image, rng)


def _wear(image: NDArray[np.uint8], rng: random.Random) -> NDArray[np.uint8]:
    """Reduce contrast and add grain."""
    noise = np.random.default_rng(rng.getrandbits(32))
    low = rng.uniform(0, 70)
    high = rng.uniform(225, 255)
    worn = low + image.astype(np.float32) * ((high - low) / 255)
    worn += noise.standard_normal(image.shape, dtype=np.float32) * rng.uniform(0, 10)
    return np.clip(worn, 0, 255).astype(np.uint8)
