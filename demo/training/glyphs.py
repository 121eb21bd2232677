"""The first lesson: scattered text among lines, to learn the characters themselves.

There are no questions here; only the vision tower is trained, each character at its place.
"""

from __future__ import annotations

import random

from demo.training.alphabet import CHARACTERS
from demo.training.canvas import Canvas

FONT = "Vera"
_NUMBERS = "0123456789"


def dense_text(rng: random.Random) -> Canvas:
    """A canvas filled with lines of text of one size, as many characters as fit."""
    width, height = rng.choice(((96, 64), (128, 64), (160, 96), (192, 128)))
    canvas = Canvas(width, height)
    cap = rng.uniform(9.5, 14)
    base = cap + rng.uniform(0, 8)
    while base < height - 1:
        x = rng.uniform(-4, 14)
        while x < width - 6:
            text = snippet(rng)
            x = canvas.text(x, base, text, FONT, cap)[2] + rng.uniform(0.4, 1.6) * cap
        base += cap * rng.uniform(1.35, 2.2)
    for _ in range(rng.choice((0, 0, 1, 2))):
        _stray(canvas, rng)
    return canvas


def snippet(rng: random.Random) -> str:
    """A random text that resembles a value on a drawing."""
    kind = rng.random()
    if kind < 0.45:
        return _number(rng)
    if kind < 0.75:
        letters = (
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if rng.random() < 0.8 else "abcdefghijklmnopqrstuvwxyz"
        )
        return "".join(rng.choices(letters, k=rng.randint(2, 9)))
    return "".join(rng.choices(CHARACTERS, k=rng.randint(1, 7)))


def _number(rng: random.Random) -> str:
    digits = "".join(rng.choices(_NUMBERS, k=rng.randint(1, 4)))
    if rng.random() < 0.4:
        digits += rng.choice(".,") + "".join(rng.choices(_NUMBERS, k=rng.randint(1, 3)))
    sign = rng.choice(("", "", "", "Ø", "Ø", "R", "M", "±", "-", "+", "4×", "1:"))
    tail = rng.choice(("", "", "", "", " H7", " g6", "°", " ±0.1", " mm", " kg"))
    return sign + digits + tail


def _stray(canvas: Canvas, rng: random.Random) -> None:
    x, y = rng.uniform(0, canvas.width), rng.uniform(0, canvas.height)
    length, stroke = rng.uniform(10, 150), rng.choice((0.5, 0.5, 1.0, 1.5, 2.0))
    kind = rng.random()
    if kind < 0.35:
        canvas.line([(x, y), (x + length, y)], stroke)
        if rng.random() < 0.5:
            canvas.arrow((x, y), (-1, 0), rng.uniform(4, 9))
    elif kind < 0.7:
        canvas.line([(x, y), (x, y + length)], stroke)
        if rng.random() < 0.5:
            canvas.arrow((x, y), (0, -1), rng.uniform(4, 9))
    elif kind < 0.85:
        canvas.line([(x, y), (x + length * 0.7, y - length * 0.6)], stroke)
    else:
        start = rng.uniform(0, 360)
        canvas.arc((x, y), length / 2, start, start + rng.uniform(60, 360), stroke)
