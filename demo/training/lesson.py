"""What one training example is: images, the words around them, questions with their answers."""

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
    """A question and its answer. `before` stands before the question in the same message; an
    `Image` in it is a picture's place."""

    question: str
    answer: str
    before: tuple[str | Image, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """A conversation. `system` empty: no system turn."""

    turns: tuple[Turn, ...] = ()
    system: str = ""
    loose: tuple[Image, ...] = field(default=())

    @property
    def images(self) -> list[Image]:
        """All pictures, in the order in which the prompt names them."""
        inside = [part for turn in self.turns for part in turn.before if isinstance(part, Image)]
        return [*self.loose, *inside]
