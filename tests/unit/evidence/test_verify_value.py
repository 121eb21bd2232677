"""Where a second look looks, and what its readings say about a value."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.drawing import PageInfo
from backend.evidence.grading.grader import Region
from backend.evidence.grading.verify_value import (
    MOST_TILES,
    Verdict,
    boxes_in,
    judge,
    region_spots,
    spot_around,
    tiles,
    value_at,
)
from backend.evidence.parsing.answer_reader import Value

PAGE = PageInfo(1, 4000, 3000, "none")


def value(text: str) -> Value:
    found = value_at(text, 0, len(text))
    assert found is not None
    return found


def test_the_value_is_read_in_its_context() -> None:
    found = value_at("🔩 a diameter of 38 mm", 17, 22)
    assert found is not None and (found.text, found.reading.symbol) == ("38 mm", "Ø")
    assert value_at("a diameter of 38 mm", 14, 16) is None


@pytest.mark.parametrize(
    ("text", "readings", "confirmed", "read"),
    [
        ("Ø38 H12", ["⌀38H12"], True, "⌀38H12"),
        ("25,4 ±0,1", ["R3", "25.4 ± 0.1"], True, "25.4 ± 0.1"),
        ("Ø38 H12", ["Ø36 H12"], False, "Ø36 H12"),
        ("Ø38", ["R38"], False, "R38"),
        ("25.4 ±0.1", ["25.4 ±0.2", "M8", "R3"], False, "25.4 ±0.2"),
        ("25.4", ["M8", "R3"], False, ""),
        ("25.4", ["  "], False, ""),
        ("25.4", [], False, ""),
        ("2x Ø5", ["Ø5", "Ø5"], True, "2x Ø5"),
        ("M8x1", ["M8x1.25"], False, "M8x1.25"),
        ("42CrMo4", ["42 CrMo 4"], True, "42 CrMo 4"),
        ("2.5 kg", ["2.5"], True, "2.5"),
        ("2.5 kg", ["2.6"], False, "2.6"),
    ],
)
def test_readings_confirm_or_dispute(
    text: str, readings: list[str], confirmed: bool, read: str
) -> None:
    assert judge(value(text), readings) == Verdict(confirmed, read)


def test_the_spot_of_a_box_has_it_in_its_middle_and_stays_on_the_page() -> None:
    spot = spot_around("d", PAGE, (1000, 500, 200, 40))
    assert spot.box == (940, 440, 320, 160)
    assert (spot.narrow, spot.turned) == (True, False)
    assert spot_around("d", PAGE, (3990, 0, 10, 40)).box == (3966, 0, 34, 64)
    assert spot_around("d", PAGE, (1000, 500, 40, 200)).turned


@settings(max_examples=100)
@given(st.integers(32, 40_000), st.integers(32, 40_000), st.integers(1, MOST_TILES))
def test_tiles_cover_the_page_and_are_not_too_many(width: int, height: int, most: int) -> None:
    found = tiles("d", PageInfo(1, width, height, "none"), most=most)
    assert 1 <= len(found) <= most
    area = sum(one.box[2] * one.box[3] for one in found)
    assert area >= 0.999 * width * height
    assert min(one.box[0] for one in found) == min(one.box[1] for one in found) == 0
    assert max(one.box[0] + one.box[2] for one in found) == pytest.approx(width)
    assert max(one.box[1] + one.box[3] for one in found) == pytest.approx(height)


def test_a_small_region_is_one_spot_a_large_one_is_cut() -> None:
    pages = {("d", 1): PAGE}
    small = Region("d", 1, (100, 100, 600, 400))
    assert [spot.box for spot in region_spots([small, small], pages)] == [small.box]
    assert len(region_spots([Region("d", 1, (0, 0, 4000, 3000))], pages)) > 4
    assert region_spots([Region("gone", 1, (0, 0, 10, 10))], pages) == []


def test_the_models_own_boxes_nearest_first_in_canvas_pixels() -> None:
    text = 'Ø5 {"bbox_2d": [0, 0, 100, 100], "label": "a"} and [500,500,1,1] '
    text += "{bbox_2d: [250, 500, 1000, 1200.5]}"
    assert boxes_in(text, 0, PAGE) == [(0, 0, 400, 300), (1000, 1500, 3000, 1500)]
    assert boxes_in(text, len(text), PAGE)[0] == (1000, 1500, 3000, 1500)
    assert boxes_in('"bbox_2d": [500, 500, 400, 600]', 0, PAGE) == []
