"""Comparing two sheets' texts: the alignment, and exactly the planted changes."""

from __future__ import annotations

import cmath
import math

import pytest

from backend.compare.alignment import Alignment, align, by_canvas
from backend.compare.changes import Change, find_changes
from backend.compare.spelling import spelling
from backend.drawing import TextItem
from backend.geometry import Box
from tests.compared_sheets import SIZE, Pair, laid, make_pair, text_at


def changes_of(
    old: list[TextItem], new: list[TextItem], size: tuple[int, int] = SIZE
) -> list[Change]:
    return find_changes(old, new, align(old, new, SIZE, size), size)


def said(changes: list[Change]) -> list[tuple[str, str | None, str | None]]:
    return sorted(((kind_of(one), one.old.text, one.new.text) for one in changes), key=str)


def kind_of(change: Change) -> str:
    return "changed and moved" if change.moved else change.kind


@pytest.mark.parametrize("seed", range(20))
def test_every_planted_change_and_no_other(seed: int) -> None:
    pair = make_pair(seed)
    assert said(changes_of(pair.old, pair.new, pair.new_size)) == sorted(pair.planted, key=str)


@pytest.mark.parametrize("seed", range(20))
def test_places_are_on_their_own_canvas(seed: int) -> None:
    """The boxes are the items' own; a missing text's box is the matching place on its sheet."""
    pair = make_pair(seed)
    for change in changes_of(pair.old, pair.new, pair.new_size):
        if change.old.text is not None:
            assert (change.old.text, change.old.box) in [(one.text, one.box) for one in pair.old]
        if change.new.text is not None:
            assert (change.new.text, change.new.box) in [(one.text, one.box) for one in pair.new]
        if change.kind in ("added", "removed", "changed") and not change.moved:
            middle = _middle(change.old.box) * pair.turn + pair.shift
            assert abs(middle - _middle(change.new.box)) < 45 * abs(pair.turn)


@pytest.mark.parametrize("seed", range(20))
def test_the_alignment_is_recovered(seed: int) -> None:
    pair = make_pair(seed)
    found = align(pair.old, pair.new, SIZE, pair.new_size)
    assert found.turn == pytest.approx(pair.turn, abs=4e-4)  # a canvas has whole pixels
    assert abs(found.shift - pair.shift) < 0.5
    assert found.by_text or _is_by_canvas(pair)
    assert found.anchors >= 20


def _is_by_canvas(pair: Pair) -> bool:
    return pair.shift == 0 and cmath.phase(pair.turn) == 0


def _middle(box: tuple[float, float, float, float]) -> complex:
    return complex(*Box(*box).center)


def sheet(*texts: str, left: float = 200) -> list[TextItem]:
    """One text below the other."""
    return [text_at(text, left, 100.0 + 120 * at) for at, text in enumerate(texts)]


FIXED = ("FLANGE", "S235JR", "SCALE 1:2", "ISO 2768-mK", "83-8834")


def test_the_same_sheet_has_no_changes() -> None:
    items = sheet(*FIXED, "R5", "R5", "R5", "A", "A")
    assert changes_of(items, list(reversed(items))) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("⌀ 12,5 H7", "Ø12.5 H7"), ("45 º", "45°"), ("2 × M8", "2xM8"), ("−0.02", "-0.02")],
)
def test_another_spelling_is_not_a_change(old: str, new: str) -> None:
    assert spelling(old) == spelling(new)
    assert changes_of(sheet(*FIXED, old), sheet(*FIXED, new)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [("Ø12 H7", "Ø12 h7"), ("12,5", "125"), ("2 1", "21"), ("+0.1", "-0.1"), ("R5", "Ø5"),
     ("1.6", "16"), ("M8", "M10")],
)  # fmt: skip
def test_a_small_difference_is_a_change(old: str, new: str) -> None:
    assert said(changes_of(sheet(*FIXED, old), sheet(*FIXED, new))) == [("changed", old, new)]


