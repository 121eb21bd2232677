"""Runs of text that belong to one callout, upright and turned."""

from __future__ import annotations

import math

import pytest

from backend.drawing import TextItem
from backend.evidence.index.callout_layout import page_lines
from backend.geometry import Box

Run = tuple[str, float, float, float]  # text, left, top, height


def items(runs: list[Run], angle: float = 0.0) -> list[TextItem]:
    """Runs laid out upright, then turned clockwise about the origin, with their upright boxes."""
    turn = math.radians(angle)
    cos, sin = math.cos(turn), math.sin(turn)
    result = []
    for text, left, top, height in runs:
        right, bottom = left + 0.55 * height * len(text), top + height
        corners = [(x * cos - y * sin, x * sin + y * cos)
                   for x in (left, right) for y in (top, bottom)]  # fmt: skip
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        box = Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
        result.append(TextItem(text, box, angle % 360))
    return result


def texts(runs: list[Run], angle: float = 0.0) -> list[str]:
    return [line.text for line in page_lines(items(runs, angle))]


ANGLES = (0.0, 90.0, 180.0, 270.0, 293.7, 20.0)
TOLERANCE: list[Run] = [("7.50", 100, 100, 40), ("+0.10", 195, 80, 28), ("-0.20", 195, 122, 28)]


@pytest.mark.parametrize("angle", ANGLES)
def test_a_stack_of_tolerances_hangs_on_its_number(angle: float) -> None:
    assert "7.50 +0.10/-0.20" in texts(TOLERANCE, angle)


@pytest.mark.parametrize("angle", ANGLES)
def test_signs_may_be_runs_of_their_own(angle: float) -> None:
    runs: list[Run] = [("7.50", 100, 100, 40), ("+", 195, 80, 28), ("-", 195, 122, 28),
                       ("0.10", 215, 80, 28), ("0.20", 215, 122, 28)]  # fmt: skip
    assert any(text.replace(" ", "") == "7.50+0.10/-0.20" for text in texts(runs, angle))


def test_zero_has_no_sign() -> None:
    runs: list[Run] = [("35.00", 100, 100, 40), ("0", 215, 80, 28), ("-0.2", 215, 122, 28)]
    assert "35.00 0/-0.2" in texts(runs)


@pytest.mark.parametrize("angle", ANGLES)
def test_stacked_limits_take_the_symbol_in_front(angle: float) -> None:
    runs: list[Run] = [("R", 60, 100, 40), ("11.30", 100, 75, 40), ("11.20", 100, 125, 40)]
    assert "R11.30/11.20" in texts(runs, angle)


@pytest.mark.parametrize("angle", ANGLES)
def test_runs_on_one_baseline_are_one_line(angle: float) -> None:
    runs: list[Run] = [("2x", 100, 100, 40), ("Ø", 155, 100, 40), ("3.40", 180, 100, 40)]
    assert "2x Ø 3.40" in texts(runs, angle)


def test_what_stands_apart_stays_apart() -> None:
    runs: list[Run] = [("7.50", 100, 100, 40), ("+0.10", 400, 80, 28), ("60", 100, 400, 40),
                       ("12", 160, 400, 90)]  # fmt: skip
    assert sorted(texts(runs)) == ["+0.10", "12", "60", "7.50"]


def test_a_paragraph_is_read_line_by_line() -> None:
    paragraph = TextItem("DEBURR ALL EDGES\nR0.5 MAX", Box(100, 100, 400, 100))
    lines = page_lines([paragraph])
    assert [line.text for line in lines] == ["DEBURR ALL EDGES", "R0.5 MAX"]
    assert lines[1].parts[0].box == (100, 150, 400, 50)


def test_a_crowded_sheet_is_quick_and_complete() -> None:
    runs: list[Run] = [(str(100 + i), i % 60 * 300, i // 60 * 120, 40) for i in range(3000)]
    assert len(texts(runs)) == 3000
