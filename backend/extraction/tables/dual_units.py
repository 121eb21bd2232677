"""Decides which of two sizes, in millimetres and in inches, is in the sheet's own unit.

The sheet's statement decides; without one, the size in brackets is the alternate.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from backend.evidence.index.callout_layout import same_in_other_unit
from backend.evidence.parsing.value import Reading
from backend.geometry import Box

#: Largest distance between the two, in heights of their letters.
_REACH = 1.6
#: This many pairs without brackets, and this share of all, make a sheet in both units.
_FEWEST_PAIRS, _SHARE_OF_PAIRS = 3, 0.3


class Placed(Protocol):
    """A dimension with its place; `line` is the whole text it was read from."""

    @property
    def reading(self) -> Reading: ...
    @property
    def text(self) -> str: ...
    @property
    def line(self) -> str: ...
    @property
    def box(self) -> Box | None: ...


def alternates(found: Sequence[Placed], unit: str | None) -> dict[int, int]:
    """Map each callout that only repeats another in the other unit to that one, by position. `unit`
    is the sheet's.
    """
    result: dict[int, int] = {}
    bare: dict[int, int] = {}
    order = sorted(
        (number for number, one in enumerate(found) if one.box is not None),
        key=lambda number: _top(found[number]),
    )
    for position, first in enumerate(order):
        one = found[first]
        for second in order[position + 1 :]:
            other = found[second]
            if _top(other) > _bottom(one) + _REACH * _tall(one):
                break  # sorted by their upper edges
            if not _near(one.box, other.box) or not _may_be_twice(one, other):
                continue
            extra = _other(one, other, unit)
            if extra is not None:
                pairs = result if _is_bracketed(one) or _is_bracketed(other) else bare
                pairs[second if extra is other else first] = first if extra is other else second
    # two sizes of a metric part may happen to have that ratio; those of a whole sheet do not
    if unit == "in" or len(bare) >= max(_FEWEST_PAIRS, _SHARE_OF_PAIRS * len(found)):
        result |= bare
    return result


def _top(one: Placed) -> float:
    return 0.0 if one.box is None else one.box[1]


def _bottom(one: Placed) -> float:
    return 0.0 if one.box is None else one.box[1] + one.box[3]


def _tall(one: Placed) -> float:
    return 0.0 if one.box is None else max(one.box[2], one.box[3])


def _may_be_twice(one: Placed, other: Placed) -> bool:
    if one.reading.kind in ("angle", "thread", "roughness") or not one.reading.numbers:
        return False
    if not other.reading.numbers or one.reading.kind == "thread":
        return False
    symbols = {one.reading.symbol, other.reading.symbol} - {None}
    if len(symbols) > 1:
        return False
    return same_in_other_unit(f"{one.reading.numbers[0]:f}", f"{other.reading.numbers[0]:f}")


def _other(one: Placed, other: Placed, unit: str | None) -> Placed | None:
    """Return which of two is the alternate; None if the text does not tell."""
    bracketed = [callout for callout in (one, other) if _is_bracketed(callout)]
    if len(bracketed) == 1 and (unit is None or len(bracketed[0].line) > 0):
        larger = max((one, other), key=lambda callout: callout.reading.numbers[0])
        smaller = other if larger is one else one
        expected = {"in": larger, "mm": smaller}.get(unit or "")
        return expected or bracketed[0]
    if unit not in ("in", "mm"):
        return None
    pick = max if unit == "in" else min
    return pick((one, other), key=lambda callout: callout.reading.numbers[0])


def _is_bracketed(callout: Placed) -> bool:
    text = re.escape(callout.text.strip(" []()"))
    return bool(text) and re.search(rf"[\[(]\s*{text}\s*[\])]", callout.line) is not None


def _near(one: Box | None, other: Box | None) -> bool:
    if one is None or other is None:
        return False
    tall = min(max(min(one[2], one[3]), 1.0), max(min(other[2], other[3]), 1.0))
    across = max(other[0] - one[0] - one[2], one[0] - other[0] - other[2])
    down = max(other[1] - one[1] - one[3], one[1] - other[1] - other[3])
    return max(across, down) <= _REACH * tall