def test_words_split_differently_are_not_a_change() -> None:
    whole = [*sheet(*FIXED), text_at("4x Ø9 H7", 900, 300)]
    parts = [*sheet(*FIXED), text_at("4x", 900, 300), text_at("Ø9", 966, 300),
             text_at("H7", 1032, 300)]  # fmt: skip
    assert changes_of(whole, parts) == []
    assert changes_of(parts, whole) == []


def test_a_change_in_a_text_split_differently() -> None:
    whole = [*sheet(*FIXED), text_at("4x Ø9 H8", 900, 300)]
    parts = [*sheet(*FIXED), text_at("4x Ø9", 900, 300), text_at("H7", 1032, 300)]
    assert said(changes_of(parts, whole)) == [("changed", "4x Ø9 H7", "4x Ø9 H8")]


def test_a_text_printed_twice_for_bold_is_one() -> None:
    bold = [*sheet(*FIXED), text_at("TITLE", 900, 300), text_at("TITLE", 901, 300)]
    assert changes_of(bold, [*sheet(*FIXED), text_at("TITLE", 900, 300)]) == []


def test_rows_of_a_table_that_moved_down_are_moved_not_changed() -> None:
    """A row was put in above: each text is still there, one row further down."""
    rows = [("1", "HOUSING", "8"), ("2", "COVER", "6"), ("3", "PIN 4x20", "4")]

    def table(*lines: tuple[str, str, str], top: float) -> list[TextItem]:
        return [text_at(text, 2000 + 300 * column, top + 60 * line)
                for line, row in enumerate(lines) for column, text in enumerate(row)]  # fmt: skip

    fixed = sheet(*FIXED, *(f"NOTE {at}" for at in range(8)))
    old = [*fixed, *table(*rows, top=600)]
    new = [*fixed, *table(("0", "SEAL", "2"), *rows, top=600)]
    found = said(changes_of(old, new))
    assert [one for one in found if one[0] != "moved"] == [
        ("added", None, "0"), ("added", None, "2"), ("added", None, "SEAL")
    ]  # fmt: skip
    assert {one[1] for one in found if one[0] == "moved"} == {text for row in rows for text in row}


@pytest.mark.parametrize(("one", "other"), [("Ø20 H7", "Ø30 H7"), ("M8x1", "M6x1"), ("20", "30")])
def test_exchanged_sizes_are_changes_in_place(one: str, other: str) -> None:
    before = [*sheet(*FIXED), text_at(one, 1500, 900), text_at(other, 2100, 1300)]
    after = [*sheet(*FIXED), text_at(other, 1500, 900), text_at(one, 2100, 1300)]
    smaller, larger = sorted((one, other))
    assert said(changes_of(before, after)) == [
        ("changed", smaller, larger),
        ("changed", larger, smaller),
    ]


@pytest.mark.parametrize(
    ("old", "new"), [("Ø12 H7", "Ø14 H7"), ("Ø12 H7", "Ø12 g6"), ("4x Ø9", "6x Ø9"), ("R5", "R7,5")]
)
def test_a_callout_that_changed_and_moved_is_one_change(old: str, new: str) -> None:
    before = [*sheet(*FIXED), text_at(old, 1500, 900)]
    after = [*sheet(*FIXED), text_at(new, 1620, 1040)]
    assert said(changes_of(before, after)) == [("changed and moved", old, new)]


def test_far_away_among_the_same_neighbours_is_one_change() -> None:
    """A view moved, and one of its dimensions changed."""
    view = [text_at(text, 1500, 300.0 + 90 * at) for at, text in enumerate(("Ø20", "Ø31", "Ø42"))]
    frame = sheet(*FIXED, *(f"ZONE {at}" for at in range(8)))
    moved = [laid(item, 1, 900 + 700j) for item in view]
    found = changes_of(
        [*frame, *view, text_at("55", 1500, 570)], [*frame, *moved, text_at("56", 2400, 1270)]
    )
    assert ("changed and moved", "55", "56") in said(found)
    assert len(found) == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([("Ø12 H7", 1500, 900)], [("Ø14 H7", 2900, 2000)]),  # far away
        ([("Ø12 H7", 1500, 900)], [("R14", 1620, 1040)]),  # another kind
        ([("Ø12 H7", 1500, 900)], [("Ø14 H7", 1620, 1040), ("Ø16 H7", 1380, 760)]),  # two to choose
        ([("Ø12 H7", 1500, 900), ("Ø13 H7", 1740, 1180)], [("Ø14 H7", 1620, 1040)]),
        ([("DEBURR", 1500, 900)], [("POLISH", 1620, 1040)]),  # words
    ],
)
def test_ambiguous_callouts_stay_removed_and_added(
    old: list[tuple[str, float, float]], new: list[tuple[str, float, float]]
) -> None:
    before, after = ([*sheet(*FIXED), *(text_at(*one) for one in texts)] for texts in (old, new))
    expected = [("removed", text, None) for text, _, _ in old]
    expected += [("added", None, text) for text, _, _ in new]
    assert said(changes_of(before, after)) == sorted(expected, key=str)


