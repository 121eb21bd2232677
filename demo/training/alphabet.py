"""The characters used on the sheets, and their positions inside a visual token.

The vision tower is also trained directly (see `train.py`): for each part of a 32-pixel token it
names the character whose centre is there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TOKEN = 32  # side of a visual token in pixels
COLUMNS, ROWS = 8, 2  # parts of a token: 4 × 16 pixels contain at most one character's centre
SLOTS = COLUMNS * ROWS

CHARACTERS = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.,:;-+/()=%&#'°±Ø×ÄÖÜäöüß"
)
NOTHING = 0
CLASSES = len(CHARACTERS) + 1
_CLASS = {character: index + 1 for index, character in enumerate(CHARACTERS)}


def class_of(character: str) -> int:
    """The character's class; `NOTHING` for characters outside the alphabet (a blank)."""
    return _CLASS.get(character, NOTHING)


def empty_targets(width: int, height: int) -> NDArray[np.uint8]:
    """Shape `[rows of tokens, columns of tokens, SLOTS]`."""
    return np.zeros((height // TOKEN, width // TOKEN, SLOTS), np.uint8)


def mark(targets: NDArray[np.uint8], x: float, y: float, character: str) -> None:
    """Record that `character` has its centre at pixel `x`, `y`; ignored outside the image."""
    kind = class_of(character)
    rows, columns = targets.shape[:2]
    column, row = int(x // TOKEN), int(y // TOKEN)
    if kind == NOTHING or not (0 <= column < columns and 0 <= row < rows):
        return
    part = int(x % TOKEN * COLUMNS / TOKEN) + COLUMNS * int(y % TOKEN * ROWS / TOKEN)
    targets[row, column, part] = kind
