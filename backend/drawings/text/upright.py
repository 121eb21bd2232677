"""Cuts text out of a picture upright, at any angle, and maps points back.

Works on geometry and pixels only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from backend.geometry import Box

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle along a text: `x`, `y` is its top left corner as the reader sees it; `angle`
    turns clockwise, in degrees, as `TextItem.angle`. Pixels of the picture.
    """

    x: float
    y: float
    width: float
    height: float
    angle: float

    @classmethod
    def of_corners(cls, corners: npt.NDArray[np.float32]) -> Frame:
        """Build a frame from the corners of a rectangle, clockwise from the top left one."""
        along, down = corners[1] - corners[0], corners[3] - corners[0]
        width, height = float(np.hypot(*along)), float(np.hypot(*down))
        angle = math.degrees(math.atan2(along[1], along[0]))
        return cls(float(corners[0][0]), float(corners[0][1]), width, height, angle)

    def point(self, along: float, down: float) -> tuple[float, float]:
        """Return the place of a point of the frame on the picture."""
        turn = math.radians(self.angle)
        cos, sin = math.cos(turn), math.sin(turn)
        return self.x + along * cos - down * sin, self.y + along * sin + down * cos

    def part(self, left: float, top: float, right: float, bottom: float) -> Frame:
        """Return a part of it, or a larger one, by its own coordinates."""
        x, y = self.point(left, top)
        return replace(self, x=x, y=y, width=right - left, height=bottom - top)

    def quarter(self, turns: int) -> Frame:
        """Return the same rectangle, read with the page turned counter-clockwise by
        `turns` · 90°.
        """
        frame = self
        for _ in range(turns % 4):
            x, y = frame.point(frame.width, 0)
            frame = Frame(x, y, frame.height, frame.width, frame.angle + 90)
        return frame

    @property
    def box(self) -> Box:
        """The bounding box."""
        corners = [self.point(a, d) for a in (0, self.width) for d in (0, self.height)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))

    def cut_out(self, picture: Pixels, scale: float) -> Pixels:
        """Return its content, upright and scaled by `scale`; white beyond the picture."""
        size = max(1, round(self.width * scale)), max(1, round(self.height * scale))
        targets = np.array([[0, 0], [size[0], 0], [0, size[1]]], np.float32)
        sources = np.array(
            [(self.x, self.y), self.point(self.width, 0), self.point(0, self.height)], np.float32
        )
        matrix = cv2.getAffineTransform(sources, targets)
        smooth = cv2.INTER_CUBIC if scale >= 1 else cv2.INTER_AREA
        shown = cv2.warpAffine(picture, matrix, size, flags=smooth, borderValue=(255, 255, 255))
        return np.asarray(shown, np.uint8)
