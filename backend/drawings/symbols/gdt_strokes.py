"""GD&T symbols as strokes, for machines without fonts that contain them (almost all).

Each symbol fits a square of one letter height, origin bottom left. Shapes after ISO 7083.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Stroke = Sequence[tuple[float, float]]


def _circle(radius: float, x: float = 0.5, y: float = 0.5) -> Stroke:
    turns = [math.tau * step / 32 for step in range(33)]
    return [(x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns]


def _arch() -> Stroke:
    turns = [math.pi * step / 16 for step in range(17)]
    return [(0.5 + 0.48 * math.cos(turn), 0.25 + 0.48 * math.sin(turn)) for turn in turns]


def _arrow(x: float) -> list[Stroke]:
    tip = (x + 0.35, 0.95)
    return [[(x, 0.05), tip], [(x + 0.1, 0.78), tip, (x + 0.36, 0.66)]]


def _ringed(*letter: Stroke) -> list[Stroke]:
    small = [[(0.5 + (x - 0.5) * 0.5, 0.5 + (y - 0.5) * 0.55) for x, y in part] for part in letter]
    return [_circle(0.5), *small]


STROKES: dict[str, list[Stroke]] = {
    "⏤": [[(0, 0.5), (1, 0.5)]],
    "⏥": [[(0, 0.2), (0.75, 0.2), (1, 0.8), (0.25, 0.8), (0, 0.2)]],
    "○": [_circle(0.42)],
    "⌭": [_circle(0.27), [(0.05, 0), (0.45, 1)], [(0.55, 0), (0.95, 1)]],
    "⌒": [_arch()],
    "⌓": [[*_arch(), (0.98, 0.25)]],
    "∠": [[(1, 0.1), (0, 0.1), (0.9, 0.85)]],
    "⟂": [[(0, 0), (1, 0)], [(0.5, 0), (0.5, 1)]],
    "∥": [[(0.1, 0), (0.5, 1)], [(0.5, 0), (0.9, 1)]],
    "⌖": [_circle(0.34), [(0, 0.5), (1, 0.5)], [(0.5, 0), (0.5, 1)]],
    "◎": [_circle(0.45), _circle(0.25)],
    "⌯": [[(0, 0.5), (1, 0.5)], [(0.2, 0.75), (0.8, 0.75)], [(0.2, 0.25), (0.8, 0.25)]],
    "↗": _arrow(0.3),
    "⌰": [*_arrow(0.1), *_arrow(0.55), [(0.1, 0.05), (0.55, 0.05)]],
    "Ⓜ": _ringed([(0, 0), (0, 1), (0.5, 0.3), (1, 1), (1, 0)]),
    "Ⓛ": _ringed([(0.15, 1), (0.15, 0), (0.9, 0)]),
    "Ⓟ": _ringed([(0.15, 0), (0.15, 1), (0.7, 1), (0.9, 0.75), (0.7, 0.5), (0.15, 0.5)]),
    "Ⓢ": _ringed([(0.9, 0.85), (0.5, 1), (0.15, 0.7), (0.85, 0.35), (0.5, 0), (0.1, 0.15)]),
    "⌀": [_circle(0.4), [(0.1, 0), (0.9, 1)]],
    "□": [[(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9), (0.1, 0.1)]],
    "℄": [[(0.75, 0.85), (0.45, 1), (0.15, 0.75), (0.15, 0.35), (0.45, 0.1), (0.75, 0.25)],
          [(0.55, 0.6), (0.55, -0.1), (1, -0.1)]],
    "⌴": [[(0.05, 0.8), (0.05, 0.1), (0.95, 0.1), (0.95, 0.8)]],
    "⌵": [[(0.05, 0.85), (0.5, 0.1), (0.95, 0.85)]],
    "↧": [[(0.1, 0.95), (0.9, 0.95)], [(0.5, 0.95), (0.5, 0.05)],
          [(0.25, 0.35), (0.5, 0.05), (0.75, 0.35)]],
    "⌲": [[(0, 0.5), (0.9, 0.9), (0.9, 0.1), (0, 0.5)], [(0, 0.5), (1, 0.5)]],
    "⌳": [[(0, 0.1), (0.95, 0.1), (0.95, 0.7), (0, 0.1)]],
}  # fmt: skip