def test_changes_are_in_reading_order() -> None:
    """A text slightly higher in a row does not come before texts to its left."""
    texts = [text_at("B", 700, 510), text_at("A", 300, 516), text_at("D", 900, 580),
             text_at("C", 500, 590), text_at("TOP", 2000, 300)]  # fmt: skip
    found = changes_of(sheet(*FIXED), [*sheet(*FIXED), *texts])
    assert [one.new.text for one in found] == ["TOP", "A", "B", "C", "D"]


def test_one_of_many_copies_is_missing() -> None:
    copies = [text_at("R5", 800 + 200 * column, 300 + 200 * row)
              for column in range(10) for row in range(8)]  # fmt: skip
    (removed,) = changes_of([*sheet(*FIXED), *copies], [*sheet(*FIXED), *copies[1:]])
    assert (removed.kind, removed.old.box) == ("removed", copies[0].box)


def test_a_moved_view_does_not_shift_the_sheet() -> None:
    """The larger part decides where the sheet is."""
    view = [text_at(f"Ø{20 + at} g6", 1500, 200.0 + 90 * at) for at in range(4)]
    frame = sheet(*FIXED, *(f"ZONE {at}" for at in range(8)))
    moved = [laid(item, 1, 300 + 400j) for item in view]
    found = changes_of([*frame, *view], [*frame, *moved])
    assert {one.kind for one in found} == {"moved"}
    assert len(found) == 4


def test_sheets_with_little_in_common_align_by_canvas() -> None:
    old, new = sheet("A", "B"), sheet("A", "C", left=900)
    found = align(old, new, SIZE, (7016, 4960))
    assert found == Alignment(2 + 0j, 0j, 0)
    assert by_canvas((100, 50), (50, 50)).scale == 0.5


def test_repeated_texts_alone_can_align() -> None:
    places = [(300, 200), (900, 400), (2500, 600), (700, 1900)]
    old = [text_at("R5", *place) for place in places]
    new = [laid(item, 1, 120 - 70j) for item in old]
    found = align(old, new, SIZE, SIZE)
    assert found.by_text
    assert found.shift == pytest.approx(120 - 70j)


def test_a_box_there_and_back() -> None:
    found = Alignment(cmath.rect(1.5, math.radians(1)), 30 - 20j)
    box = Box(100.0, 200.0, 80.0, 40.0)
    assert found.back(found.box(box)) == pytest.approx(box)
    a, b, c, d, e, f = found.matrix()
    moved = found.point(3 + 4j)
    assert (a * 3 + c * 4 + e, b * 3 + d * 4 + f) == pytest.approx((moved.real, moved.imag))


def test_empty_sheets() -> None:
    assert changes_of([], []) == []
    assert said(changes_of([], sheet("A"))) == [("added", None, "A")]


def test_large_unrelated_sheets_finish() -> None:
    """Every pair of 3,000 texts each would be nine million comparisons of words."""
    old = [text_at("AB"[at % 2] + "x", 10 + at % 60 * 58, 10 + at // 60 * 49) for at in range(3000)]
    new = [text_at("CD"[at % 2] + "y", 10 + at % 60 * 58, 10 + at // 60 * 49) for at in range(3000)]
    found = changes_of(old, new)
    assert {one.kind for one in found} == {"changed"}
    assert len(found) == 3000
