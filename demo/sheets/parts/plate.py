"""A plate: front view with holes, rounded corners and a bore, and a side view for thickness."""

from __future__ import annotations

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
    rounded_outline,
    spread,
    threaded_hole,
)
from demo.sheets.shapes import NARROW, Stroke
from demo.sheets.sheet import Sheet


def draw_plate(sheet: Sheet, rng: random.Random, area: Area) -> PartFacts:
    """Draw two views side by side; the scale of the front view leaves room for text."""
    f = sheet.factor
    side_view = area.width > 200 and (rng.random() < 0.8 or sheet.style.plain)
    width = values.rounded_size(rng, 85 / f, min(140, area.width - (125 if side_view else 85)) / f)
    height = values.rounded_size(rng, 55 / f, min(95, area.height - 34) / f)
    thickness = values.rounded_size(rng, 6 / f, 16 / f)
    w, h = width * f, height * f
    x = (
        area.left
        + 30
        + spread(sheet, rng, 0, max(0.0, area.width - w - (120 if side_view else 80)))
    )
    y = area.bottom + 18 + spread(sheet, rng, 0, max(0.0, area.height - h - 34))
    radius = rng.choice((0, 0, 4, 6, 8)) / 1.0
    rounded_outline(sheet, x, y, w, h, radius)

    # Overall sizes: width below or above, height on the left.
    below = rng.random() < 0.6 or sheet.style.plain
    at = y - 10 if below else y + h + 10
    edge = y if below else y + h
    linear(sheet, "width", (x, edge), (x + w, edge), at, "horizontal", suffix=deviation(sheet, rng))
    linear(
        sheet, "height", (x, y), (x, y + h), x - 9, "vertical", suffix=deviation(sheet, rng, 0.15)
    )

    # Corner holes.
    inset = max(radius, 6) + rng.choice((4, 6))
    hole = values.nearest(rng.uniform(4.5, 10) / f, values.CLEARANCE_HOLES)
    drawn = hole * f / 2
    inset = max(inset, drawn + 3.5)
    corners = [
        (x + inset, y + inset),
        (x + w - inset, y + inset),
        (x + w - inset, y + h - inset),
        (x + inset, y + h - inset),
    ]
    for corner in corners:
        circle(sheet, corner, drawn)
    above = (x + w + 10, y + h + (4 if below else -4))
    leader(sheet, "holes", corners[2], drawn, above, prefix="4×")

    # A bore, or a threaded hole, in the middle.
    middle = (x + w * spread(sheet, rng, 0.42, 0.58), y + h / 2)
    elbow = (x + w + 10, y + h * spread(sheet, rng, 0.35, 0.55))
    if rng.random() < 0.75:
        bore = values.rounded_size(rng, 18 / f, min(40, h - 2 * inset - 8) / f)
        circle(sheet, middle, bore * f / 2)
        fit = " " + rng.choice(values.HOLE_FITS) if rng.random() < 0.7 else ""
        leader(sheet, "bore", middle, bore * f / 2, elbow, suffix=fit)
    else:
        threaded_hole(sheet, rng, middle, 16, elbow)
    if radius and rng.random() < 0.8:
        corner = (x + w - radius, y + radius)
        leader(sheet, "radius", corner, radius, (x + w + 10, y + 1), kind="radius")
    if side_view:
        t = thickness * f
        sx = min(x + w + 58, area.right - t - 14)
        sheet.shapes.append(Stroke(rectangle(sx, y, t, h)))
        sheet.shapes.append(
            Stroke(((sx - 2, y + h / 2), (sx + t + 2, y + h / 2)), NARROW, "centre")
        )
        top = y + h
        linear(sheet, "thickness", (sx, top), (sx + t, top), top + 8, "horizontal")
    return PartFacts(width * height * thickness / 1000)
