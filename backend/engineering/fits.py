"""Limits and fits according to ISO 286, for example `20 H7/g6` in micrometres.

Up to 500 mm, every class with a fundamental deviation in ISO 286-1; from 500 to 3150 mm d to h, js,
k, m to u and their holes. Others raise `OutsideTables`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from backend.engineering.engineering_errors import NotUnderstood, OutsideTables
from backend.engineering.iso286_tables import (
    LARGE_ABOVE,
    LARGE_BELOW,
    SHAFT_ABOVE,
    SHAFT_BELOW,
    STANDARD_TOLERANCES,
    TRANSITION,
    Column,
)

FitKind = Literal["clearance", "transition", "interference"]

_ZERO = Decimal(0)
_LETTERS = {"h", "j", "js", "k", *SHAFT_BELOW, *SHAFT_ABOVE}
_CLASS = re.compile(r"([A-Za-z]{1,2})(\d{1,2})")
_DESIGNATION = re.compile(
    r"(?:\d+\s*[xX×]\s*)?[Øø⌀∅Φφϕ]?\s*(?P<size>\d+(?:[.,]\d+)?)\s*(?:mm)?\s*"
    r"(?P<first>[A-Za-z]{1,2}\d{1,2})(?:\s*[/-]\s*(?P<second>[A-Za-z]{1,2}\d{1,2}))?\s*Ⓔ?"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Deviations from the nominal size in micrometres."""

    lower_um: Decimal
    upper_um: Decimal


@dataclass(frozen=True, slots=True)
class Fit:
    """A size with its classes. Clearances are set only for a pair; negative means interference."""

    size_mm: Decimal
    hole_class: str | None
    shaft_class: str | None
    hole: Limits | None
    shaft: Limits | None
    kind: FitKind | None = None
    clearance_min_um: Decimal | None = None
    clearance_max_um: Decimal | None = None


def limits_and_fits(designation: str) -> Fit:
    """Read `Ø20 H7/g6`, `20 h6` or `12,5 js9`. Raises `NotUnderstood`, `OutsideTables`."""
    match = _DESIGNATION.fullmatch(designation.strip())
    if match is None:
        raise NotUnderstood(
            f"“{designation}” is not a size with a tolerance class, like 20 H7/g6 or 20 h6."
        )
    size = Decimal(match["size"].replace(",", "."))
    holes = [name for name in (match["first"], match["second"]) if name and name[0].isupper()]
    shafts = [name for name in (match["first"], match["second"]) if name and name[0].islower()]
    if len(holes) > 1 or len(shafts) > 1:
        raise NotUnderstood(
            "A fit is one hole class (capital letter) and one shaft class (lower case)."
        )
    hole = limits(size, holes[0]) if holes else None
    shaft = limits(size, shafts[0]) if shafts else None
    names = (holes[0] if holes else None, shafts[0] if shafts else None)
    if hole is None or shaft is None:
        return Fit(size, *names, hole, shaft)
    loosest = hole.upper_um - shaft.lower_um
    tightest = hole.lower_um - shaft.upper_um
    return Fit(size, *names, hole, shaft, _kind(tightest, loosest), tightest, loosest)


def standard_tolerance_um(size_mm: Decimal, grade: int) -> Decimal:
    """The width of the tolerance IT`grade` in micrometres (ISO 286-1, table 1)."""
    if not 1 <= grade <= 18:
        raise OutsideTables(f"IT{grade} is outside the table: IT1 to IT18.")
    if grade >= 14 and size_mm <= 1:
        raise OutsideTables(f"IT{grade} does not apply to sizes up to 1 mm.")
    return _look_up(STANDARD_TOLERANCES[str(grade)], size_mm, f"IT{grade}")


def limits(size_mm: Decimal, tolerance_class: str) -> Limits:
    """The limit deviations of a class such as `H7` (hole) or `g6` (shaft) at a nominal size."""
    match = _CLASS.fullmatch(tolerance_class)
    letters = match[1] if match else ""
    same_case = letters.islower() or letters.isupper()
    if match is None or letters.lower() not in _LETTERS or not same_case:
        raise NotUnderstood(f"“{tolerance_class}” is not a tolerance class, like H7 or g6.")
    if match[2].startswith("0"):
        raise OutsideTables(f"IT{match[2]} is not supported: the grades are IT1 to IT18.")
    grade = int(match[2])
    width = standard_tolerance_um(size_mm, grade)
    if size_mm > 500 and grade < 6:
        raise OutsideTables("Over 500 mm, only the grades IT6 to IT18 are supported.")
    if letters.lower() == "js":
        return Limits(-width / 2, width / 2)
    if letters.isupper():
        return _hole(size_mm, letters, grade, width)
    return _shaft(size_mm, letters, grade, width)


