"""OCR results of several tiles become one page: best reading, Ø, angles and stacks."""

from __future__ import annotations

import pytest

from backend.drawings.text.ocr_merge import Reading, merge, tiles
from backend.geometry import Box


def _read(
    text: str,
    box: tuple[float, float, float, float],
    angle: float = 0,
    confidence: float = 0.99,
    cut: bool = False,
) -> Reading:
    return Reading(text, Box(*box), angle, confidence, cut)


def _texts(*readings: Reading) -> list[str]:
    return [item.text for item in merge(readings)]


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("042", "Ø42"),
        ("Q21,5±0,1", "Ø21,5±0,1"),
        ("2x08,80 H8", "2xØ8,80 H8"),
        ("(φ12)", "(Ø12)"),
        ("0.25", "0.25"),
        ("0", "0"),
        ("100", "100"),
        ("ISO 2768", "ISO 2768"),
        ("45%", "45°"),
        ("7%", "7%"),
    ],
)
def test_characters_read_for_diameter_or_degree(read: str, meant: str) -> None:
    (item,) = merge([_read(read, (100, 100, 30 * len(read), 40))])
    assert item.text == meant
    assert item.source == "ocr"
    assert (item.confidence < 0.95) == (read != meant)


def test_overlapping_tiles_and_passes_give_one_text() -> None:
    whole = _read("TMPS34/TMPT06", (1121, 1981, 302, 31))
    cut = _read("TMPS34/", (1119, 1978, 159, 37), cut=True)
    sideways = _read("1x45°", (697, 783, 50, 103))
    turned = _read("1x45°", (699, 788, 45, 113), angle=270)
    digit = _read("8", (148, 1062, 35, 30))
    number = _read("38", (146, 1060, 40, 52), angle=270)
    assert _texts(cut, whole, sideways, turned, digit, number) == ["1x45°", "38", "TMPS34/TMPT06"]


def test_a_text_that_no_tile_holds_whole_is_kept_in_parts() -> None:
    assert _texts(_read("A LONG NO", (0, 0, 300, 20), cut=True)) == ["A LONG NO"]


def test_doubtful_readings_are_dropped() -> None:
    assert _texts(_read("W", (0, 0, 20, 30), confidence=0.6), _read(" ", (0, 0, 9, 9))) == []


def test_stacks() -> None:
    nominal = _read("2x04.80", (1129, 2046, 137, 37))
    upper = _read("+0.1", (1268, 2013, 75, 42))
    lower = _read("0", (1292, 2067, 26, 31))
    assert _texts(nominal, upper, lower) == ["2xØ4.80 +0.1/0"]
    zero = _read("0.00", (1171, 1140, 47, 105), angle=270)
    joined = _read("35.00 -0.20", (1217, 1141, 50, 257), angle=270)
    assert _texts(zero, joined) == ["35.00 0.00/-0.20"]
    assert _texts(joined) == ["35.00 -0.20"]


@pytest.mark.parametrize(
    ("width", "height", "dpi"), [(1653, 2339, None), (640, 480, 300.0), (19_866, 28_087, 600.0)]
)
def test_tiles_cover_the_page(width: int, height: int, dpi: float | None) -> None:
    found = tiles(width, height, dpi)
    assert max(x + w for (x, _, w, _), _ in found) == width
    assert max(y + h for (_, y, _, h), _ in found) == height
    assert all(max(size) <= 1280 for _, size in found)
    assert all(min(region) >= 0 for region, _ in found)
    if dpi == 600:
        assert found[0] == ((0, 0, 2560, 2560), (1280, 1280))
