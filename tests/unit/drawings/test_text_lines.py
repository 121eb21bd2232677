"""Placed characters become lines, and stacked tolerances one item with their nominal."""

from __future__ import annotations

import math

import pytest

from backend.drawings.symbols.symbol_fonts import symbol_of, symbols_of
from backend.drawings.text.stacked import items_of
from backend.drawings.text.text_lines import Glyph, lines_of
from backend.geometry import Box

EM = 20.0
WIDTH = 0.55 * EM


def run(text: str, x: float, y: float, angle: float = 0.0, size: float = EM) -> list[Glyph]:
    """Characters set one after the other along `angle`, as a font of one width would."""
    turn = math.radians(angle)
    step = (math.cos(turn) * 0.55 * size, math.sin(turn) * 0.55 * size)
    glyphs = []
    for index, letter in enumerate(text):
        px, py = x + index * step[0], y + index * step[1]
        up = (math.sin(turn) * 0.7 * size, -math.cos(turn) * 0.7 * size)
        corners_x = [px, px + step[0], px + up[0], px + step[0] + up[0]]
        corners_y = [py, py + step[1], py + up[1], py + step[1] + up[1]]
        box = Box(
            min(corners_x),
            min(corners_y),
            max(corners_x) - min(corners_x),
            max(corners_y) - min(corners_y),
        )
        glyphs.append(Glyph(letter, px, py, box, angle, size, 0.55 * size))
    return glyphs


def texts(*runs: list[Glyph]) -> list[str]:
    return [item.text for item in items_of(lines_of([glyph for each in runs for glyph in each]))]


def test_words_and_columns() -> None:
    assert texts(run("DO NOT SCALE", 0, 100)) == ["DO NOT SCALE"]
    assert texts(run("NAME", 0, 100), run("DATE", 6.1 * WIDTH, 100)) == ["NAME", "DATE"]


def test_drawing_order_does_not_matter() -> None:
    glyphs = run("60.00 ±0.10", 50, 100)
    assert texts(glyphs[::-1]) == ["60.00 ±0.10"]


@pytest.mark.parametrize("angle", [0.0, 90.0, 180.0, 270.0, 293.7, 45.0])
def test_every_angle(angle: float) -> None:
    (item,) = items_of(lines_of(run("Ø21.5 H7", 500, 500, angle)))
    assert (item.text, item.angle) == ("Ø21.5 H7", angle)


def test_a_letter_printed_twice_for_bold_type_counts_once() -> None:
    assert texts(run("M8", 0, 0), run("M8", 0.5, 0)) == ["M8"]


def test_a_count_keeps_its_number_across_a_drawn_diameter_sign() -> None:
    assert texts(run("2x", 0, 0), run("3.40 ±0.10", 2 * WIDTH + 1.3 * EM, 0)) == ["2x 3.40 ±0.10"]
    assert texts(run("AX", 0, 0), run("3.40", 2 * WIDTH + 1.3 * EM, 0)) == ["AX", "3.40"]


@pytest.mark.parametrize("angle", [0.0, 270.0])
def test_a_stacked_tolerance_joins_its_nominal(angle: float) -> None:
    turn = math.radians(angle)

    def at(along: float, down: float) -> tuple[float, float]:
        return 300 + along * math.cos(turn) - down * math.sin(turn), 300 + along * math.sin(
            turn
        ) + down * math.cos(turn)

    nominal = run("7.50", *at(0, 0), angle)
    upper = run("+0.10", *at(4.8 * WIDTH, -EM), angle)
    lower = run("-0.20", *at(4.8 * WIDTH, 0), angle)
    (item,) = items_of(lines_of(lower + nominal + upper))
    assert item.text == "7.50 +0.10/-0.20"
    for glyph in (*nominal, *upper, *lower):
        assert item.box[0] <= glyph.box[0] + 0.1
        assert item.box[1] <= glyph.box[1] + 0.1
        assert item.box[0] + item.box[2] >= glyph.box[0] + glyph.box[2] - 0.1
        assert item.box[1] + item.box[3] >= glyph.box[1] + glyph.box[3] - 0.1


