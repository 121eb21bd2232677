"""The order of the lessons, which is decisive: starting with whole sheets teaches nothing.

Characters first, with the vision tower alone; then one line of text as an answer; then a few
labelled values; then whole sheets, mixed with earlier lessons; finally the product's prompt.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """`share` is the largest share of the time; `mix` maps kinds of lesson to their number in a
    batch.

    The stage ends early when the first kind's exactness on held-out lessons reaches `goal`.
    """

    name: str
    share: float
    mix: tuple[tuple[str, int], ...]
    rate: float = 8e-4
    goal: float = 1.0


_SHEETS = (("sheet", 8), ("sheet", 8), ("block", 16), ("sheet", 8), ("text", 4))
_PRODUCT = (("sheet", 8), ("region", 24), ("text", 6), ("crop", 8))

STAGES = (
    Stage("letters", 0.10, (("letters", 32),), 1e-3, goal=0.90),
    Stage("lines", 0.12, (("line", 64),), 1e-3, goal=0.85),
    Stage("blocks", 0.13, (("block", 24),), goal=0.95),
    Stage("sheets", 0.25, _SHEETS, goal=0.98),
    Stage("product", 0.40, _PRODUCT, 5e-4),
)


def stage(name: str) -> Stage:
    """The stage with this name. Raises `KeyError`."""
    for candidate in STAGES:
        if candidate.name == name:
            return candidate
    raise KeyError(name)
