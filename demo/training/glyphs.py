"""The first lesson: scattered pieces of text among lines, to learn the characters themselves.

There are no questions here; the vision tower alone is taught, each character at its place.
"""

from __future__ import annotations

import random

from demo.fonts import FACES, text_width
from demo.training.alphabet import CHARACTERS
from demo.training.canvas import Canvas

SIZES = ((160, 96), (192, 128), (256, 160), (256, 256), (320, 224), (544, 384))
WEIGHTS = (3, 3, 3, 2, 2, 1)
_NUMBERS = "0123456789"


def scattered_text(rng: random.Random) -> Canvas:
    """A canvas full of short texts of many sizes, with stray lines and circles."""
    width, height = rng.choices(SIZES, WEIGHTS)[0]
    canvas = Canvas(width, height, ink=rng.choice((0, 0, 0, 40)))
    for _ in range(rng.randint(0, width * height // 12_000)):
        _stray(canvas, rng)
    font = rng.choice(FACES).name
    taken: list[tuple[float, float, float, float]] = []
    largest = rng.choice((12, 12, 16, 24, 40, 64) if width > 200 else (12, 12, 16, 24))
    wanted = width * height // 2200
    for _ in range(wanted * 2):
        cap = rng.uniform(7.5, largest)
        text = snippet(rng)
        if rng.random() < 0.1:
            font = rng.choice(FACES).name
        span = text_width(font, cap, text)
        if span > width - 4 or cap * 1.4 > height:
            continue
        x, base = rng.uniform(1, width - span - 1), rng.uniform(cap + 1, height - cap * 0.3)
        box = (x - cap * 0.3, base - cap * 1.3, x + span + cap * 0.3, base + cap * 0.4)
        if any(_overlap(box, other) for other in taken):
            continue
        taken.append(box)
        canvas.text(x, base, text, font, cap)
        if len(taken) >= wanted:
            break
    return canvas


def dense_text(rng: random.Random, easy: bool = False) -> Canvas:
    """A canvas filled with lines of text of one size: as many characters as fit.

    `easy`: one font, nearly one size, clean; the vision tower begins with these.
    """
    width, height = rng.choice(((96, 64), (128, 64), (160, 96), (192, 128)))
    canvas = Canvas(width, height)
    font = FACES[0].name if easy else rng.choice(FACES).name
    cap = rng.uniform(10.5, 12.5) if easy else rng.uniform(7.5, rng.choice((12, 12, 16, 28)))
    base = cap + rng.uniform(0, 8)
    while base < height - 1:
        x = rng.uniform(-4, 14)
        while x < width - 6:
            text = snippet(rng)
            x = canvas.text(x, base, text, font, cap)[2] + rng.uniform(0.4, 1.6) * cap
        base += cap * rng.uniform(1.35, 2.2)
    if not easy:
        for _ in range(rng.randint(0, 3)):
            _stray(canvas, rng)
    return canvas


def snippet(rng: random.Random) -> str:
    """Something that looks like a value on a drawing."""
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


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
