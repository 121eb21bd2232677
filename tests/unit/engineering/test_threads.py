"""Threads against published limits and against the formulas of ISO 965-1."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.engineering.engineering_errors import EngineeringError, NotUnderstood, OutsideTables
from backend.engineering.pipe_threads import WHITWORTH_PIPE
from backend.engineering.thread_tables import (
    COARSE_PITCH,
    CREST_TOLERANCE,
    DEVIATIONS,
    PITCH_DIAMETER_TOLERANCE,
    R40,
    TAPPING_DRILL,
)
from backend.engineering.threads import Range, thread
from backend.engineering.unified_threads import SERIES


def _range(smallest: str, largest: str | None) -> Range:
    return Range(Decimal(smallest), None if largest is None else Decimal(largest))


@pytest.mark.parametrize(
    ("designation", "major", "pitch"),
    [  # ISO 965-2 and ISO 965-3, limits of sizes
        ("M3-6g", ("2.874", "2.980"), ("2.580", "2.655")),
        ("M10x1.5-6g", ("9.732", "9.968"), ("8.862", "8.994")),
        ("M10 × 1,5 - 6g", ("9.732", "9.968"), ("8.862", "8.994")),
        ("M12-6g", ("11.701", "11.966"), ("10.679", "10.829")),
        ("M20-6g", ("19.623", "19.958"), ("18.164", "18.334")),
        ("M8x1-6g", ("7.794", "7.974"), ("7.212", "7.324")),
        ("M6-4h", ("5.888", "6.000"), ("5.279", "5.350")),
        ("M6-5g6g", ("5.794", "5.974"), ("5.234", "5.324")),
        ("4X M6-5g6g", ("5.794", "5.974"), ("5.234", "5.324")),
    ],
)
def test_external_limits(designation: str, major: tuple[str, str], pitch: tuple[str, str]) -> None:
    result = thread(designation)
    assert result.external == {"major": _range(*major), "pitch": _range(*pitch)}
    assert result.internal == {}


@pytest.mark.parametrize(
    ("designation", "major", "pitch", "minor"),
    [
        ("M3-6H", "3", ("2.675", "2.775"), ("2.459", "2.599")),
        ("M10-6H", "10", ("9.026", "9.206"), ("8.376", "8.676")),
        ("M12-6H", "12", ("10.863", "11.063"), ("10.106", "10.441")),
        ("M20-6H", "20", ("18.376", "18.600"), ("17.294", "17.744")),
        ("M10-6G", "10.032", ("9.058", "9.238"), ("8.408", "8.708")),
        ("M1-5H", "1", ("0.838", "0.894"), ("0.729", "0.785")),
    ],
)
def test_internal_limits(
    designation: str, major: str, pitch: tuple[str, str], minor: tuple[str, str]
) -> None:
    result = thread(designation)
    assert result.internal == {
        "major": _range(major, None), "pitch": _range(*pitch), "minor": _range(*minor)
    }  # fmt: skip
    assert result.external == {}


def test_a_pair_has_both() -> None:
    pair = thread("M16-6H/6g")
    assert pair.external == thread("M16-6g").external
    assert pair.internal == thread("M16-6H").internal
    assert (pair.pitch, pair.pitch_diameter, pair.minor_internal, pair.minor_external) == (
        Decimal(2), Decimal("14.701"), Decimal("13.835"), Decimal("13.546"))  # fmt: skip


def test_coarse_fine_and_left_hand() -> None:
    assert thread("M8").series == "coarse"
    assert thread("M8x1.25").designation == "M8"
    fine = thread("M8x1 LH")
    assert (fine.series, fine.designation, fine.left_hand) == ("fine", "M8x1", True)
    assert any("not checked" in note for note in fine.notes)


def _nearest(value: float) -> int:
    """Index in R40, nearest by ratio."""
    return min(range(len(R40)), key=lambda index: abs(math.log(R40[index] / value)))


def test_the_tables_follow_the_formulas() -> None:
    """ISO 965-1: each printed value is the R40 number nearest to the formula, or a neighbour."""
    exact = total = 0
    lower = 1.0
    for upper, row in PITCH_DIAMETER_TOLERANCE.items():
        for pitch, value in row.items():
            formula = 90 * float(pitch) ** 0.4 * math.sqrt(lower * float(upper)) ** 0.1
            distance = abs(R40.index(int(value)) - _nearest(formula))
            assert distance <= 1, (upper, pitch)
            exact, total = exact + (distance == 0), total + 1
        lower = float(upper)
    for pitch, (minor, major) in CREST_TOLERANCE.items():
        size = float(pitch)
        e, f, g = DEVIATIONS[pitch]
        formulas = [
            (
                minor if size >= 0.3 else None,
                433 * size - 190 * size**1.22 if size < 1 else 230 * size**0.7,
            ),
            (major, 180 * size ** (2 / 3) - 3.15 / math.sqrt(size)),
            (e, 50 + 11 * size),
            (f, 30 + 11 * size),
            (g, 15 + 11 * size),
        ]
        for value, formula in formulas:
            if value is not None:
                distance = abs(_nearest(value) - _nearest(formula))
                assert distance <= (2 if (value, size) == (50, 0.5) else 1), (pitch, value)
                exact, total = exact + (distance == 0), total + 1
    assert exact / total > 0.85
    for pitch in (pitch for pitch in DEVIATIONS if pitch < Decimal("0.5")):  # to the micrometre
        assert DEVIATIONS[pitch][2] == round(15 + 11 * float(pitch))


def test_published_grades_away_from_six() -> None:
    """Other grades are four R40 steps away; values typed from a printed ISO 965-1 table."""
    for designation, nut, bolt in (
        ("M30", {4: 180, 5: 224, 7: 355, 8: 450}, {3: 106, 4: 132, 5: 170, 7: 265, 8: 335, 9: 425}),
        ("M12x1", {4: 100, 5: 125, 7: 200, 8: 250}, {3: 60, 4: 75, 5: 95, 7: 150, 8: 190, 9: 236}),
        ("M5", {4: 80, 5: 100, 7: 160, 8: 200}, {3: 48, 4: 60, 5: 75, 7: 118, 8: 150, 9: 190}),
        ("M120x8", {4: 280, 5: 355, 7: 560, 8: 710}, {3: 170, 4: 212, 7: 425, 8: 530, 9: 670}),
    ):
        for grade, width in nut.items():
            assert _width(thread(f"{designation}-{grade}H6H").internal["pitch"]) == width
        for grade, width in bolt.items():
            assert _width(thread(f"{designation}-{grade}g6g").external["pitch"]) == width
    for grade, width in {4: 500, 5: 630, 6: 800, 7: 1000, 8: 1250}.items():
        assert _width(thread(f"M64-6H{grade}H").internal["minor"]) == width
    for grade, width in {4: 375, 6: 600, 8: 950}.items():
        assert _width(thread(f"M64-6g{grade}g").external["major"]) == width


def _width(limits: Range) -> Decimal:
    assert limits.smallest is not None and limits.largest is not None
    return (limits.largest - limits.smallest) * 1000


def test_each_drill_leaves_a_minor_diameter_within_its_limits() -> None:
    assert TAPPING_DRILL.keys() == COARSE_PITCH.keys()
    for diameter, drill in TAPPING_DRILL.items():
        # the finest pitches have no 6H; ISO 2306 takes 5H there
        name = "5H" if COARSE_PITCH[diameter] < Decimal("0.3") else "6H"
        minor = thread(f"M{diameter}-{name}").internal["minor"]
        assert minor.smallest is not None and minor.largest is not None
        assert minor.smallest <= drill <= minor.largest, diameter
        assert abs(drill - (diameter - COARSE_PITCH[diameter])) <= Decimal("0.06")


@pytest.mark.parametrize(
    ("designation", "pitch_diameter", "minor"),
    [  # published UNC and UNF tables, inches
        ("1/4-20 UNC", "0.2175", "0.1959"),
        ("#10-24 UNC-2A", "0.1629", "0.1449"),
        ("No. 10-32 UNF", "0.1697", "0.1562"),
        ("10-32", "0.1697", "0.1562"),
        ("3/8-16", "0.3344", "0.3073"),
        ("1/2-20 UNF-2B", "0.4675", "0.4459"),
        ("1-8 UNC", "0.9188", "0.8647"),
        ("1 1/8-7 UNC", "1.0322", "0.9704"),
        ("1-3/8-6 UNC", "1.2667", "1.1946"),
        ("2-4.5 UNC", "1.8557", "1.7594"),
        ("#0-80 UNF", "0.0519", "0.0465"),
        ("4-40 UNC", "0.0958", "0.0849"),
        ("2-56", "0.0744", "0.0667"),
        ("2-UNC", "1.8557", "1.7594"),
        ("4-4 UNC", "3.8376", "3.7294"),
    ],
)
def test_unified_basic_dimensions(designation: str, pitch_diameter: str, minor: str) -> None:
    result = thread(designation)
    assert (result.unit, result.standard) == ("in", "ASME B1.1")
    assert result.pitch_diameter == Decimal(pitch_diameter)
    assert result.minor_internal == Decimal(minor)


@pytest.mark.parametrize(
    ("designation", "major", "pitch", "minor"),
    [
        ("1/4-20 UNC-2A", ("0.2408", "0.2489"), ("0.2127", "0.2164"), None),
        (".250-20 UNC-2B", ("0.2500", None), ("0.2175", "0.2224"), ("0.1959", "0.2074")),
        ("1/4-20 UNC-3A", ("0.2419", "0.2500"), ("0.2147", "0.2175"), None),
        ("1/2-13 UNC-2A", ("0.4876", "0.4985"), ("0.4435", "0.4485"), None),
        ("1/2-13 UNC-2B", ("0.5000", None), ("0.4500", "0.4565"), ("0.4167", "0.4336")),
        ("10-32 UNF-2A", ("0.1831", "0.1891"), ("0.1658", "0.1688"), None),
        ("10-32 UNF-2B", ("0.1900", None), ("0.1697", "0.1736"), ("0.1562", "0.1641")),
        ("1-8 UNC-2A", ("0.9830", "0.9980"), ("0.9100", "0.9168"), None),
        ("3/8-24 UNF-2A", ("0.3667", "0.3739"), ("0.3430", "0.3468"), None),
    ],
)
def test_unified_limits_are_those_of_asme_b1_1(
    designation: str,
    major: tuple[str, str | None],
    pitch: tuple[str, str],
    minor: tuple[str, str] | None,
) -> None:
    """Values of the standard's table of limits of size."""
    found = thread(designation)
    ranges = found.external or found.internal

    def range_of(pair: tuple[str, str | None]) -> Range:
        return Range(Decimal(pair[0]), None if pair[1] is None else Decimal(pair[1]))

    assert ranges["major"] == range_of(major)
    assert ranges["pitch"] == range_of(pitch)
    assert ranges.get("minor") == (None if minor is None else range_of(minor))


