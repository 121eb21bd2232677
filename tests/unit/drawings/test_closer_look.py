"""A second look at numbers: shapes of ink, stacked deviations, roughness, marks of the frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

pytest.importorskip("cv2", reason="scans need the extra `ocr`")

from backend.drawing import TextItem
from backend.drawings.text.closer_look import ROUGHNESS, Seen, look_closer
from backend.drawings.text.glyph_shapes import glyphs_of, is_diameter, is_ring
from backend.drawings.text.ruled_lines import lines_on
from backend.drawings.text.text_places import Place, is_covered, without_letters
from backend.drawings.text.upright import Frame, Pixels
from backend.drawings.text.zone_marks import ZONE, with_zone_marks
from backend.geometry import Box

INK = 0


def _paper(width: int = 500, height: int = 240) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (width, height), "white")
    return image, ImageDraw.Draw(image)


def _pixels(image: Image.Image) -> Pixels:
    return np.asarray(image, np.uint8).copy()


def _draw_diameter(draw: ImageDraw.ImageDraw, x: int, y: int, size: int, long: int = 6) -> None:
    draw.ellipse((x, y, x + size, y + size), outline="black", width=3)
    draw.line((x + 4 - long, y + size + long, x + size - 4 + long, y - long), "black", 3)


class _Reader:
    """Answers in the order in which it is asked."""

    def __init__(self, *answers: tuple[str, float]) -> None:
        self._answers = list(answers)

    def __call__(self, pictures: Sequence[Pixels]) -> list[tuple[str, float]]:
        return [self._answers.pop(0) for _ in pictures]


@pytest.mark.parametrize("size", [20, 36, 60])
def test_a_drawn_diameter_is_told_by_its_halves(size: int) -> None:
    image, draw = _paper()
    _draw_diameter(draw, 60, 60, size)
    (glyph,) = glyphs_of(_pixels(image)[:, :, 0])
    assert is_diameter(glyph)


@pytest.mark.parametrize("letter", list("0234568DQBOARPgea@%&"))
def test_no_letter_is_a_diameter(letter: str) -> None:
    image, draw = _paper()
    draw.text((60, 40), letter, font=ImageFont.load_default(60), fill="black")
    assert not any(is_diameter(glyph) for glyph in glyphs_of(_pixels(image)[:, :, 0]))


def test_a_ring_has_one_hole() -> None:
    image, draw = _paper()
    draw.ellipse((60, 60, 76, 76), outline="black", width=3)
    draw.ellipse((120, 60, 136, 76), fill="black")
    ring, dot = glyphs_of(_pixels(image)[:, :, 0])
    assert is_ring(ring)
    assert not is_ring(dot)


def _number(draw: ImageDraw.ImageDraw) -> Frame:
    draw.text((140, 90), "16.5", font=ImageFont.load_default(52), fill="black")
    return Frame(134, 90, 112, 60, 0)


def test_a_diameter_that_read_as_an_8_is_seen() -> None:
    image, draw = _paper()
    frame = _number(draw)
    _draw_diameter(draw, 90, 102, 36)
    seen = Seen("816.5", frame.part(-50, 0, 112, 60), 0.95)
    (read,) = look_closer(_pixels(image), seen, _Reader(("16.5", 0.99)))
    assert read.text == "Ø16.5"


def test_small_stacked_deviations_are_read_enlarged() -> None:
    image, draw = _paper()
    frame = _number(draw)
    small = ImageFont.load_default(26)
    draw.text((262, 84), "+0.1", font=small, fill="black")
    draw.text((262, 116), "-0.2", font=small, fill="black")
    reader = _Reader(("16.5", 0.99), ("+0.1", 0.98), ("-0.2", 0.97))
    (read,) = look_closer(_pixels(image), Seen("16.5", frame, 0.99), reader)
    assert (read.text, read.trust) == ("16.5 +0.1/-0.2", 0.97)


def test_deviations_that_cannot_be_read_cost_the_trust() -> None:
    image, draw = _paper()
    frame = _number(draw)
    small = ImageFont.load_default(26)
    draw.text((262, 84), "+0.1", font=small, fill="black")
    draw.text((262, 116), "-0.2", font=small, fill="black")
    reader = _Reader(("16.5", 0.99), ("+0.1", 0.98), ("F", 0.97))
    (read,) = look_closer(_pixels(image), Seen("16.5", frame, 0.99), reader)
    assert read.text == "16.5"
    assert read.trust < 0.75


@pytest.mark.parametrize("strokes", [True, False])
def test_a_number_at_a_roughness_symbol_is_no_length(strokes: bool) -> None:
    image, draw = _paper()
    draw.text((140, 90), "1.6", font=ImageFont.load_default(52), fill="black")
    if strokes:
        draw.line((150, 160, 176, 205, 215, 137 + 68 - 68), "black", 3)
    seen = Seen("1.6", Frame(134, 90, 84, 60, 0), 0.99)
    (read,) = look_closer(_pixels(image), seen, _Reader())
    assert (read.role == ROUGHNESS) == strokes


def test_ruling_is_lines_and_no_letters() -> None:
    image, draw = _paper()
    draw.rectangle((50, 50, 400, 180), outline="black", width=3)
    draw.line((225, 50, 225, 180), "black", 3)
    draw.text((80, 60), "H", font=ImageFont.load_default(100), fill="black")
    lines = without_letters(lines_on(_pixels(image)[:, :, 0]), [Box(70, 75, 100, 90)])
    upright = sorted(round(x1) for x1, y1, x2, y2 in lines if x1 == x2)
    level = sorted(round(y1) for x1, y1, x2, y2 in lines if y1 == y2)
    assert upright == pytest.approx([51, 225, 399], abs=2)
    assert level == pytest.approx([51, 179], abs=2)


def test_slanted_lines_close_together_are_two() -> None:
    upper = Place(Box(100, 100, 100, 100), 315.0, (120, 20))
    lower = Place(Box(118, 118, 100, 100), 314.0, (120, 20))
    assert not is_covered(lower, [upper])
    assert is_covered(upper._replace(angle=314.0), [upper])


def _mark(text: str, x: float, y: float) -> TextItem:
    return TextItem(text, Box(x, y, 30, 40), source="ocr")


def test_two_marks_in_line_at_the_edge_are_the_frame_s() -> None:
    marks = [_mark("4", 400, 30), _mark("3", 900, 32), _mark("7", 40, 1500), _mark("5", 900, 900)]
    items = with_zone_marks(marks, 2250, 3250)
    assert [item.role for item in items] == [ZONE, ZONE, None, None]
    across = with_zone_marks([_mark("2", 900, 30), _mark("2", 900, 3180)], 2250, 3250)
    assert [item.role for item in across] == [ZONE, ZONE]


def test_a_large_diameter_does_not_hide_the_figures() -> None:
    image, draw = _paper()
    _number(draw)
    _draw_diameter(draw, 84, 98, 42, long=12)
    reader = _Reader(("16.5", 0.99))
    (read,) = look_closer(_pixels(image), Seen("16.5", Frame(74, 80, 172, 80, 0), 0.9), reader)
    assert read.text == "Ø16.5"
