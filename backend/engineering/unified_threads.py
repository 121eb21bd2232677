"""Unified inch threads with limits: UNC, UNF and UNEF, classes 1A to 3A and 1B to 3B.

ASME B1.1, Unified Inch Screw Threads: sizes from its table of standard series, limits from its
formulas for allowance and tolerances, rounded to four decimals as in its tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from backend.engineering.engineering_errors import NotUnderstood, OutsideTables

STANDARD = "ASME B1.1"

#: Size to basic major diameter in inches and threads per inch of UNC, UNF, UNEF (None: none).
SERIES: dict[str, tuple[Decimal, Decimal | None, Decimal | None, Decimal | None]] = {}
for _line in """
    #0 .0600 - 80 - |#1 .0730 64 72 - |#2 .0860 56 64 - |#3 .0990 48 56 - |#4 .1120 40 48 -
    #5 .1250 40 44 - |#6 .1380 32 40 - |#8 .1640 32 36 - |#10 .1900 24 32 - |#12 .2160 24 28 32
    1/4 .2500 20 28 32 |5/16 .3125 18 24 32 |3/8 .3750 16 24 32 |7/16 .4375 14 20 28
    1/2 .5000 13 20 28 |9/16 .5625 12 18 24 |5/8 .6250 11 18 24 |11/16 .6875 - - 24
    3/4 .7500 10 16 20 |13/16 .8125 - - 20 |7/8 .8750 9 14 20 |15/16 .9375 - - 20
    1 1.0000 8 12 20 |1-1/16 1.0625 - - 18 |1-1/8 1.1250 7 12 18 |1-3/16 1.1875 - - 18
    1-1/4 1.2500 7 12 18 |1-5/16 1.3125 - - 18 |1-3/8 1.3750 6 12 18 |1-7/16 1.4375 - - 18
    1-1/2 1.5000 6 12 18 |1-9/16 1.5625 - - 18 |1-5/8 1.6250 - - 18 |1-11/16 1.6875 - - 18
    1-3/4 1.7500 5 - - |2 2.0000 4.5 - - |2-1/4 2.2500 4.5 - - |2-1/2 2.5000 4 - -
    2-3/4 2.7500 4 - - |3 3.0000 4 - -
    3-1/4 3.2500 4 - - |3-1/2 3.5000 4 - - |3-3/4 3.7500 4 - - |4 4.0000 4 - -
""".replace("\n", "|").split("|"):  # fmt: skip
    if _line.strip():
        _size, _major, *_pitches = _line.split()
        _unc, _unf, _unef = (None if each == "-" else Decimal(each) for each in _pitches)
        SERIES[_size] = (Decimal(_major), _unc, _unf, _unef)

#: Pitch diameter tolerance of each class, relative to class 2A.
_SHARES = {"1A": "1.5", "2A": "1", "3A": "0.75", "1B": "1.95", "2B": "1.3", "3B": "0.975"}
#: Height of the basic profile between pitch and minor diameter, and its full height, in pitches.
_PITCH_LINE, _MINOR_LINE = Decimal("0.64951905"), Decimal("1.08253175")


@dataclass(frozen=True, slots=True)
class UnifiedLimits:
    """Limits in inches: (smallest, largest); None if the standard sets no limit."""

    major: tuple[Decimal, Decimal | None]
    pitch: tuple[Decimal, Decimal]
    minor: tuple[Decimal, Decimal] | None


def threads_per_inch(size: str, series: str) -> Decimal:
    """Look up a size. Raises `OutsideTables` for a size that the series does not define."""
    if size not in SERIES:
        raise OutsideTables(f"{size} is not a supported size of the unified series.")
    found = dict(zip(("UNC", "UNF", "UNEF"), SERIES[size][1:], strict=True)).get(series)
    if found is None:
        raise OutsideTables(f"{STANDARD} has no {series} thread of size {size}.")
    return found


def limits(size: str, series: str, cls: str) -> UnifiedLimits:
    """The limits of a class such as `2A` (bolt) or `2B` (nut)."""
    if cls not in _SHARES:
        raise NotUnderstood(f"{cls} is not a class of {STANDARD}: 1A to 3A, 1B to 3B.")
    if cls[0] == "1" and series == "UNEF":
        raise OutsideTables(f"{STANDARD} has no class {cls} for {series}.")
    major = SERIES[size][0]
    pitch = 1 / threads_per_inch(size, series)
    with localcontext() as context:
        context.prec = 24
        third, two_thirds = Decimal(1) / 3, Decimal(2) / 3
        engagement = 9 * pitch if series == "UNEF" else major
        base = (
            Decimal("0.0015") * major**third
            + Decimal("0.0015") * engagement.sqrt()
            + Decimal("0.015") * pitch**two_thirds
        ).quantize(Decimal("0.000001"), ROUND_HALF_UP)  # as the standard does before multiplying
        width = base * Decimal(_SHARES[cls])
        pitch_diameter = major - _PITCH_LINE * pitch
        if cls[1] == "A":
            allowance = Decimal("0.3") * base if cls[0] in "12" else Decimal(0)
            crest = Decimal("0.09" if cls[0] == "1" else "0.06") * pitch**two_thirds
            top, line = _inch(major - allowance), _inch(pitch_diameter - allowance)
            return UnifiedLimits(
                (_inch(top - _inch(crest)), top), (_inch(line - _inch(width)), line), None
            )
        minor = _inch(major - _MINOR_LINE * pitch)
        line = _inch(pitch_diameter)
        bore = _minor_tolerance(major, pitch, cls, two_thirds)
        return UnifiedLimits(
            (_inch(major), None),
            (line, _inch(line + _inch(width))),
            (minor, _inch(minor + _inch(bore))),
        )


def _minor_tolerance(major: Decimal, pitch: Decimal, cls: str, two_thirds: Decimal) -> Decimal:
    """The tolerance of an internal thread's minor diameter."""
    small = Decimal("0.05") * pitch**two_thirds + Decimal("0.03") * pitch / major - Decimal("0.002")
    per_inch = 1 / pitch
    if cls == "3B":
        floor = (
            Decimal("0.23") * pitch - Decimal("1.5") * pitch**2
            if per_inch >= 13
            else Decimal("0.12") * pitch
        )
        return max(min(small, Decimal("0.394") * pitch), floor)
    if major < Decimal("0.25"):
        floor = Decimal("0.25") * pitch - Decimal("0.4") * pitch**2
        return max(min(small, Decimal("0.394") * pitch), floor)
    if per_inch >= 4:
        return Decimal("0.25") * pitch - Decimal("0.4") * pitch**2
    return Decimal("0.15") * pitch


def _inch(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.0001"), ROUND_HALF_UP)
