"""Dimensions with their limits, notes, part numbers, views and zones."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from backend.evidence.index.sheet_index import PageText
from backend.evidence.parsing.value import Reading
from backend.extraction.tables.block_tolerances import place_tolerances
from backend.extraction.tables.limits import NO_TOLERANCE, limits_of
from backend.extraction.tables.page_tables import extract
from tests.sheet_texts import TITLE_BLOCK, Placed, page_of


def dimension(*texts: Placed, general: bool = True) -> dict[str, Any]:
    """The one dimension among the texts, as column: value."""
    block = TITLE_BLOCK if general else [one for one in TITLE_BLOCK if "2768" not in one[0]]
    rows = extract("dimensions", [page_of(*block, *texts)]).rows
    assert len(rows) == 1
    return {name: cell.value for name, cell in rows[0].cells.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4.00 +0.10/-0.20", ("linear", "4.00", "+0.10", "-0.20", "3.80", "4.10", "stated")),
        ("60.00 ±0.10", ("linear", "60.00", "+0.10", "-0.10", "59.90", "60.10", "stated")),
        ("Ø38,5 ±0,1", ("diameter", "38.5", "+0.1", "-0.1", "38.4", "38.6", "stated")),
        ("R11.30/11.20", ("radius", None, None, None, "11.20", "11.30", "stated limits")),
        ("Ø20 H7", ("diameter", "20", "+0.021", "0", "20", "20.021", "ISO 286 H7")),
        ("Ø45 G7", ("diameter", "45", "+0.034", "+0.009", "45.009", "45.034", "ISO 286 G7")),
        ("Ø25 h6", ("diameter", "25", "0", "-0.013", "24.987", "25", "ISO 286 h6")),
        ("44", ("linear", "44", "+0.3", "-0.3", "43.7", "44.3", "ISO 2768-m")),
        ("R4", ("radius", "4", "+0.5", "-0.5", "3.5", "4.5", "ISO 2768-m")),
        ("M12x1.5", ("thread", "12x1.5", None, None, None, None, None)),
        ("Ra 3.2", ("roughness", "3.2", None, None, None, None, None)),
        ("(50)", ("reference", "50", None, None, None, None, None)),
        ("0,6 A", ("geometric", "0.6", None, None, None, None, None)),
        ("45° ±0.5°", ("angle", "45", "+0.5", "-0.5", "44.5", "45.5", "stated")),
        ("30° ±30'", ("angle", "30", "+0.5", "-0.5", "29.5", "30.5", "stated")),
        ("30° 15'", ("angle", "30.25", None, None, None, None, None)),
        ("1X45°", ("chamfer", "1", "+0.2", "-0.2", "0.8", "1.2", "ISO 2768-m")),
        ("M8X1.25-6H", ("thread", "8x1.25", None, None, None, None, None)),
        ("1/4-20 UNC-2B", ("thread", "1/4-20UNC", None, None, None, None, None)),
        ("120 TYP", ("linear", "120", "+0.3", "-0.3", "119.7", "120.3", "ISO 2768-m")),
        ("SW 17", ("linear", "17", "+0.2", "-0.2", "16.8", "17.2", "ISO 2768-m")),
        ("t = 2", ("linear", "2", "+0.1", "-0.1", "1.9", "2.1", "ISO 2768-m")),
        ("12 DEEP", ("linear", "12", "+0.2", "-0.2", "11.8", "12.2", "ISO 2768-m")),
        ("깊이 12", ("linear", "12", "+0.2", "-0.2", "11.8", "12.2", "ISO 2768-m")),
        ("30 REF", ("reference", "30", None, None, None, None, None)),
        ("Ø6.6 REF", ("reference", "6.6", None, None, None, None, None)),
        ("Ø5 MAX", ("diameter", "5", None, None, None, "5", "stated")),
        ("MIN. 5", ("linear", "5", None, None, "5", None, "stated")),
    ],
)
def test_kind_nominal_and_limits(text: str, expected: tuple[str | None, ...]) -> None:
    row = dimension((text, 700, 800, 200, 46))
    names = ("kind", "nominal", "upper", "lower", "smallest", "largest", "tolerance_by")
    assert tuple(row.get(name) for name in names) == expected
    assert row["text"] == text


def test_counts_and_signs_stay_as_written() -> None:
    row = dimension(("4×Ø3.4", 700, 800, 200, 46))
    assert (row["count"], row["text"], row["kind"]) == ("4", "4×Ø3.4", "diameter")


@pytest.mark.parametrize(
    ("text", "count", "nominal"),
    [("4X Ø6.6", "4", "6.6"), ("4-Ø6.6 DRILL", "4", "6.6"), ("2-M5", "2", "5"),
     ("M6 (4x)", "4", "6"), ("2-C1", "2", "1"), ("Ø9 4개소", "4", "9")],
)  # fmt: skip
def test_a_count_is_written_in_many_ways(text: str, count: str, nominal: str) -> None:
    row = dimension((text, 700, 800, 200, 46))
    assert (row["count"], row["nominal"]) == (count, nominal)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("M5 ↧10", ["M5", "↧10"]), ("4-M5 TAP DP12", ["4-M5", "DP12"]),
     ("Ø10.5 ⌴ Ø18 ↧11", ["Ø10.5", "Ø18", "↧11"]), ("Ø9 tief 13", ["Ø9", "tief 13"]),
     ("4X Ø6.6 THRU ALL", ["4X Ø6.6"]), ("M6 깊이 12", ["M6", "깊이 12"])],
)  # fmt: skip
def test_the_depth_of_a_hole_is_a_dimension_of_its_own(text: str, expected: list[str]) -> None:
    rows = extract("dimensions", [page_of((text, 700, 800, 400, 46))]).rows
    assert [row.value("text") for row in rows] == expected


def test_inches_without_a_leading_zero_and_sizes_in_both_units() -> None:
    texts = (".375", "(.250)", "12.5 [.492]", "SEE NOTE 5", "POS 7")
    placed = [(text, 700.0, 400.0 + 200 * row, 200.0, 46.0) for row, text in enumerate(texts)]
    rows = extract("dimensions", [page_of(*placed)]).rows
    assert [(row.value("nominal"), row.value("kind")) for row in rows] == [
        ("0.375", "linear"), ("0.250", "reference"), ("12.5", "linear")]  # fmt: skip


def test_a_unified_thread_is_in_inches_on_any_sheet() -> None:
    assert dimension(("1/4-20 UNC-2B", 700, 800, 200, 46))["unit"] == "in"


@pytest.mark.parametrize(
    "written", ["ISO 2768-mK", "ISO 2768 mK", "DIN ISO 2768 - m", "ISO 2768-1-m", "ISO 2768 mittel"]
)
def test_a_general_tolerance_is_written_in_many_ways(written: str) -> None:
    reading = Reading("dimension", (Decimal(44),))
    limits = limits_of(reading, "linear", "mm", written)
    assert (limits.upper, limits.by) == (Decimal("0.3"), "ISO 2768-m")


@pytest.mark.parametrize("written", ["ISO 2768", "ISO 22081", "ISO 2768-K", "ISO 2768 see note"])
def test_another_general_tolerance_gives_no_limits(written: str) -> None:
    limits = limits_of(Reading("dimension", (Decimal(44),)), "linear", "mm", written)
    assert (limits.upper, limits.note) == (None, NO_TOLERANCE)


def test_without_a_general_tolerance_no_limits_are_invented() -> None:
    rows = extract("dimensions", [page_of(("44", 700, 800, 63, 41))]).rows
    cell = rows[0].cells["smallest"]
    assert (cell.value, cell.status) == (None, "missing")
    assert cell.note is not None


def test_an_angle_without_tolerance_says_why_it_has_no_limits() -> None:
    rows = extract("dimensions", [page_of(*TITLE_BLOCK, ("45°", 700, 800, 90, 46))]).rows
    assert "shorter side" in (rows[0].cells["largest"].note or "")


def test_a_stack_of_runs_is_one_dimension() -> None:
    row = dimension(
        ("7.50", 700, 800, 110, 46), ("+0.10", 830, 776, 90, 30), ("-0.20", 830, 840, 90, 30)
    )
    assert (row["nominal"], row["upper"], row["lower"]) == ("7.50", "+0.10", "-0.20")
    assert (row["smallest"], row["largest"]) == ("7.30", "7.60")


def test_title_block_tables_and_notes_give_no_dimensions() -> None:
    note = ("1. BREAK SHARP EDGES 0.5", 300, 1700, 500, 36)
    page = page_of(*TITLE_BLOCK, note, ("44", 700, 800, 63, 41))
    assert [row.value("text") for row in extract("dimensions", [page]).rows] == ["44"]


def test_rows_keep_their_ids_when_others_come_and_go() -> None:
    one, two = ("44", 700, 800, 63, 41), ("50", 1458, 934, 58, 42)
    first = extract("dimensions", [page_of(one, two)]).rows
    second = extract("dimensions", [page_of(("12", 300, 300, 50, 41), two)]).rows
    assert first[1].id == second[1].id
    assert len({row.id for row in first}) == 2


def test_dimensions_are_numbered_through_the_pages() -> None:
    page = page_of(("44", 700, 800, 63, 41))
    other = PageText("d1", 2, page.items, "vector", page.width, page.height)
    rows = extract("dimensions", [page, other]).rows
    assert [(row.page, row.value("number")) for row in rows] == [(1, "1"), (2, "2")]


def test_zones_come_from_the_frame() -> None:
    row = dimension(("44", 2060, 950, 63, 41))
    assert row["zone"] == "B4"


def test_notes_numbered_and_over_two_lines() -> None:
    page = page_of(
        ("NOTES:", 300, 1500, 150, 36),
        ("1. DEBURR ALL EDGES, BREAK", 300, 1560, 560, 36),
        ("SHARP EDGES 0.5", 345, 1612, 300, 36),
        ("2. ZINC PLATED 8 UM", 300, 1680, 400, 36),
    )
    rows = extract("notes", [page]).rows
    assert [(row.value("number"), row.value("text")) for row in rows] == [
        ("1", "DEBURR ALL EDGES, BREAK SHARP EDGES 0.5"),
        ("2", "ZINC PLATED 8 UM"),
    ]


def test_part_numbers_are_not_dates_standards_or_materials() -> None:
    others = [("2024-09-09", 300, 300, 200, 36), ("ISO 4017", 300, 400, 200, 36),
              ("S355J2", 300, 500, 200, 36), ("4711-0815-03", 300, 600, 200, 36)]  # fmt: skip
    rows = extract("part_numbers", [page_of(*TITLE_BLOCK, *others)]).rows  # type: ignore[arg-type]
    assert [(row.value("number"), row.value("role")) for row in rows] == [
        ("83-8834", "drawing"),
        ("4711-0815-03", "mentioned"),
    ]


def test_named_views_and_the_title_block_are_on_the_map() -> None:
    page = page_of(*TITLE_BLOCK, ("SECTION A-A", 700, 500, 300, 40), ("DETAIL B (2:1)", 900, 900,
                   300, 40))  # fmt: skip
    rows = extract("views", [page]).rows
    assert [(row.value("name"), row.value("kind")) for row in rows] == [
        ("Title block", "title_block"),
        ("SECTION A-A", "section"),
        ("DETAIL B (2:1)", "detail"),
    ]
    assert all(row.box is not None for row in rows)


def test_the_transcript_holds_every_text_and_escapes_bars() -> None:
    page = page_of(*TITLE_BLOCK, ("A | B", 300, 300, 100, 36))
    table = extract("text", [page])
    assert table.markdown is not None
    assert "| number | 83-8834 |" in table.markdown
    assert "- A \\| B" in table.markdown
    assert all(f"- {item.text}" in table.markdown for item in page.items if len(item.text) > 5)


def test_a_table_comes_back_from_its_json() -> None:
    table = extract("dimensions", [page_of(*TITLE_BLOCK, ("Ø20 H7", 700, 800, 200, 46))])
    assert type(table).from_json(table.to_json()) == table


AMERICAN: list[Placed] = [
    ("UNLESS OTHERWISE SPECIFIED", 1200, 1800, 400, 26), ("TOLERANCES:", 1200, 1840, 170, 26),
    ("X.X ±.030", 1220, 1880, 130, 26), (".XX", 1220, 1920, 50, 26), ("±.010", 1280, 1920, 80, 26),
    ("THREE PLACE DECIMAL ±.005", 1220, 1960, 340, 26), ("ANGLES ±1°", 1220, 2000, 150, 26),
    ("DIMENSIONS ARE IN INCHES", 1200, 2040, 350, 26), ("TITLE", 2059, 1805, 91, 26),
    ("PLATE", 2076, 1840, 200, 44), ("DWG. NO.", 2062, 1948, 120, 26),
    ("100-2345", 2077, 1984, 294, 44),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.5", ("+0.030", "-0.030", "1.470", "1.530", "general X.X")),
        ("Ø.25", ("+0.010", "-0.010", "0.240", "0.260", "general X.XX")),
        ("2X .375", ("+0.005", "-0.005", "0.370", "0.380", "general X.XXX")),
        ("1.500 ±.001", ("+0.001", "-0.001", "1.499", "1.501", "stated")),
        ("45°", ("+1", "-1", "44", "46", "general, angles")),
        ("2", (None, None, None, None, None)),
    ],
)
def test_general_tolerances_by_decimals(text: str, expected: tuple[str | None, ...]) -> None:
    (row,) = extract("dimensions", [page_of(*AMERICAN, (text, 700, 800, 200, 46))]).rows
    names = ("upper", "lower", "smallest", "largest", "tolerance_by")
    assert tuple(row.value(name) for name in names) == expected


@pytest.mark.parametrize("text", ["MAX ±1", "2X ±0.1", "±0.1", "25.XX", "4X ±.01", "BOX.XX ±1",
                                  "X ±1", "ANGLE ±1°"])  # fmt: skip
def test_other_tolerances_are_no_general_ones(text: str) -> None:
    assert not place_tolerances(text)