def _shaft(size: Decimal, letters: str, grade: int, width: Decimal) -> Limits:
    name = f"{letters}{grade}"
    if letters == "h" or letters in SHAFT_BELOW:
        upper = _ZERO if letters == "h" else -_below(size, letters)
        return Limits(upper - width, upper)
    if letters == "j":
        lower = -_look_up(_transition(name), size, name)
    elif letters == "k":
        lower = _shaft_k(size, grade)
    else:
        lower = _above(size, letters)
    return Limits(lower, lower + width)


def _hole(size: Decimal, letters: str, grade: int, width: Decimal) -> Limits:
    name, shaft_letters = f"{letters}{grade}", letters.lower()
    if letters == "H" or shaft_letters in SHAFT_BELOW:
        lower = _ZERO if letters == "H" else _below(size, shaft_letters)
        return Limits(lower, lower + width)
    if letters == "J":
        upper = _look_up(_transition(name), size, name)
    else:
        upper = _tight_hole_upper(size, letters, grade)
    return Limits(upper - width, upper)


def _tight_hole_upper(size: Decimal, letters: str, grade: int) -> Decimal:
    """ES of the holes K to ZC: the shaft's deviation negated, plus Δ for the finer grades.

    ISO 286-1, tables 2 and 3: Δ = IT(n) - IT(n-1) for K, M, N up to IT8 and for P to ZC up to IT7,
    over 3 up to 500 mm, so that a tight pair is as tight in either basis.
    """
    corrected_up_to = 8 if letters in ("K", "M", "N") else 7
    if letters == "K" and grade > 8 and size > 3:
        raise OutsideTables("K is defined up to grade 8 over 3 mm.")
    if letters in ("K", "M", "N") and grade > 8 and size > 500:
        raise OutsideTables(f"Over 500 mm, {letters} is supported up to grade 8.")
    if letters == "N" and grade > 8 and size <= 500:
        if size <= 1:
            raise OutsideTables("N above grade 8 does not apply to sizes up to 1 mm.")
        if size > 3:
            return _ZERO
    if letters == "M" and grade == 6 and 250 < size <= 315:
        return Decimal(-9)  # the standard's own exception; the rule would give -11
    if letters == "K":
        base = _ZERO if size > 500 else _look_up(TRANSITION["k"], size, "K")
    else:
        base = _above(size, letters.lower())
    if grade > corrected_up_to or not 3 < size <= 500:
        return -base
    if grade < 3:
        raise OutsideTables(f"{letters} is supported from grade 3.")
    delta = standard_tolerance_um(size, grade) - standard_tolerance_um(size, grade - 1)
    return delta - base


def _shaft_k(size: Decimal, grade: int) -> Decimal:
    if size > 500:
        if grade > 7:
            raise OutsideTables("Over 500 mm, k is supported for the grades 6 and 7.")
        return _ZERO
    return _look_up(TRANSITION["k"], size, "k") if 4 <= grade <= 7 else _ZERO


def _transition(name: str) -> Column:
    if name not in TRANSITION:
        raise OutsideTables(f"{name} is not in ISO 286: j has the grades 5 to 8, J 6 to 8.")
    return TRANSITION[name]


def _below(size: Decimal, letters: str) -> Decimal:
    if letters in ("a", "b") and size <= 1:
        raise OutsideTables(f"{letters.upper()} and {letters} do not apply to sizes up to 1 mm.")
    return _look_up(LARGE_BELOW.get(letters, ()) if size > 500 else SHAFT_BELOW[letters],
                    size, letters)  # fmt: skip


def _above(size: Decimal, letters: str) -> Decimal:
    return _look_up(LARGE_ABOVE.get(letters, ()) if size > 500 else SHAFT_ABOVE[letters],
                    size, letters)  # fmt: skip


def _look_up(column: Column, size_mm: Decimal, name: str) -> Decimal:
    if not 0 < size_mm <= 3150:
        raise OutsideTables(f"{size_mm} mm is outside ISO 286: over 0, up to 3150 mm.")
    for upper_limit, value in column:
        if size_mm <= upper_limit:
            if value is not None:
                return value
            break
    raise OutsideTables(f"There is no verified value for {name} at {size_mm} mm.")


def _kind(tightest: Decimal, loosest: Decimal) -> FitKind:
    if tightest >= 0:
        return "clearance"
    return "interference" if loosest <= 0 else "transition"