@pytest.mark.parametrize(
    ("designation", "standard", "major", "pitch_diameter", "minor"),
    [
        ("G1/2", "ISO 228-1", "20.955", "19.793", "18.631"),
        ("G 1 1/4 A", "ISO 228-1", "41.910", "40.431", "38.952"),
        ("Rp3/4", "ISO 7-1", "26.441", "25.279", "24.117"),
        ("R 1/8", "ISO 7-1", "9.728", "9.147", "8.566"),
        ("1/2-14 NPT", "ASME B1.20.1", "0.840", "0.75843", None),
        ("NPT 1/4", "ASME B1.20.1", "0.540", "0.47739", None),
        ("3/4 NPTF", "ASME B1.20.3", "1.050", "0.96768", None),
        ("Tr40x7-7e", "ISO 2904", "40", "36.5", "33"),
    ],
)
def test_pipe_and_trapezoidal_threads(
    designation: str, standard: str, major: str, pitch_diameter: str, minor: str | None
) -> None:
    found = thread(designation)
    assert found.standard == standard
    assert (found.major, found.pitch_diameter) == (Decimal(major), Decimal(pitch_diameter))
    assert found.minor_internal == (None if minor is None else Decimal(minor))


def test_whitworth_pipe_sizes_follow_their_profile() -> None:
    """h = 0.640327·P (ISO 228-1)."""
    for per_inch, major, pitch_diameter, minor in WHITWORTH_PIPE.values():
        depth = Decimal("0.640327") * Decimal("25.4") / per_inch
        assert abs(Decimal(major) - depth - Decimal(pitch_diameter)) < Decimal("0.0016")
        assert abs(Decimal(major) - 2 * depth - Decimal(minor)) < Decimal("0.0021")


