"""Computes the limits of a dimension from its own tolerance, its ISO 286 class or the general
tolerance.

The arithmetic is in `engineering`; this module decides which rule applies and names it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from backend.engineering.engineering_errors import EngineeringError
from backend.engineering.fits import limits as fit_limits
from backend.engineering.tolerances import Feature, general_tolerance
from backend.evidence.parsing.folding import fold
from backend.evidence.parsing.value import Reading
from backend.extraction.tables.block_tolerances import PlaceTolerances, place_tolerances

ISO_286_MILLIMETRES = "ISO 286 is for millimetres."
ISO_2768_MILLIMETRES = "ISO 2768-1 is for millimetres."
ISO_2768_ANGLE = "ISO 2768-1 goes by the shorter side of the angle, which is not known."
FIT_OF_TWO = "A fit of two parts: ask for hole and shaft one by one."
ONE_LIMIT = "The sheet states one of the two limits."
BASIC = "Theoretically exact: the tolerance is that of the feature's control frame."
NO_TOLERANCE = "No tolerance at the dimension, no general tolerance on the sheet."
#: `ISO 2768-mK`, `ISO 2768 - 1 - m`, `KS B ISO 2768-m`, and national standards whose classes have
#: the same deviations for lengths: DIN 7168, EN 22768, JIS B 0405, GB/T 1804, KS B 0412, GOST
#: 30893.1.
_GENERAL = re.compile(
    r"(?P<standard>ISO\s?-?2768|(?:DIN\s?)?(?:EN\s?)?22768|DIN\s?7168|JIS\s?B\s?0405"
    r"|GB/T\s?1804|KS\s?B\s?0412"
    r"|(?:GOST|ГОСТ)\s?30893\.1)"
    r"(?:\s?-\s?1(?!\d)|\s?T(?:eil)?\.?\s?1|\s?-\s?(?:19|20)\d\d)?[\s:,–-]*"
    r"(?:(?P<letter>[fmcv])(?:[HKLRST])?(?![A-Za-z])|(?P<word>fine|fein|medium|mittel|coarse"
    r"|grob)\b)"
)
#: One deviation for all lengths: `±0.1mm`, `+/- 0.25 mm`, and `0.1mm` with a drawn sign.
_PLAIN_GENERAL = re.compile(
    r"(?:±|\+\s?/\s?-|\+-)?\s*(?P<size>\d+(?:[.,]\d+)?|[.,]\d+)\s*(?P<unit>mm|in(?:ch(?:es)?)?"
    r"|\"|”)?"
)
#: A size as a fraction has no decimals to count.
_FRACTION = re.compile(r"\d/\d")
_WORDS = {"fein": "f", "fine": "f", "mittel": "m", "medium": "m", "grob": "c", "coarse": "c"}
#: The size itself is one limit; the sheet does not state the other.
_BOUND = re.compile(r"(?<!\w)(?i:(min|max))(?!\w)")


@dataclass(frozen=True, slots=True)
class Limits:
    """Deviations and limits in the dimension's own unit; `by` is the rule, `note` explains
    a gap.
    """

    upper: Decimal | None = None
    lower: Decimal | None = None
    smallest: Decimal | None = None
    largest: Decimal | None = None
    by: str | None = None
    note: str | None = None


def limits_of(
    reading: Reading,
    kind: str,
    unit: str | None,
    general: str | None,
    text: str = "",
    *,
    basic: bool = False,
) -> Limits:
    """Return the limits of a reading. `general` is the sheet's general tolerance as written; it
    applies to millimetres only. `text`: the whole callout, which may make the size a maximum or
    minimum. `basic`: it is theoretically exact.
    """
    if reading.limits is not None:
        largest, smallest = reading.limits
        return Limits(None, None, smallest, largest, "stated limits")
    if not reading.numbers or kind in ("thread", "roughness", "geometric", "reference", "weld"):
        return Limits()
    if basic and reading.tolerance is None and reading.fit is None:
        return Limits(by="basic", note=BASIC)
    nominal = reading.numbers[0]
    if reading.tolerance is not None:
        upper, lower = reading.tolerance
        return Limits(upper, lower, nominal + lower, nominal + upper, "stated")
    if bound := _BOUND.search(text):
        if bound[1].lower() == "max":
            return Limits(largest=nominal, by="stated", note=ONE_LIMIT)
        return Limits(smallest=nominal, by="stated", note=ONE_LIMIT)
    if reading.fit is not None:
        return _by_class(nominal, reading.fit, unit)
    return _by_general(nominal, kind, unit, general, text)


def _by_places(nominal: Decimal, kind: str, tolerances: PlaceTolerances, text: str) -> Limits:
    """Apply the tolerance for the size's number of decimals; angles have their own."""
    exponent = nominal.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    is_fraction = kind != "angle" and _FRACTION.search(text) is not None
    deviation = tolerances.angle if kind == "angle" else tolerances.by_places.get(places)
    if is_fraction:
        deviation = tolerances.fraction
    if deviation is None:
        return Limits(note=NO_TOLERANCE)
    if is_fraction:
        return Limits(
            deviation, -deviation, nominal - deviation, nominal + deviation, "general, fractions"
        )
    by = "general, angles" if kind == "angle" else "general X" + "." * bool(places) + "X" * places
    return Limits(deviation, -deviation, nominal - deviation, nominal + deviation, by)


def _by_class(nominal: Decimal, fit: str, unit: str | None) -> Limits:
    if unit == "in":
        return Limits(note=ISO_286_MILLIMETRES)
    if "/" in fit:
        return Limits(note=FIT_OF_TWO)
    try:
        found = fit_limits(nominal, fit)
    except EngineeringError as error:
        return Limits(note=str(error))
    upper, lower = found.upper_um / 1000, found.lower_um / 1000
    return Limits(upper, lower, nominal + lower, nominal + upper, f"ISO 286 {fit}")


def _by_one(nominal: Decimal, kind: str, unit: str | None, match: re.Match[str]) -> Limits:
    """Apply one deviation that the sheet states for all lengths, in its own unit."""
    stated = {"mm": "mm", None: unit}.get(match["unit"], "in")
    if kind == "angle" or stated != unit:
        return Limits(note=NO_TOLERANCE)
    size = Decimal(match["size"].replace(",", "."))
    if not size or size > abs(nominal):
        return Limits(note=NO_TOLERANCE)
    return Limits(size, -size, nominal - size, nominal + size, f"general ±{size}")


def _by_general(
    nominal: Decimal, kind: str, unit: str | None, general: str | None, text: str
) -> Limits:
    match = _GENERAL.search(general or "")
    if match is None and (plain := _PLAIN_GENERAL.fullmatch(fold(general or "").strip())):
        return _by_one(nominal, kind, unit, plain)
    if match is None:
        return _by_places(nominal, kind, place_tolerances(fold(general or "")), text)
    name = match["letter"] or _WORDS[match["word"]]
    if unit == "in":
        return Limits(note=ISO_2768_MILLIMETRES)
    if kind == "angle":
        return Limits(note=ISO_2768_ANGLE)
    feature: Feature = "radius" if kind in ("radius", "chamfer") else "linear"
    try:
        found = general_tolerance(nominal, name, feature)
    except EngineeringError as error:
        return Limits(note=str(error))
    standard = " ".join(re.sub(r"(\D)(\d)", r"\1 \2", match["standard"], count=1).split())
    by = f"{standard.replace('- ', ' ')}-{name}"
    return Limits(
        found.deviation, -found.deviation, nominal - found.deviation, nominal + found.deviation, by
    )
