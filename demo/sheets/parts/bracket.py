"""An angle bracket: its profile with thickness and bend radius, and the leg with its holes."""

from __future__ import annotations

import math
import random

from demo.sheets import values
from demo.sheets.parts.common import (
    Area,
    PartFacts,
    circle,
    deviation,
    leader,
    linear,
    rectangle,
    threaded_hole,
)
from demo.sheets.shapes import Angular, Ring, Stroke
from demo.sheets.sheet import Fact, Sheet


def draw_bracket(sheet: Sheet, rng: random.Random, area: Area) -> PartFacts:
    """Draw the profile on the left and the upright leg, seen from the right, beside it."""
    f = sheet.factor
    width = values.rounded_size(rng, 62 / f, 90 / f)
    height = values.rounded_size(rng, 58 / f, min(88, area.height - 36) / f)
    depth = values.rounded_size(rng, 45 / f, 62 / f)
    thickness = values.rounded_size(rng, 6 / f, 11 / f)
    w, h, t = width * f, height * f, thickness * f
    x = area.left + 32 + rng.uniform(0, max(0.0, area.width - w - 190))
    y = area.bottom + 20 + rng.uniform(0, max(0.0, area.height - h - 36))
    bend = rng.choice((4.0, 5.0, 6.0, 8.0))
    _profile(sheet, x, y, w, h, t, bend)
    linear(sheet, "width", (x, y), (x + w, y), y - 10, "horizontal", suffix=deviation(sheet, rng))
    linear(sheet, "height", (x, y), (x, y + h), x - 9, "vertical")
    linear(sheet, "thickness", (x, y + h), (x + t, y + h), y + h + 8, "horizontal")
    inner = (x + t + bend, y + t + bend)
    leader(sheet, "radius", inner, bend, (inner[0] + 13, inner[1] + 10), kind="radius", inward=True)
    if rng.random() < 0.6:
        _angle(sheet, x + t, y + t, w, h)

    d = depth * f
    sx = min(x + w + 34, area.right - d - 46)
    sheet.shapes.append(Stroke(rectangle(sx, y, d, h)))
    sheet.shapes.append(Stroke(((sx, y + t), (sx + d, y + t))))
    hole = values.rounded_size(rng, 9 / f, 15 / f)
    upper = (sx + d / 2, y + h * 0.72)
    circle(sheet, upper, hole * f / 2)
    shelf = sx + d + 7
    fit = " " + rng.choice(values.HOLE_FITS) if rng.random() < 0.6 else ""
    leader(sheet, "bore", upper, hole * f / 2, (shelf, y + h * 0.86), suffix=fit)
    if h > 66:
        lower = (sx + d / 2, y + h * 0.38)
        threaded_hole(sheet, rng, lower, 8, (shelf, y + h * 0.46))
    linear(sheet, "depth", (sx, y), (sx + d, y), y - 10, "horizontal")
    return PartFacts((width + height - thickness) * depth * thickness / 1000)


def _profile(sheet: Sheet, x: float, y: float, w: float, h: float, t: float, bend: float) -> None:
    sheet.shapes.append(
        Stroke(
            (
                (x + t, y + t + bend),
                (x + t, y + h),
                (x, y + h),
                (x, y),
                (x + w, y),
                (x + w, y + t),
                (x + t + bend, y + t),
            )
        )
    )
    sheet.shapes.append(Ring((x + t + bend, y + t + bend), bend, start=180, end=270))


def _angle(sheet: Sheet, x: float, y: float, w: float, h: float) -> None:
    radius = min(w, h) * 0.62
    sheet.dimensions.append(
        Angular((x, y), 0.0, 90.0, radius, "90°", "angle", sheet.style.lettering)
    )
    sheet.facts.append(Fact("angle", "90°", "view", math.degrees(math.pi / 2)))