def test_a_unified_thread_is_written_in_many_ways() -> None:
    for written in ("1/4-UNC", "1/4 UNC", '1/4" UNC', "1/4-20-UNC"):
        assert thread(written).designation == "1/4-20 UNC"


def test_unified_numbers_follow_their_rule() -> None:
    """The numbered sizes are 0.060 in and 0.013 in a step; the others are their fractions."""
    for size, (major, *_) in SERIES.items():
        if size.startswith("#"):
            assert major == Decimal("0.06") + int(size[1:]) * Decimal("0.013")
        else:
            whole, _, fraction = size.rpartition("-") if "/" in size else (size, "", "0/1")
            top, bottom = fraction.split("/")
            assert major == int(whole or 0) + Decimal(top) / Decimal(bottom)


@pytest.mark.parametrize(
    "text", ["", "M", "10x1.5", "Tr", "G", "NPT", "W1/4", "M10-6H/6H", "M10-6g/5g", "M10-5g6H",
             "M16xPh3P1.5", "1/4", "M10-5g6h", "Pg 11", "M10x1.5-6g-6g"]
)  # fmt: skip
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(NotUnderstood):
        thread(text)


@pytest.mark.parametrize(
    "text", ["M13", "M10x20", "M0.5x0.1", "M200x6", "M10x1.5-6k", "M10-9H", "M1-6H", "M3-8g",
             "M10-5g5g", "M2-6e", "M10-6K", "1/4-27", "1/4-28 UNC", "7-32 UNC", "2-8 UNF", "G9/16",
             "1/2-18 NPT",
             "Tr5x2", "Tr20x12", "1/4-20 UNEF"]
)  # fmt: skip
def test_outside_the_tables_is_refused(text: str) -> None:
    with pytest.raises(OutsideTables):
        thread(text)


@given(st.text(alphabet="M0123456789.,x×-/ gHhGUNCF#", max_size=18))
def test_any_text_is_answered_or_refused(text: str) -> None:
    try:
        result = thread(text)
    except EngineeringError:
        return
    assert result.minor_internal is None or result.minor_internal < result.pitch_diameter
    assert result.pitch_diameter < result.major
