"""Balloons stand off the texts and off each other, and stay where they were put."""

from __future__ import annotations

import math
from dataclasses import replace

from backend.extraction.inspection.balloons import Balloon, Numbered, drawn_before, place_all
from backend.geometry import Box

SIZE = (3508.0, 2480.0)


def grid(count: int) -> list[Numbered]:
    """Dimensions close together, as on a crowded sheet."""
    return [
        Numbered(
            f"r{place}", place + 1, (600 + 260 * (place % 6), 500 + 160 * (place // 6), 90, 46)
        )
        for place in range(count)
    ]


def overlaps(balloon: Balloon, box: Box) -> bool:
    x = min(max(balloon.x, box[0]), box[0] + box[2])
    y = min(max(balloon.y, box[1]), box[1] + box[3])
    return math.hypot(balloon.x - x, balloon.y - y) < balloon.radius


def test_no_balloon_covers_a_text_or_another() -> None:
    dimensions = grid(24)
    texts = [one.box for one in dimensions]
    placed = place_all(dimensions, texts, *SIZE)
    assert [one.number for one in placed] == list(range(1, 25))
    for place, one in enumerate(placed):
        assert not any(overlaps(one, box) for box in texts)
        for other in placed[place + 1 :]:
            assert math.hypot(one.x - other.x, one.y - other.y) > 2 * one.radius


def test_a_balloon_leaves_the_symbol_of_a_frame_free() -> None:
    for box in ((600.0, 500.0, 130.0, 40.0), (600.0, 500.0, 40.0, 130.0)):
        (placed,) = place_all([Numbered("r", 1, box)], [box, drawn_before(box)], *SIZE)
        symbol = drawn_before(box)
        assert overlaps(replace(placed, x=symbol[0] + 20, y=symbol[1] + 20), symbol)
        assert not overlaps(placed, symbol) and not overlaps(placed, box)
    assert drawn_before((600, 500, 130, 40)) == (520, 500, 80, 40)


def test_all_stay_on_the_sheet() -> None:
    corners = [
        Numbered(f"r{place}", place, (x, y, 80, 40))
        for place, (x, y) in enumerate([(0, 0), (3428, 0), (0, 2440), (3428, 2440)])
    ]
    for one in place_all(corners, [], *SIZE):
        assert one.radius < one.x < SIZE[0] - one.radius
        assert one.radius < one.y < SIZE[1] - one.radius


def test_a_moved_balloon_stays_and_the_others_make_room() -> None:
    first, second = grid(2)
    free = place_all([first, second], [], *SIZE)
    put = (free[1].x, free[1].y)
    moved = Numbered(first.row, first.number, first.box, put)
    placed = place_all([moved, second], [], *SIZE)
    assert (placed[0].x, placed[0].y, placed[0].moved) == (*put, True)
    assert math.hypot(placed[0].x - placed[1].x, placed[0].y - placed[1].y) > 2 * placed[0].radius


def test_the_same_sheet_gives_the_same_places() -> None:
    assert place_all(grid(12), [], *SIZE) == place_all(list(reversed(grid(12))), [], *SIZE)


def test_the_line_leads_to_the_nearest_point_of_the_dimension() -> None:
    balloon = Balloon("r", 1, 100, 500, 30, (200, 400, 90, 46))
    assert balloon.target == (200, 446)


def test_a_crowded_sheet_gets_a_balloon_for_each_all_the_same() -> None:
    wall: list[Box] = [Box(0, 0, *SIZE)]
    assert len(place_all(grid(3), wall, *SIZE)) == 3
