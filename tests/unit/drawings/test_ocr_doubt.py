"""A size of which a deviation was not read is no size to build by."""

from __future__ import annotations

import pytest

from backend.drawings.text.ocr_merge import Reading, merge
from backend.evidence.index.sheet_index import PageText
from backend.extraction.tables.page_tables import extract
from backend.geometry import Box

SIZE = Reading("35.00", Box(1000, 1000, 120, 40), 0, 0.99)
UPPER = Reading("+0.10", Box(1130, 980, 90, 34), 0, 0.99)
LOWER = Reading("-0.20", Box(1130, 1020, 90, 34), 0, 0.99)


@pytest.mark.parametrize("readings", [[SIZE, UPPER], [SIZE, LOWER]])
def test_one_deviation_of_two_makes_the_row_unsure(readings: list[Reading]) -> None:
    page = PageText("scan", 1, merge(readings), "ocr", 2000, 1500)
    (row,) = extract("dimensions", [page]).rows
    assert row.cells["nominal"].status == "unsure"


def test_both_deviations_are_a_tolerance() -> None:
    page = PageText("scan", 1, merge([SIZE, UPPER, LOWER]), "ocr", 2000, 1500)
    (row,) = extract("dimensions", [page]).rows
    assert (row.value("nominal"), row.value("upper"), row.value("lower")) == (
        "35.00", "+0.10", "-0.20",
    )  # fmt: skip
    assert row.cells["nominal"].status != "unsure"


def test_a_number_at_a_roughness_symbol_is_no_length() -> None:
    sign = Reading("1,6", Box(500, 500, 60, 40), 0, 0.99, role="roughness")
    page = PageText("scan", 1, merge([sign]), "ocr", 2000, 1500)
    assert all(row.value("kind") == "roughness" for row in extract("dimensions", [page]).rows)