def test_small_tolerances_in_the_middle_and_a_bare_zero() -> None:
    upper = run("+0.1", 5 * WIDTH, -0.35 * EM, size=0.6 * EM)
    lower = run("0", 5 * WIDTH, 0.3 * EM, size=0.6 * EM)
    assert texts(run("Ø4.80", 0, 0), upper, lower) == ["Ø4.80 +0.1/0"]


def test_limits_need_a_prefix_between_them() -> None:
    rows = run("11.30", 2 * WIDTH, -0.5 * EM), run("11.20", 2 * WIDTH, 0.5 * EM)
    assert texts(run("R", 0, 0), *rows) == ["R11.30/11.20"]
    assert texts(*rows) == ["11.30", "11.20"]
    assert texts(run("R", 0, -0.5 * EM), *rows) == ["R 11.30", "11.20"]


def test_a_tolerance_over_the_end_of_its_line_joins_it() -> None:
    upper = run("+0.02", 5 * WIDTH, -EM)
    assert texts(run("6.50", 0, 0), run("0.00", 5.3 * WIDTH, 0), upper) == ["6.50 +0.02/0.00"]
    lower = run("3,99 -0,02", 0, 0)
    assert texts(run("0", 6 * WIDTH, -EM), lower) == ["3,99 0/-0,02"]


def test_a_hole_class_over_a_shaft_class_is_a_fit() -> None:
    fit = run("Ø12.00 k6", 0, 0), run("H7", 7 * WIDTH, -EM)
    assert texts(*fit) == ["Ø12.00 H7/k6"]
    apart = run("Ø12", 0, 0), run("H7", 4 * WIDTH, -0.5 * EM), run("k6", 4 * WIDTH, 0.5 * EM)
    assert texts(*apart) == ["Ø12 H7/k6"]
    assert texts(run("H7", 0, -EM), run("k6", 0, 0)) == ["H7", "k6"]  # of nothing


@pytest.mark.parametrize("rows", [("140.00", "132.63", "127.38"), ("28,00", "18,00", "14,00")])
def test_stacked_dimensions_are_not_limits(rows: tuple[str, ...]) -> None:
    placed = [run(text, 0, 1.1 * EM * index) for index, text in enumerate(rows)]
    assert texts(*placed) == list(rows)


@pytest.mark.parametrize("rows", [("12.5", "12"), ("30", "12")])
def test_limits_must_be_close_and_similar(rows: tuple[str, str]) -> None:
    upper, lower = (run(text, 0, 1.1 * EM * index) for index, text in enumerate(rows))
    assert sorted(texts(run("R", -2 * WIDTH, 0.55 * EM), upper, lower)) == sorted(["R", *rows])


def test_table_rows_are_not_a_tolerance() -> None:
    assert texts(run("12", 0, 0), run("14", 0, 1.2 * EM), run("16", 0, 2.4 * EM)) == [
        "12",
        "14",
        "16",
    ]
    column = run("+0.1", 0, 0), run("+0.2", 0, 1.2 * EM)
    assert texts(*column) == ["+0.1", "+0.2"]  # the upper limit is never the lower value


def test_reading_order_is_row_by_row() -> None:
    assert texts(run("c", 0, 100), run("b", 400, 3), run("a", 0, 0)) == ["a", "b", "c"]


def test_letters_of_symbol_fonts() -> None:
    assert symbols_of("gdt", "j") == "⌖"
    assert symbol_of("ABCDEF+AIGDT", "n") == "Ø"
    assert symbol_of("Arial", "n") == "n"
    assert symbols_of("C:\\Fonts\\GDT.shx", "jn0.1m") == "⌖Ø0.1Ⓜ"
