"""A flange: view from the front with bolt holes, and a half section beside it."""

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
    spread,
)
from demo.sheets.shapes import NARROW, Hatch, Ring, Stroke
from demo.sheets.sheet import Sheet


def draw_flange(sheet: Sheet, rng: random.Random, area: Area) -> PartFacts:
    """Draw the front view on the left and the section on the right; diameters use leaders."""
    f = sheet.factor
    room = min(area.height - 16, 112)
    outer = values.rounded_size(rng, 78 / f, room / f)
    bore = values.rounded_size(rng, outer * 0.24, outer * 0.4)
    bolt = values.rounded_size(rng, outer * 0.68, outer * 0.76)
    thickness = values.rounded_size(rng, 10 / f, 20 / f)
    r, rb, rc = outer * f / 2, bore * f / 2, bolt * f / 2
    cx = area.left + r + 10 + spread(sheet, rng, 0, max(0.0, area.width - 2 * r - 140))
    cy = (
        area.bottom
        + area.height / 2
        + spread(sheet, rng, -1, 1) * max(0.0, area.height / 2 - r - 8)
    )
    circle(sheet, (cx, cy), r)
    sheet.shapes.append(Ring((cx, cy), rc, NARROW, "centre"))
    sheet.shapes.append(Ring((cx, cy), rb))
    count = rng.choice((3, 4, 4, 6, 6, 8))
    room = min(r - rc - 2, rc - rb - 2, math.pi * rc / count - 2)
    fitting = [size for size in values.CLEARANCE_HOLES if size * f / 2 < room]
    hole_r = values.nearest(rng.uniform(5, 9) / f, fitting or [room / f]) * f / 2
    turn = rng.choice((0.0, 45.0)) if count == 4 else 90.0
    first = (cx, cy)
    for number in range(count):
        angle = math.radians(turn + 360 / count * number)
        hole = (cx + rc * math.cos(angle), cy + rc * math.sin(angle))
        circle(sheet, hole, hole_r)
        if number == 0 or hole[0] + hole[1] > first[0] + first[1]:
            first = hole
    shelf = cx + r + 8
    spots = [0.86, 0.36, -0.2, -0.74]
    fit = " " + rng.choice(values.HOLE_FITS) if rng.random() < 0.75 else ""
    leader(sheet, "holes", first, hole_r, (shelf, cy + r * spots[0]), prefix=f"{count}×")
    leader(
        sheet,
        "outer_diameter",
        (cx, cy),
        r,
        (shelf, cy + r * spots[1]),
        suffix=deviation(sheet, rng, 0.2),
    )
    leader(sheet, "bore", (cx, cy), rb, (shelf, cy + r * spots[2]), suffix=fit)
    leader(sheet, "bolt_circle", (cx, cy), rc, (shelf, cy + r * spots[3]))

    t = thickness * f
    x = min(shelf + 62, area.right - t - 12)
    sheet.shapes.append(Stroke(rectangle(x, cy - r, t, 2 * r)))
    for low, high in ((cy - r, cy - rb), (cy + rb, cy + r)):
        sheet.shapes.append(Stroke(((x, low), (x + t, low))))
        sheet.shapes.append(Stroke(((x, high), (x + t, high))))
        sheet.shapes.append(Hatch(((x, low), (x + t, low), (x + t, high), (x, high))))
    sheet.shapes.append(Stroke(((x - 3, cy), (x + t + 3, cy)), NARROW, "centre"))
    if rng.random() < 0.9:
        at = cy - r - 8 if cy - r - 8 > area.bottom + 2 else cy + r + 6
        edge = cy - r if at < cy else cy + r
        linear(sheet, "thickness", (x, edge), (x + t, edge), at, "horizontal")
    return PartFacts(math.pi * (outer**2 - bore**2) / 4 * thickness / 1000)
