"""Converts units and keeps the written precision: 1.250 in is 31.75 mm, not 31.750000.

pint provides the factors; this module defines the units used on drawings, parses numbers (decimal
comma, fractions) and chooses the number of decimals of the result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from backend.engineering.engineering_errors import NotUnderstood

#: Units as written on drawings, and their names in pint. Nothing else reaches pint's own parser.
_UNITS = {
    **dict.fromkeys(("mm", "millimeter", "millimetre", "millimeters", "millimetres"), "mm"),
    **dict.fromkeys(("cm",), "cm"),
    **dict.fromkeys(("m", "meter", "metre", "meters", "metres"), "m"),
    **dict.fromkeys(("um", "µm", "μm", "micron", "microns", "micrometer", "micrometre"), "um"),
    **dict.fromkeys(("in", "inch", "inches", '"', "″", "”", "in.", "zoll", "인치"), "inch"),
    **dict.fromkeys(("ft", "foot", "feet", "'", "′"), "foot"),
    **dict.fromkeys(("mil", "thou", "mils"), "thou"),
    **dict.fromkeys(("uin", "µin", "μin", "microinch"), "microinch"),
    **dict.fromkeys(("kg",), "kg"),
    **dict.fromkeys(("g",), "g"),
    **dict.fromkeys(("lb", "lbs", "lbm"), "lb"),
    **dict.fromkeys(("oz",), "oz"),
    **dict.fromkeys(("n", "newton"), "N"),
    **dict.fromkeys(("kn",), "kN"),
    **dict.fromkeys(("lbf",), "lbf"),
    **dict.fromkeys(("mpa", "n/mm2", "n/mm²"), "MPa"),
    **dict.fromkeys(("bar",), "bar"),
    **dict.fromkeys(("psi",), "psi"),
    **dict.fromkeys(("nm", "n·m", "n*m", "n m"), "N*m"),
    **dict.fromkeys(("lbf·ft", "lbf*ft", "ft·lbf", "ft-lb", "ft*lbf"), "lbf*foot"),
    **dict.fromkeys(("in-lb", "in·lbf", "lbf·in"), "lbf*inch"),
    **dict.fromkeys(("°", "deg", "degree", "degrees"), "degree"),
    **dict.fromkeys(("rad",), "radian"),
}
#: A leading symbol names the quantity; it does not change the value.
_SIGN = r"(?:[±Øø⌀R]\s*)?"
_NUMBER = re.compile(
    rf"{_SIGN}(?P<number>[+−-]?\s*(?:\d+(?:[.,]\d+)?|[.,]\d+))\s*(?P<unit>[^\d\s/].*)"
)
_MINUTES = re.compile(
    r"(?P<degrees>\d+)\s*°\s*(?P<minutes>\d{1,2})\s*['′’](?:\s*(?P<seconds>\d{1,2})\s*[\"″”])?"
)
_FRACTION = re.compile(rf"{_SIGN}(?:(?P<whole>\d+)[\s-]+)?(?P<top>\d+)\s*/\s*(?P<bottom>\d+)\s*"
                       r"(?P<unit>[^\d\s].*)")  # fmt: skip
_FRACTION_PLACES = 6
_LONGEST_NUMBER = 24
#: ±.005 in is 0.127 mm: a one-digit tolerance must not grow by rounding.
_FEWEST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Conversion:
    """`rounded` has the decimals justified by the written precision; `exact` has all of them."""

    exact: Decimal
    rounded: Decimal
    unit: str


def convert(quantity: str, unit: str) -> Conversion:
    """Convert a quantity, as in `convert("1.250 in", "mm")`. Raises `NotUnderstood`.

    The rounded value ends at the coarsest decimal place that is not coarser than the last written
    place: 0.001 in is 0.0254 mm, so hundredths of a millimetre. It keeps three significant digits
    if the exact value has them. A fraction has no written precision and is given to six decimals.
    """
    number, places, source = _read(quantity.strip())
    target = _unit(unit)
    quantities = _registry()
    try:
        exact = quantities.Quantity(number, source).to(target).magnitude
    except _not_measurable():
        raise NotUnderstood(f"{unit} does not measure “{quantity}”.") from None
    if places is None:
        return Conversion(_tidy(exact), _tidy(round(exact, _FRACTION_PLACES)), unit)
    last_place = quantities.Quantity(Decimal(1).scaleb(-places), source).to(target).magnitude
    exact, place = _tidy(exact), min(last_place.adjusted(), 0)
    rounded = exact.quantize(Decimal(1).scaleb(place), ROUND_HALF_EVEN)
    finer = exact.adjusted() - _FEWEST_DIGITS + 1
    if rounded != exact and finer < place:
        rounded = exact.quantize(Decimal(1).scaleb(finer), ROUND_HALF_EVEN)
    return Conversion(exact, rounded, unit)


def _read(quantity: str) -> tuple[Decimal, int | None, str]:
    """The number, its decimals (None for a fraction) and pint's name of its unit."""
    if match := _MINUTES.fullmatch(quantity):
        seconds = match["seconds"]
        parts = Decimal(match["minutes"]) / 60 + Decimal(seconds or 0) / 3600
        return Decimal(match["degrees"]) + parts, 4 if seconds else 2, "degree"
    if match := _FRACTION.fullmatch(quantity):
        if not int(match["bottom"]):
            raise NotUnderstood(f"“{quantity}” divides by zero.")
        value = Fraction(int(match["top"]), int(match["bottom"])) + int(match["whole"] or 0)
        return Decimal(value.numerator) / value.denominator, None, _unit(match["unit"])
    if match := _NUMBER.fullmatch(quantity):
        digits = re.sub(r"\s", "", match["number"]).replace(",", ".").replace("−", "-")
        if len(digits) <= _LONGEST_NUMBER:
            return Decimal(digits), len(digits.partition(".")[2]), _unit(match["unit"])
    raise NotUnderstood(f"“{quantity}” is not a number with a unit, like 1.250 in.")


def _unit(text: str) -> str:
    name = _UNITS.get(text.strip()) or _UNITS.get(text.strip().lower())
    if name is None:
        raise NotUnderstood(f"The unit “{text}” is not supported: mm, µm, m, in, ft, kg, N, MPa, …")
    return name


def _tidy(value: Decimal) -> Decimal:
    """Format without the noise of the 28th digit and without trailing zeros."""
    return Decimal(f"{+value.quantize(Decimal(1).scaleb(value.adjusted() - 23)).normalize():f}")


@cache
def _registry() -> Any:
    import pint  # importing takes half a second, so only on the first conversion

    return pint.UnitRegistry(non_int_type=Decimal, cache_folder=None)


def _not_measurable() -> type[Exception]:
    from pint import DimensionalityError

    return DimensionalityError
