"""The four kinds of part: each draws its views and dimensions, and records the dimensions."""

from __future__ import annotations

from collections.abc import Callable

from demo.sheets.parts.bracket import draw_bracket
from demo.sheets.parts.common import Area, PartFacts
from demo.sheets.parts.flange import draw_flange
from demo.sheets.parts.plate import draw_plate
from demo.sheets.parts.shaft import draw_shaft

PARTS: dict[str, Callable[..., PartFacts]] = {
    "plate": draw_plate,
    "flange": draw_flange,
    "shaft": draw_shaft,
    "bracket": draw_bracket,
}

__all__ = ["PARTS", "Area", "PartFacts"]
