"""What follows from a size on the sheet, what is written otherwise there, and what is no value."""

from __future__ import annotations

from typing import Any

import pytest

from backend.drawing import TextItem
from backend.evidence.grading.grader import grade
from backend.evidence.index.sheet_index import PageText
from backend.evidence.parsing.answer_reader import AnswerReader, find_values
from backend.geometry import Box


def items(answer: str, *texts: str, roles: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The evidence of an answer about a sheet with these texts."""
    placed = [
        TextItem(text, Box(100.0, 100.0 + 200 * row, 20.0 * len(text), 30.0),
                 role=roles[row] if row < len(roles) else None)
        for row, text in enumerate(texts)
    ]  # fmt: skip
    page = PageText("d1", 1, placed)
    return [one.item() for one in grade(find_values(answer), [page])]


@pytest.mark.parametrize(
    ("answer", "sheet", "source"),
    [
        ("18.018 mm", "Ø18 H7", "Ø18 H7"),
        ("18,018", "18 H7", "18 H7"),
        ("3.50", "Ø3.40 ±0.10", "Ø3.40 ±0.10"),
        ("3,30 mm", "3.40 ±0.10", "3.40 ±0.10"),
        ("0.156 in", "0.157 +0/-0.001", "0.157 +0/-0.001"),
        ("Ø11.2", "Ø11 +0.2/0", "Ø11 +0.2/0"),
    ],
)
def test_limits_follow_from_the_sheet(answer: str, sheet: str, source: str) -> None:
    (item,) = items(f"It is {answer}.", sheet)
    assert (item["status"], item["from"]) == ("computed", source)
    assert item["box"] is not None


@pytest.mark.parametrize(
    ("answer", "sheet"),
    [("18.019", "18 H7"), ("3.60", "3.40 ±0.10"), ("R3.50", "Ø3.40 ±0.10"), ("18.018", "18")],
)
def test_other_values_do_not(answer: str, sheet: str) -> None:
    (item,) = items(f"It is {answer}.", sheet)
    assert item["status"] == "not_found"
    assert "from" not in item


def test_a_value_without_its_symbol_says_what_is_written() -> None:
    (item,) = items("The bore is 25.5.", "Ø25.5")
    assert (item["status"], item["says"]) == ("found", "Ø25.5")
    (same,) = items("The bore is Ø25.5.", "Ø25.5")
    assert "says" not in same


def test_a_radius_is_no_diameter() -> None:
    (item,) = items("The edge is R25.", "Ø25")
    assert item["status"] == "not_found"


@pytest.mark.parametrize(
    ("answer", "role", "status"),
    [("R75", "linear", "not_found"), ("R75", "radius", "found"), ("Ø75", "linear", "found"),
     ("Ø75", "radius", "not_found"), ("Ø75", "diameter", "found")],
)  # fmt: skip
def test_what_a_dxf_dimension_measures_decides(answer: str, role: str, status: str) -> None:
    (item,) = items(f"It is {answer}.", "75", roles=(role,))
    assert item["status"] == status


@pytest.mark.parametrize(
    ("answer", "sheet"),
    [
        ("±0.25 mm", "Tolerance unless otherwise noted: +/- 0.25mm"),
        ("+/- 0.25mm", "General ±0,25"),
        ("Ø12 H7/k6", "Ø12.00 k6/H7"),
        ("4x Ø5.8-5.85", "4xØ5.8-5.85"),
        ("0.5x45°", "0.5x0.5"),
        ("1/4-20 UNC-2B", ".250-20 UNC-2B"),
    ],
)
def test_spellings_of_one_value(answer: str, sheet: str) -> None:
    assert [item["status"] for item in items(f"It says {answer}.", sheet)] == ["found"]


@pytest.mark.parametrize(
    "answer",
    [
        "1. Bore",
        "## 1. Sizes",
        "### 2.1 Sizes",
        "**3.** Note",
        "- 4) Edge",
        "(5) Edge",
        "# 6 Sizes",
    ],
)
def test_running_numbers_are_no_values(answer: str) -> None:
    assert find_values(answer) == []


def test_a_number_that_was_cut_off_is_not_graded() -> None:
    reader = AnswerReader()
    values = reader.feed("The bore is Ø25 H7 and the length 12")
    values += reader.finish(cut=True)
    assert [value.text for value in values] == ["Ø25 H7"]
    whole = AnswerReader()
    values = [*whole.feed("The length is 12 mm."), *whole.finish(cut=True)]
    assert [value.text for value in values] == ["12 mm"]
