"""A turned shaft lying on its axis, with seats, a thread and a chamfer."""

from __future__ import annotations

import math
import random

from demo.sheets import values
from demo.sheets.parts.common import Area, PartFacts, leader, linear, rectangle, spread
from demo.sheets.shapes import NARROW, Stroke
from demo.sheets.sheet import Sheet


def draw_shaft(sheet: Sheet, rng: random.Random, area: Area) -> PartFacts:
    """Draw three or four steps; diameter texts alternate above, lengths are below."""
    f = sheet.factor
    steps = rng.choice((3, 3, 4))
    total = values.rounded_size(rng, 165 / f, min(205, area.width - 40) / f)
    inner = [
        values.rounded_size(rng, total / steps * 0.75, total / steps * 1.15)
        for _ in range(steps - 1)
    ]
    lengths = [*inner, round(total - sum(inner), 3)]
    peak = rng.randrange(1, steps - 1) if steps > 2 else 0
    diameters = _diameters(rng, steps, peak, f)
    x = area.left + 20 + spread(sheet, rng, 0, max(0.0, area.width - total * f - 40))
    cy = area.bottom + 34 + max(diameters) * f / 2 + spread(sheet, rng, 0, 6)
    sheet.shapes.append(Stroke(((x - 6, cy), (x + total * f + 6, cy)), NARROW, "centre"))

    threaded = rng.random() < 0.7
    if threaded:
        diameters[-1] = values.nearest(diameters[-1], values.SHAFT_THREADS)
    fits = rng.sample(values.SHAFT_FITS, steps)
    left, volume = x, 0.0
    for number, (length, diameter) in enumerate(zip(lengths, diameters, strict=True)):
        size, r = length * f, diameter * f / 2
        sheet.shapes.append(Stroke(rectangle(left, cy - r, size, 2 * r)))
        middle = left + size / 2
        shelf = (middle + 4, cy + max(diameters) * f / 2 + (10 if number % 2 == 0 else 20))
        last = number == steps - 1
        if last and threaded:
            core = r * 0.84
            for y in (cy - core, cy + core):
                sheet.shapes.append(Stroke(((left, y), (left + size, y)), NARROW))
            pitch = values.SHAFT_THREADS[round(diameter)]
            text = f"M{diameter:g}×{pitch:g}"
            leader(sheet, "thread", (middle, cy), r, shelf, kind="note", text=text, side_view=True)
        elif number == peak:
            leader(sheet, "largest_diameter", (middle, cy), r, shelf, side_view=True)
        else:
            key = "left_seat" if number == 0 else f"seat_{number}"
            leader(sheet, key, (middle, cy), r, shelf, suffix=" " + fits[number], side_view=True)
        volume += math.pi * diameter**2 / 4 * length / 1000
        left += size
    bottom = cy - max(diameters) * f / 2
    linear(
        sheet,
        "length",
        (x, cy - diameters[0] * f / 2),
        (x + total * f, cy - diameters[-1] * f / 2),
        bottom - 22,
        "horizontal",
    )
    linear(
        sheet,
        "left_length",
        (x, cy - diameters[0] * f / 2),
        (x + lengths[0] * f, cy - diameters[0] * f / 2),
        bottom - 10,
        "horizontal",
    )
    return PartFacts(volume)


def _diameters(rng: random.Random, steps: int, peak: int, f: float) -> list[float]:
    """Whole millimetres that rise to a peak and then fall, all different."""
    largest = round(rng.uniform(34, 46) / f)
    result = []
    for number in range(steps):
        away = abs(number - peak)
        result.append(
            float(
                largest
                if away == 0
                else max(2, round(largest * (0.84 - 0.14 * away)) - (number > peak))
            )
        )
    return result
