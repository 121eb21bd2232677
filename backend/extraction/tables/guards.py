"""Checks dimensions for implausible readings and marks those rows `unsure`.

Pure arithmetic on a reading and its limits.
"""

from __future__ import annotations

import re
from decimal import Decimal

from backend.evidence.parsing.value import Reading
from backend.extraction.tables.limits import Limits

NO_TOLERANCE = "A tolerance of zero: the deviations were not read as they stand there."
DEVIATION = "The deviation is larger than the size."
CROSSED = "The lower limit lies above the upper one."
TOO_LARGE = "The size does not fit on the sheet at its scale."

_INCH = Decimal("25.4")


def doubt_of(
    reading: Reading, limits: Limits, unit: str | None, largest: float | None
) -> str | None:
    """Return the reason why a size cannot be right; None if it is plausible.

    `largest`: the longest size in millimetres that the sheet can show at its scale.
    """
    stated = reading.tolerance
    if stated is not None:
        upper, lower = stated
        if upper == lower == 0:
            return NO_TOLERANCE
        if upper < lower:
            return CROSSED
        if reading.numbers and max(abs(upper), abs(lower)) > abs(reading.numbers[0]):
            return DEVIATION
    if limits.smallest is not None and limits.largest is not None:
        if limits.smallest > limits.largest:
            return CROSSED
        if reading.limits is not None and limits.smallest == limits.largest:
            return NO_TOLERANCE
    if largest is not None and reading.numbers and reading.kind in ("dimension", "number", "count"):
        size = reading.numbers[0] * (_INCH if unit == "in" else 1)
        if unit in ("mm", "in") and size > Decimal(largest):
            return TOO_LARGE
    return None


#: A broken view can show a longer part than fits on the paper.
_BROKEN = 4.0


def longest_shown(
    width: float, height: float, dpi: float | None, scale: str | None
) -> float | None:
    """Return the longest size in millimetres that a page of this many pixels can show at a scale
    such as `1:5`; None if one of the inputs is unknown.
    """
    match = re.search(r"(\d+(?:[.,]\d+)?)\s*[:/]\s*(\d+(?:[.,]\d+)?)", scale or "")
    if match is None or not dpi or not width or not height:
        return None
    drawn, real = (float(part.replace(",", ".")) for part in match.groups())
    if not drawn or not real:
        return None
    return _BROKEN * max(width, height) / dpi * 25.4 * real / drawn
