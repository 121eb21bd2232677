"""The kinds of lesson by name, as `stages.py` mixes them."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from demo.training.glyphs import dense_text
from demo.training.lesson import Image, Lesson
from demo.training.lessons import block, line, region, sheet


def letters(rng: random.Random) -> Lesson:
    """Characters only, closely spaced."""
    canvas = dense_text(rng)
    return Lesson(loose=(Image(canvas.pixels(rng), canvas.targets),))


LESSONS: dict[str, Callable[[random.Random], Lesson]] = {
    "letters": letters,
    "line": line,
    "block": block,
    "sheet": sheet,
    "region": region,
    "text": partial(sheet, text=True),
    "crop": partial(region, product=True),
}
