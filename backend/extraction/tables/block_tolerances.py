"""Reads general tolerances by the number of decimals, as American title blocks state them.

`.XX ±.01 .XXX ±.005 ANGLES ±1°`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_SIZE = r"\s*(?:IS|[:=])?\s*(?:±|\+/-)\s*(?P<size>\d+(?:[.,]\d+)?|[.,]\d+)"
_PLACES = re.compile(rf"(?i)(?<![\w.,])(?:X{{0,3}}|0)(?:[.,](?P<places>X{{0,4}}))?(?<=[X.]){_SIZE}")
_WORDS = re.compile(
    r"(?i)\b(?P<places>ONE|TWO|THREE|FOUR|[1-4])[ -]PL(?:ACES?|CS?)?\.?"
    r"(?:\s+DEC(?:IMALS?|\.)?)?\s*(?:IS|[:=])?\s*(?:±|\+/-)?\s*(?P<size>\d+(?:[.,]\d+)?|[.,]\d+)"
)
_ANGLE = re.compile(
    r"(?i)(?:\bANG(?:LES?|ULAR)?\b\.?|∠)(?:\s*:?\s*MACH\b\s*(?=\d+ \d\d\b)|"
    r"(?:\s*:?\s*MACH\b)?\s*(?:IS|[:=])?\s*(?:±|\+/-)\s*)"
    r"(?P<size>\d+(?:[.,]\d+)?|[.,]\d+)\s*[° ](?:\s*(?P<minutes>\d{1,2})\b\s*'?)?"
)
_FRACTION = re.compile(
    r"(?i)\bFRACTION(?:S|AL)?\b\.?\s*:?\s*(?:±|\+/-)\s*(?P<top>\d{1,2})/(?P<bottom>2|4|8|16|32|64)(?!\d)"
)
_NUMBERS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4}


@dataclass(frozen=True, slots=True)
class PlaceTolerances:
    """± deviations by a size's number of decimals, in its unit, and for angles in degrees."""

    by_places: dict[int, Decimal]
    angle: Decimal | None = None
    fraction: Decimal | None = None

    @property
    def says_anything(self) -> bool:
        """Whether the text may be one line of such a statement."""
        return bool(self.by_places) or self.angle is not None

    def __bool__(self) -> bool:
        # `X ±1` or `ANGLE ±1°` alone may belong to one feature
        return any(self.by_places)


def place_tolerances(folded: str) -> PlaceTolerances:
    """Return the tolerances that a folded text states; a false value if it states none."""
    found: dict[int, Decimal] = {}
    for match in _PLACES.finditer(folded):
        found.setdefault(len(match["places"] or ""), _decimal(match["size"]))
    for match in _WORDS.finditer(folded):
        places = _NUMBERS.get(match["places"].upper()) or int(match["places"])
        found.setdefault(places, _decimal(match["size"]))
    angle = _ANGLE.search(folded)
    fraction = _FRACTION.search(folded)
    return PlaceTolerances(
        found,
        _degrees(angle) if angle else None,
        Decimal(fraction["top"]) / Decimal(fraction["bottom"]) if fraction else None,
    )


def _degrees(match: re.Match[str]) -> Decimal:
    degrees = _decimal(match["size"])
    return degrees + Decimal(match["minutes"]) / 60 if match["minutes"] else degrees


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))
