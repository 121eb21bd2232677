"""The kinds of lesson by name, as `stages.py` mixes them."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from demo.training.glyphs import dense_text, scattered_text
from demo.training.lesson import Image, Lesson
from demo.training.lessons import fields, line, region, sheet


def easy(rng: random.Random) -> Lesson:
    """Characters only: one font, one size, close together."""
    canvas = dense_text(rng, easy=True)
    return Lesson(loose=(Image(canvas.pixels(), canvas.targets),))


def dense(rng: random.Random) -> Lesson:
    """Characters only: every font and many sizes, close together."""
    canvas = dense_text(rng)
    return Lesson(loose=(Image(canvas.pixels(rng), canvas.targets),))


def scattered(rng: random.Random) -> Lesson:
    """Characters only: short texts far apart, among lines."""
    canvas = scattered_text(rng)
    return Lesson(loose=(Image(canvas.pixels(rng), canvas.targets),))


LESSONS: dict[str, Callable[[random.Random], Lesson]] = {
    "easy": easy,
    "dense": dense,
    "scattered": scattered,
    "line": line,
    "fields": fields,
    "sheet": sheet,
    "region": region,
    "product_sheet": partial(sheet, product=True),
    "product_region": partial(region, product=True),
}
