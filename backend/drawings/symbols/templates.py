"""Defines the shapes of drawing symbols as programs draw them, for `shape_matching.py`.

Each shape is a set of polylines, y upwards, at any size: matching scales them. Programs differ in
proportions (slash of a Ø, gap of a ±, heads of arrows), so that most symbols have several shapes.
After ISO 7083, ASME Y14.5 and the drawings of common CAD programs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product

Polyline = Sequence[tuple[float, float]]
Shape = list[Polyline]

#: Signs of geometric characteristics: the first compartment of a feature control frame.
CHARACTERISTICS = frozenset("⏤⏥○⌭⌒⌓∠⟂∥⌖◎⌯↗⌰")
#: Shapes beside numbers that are no symbols. A candidate that is closer to one of these is dropped.
NOISE = ""


def circle(x: float = 0.0, y: float = 0.0, radius: float = 0.5, squeezed: float = 1.0) -> Polyline:
    """Return a circle, or an ellipse that is `squeezed` across."""
    return arc(x, y, radius, 0, 360, squeezed)


def arc(
    x: float, y: float, radius: float, start: float, end: float, squeezed: float = 1.0
) -> Polyline:
    """Return an arc between two angles in degrees, counter-clockwise from the right."""
    turns = [math.radians(start + (end - start) * step / 40) for step in range(41)]
    return [(x + squeezed * radius * math.cos(t), y + radius * math.sin(t)) for t in turns]


def all_shapes() -> Iterator[tuple[str, Shape]]:
    """Yield every symbol with each of its shapes, then the shapes that are no symbol."""
    for family in (_signs_of_sizes, _signs_of_holes, _characteristics, _runouts, _noise):
        yield from family()


def _signs_of_sizes() -> Iterator[tuple[str, Shape]]:
    for degrees, length, squeezed in product((45, 52, 60, 68), (1.0, 1.22, 1.45), (1.0, 0.8)):
        turn = math.radians(degrees)
        x, y = 0.5 * length * math.cos(turn), 0.5 * length * math.sin(turn)
        yield "Ø", [circle(squeezed=squeezed), [(-x, -y), (x, y)]]
    for squeezed in (1.0, 0.86):
        yield "°", [circle(squeezed=squeezed)]
        yield "°", [circle(squeezed=squeezed), circle(radius=0.36, squeezed=squeezed)]
    for gap, tall in product((0.12, 0.3, 0.5), (1.0, 0.85)):
        plus = [[(0.0, 0.5 * tall), (1.0, 0.5 * tall)], [(0.5, 0.0), (0.5, tall)]]
        yield "±", [*plus, [(0.0, -gap), (1.0, -gap)]]
    yield "±", [[(0, 0.6), (1, 0.6)], [(0.5, 0.0), (0.5, 1.1)], [(0, 0), (1, 0)]]
    yield "□", [[(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]]
    for half in (50, 65, 80):
        yield "⌒", [arc(0, 0, 0.5, 90 - half, 90 + half)]
    for tall in (0.25, 0.15, 0.35):
        bow = [(math.sin(math.pi * s / 20) * tall, s / 20) for s in range(21)]
        yield ")", [bow]
        yield "(", [[(-x, y) for x, y in bow]]
    for wide in (0.18, 0.3):
        yield "[", [[(wide, 0), (0, 0), (0, 1), (wide, 1)]]
        yield "]", [[(0, 0), (wide, 0), (wide, 1), (0, 1)]]


def _signs_of_holes() -> Iterator[tuple[str, Shape]]:
    for head, wide in product((0.3, 0.45, 0.6), (0.5, 0.75)):
        bar: Shape = [[(-0.5, 1), (0.5, 1)], [(0, 1), (0, 0)]]
        sides = [(-wide / 2, head), (0.0, 0.0), (wide / 2, head)]
        yield "↧", [*bar, sides]
        yield "↧", [*bar, [*sides, sides[0]]]
        yield "↧", [[(-0.35, 1), (0.35, 1)], bar[1], sides]
    for tall in (0.45, 0.6, 0.8, 1.0):
        yield "⌴", [[(0, tall), (0, 0), (1, 0), (1, tall)]]
    for tall in (0.5, 0.6, 0.7):  # 90° to 71°: ISO 15065 has 90°, ASME 82°
        yield "⌵", [[(0, tall), (0.5, 0), (1, tall)]]
    for short, reach in product((0.4, 0.5), (0.0, 0.6)):
        tick = [(-short * 0.58, short), (0.0, 0.0), (0.58, 1.0)]
        tail = [(0.58, 1.0), (0.58 + reach, 1.0)]
        yield "√", [tick, tail] if reach else [tick]
        closed = [(-short * 0.58, short), (short * 0.58, short)]
        yield "√", [tick, closed, tail] if reach else [tick, closed]
    yield "√", [[(-0.24, 0.41), (0.0, 0.0), (0.48, 0.83)], [(-0.24, 0.41), (0.24, 0.41)],
                [(0.48, 0.83), (1.8, 0.83)]]  # fmt: skip


def _characteristics() -> Iterator[tuple[str, Shape]]:
    for slant in (0.25, 0.4, 0.55):
        top = 0.6
        yield "⏥", [[(0, 0), (1, 0), (1 + slant, top), (slant, top), (0, 0)]]
        yield "⏥", [[(0, 0), (1, 0), (1 + slant, 1), (slant, 1), (0, 0)]]
    for squeezed in (1.0, 0.86):
        yield "○", [circle(squeezed=squeezed)]
        for ratio in (0.45, 0.57, 0.68):
            yield (
                "◎",
                [
                    circle(squeezed=squeezed),
                    circle(radius=0.5 * ratio, squeezed=squeezed),
                ],
            )
    for radius, lean in product((0.27, 0.35), (0.36, 0.5)):
        low, high = -0.5, 0.5
        sides = [[(x - lean / 2, low), (x + lean / 2, high)] for x in (-radius * 1.1, radius * 1.1)]
        yield "⌭", [circle(radius=radius), *sides]
    for half in (90, 75, 60):
        bow = arc(0, 0, 0.5, 90 - half, 90 + half)
        yield "⌒", [bow]
        closed: Polyline = [*bow, bow[0]]
        yield "⌓", [closed]
    for tall in (0.5, 0.6, 0.8):
        yield "∠", [[(1, 0), (0, 0), (1, tall)]]
        yield "∠", [[(1, 0), (0, 0), (0.75, tall)]]
    for wide in (0.85, 1.0, 1.3):
        yield "⟂", [[(0, 0), (wide, 0)], [(wide / 2, 0), (wide / 2, 1)]]
    for lean, gap in product((0.36, 0.2, 0.5, 0.58), (0.25, 0.42, 0.5)):
        yield "∥", [[(x, 0), (x + lean, 1)] for x in (0.0, gap)]
    for ratio in (0.45, 0.57, 0.68, 0.8, 1.0):
        cross: Shape = [[(-0.5, 0), (0.5, 0)], [(0, -0.5), (0, 0.5)]]
        yield "⌖", [circle(radius=0.5 * ratio), *cross]
    for short, apart in product((0.5, 0.65), (0.25, 0.35)):
        ends = 0.5 - short / 2, 0.5 + short / 2
        rows = [[(ends[0], y), (ends[1], y)] for y in (-apart, apart)]
        yield "⌯", [[(0, 0), (1, 0)], *rows]


def _runouts() -> Iterator[tuple[str, Shape]]:
    for degrees, head in product((45, 60), (0.25, 0.35)):
        one = _arrow(0, 0, degrees, head, closed=False)
        filled = _arrow(0, 0, degrees, head, closed=True)
        yield "↗", one
        yield "↗", filled
        for gap, closed in product((0.45, 0.65), (False, True)):
            pair = [*_arrow(0, 0, degrees, head, closed), *_arrow(gap, 0, degrees, head, closed)]
            yield "⌰", pair
            yield "⌰", [*pair, [(0, 0), (gap, 0)]]


def _arrow(x: float, y: float, degrees: float, head: float, closed: bool) -> Shape:
    turn = math.radians(degrees)
    tip = (x + math.cos(turn), y + math.sin(turn))
    barbs = [
        (tip[0] - head * math.cos(turn + way), tip[1] - head * math.sin(turn + way))
        for way in (-0.32, 0.32)
    ]
    end = [barbs[0], tip, barbs[1]]
    return [[(x, y), tip], [*end, barbs[0]] if closed else end]


def _noise() -> Iterator[tuple[str, Shape]]:
    cross: Shape = [[(-0.5, 0), (0.5, 0)], [(0, -0.5), (0, 0.5)]]
    yield NOISE, cross
    yield NOISE, [[(-0.5, -0.5), (0.5, 0.5)], [(-0.5, 0.5), (0.5, -0.5)]]
    yield NOISE, [*cross, [(-0.35, -0.35), (0.35, 0.35)], [(-0.35, 0.35), (0.35, -0.35)]]
    yield NOISE, [circle(), [(-0.5, 0), (0.5, 0)]]
    yield NOISE, [circle(), [(0, -0.5), (0, 0.5)]]
    yield NOISE, [circle(), [(-0.35, -0.35), (0.35, 0.35)], [(-0.35, 0.35), (0.35, -0.35)]]
    for ratio in (0.25, 0.45, 0.7):
        small: Shape = [[(ratio * x, ratio * y) for x, y in bar] for bar in cross]
        yield NOISE, [circle(), *small]
    for tall in (0.36, 0.9, 1.2, 1.7):
        yield NOISE, [[(0, tall), (0.5, 0), (1, tall)]]
    for wide in (0.22, 0.3, 0.44, 0.8, 1.15):
        for points in (
            [(0.0, 0.0), (1.0, wide / 2), (1.0, -wide / 2)],
            [(0.0, 0.0), (-1.0, wide / 2), (-1.0, -wide / 2)],
            [(0.0, 0.0), (wide / 2, 1.0), (-wide / 2, 1.0)],
            [(0.0, 0.0), (wide / 2, -1.0), (-wide / 2, -1.0)],
        ):
            yield NOISE, [[*points, points[0]]]
    for tall in (0.6, 0.75, 1.35, 1.7):
        yield NOISE, [[(0, 0), (1, 0), (1, tall), (0, tall), (0, 0)]]
    yield NOISE, [[(0, 0), (1, 1)]]
    yield NOISE, [[(0, 1), (1, 0)]]
    yield NOISE, [[(0, 0), (1, 0), (1, 1)]]
    yield NOISE, [[(0, 1), (0, 0), (1, 0)]]
    yield NOISE, [[(0, 0), (0, 1), (1, 1)]]
    yield NOISE, [[(0, 1), (1, 1), (1, 0)]]
    yield NOISE, [[(0, 1), (1, 1)], [(0.5, 1), (0.5, 0)]]
