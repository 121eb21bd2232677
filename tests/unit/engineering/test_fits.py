"""ISO 286 against published values, the standard's own formulas, and two packages."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

import data as isofits_data
import pressfit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.engineering.engineering_errors import EngineeringError, NotUnderstood, OutsideTables
from backend.engineering.fits import Limits, limits, limits_and_fits, standard_tolerance_um
from backend.engineering.iso286_tables import (
    LARGE_ABOVE,
    LARGE_BELOW,
    SHAFT_ABOVE,
    SHAFT_BELOW,
    STANDARD_TOLERANCES,
    Column,
)


@pytest.mark.parametrize(
    ("size", "name", "lower", "upper"),
    [
        # ISO 286-2, sample values
        ("20", "H7", "0", "21"),
        ("20", "g6", "-20", "-7"),
        ("3", "a11", "-330", "-270"),
        ("25", "js7", "-10.5", "10.5"),
        ("38", "H12", "0", "250"),
        ("80", "f7", "-60", "-30"),
        ("100", "K7", "-25", "10"),
        ("50", "P7", "-42", "-17"),
        ("50", "N9", "-62", "0"),
        ("2", "N9", "-29", "-4"),
        ("30", "J7", "-9", "12"),
        ("30", "j6", "-4", "9"),
        ("60", "k8", "0", "46"),
        ("60", "k6", "2", "21"),
        ("280", "M6", "-41", "-9"),
        ("30", "S7", "-48", "-27"),
        ("150", "s6", "100", "125"),
        ("500", "zc8", "2600", "2697"),
        ("1000", "H7", "0", "90"),
        ("600", "p6", "78", "122"),
        ("600", "P7", "-148", "-78"),
        ("3150", "u8", "3200", "3530"),
        ("18", "D10", "50", "120"),
        ("18.5", "D10", "65", "149"),
    ],
)
def test_published_limits(size: str, name: str, lower: str, upper: str) -> None:
    assert limits(Decimal(size), name) == Limits(Decimal(lower), Decimal(upper))


@pytest.mark.parametrize(
    ("designation", "kind", "tightest", "loosest"),
    [
        ("Ø20 H7/g6", "clearance", 7, 41),
        ("20H7/h6", "clearance", 0, 34),
        ("20 H7/k6", "transition", -15, 19),
        ("⌀ 20 mm H7-p6", "interference", -35, -1),
        ("20 H7/s6", "interference", -48, -14),
        ("2x Ø8,80 F8 / h9", "clearance", 13, 71),
        ("20 g6/H7", "clearance", 7, 41),
        ("4X φ20 H7/g6 Ⓔ", "clearance", 7, 41),
    ],
)
def test_pairs(designation: str, kind: str, tightest: int, loosest: int) -> None:
    fit = limits_and_fits(designation)
    assert (fit.kind, fit.clearance_min_um, fit.clearance_max_um) == (kind, tightest, loosest)


def test_a_single_class_has_no_pair() -> None:
    fit = limits_and_fits("38 H12")
    assert fit.hole == Limits(Decimal(0), Decimal(250))
    assert (fit.shaft, fit.kind, fit.clearance_min_um) == (None, None, None)


@pytest.mark.parametrize("text", ["", "20", "H7/g6", "20 Hg7", "20 q6", "20 H7/G6", "20 h6/g6",
                                  "20 H7/g6 extra", "-20 H7", "20 H7/g6/f5", "20 I7",
                                  "20 Js7"])  # fmt: skip
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        limits_and_fits(text)


@pytest.mark.parametrize(
    "text",
    ["0 H7", "3151 H7", "20 H19", "20 H0", "20 H01", "20 js01", "1 a11",
     "0.5 H14", "20 ef6", "60 cd8", "10 t6",
     "600 a11", "600 x7", "600 H5", "600 k8", "600 N9", "20 j9", "10 j8", "20 J5", "20 K9", "20 P2",
     "1 N9", "500.001 c11"],
)  # fmt: skip
def test_outside_the_tables_is_refused(text: str) -> None:
    with pytest.raises(OutsideTables):
        limits_and_fits(text)


def _bands(column: Column) -> list[tuple[float, float, float]]:
    """`(geometric mean of the band, upper limit, value)` where the table has a value."""
    result, lower = [], Decimal(1)  # up to 3 mm the standard takes the mean of 1 and 3
    for upper, value in column:
        if value is not None:
            result.append((math.sqrt(lower * upper), float(upper), float(value)))
        lower = upper
    return result


#: Multiples of the standard tolerance factor, ISO 286-1 annex A.
_FACTORS = {5: 7, 6: 10, 7: 16, 8: 25, 9: 40, 10: 64, 11: 100, 12: 160, 13: 250, 14: 400,
            15: 640, 16: 1000, 17: 1600, 18: 2500}  # fmt: skip


@pytest.mark.parametrize("grade", _FACTORS)
def test_standard_tolerances_follow_the_formula(grade: int) -> None:
    for mean, upper, value in _bands(STANDARD_TOLERANCES[str(grade)]):
        factor = 0.45 * mean ** (1 / 3) + 0.001 * mean if upper <= 500 else 0.004 * mean + 2.1
        # the table rounds; up to 3 mm it prints from IT7 on 11 to 15 % more than the formula
        slack = 0.155 if upper == 3 and grade >= 7 else 0.055
        assert value == pytest.approx(_FACTORS[grade] * factor, rel=slack, abs=0.8), upper


def test_the_finest_tolerances_follow_the_formula() -> None:
    for mean, upper, value in _bands(STANDARD_TOLERANCES["1"]):
        expected = 0.8 + 0.02 * mean if upper <= 500 else 2 * (0.004 * mean + 2.1)
        # the printed values lie up to 18 % below the formula (large sizes) and 19 % above
        assert value == pytest.approx(expected, rel=0.2, abs=0.12), upper
    for row in zip(*(STANDARD_TOLERANCES[str(grade)] for grade in range(1, 6)), strict=True):
        one, *between, five = (float(value or 0) for _, value in row)
        for position, value in enumerate(between, start=1):
            expected = one * (five / one) ** (position / 4)
            assert value == pytest.approx(expected, rel=0.2, abs=0.3), row


def test_grades_step_by_the_renard_series() -> None:
    """From IT6 on each fifth grade is ten times as wide."""
    for grade in range(6, 14):
        pairs = zip(STANDARD_TOLERANCES[str(grade)], STANDARD_TOLERANCES[str(grade + 5)],
                    strict=True)  # fmt: skip
        for (upper, fine), (_, coarse) in pairs:
            assert fine is not None and coarse is not None
            assert float(coarse) == pytest.approx(10 * float(fine), rel=0.07), (grade, upper)


def _it(grade: int, upper: float) -> float:
    return float(standard_tolerance_um(Decimal(str(upper)), grade))


Formula = Callable[[float, float], float]
#: Fundamental deviations, ISO 286-1 annex: mean D and upper limit of the band to micrometres.
_BELOW: dict[str, Formula] = {
    "a": lambda d, upper: 265 + 1.3 * d if upper <= 120 else 3.5 * d,
    "b": lambda d, upper: 140 + 0.85 * d if upper <= 160 else 1.8 * d,
    "c": lambda d, upper: 52 * d**0.2 if upper <= 40 else 95 + 0.8 * d,
    "d": lambda d, upper: 16 * d**0.44,
    "e": lambda d, upper: 11 * d**0.41,
    "f": lambda d, upper: 5.5 * d**0.41,
    "g": lambda d, upper: 2.5 * d**0.34,
}
_BELOW["cd"] = lambda d, upper: math.sqrt(_BELOW["c"](d, upper) * _BELOW["d"](d, upper))
_BELOW["ef"] = lambda d, upper: math.sqrt(_BELOW["e"](d, upper) * _BELOW["f"](d, upper))
_BELOW["fg"] = lambda d, upper: math.sqrt(_BELOW["f"](d, upper) * _BELOW["g"](d, upper))
_ABOVE: dict[str, Formula] = {
    "m": lambda d, upper: _it(7, upper) - _it(6, upper),
    "n": lambda d, upper: 5 * d**0.34,
    "s": lambda d, upper: _it(8, upper) + 2 if upper <= 50 else _it(7, upper) + 0.4 * d,
    "t": lambda d, upper: _it(7, upper) + 0.63 * d,
    "u": lambda d, upper: _it(7, upper) + d,
    "v": lambda d, upper: _it(7, upper) + 1.25 * d,
    "x": lambda d, upper: _it(7, upper) + 1.6 * d,
    "y": lambda d, upper: _it(7, upper) + 2 * d,
    "z": lambda d, upper: _it(7, upper) + 2.5 * d,
    "za": lambda d, upper: _it(8, upper) + 3.15 * d,
    "zb": lambda d, upper: _it(9, upper) + 4 * d,
    "zc": lambda d, upper: _it(10, upper) + 5 * d,
}
_LARGE: dict[str, Formula] = {
    **{letter: _BELOW[letter] for letter in "defg"},
    "m": lambda d, upper: 0.024 * d + 12.6,
    "n": lambda d, upper: 0.04 * d + 21,
    "p": lambda d, upper: 0.072 * d + 37.8,
    **{letter: _ABOVE[letter] for letter in "stu"},
}


@pytest.mark.parametrize(
    ("table", "formulas", "letter"),
    [(SHAFT_BELOW, _BELOW, letter) for letter in _BELOW]
    + [(SHAFT_ABOVE, _ABOVE, letter) for letter in _ABOVE]
    + [(LARGE_BELOW, _LARGE, letter) for letter in LARGE_BELOW]
    + [(LARGE_ABOVE, _LARGE, letter) for letter in "mnpstu"],
)
def test_deviations_follow_the_formulas(
    table: dict[str, Column], formulas: dict[str, Formula], letter: str
) -> None:
    # Main bands share one value of d to p, computed at the mean of the main band, not of its half.
    halves = letter in _MAIN_BAND_LETTERS
    for mean, upper, value in _main_bands(table[letter]) if halves else _bands(table[letter]):
        expected = formulas[letter](mean, upper)
        if table in (SHAFT_BELOW, SHAFT_ABOVE) and upper <= _PRINTED_HIGHER.get(letter, 0):
            assert 0.95 * expected < value < 1.85 * expected, (letter, upper)
        else:
            assert value == pytest.approx(expected, rel=0.05, abs=2.1), (letter, upper)


#: Up to these sizes the printed table lies above the formula, as in every edition looked at.
_PRINTED_HIGHER = {"c": 40, "cd": 30, "t": 30, "u": 14, "x": 18, "z": 18, "za": 10, "zb": 6,
                   "zc": 6}  # fmt: skip
_MAIN_BAND_LETTERS = {"cd", "d", "e", "ef", "f", "fg", "g", "m", "n", "p"}


def _main_bands(column: Column) -> list[tuple[float, float, float]]:
    main = [upper for upper, _ in STANDARD_TOLERANCES["6"]]
    kept = tuple((upper, value) for upper, value in column if upper in main)
    for upper, value in column:  # both halves of a main band hold the same value
        following = next(other for limit, other in kept if limit >= upper)
        assert value == following, upper
    return _bands(kept)


def test_p_and_r_match_the_standard() -> None:
    """p is IT7 and 0 to 5 µm; r is the geometric mean of p and s."""
    for (upper, p), (_, r), (_, s) in zip(*(SHAFT_ABOVE[name] for name in "prs"), strict=True):
        assert p is not None and r is not None and s is not None
        assert -5 <= p - standard_tolerance_um(upper, 7) <= 5.5, upper
        assert float(r) == pytest.approx(math.sqrt(p * s), rel=0.05, abs=1), upper
    for (upper, p), (_, r), (_, s) in zip(*(LARGE_ABOVE[name] for name in "prs"), strict=True):
        if p is not None and r is not None and s is not None:
            assert float(r) == pytest.approx(math.sqrt(p * s), rel=0.04), upper


#: isofits' own typing errors: in each the printed width is not the standard tolerance.
_ISOFITS_WRONG = {("K6", "10"), ("E7", "355"), ("E7", "400"), ("f6", "140"), ("f6", "160"),
                  ("f6", "180")}  # fmt: skip


@pytest.mark.parametrize("table", [isofits_data.hole_data, isofits_data.shaft_data])
def test_every_value_of_isofits(table: dict[str, list[str]]) -> None:
    compared = 0
    for name in table.keys() - {"over", "inc."}:
        for size, printed in zip(table["inc."], table[name], strict=True):
            upper, lower = (Decimal(part) for part in printed.split("\n"))
            width = standard_tolerance_um(
                Decimal(size), int(name.lstrip("EFGHJSKMNPRadefghjskmnpr"))
            )
            if (name, size) in _ISOFITS_WRONG:
                assert upper - lower != width
                continue
            assert limits(Decimal(size), name) == Limits(lower, upper), (name, size)
            compared += 1
    assert compared > 600


def test_every_class_of_pressfit() -> None:
    sizes = [upper for upper, _ in SHAFT_ABOVE["u"]] + [Decimal("1.5"), Decimal("22"), Decimal(333)]
    compared = 0
    for size in sizes:
        for letters in pressfit.tables.SHAFT_LETTERS:
            for grade in range(5, 12):
                theirs = pressfit.fit(f"{size} H{grade}/{letters}{grade}")
                ours = limits(size, f"{letters}{grade}")
                assert (ours.lower_um, ours.upper_um) == (theirs.shaft_ei_um, theirs.shaft_es_um)
                assert limits(size, f"H{grade}").upper_um == theirs.hole_es_um
                compared += 1
    assert compared == 28 * 13 * 7


def test_a_hole_basis_pair_and_its_shaft_basis_twin_are_equally_tight() -> None:
    """What Δ is for (ISO 286-1): H7/p6 and P7/h6 have the same clearances."""
    for size, _ in SHAFT_ABOVE["p"]:
        for letter, shaft, hole in (("p", 6, 7), ("s", 6, 7), ("n", 6, 7), ("k", 6, 7)):
            one = limits_and_fits(f"{size} H{hole}/{letter}{shaft}")
            twin = limits_and_fits(f"{size} {letter.upper()}{hole}/h{shaft}")
            if size > 3:
                assert one.clearance_min_um == twin.clearance_min_um
                assert one.clearance_max_um == twin.clearance_max_um


@settings(max_examples=300, deadline=None)
@given(size=st.decimals("0.01", "3200", places=2), letters=st.sampled_from(
    ["a", "B", "cd", "D", "e", "EF", "f", "g", "H", "h", "js", "JS", "j", "J", "k", "K", "m", "M",
     "N", "n", "P", "p", "r", "S", "t", "U", "V", "x", "Y", "za", "ZC"]),
    grade=st.integers(1, 18))  # fmt: skip
def test_any_result_is_as_wide_as_its_grade(size: Decimal, letters: str, grade: int) -> None:
    try:
        answer = limits(size, f"{letters}{grade}")
    except EngineeringError:
        return
    assert answer.upper_um - answer.lower_um == standard_tolerance_um(size, grade)
