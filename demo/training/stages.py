"""The order of the lessons, which is everything: whole sheets from the start teach nothing.

Characters first, with the vision tower alone; then one line of text as an answer; then a few
labelled values; then whole sheets, mixed with the earlier lessons; at last the product's words.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """`share` of the time at most; `mix` are kinds of lesson with their number in a batch.

    The stage ends sooner when the first kind's exactness on held-out lessons reaches `goal`.
    """

    name: str
    share: float
    mix: tuple[tuple[str, int], ...]
    rate: float = 8e-4
    goal: float = 1.0


_WHOLE = (("sheet", 6), ("fields", 12), ("sheet", 6), ("region", 6), ("sheet", 6))

STAGES = (
    Stage("letters", 0.15, (("easy", 16),), 1e-3, goal=0.85),
    Stage("characters", 0.20, (("dense", 16), ("scattered", 4)), 1e-3, goal=0.90),
    Stage("lines", 0.10, (("line", 40), ("dense", 10)), 1e-3, goal=0.90),
    Stage("fields", 0.15, (("fields", 16), ("line", 24), ("fields", 16)), goal=0.93),
    Stage("sheets", 0.40, (*_WHOLE, ("product_sheet", 3), *_WHOLE, ("line", 24)), goal=0.97),
    Stage("product", 0.15, (*_WHOLE, ("product_sheet", 4), ("product_region", 3)), 4e-4),
)


def stage(name: str) -> Stage:
    """The stage of that name. Raises `KeyError`."""
    for candidate in STAGES:
        if candidate.name == name:
            return candidate
    raise KeyError(name)
