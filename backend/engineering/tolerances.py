"""General tolerances according to ISO 2768-1, for dimensions without their own tolerance.

Source: ISO 2768-1:1989, tables 1 to 3, compared with two published transcriptions. ISO 2768-2 was
withdrawn; ISO 22081 defines no values (a drawing that refers to it states them), so it is
recognised but never converted.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from backend.engineering.engineering_errors import NotUnderstood, OutsideTables

Feature = Literal["linear", "radius", "angle"]
CLASSES = {"f": "fine", "m": "medium", "c": "coarse", "v": "very coarse"}

_WORDS = {**{word: letter for letter, word in CLASSES.items()},
          "fein": "f", "mittel": "m", "grob": "c", "sehr grob": "v"}  # fmt: skip

_D = Decimal
#: `class: ((upper limit of the band in mm, permissible deviation in mm or None), …)`
_LINEAR: dict[str, tuple[tuple[Decimal, Decimal | None], ...]] = {}
_LINEAR_BANDS = ("3", "6", "30", "120", "400", "1000", "2000", "4000")
for _name, _row in {
    "f": "0.05 0.05 0.1 0.15 0.2 0.3 0.5 -",
    "m": "0.1 0.1 0.2 0.3 0.5 0.8 1.2 2",
    "c": "0.2 0.3 0.5 0.8 1.2 2 3 4",
    "v": "- 0.5 1 1.5 2.5 4 6 8",
}.items():
    _LINEAR[_name] = tuple(
        (_D(band), None if cell == "-" else _D(cell))
        for band, cell in zip(_LINEAR_BANDS, _row.split(), strict=True)
    )
#: Upper limits of the bands, then the deviations of f and m, and of c and v, in mm.
_RADII = ((_D(3), _D("0.2"), _D("0.4")), (_D(6), _D("0.5"), _D(1)), (None, _D(1), _D(2)))
#: Upper limits of the shorter side in mm, then minutes of arc of f and m, c, v.
_ANGLES = ((_D(10), 60, 90, 180), (_D(50), 30, 60, 120), (_D(120), 20, 30, 60),
           (_D(400), 10, 15, 30), (None, 5, 10, 20))  # fmt: skip


@dataclass(frozen=True, slots=True)
class GeneralTolerance:
    """± deviation, in millimetres or, for an angle, in minutes of arc."""

    nominal: Decimal
    tolerance_class: str
    feature: Feature
    deviation: Decimal
    unit: Literal["mm", "'"]


def general_tolerance(
    nominal: Decimal, tolerance_class: str, feature: Feature = "linear"
) -> GeneralTolerance:
    """The permissible deviation of ISO 2768-1.

    `nominal` is in mm; for an angle it is the length of the shorter side, not the angle. The
    class may be written `m`, `mK` or `ISO 2768-mK`; the capital letter belongs to ISO 2768-2.
    Raises `NotUnderstood`, `OutsideTables`.
    """
    name = _class_letter(tolerance_class)
    if feature == "angle":
        minutes = _D(_angle_minutes(nominal, name))
        return GeneralTolerance(nominal, name, feature, minutes, "'")
    if feature == "radius":
        return GeneralTolerance(nominal, name, feature, _radius(nominal, name), "mm")
    if feature != "linear":
        raise NotUnderstood("The feature must be linear, radius (also chamfers) or angle.")
    return GeneralTolerance(nominal, name, feature, _linear(nominal, name), "mm")


def _class_letter(text: str) -> str:
    name = text.strip()
    if "22081" in name:
        raise OutsideTables("ISO 22081 has no table: the drawing itself must state its tolerance.")
    for prefix in ("DIN ", "EN ", "ISO 2768-1", "ISO 2768", "-", " "):
        name = name.removeprefix(prefix).strip(" -")
    name = _WORDS.get(name.casefold(), name)
    if name[:1] not in CLASSES or name[1:] not in ("", "H", "K", "L"):
        raise NotUnderstood(f"“{text}” is not a class of ISO 2768-1: f, m, c or v.")
    return name[0]


def _linear(nominal: Decimal, name: str) -> Decimal:
    _at_least_half_a_millimetre(nominal)
    for limit, value in _LINEAR[name]:
        if nominal <= limit:
            if value is None:
                break
            return value
    raise OutsideTables(f"ISO 2768-1 has no value for {nominal} mm in class {name}.")


def _radius(nominal: Decimal, name: str) -> Decimal:
    _at_least_half_a_millimetre(nominal)
    for limit, fine, coarse in _RADII:
        if limit is None or nominal <= limit:
            return fine if name in "fm" else coarse
    raise AssertionError("the last band is open")


def _angle_minutes(shorter_side: Decimal, name: str) -> int:
    if shorter_side <= 0:
        raise OutsideTables("The length of the shorter side must be over 0 mm.")
    for limit, fine, coarse, very_coarse in _ANGLES:
        if limit is None or shorter_side <= limit:
            return {"c": coarse, "v": very_coarse}.get(name, fine)
    raise AssertionError("the last band is open")


def _at_least_half_a_millimetre(nominal: Decimal) -> None:
    if nominal < _D("0.5"):
        raise OutsideTables("Below 0.5 mm the deviation must be stated at the dimension itself.")
