"""A training example: images, the prompt text around them, questions and answers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Image:
    """Grey pixels `[height, width]`, sides multiples of 32, and the characters in each token."""

    pixels: NDArray[np.uint8]
    targets: NDArray[np.uint8]


@dataclass(frozen=True)
class Turn:
    """A question and its answer. `before` precedes the question in the same message; an `Image` in
    it marks an image's place."""

    question: str
    answer: str
    before: tuple[str | Image, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """A conversation. Without `system` there is no system turn."""

    turns: tuple[Turn, ...] = ()
    system: str = ""
    loose: tuple[Image, ...] = field(default=())

    @property
    def images(self) -> list[Image]:
        """All images in prompt order."""
        inside = [part for turn in self.turns for part in turn.before if isinstance(part, Image)]
        return [*self.loose, *inside]
