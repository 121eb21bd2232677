"""Boxes and their arithmetic."""

from __future__ import annotations

import json

import pytest

from backend.geometry import Box

BOX = Box(10, 20, 30, 40)


def test_edges_center_and_area() -> None:
    assert (BOX.right, BOX.bottom, BOX.center, BOX.area) == (40, 60, (25, 40), 1200)


def test_a_box_is_written_to_json_as_a_list() -> None:
    assert json.loads(json.dumps({"box": BOX})) == {"box": [10, 20, 30, 40]}


def test_around_contains_every_box() -> None:
    assert Box.around([BOX, Box(0, 50, 5, 50)]) == Box(0, 20, 40, 80)
    assert BOX.union(Box(0, 50, 5, 50)) == Box(0, 20, 40, 80)
    assert Box.around(box for box in [BOX]) == BOX
    with pytest.raises(ValueError, match="empty"):
        Box.around([])


@pytest.mark.parametrize(
    ("other", "common", "area", "share"),
    [
        (Box(30, 50, 30, 40), Box(30, 50, 10, 10), 100, 100 / 1200),
        (Box(15, 25, 10, 10), Box(15, 25, 10, 10), 100, 1),
        (Box(40, 20, 30, 40), None, 0, 0),  # a common edge has no area
        (Box(15, 25, 0, 10), None, 0, 0),
        (Box(500, 20, 30, 40), None, 0, 0),
    ],
)
def test_overlap(other: Box, common: Box | None, area: float, share: float) -> None:
    for one, two in ((BOX, other), (other, BOX)):
        assert one.intersection(two) == common
        assert one.overlap(two) == area
        assert one.overlap_share(two) == pytest.approx(share)


@pytest.mark.parametrize(
    ("other", "distance"),
    [
        (Box(20, 30, 5, 5), 0),
        (Box(40, 20, 5, 5), 0),
        (Box(43, 20, 5, 5), 3),
        (Box(43, 64, 5, 5), 5),
        (Box(-3, 0, 10, 16), 5),
    ],
)
def test_distance_is_between_the_edges(other: Box, distance: float) -> None:
    assert BOX.distance(other) == other.distance(BOX) == distance


@pytest.mark.parametrize(
    ("x", "y", "inside"), [(10, 20, True), (40, 60, True), (25, 40, True), (41, 40, False)]
)
def test_contains(x: float, y: float, inside: bool) -> None:
    assert BOX.contains(x, y) is inside
