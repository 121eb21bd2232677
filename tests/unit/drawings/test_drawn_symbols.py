"""Drawn symbols beside text are read, and nothing else is taken for a symbol."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pypdfium2 as pdfium
import pytest

from backend.config.settings import PROJECT_ROOT
from backend.drawing import TextItem
from backend.drawings.formats import pdf_paths
from backend.drawings.formats.pdf_text import page_text
from backend.drawings.symbols.gdt_strokes import STROKES
from backend.drawings.symbols.shape_matching import match
from backend.drawings.symbols.templates import CHARACTERISTICS
from tests import symbol_sheets
from tests.drawing_samples import pdf
from tests.symbol_sheets import SYMBOLS, Sheet, Style, callout, frame, number_without, write

PIXELS = 300 / 72
SHARED = PROJECT_ROOT.parent / "shared"


def read(sheet: Sheet) -> list[TextItem]:
    """The text items of a page with this content."""
    data = pdf(sheet.content(), (0, 0, sheet.width, sheet.height))
    return read_page(pdfium.PdfDocument(data)[0])


def read_page(page: pdfium.PdfPage) -> list[TextItem]:
    size = round(page.get_width() * PIXELS), round(page.get_height() * PIXELS)
    return page_text(page, size)


def places(step_down: int) -> Iterator[tuple[int, int]]:
    return ((x, y) for x in range(60, 1100, 150) for y in range(60, 800, step_down))


@pytest.mark.parametrize("kind", ["dimensions", "frames"])
def test_at_least_97_of_100_drawn_symbols_are_read(kind: str) -> None:
    signs = list(SYMBOLS if kind == "dimensions" else symbol_sheets.CHARACTERISTICS)
    draw = callout if kind == "dimensions" else frame
    drawn, missed = 0, Counter[str]()
    for turn in (0, 90, 45):
        chance, sheet = random.Random(turn), Sheet()  # noqa: S311
        wanted = []
        for index, at in enumerate(places(150 if turn else 50)):
            sign, height = signs[index % len(signs)], chance.choice([5.0, 7.0, 9.0])
            wanted.append(draw(sheet, sign, at, height, turn, chance).text)
        missed += Counter(wanted) - Counter(item.text.replace(" ", "") for item in read(sheet))
        drawn += len(wanted)
    assert missed.total() <= 0.03 * drawn, missed


@pytest.mark.parametrize("seed", range(5))
def test_no_symbol_is_found_in_1000_plain_numbers(seed: int) -> None:
    chance, sheet = random.Random(seed), Sheet()  # noqa: S311
    spots = [(x, y) for x in range(60, 1150, 100) for y in range(60, 800, 40)]
    for at in spots:
        number_without(sheet, at, chance.choice([4.0, 5.0, 7.0, 9.0]), chance)
    assert len(spots) * 5 > 1_000
    assert [item.text for item in read(sheet) if item.drawn] == []


def test_a_drawn_symbol_is_part_of_its_dimension() -> None:
    sheet = Sheet()
    pieces = ["2x ", (SYMBOLS["Ø"][0], 0.5), "3.40 ", (SYMBOLS["±"][0], 0.2), "0.10"]
    write(sheet, (200, 300), 8, 0, pieces, Style())
    (item,) = read(sheet)
    assert (item.text, item.drawn) == ("2x Ø3.40 ±0.10", "Ø±")
    assert item.values()["drawn"] == "Ø±"


def test_consecutive_symbols() -> None:
    sheet = Sheet()
    pieces = [(SYMBOLS["⌴"][0], 0.4), (SYMBOLS["Ø"][0], 0.4), "11 ", (SYMBOLS["↧"][0], 0.4), "6.5"]
    write(sheet, (200, 300), 8, 0, pieces, Style())
    (item,) = read(sheet)
    assert item.text.replace(" ", "") == "⌴Ø11↧6.5"


def test_a_symbol_halfway_before_two_limits_applies_to_both() -> None:
    sheet = Sheet()
    sheet.text((220, 306), "1.000", 8)
    sheet.text((220, 294), ".998", 8)
    sheet.symbol(SYMBOLS["Ø"][0], (208, 300), 8, 0, Style())
    assert [item.text for item in read(sheet)] == ["Ø1.000/.998"]


def test_drawn_brackets_come_in_pairs() -> None:
    bracket = [((0.2, -0.2), (0.0, -0.2)), ((0.0, -0.2), (0.0, 1.2)), ((0.0, 1.2), (0.2, 1.2))]
    closing = [((0.2 - x1, y1), (0.2 - x2, y2)) for (x1, y1), (x2, y2) in bracket]
    sheet = Sheet()
    write(sheet, (200, 300), 8, 0, [(bracket, 0.2), "44.80", (closing, 0)], Style())
    write(sheet, (200, 200), 8, 0, [(bracket, 0.2), "44.80"], Style())
    assert [item.text for item in read(sheet)] == ["[44.80]", "44.80"]


def test_both_rows_of_a_composite_frame_have_its_sign() -> None:
    sheet = Sheet()
    for left, low, right, high in (
        (200, 200, 220, 236),
        (220, 218, 260, 236),
        (220, 200, 260, 218),
        (260, 218, 276, 236),
        (260, 200, 276, 218),
    ):
        sheet.lines([(left, low), (right, low), (right, high), (left, high), (left, low)])
    for text, x, y in (("0.5", 226, 223), ("0.2", 226, 205), ("A", 264, 223), ("B", 264, 205)):
        sheet.text((x, y), text, 8)
    sheet.symbol(symbol_sheets.CHARACTERISTICS["⌖"][0], (210, 214), 8, 0, Style())
    assert [item.text for item in read(sheet)] == ["⌖|0.5|A", "⌖|0.2|B"]


def test_a_table_with_an_image_in_a_cell_is_not_a_frame() -> None:
    sheet = Sheet()
    sheet.text((300, 300), "161", 8)
    for left, right in ((260, 295), (295, 330)):
        sheet.lines([(left, 294), (right, 294), (right, 314), (left, 314), (left, 294)])
    sheet.symbol([(0, 0, 0.7, 0, 360)], (277, 304), 8, 0, Style())
    assert [item.text for item in read(sheet)] == ["161"]


def test_nested_forms_are_read() -> None:
    sheet = Sheet()
    sheet.symbol(SYMBOLS["Ø"][0], (200, 300), 8, 0, Style())
    drawn = sheet.content().encode()
    head = b"<</Type/XObject/Subtype/Form/BBox[0 0 1200 850]/Length %d>>stream\n" % len(drawn)
    form = head + drawn + b"\nendstream"
    content = "/Im0 Do BT /F1 11.4 Tf 213 300 Td (25) Tj ET"
    page = pdfium.PdfDocument(pdf(content, (0, 0, 1200, 850), objects=(form,)))[0]
    assert [item.text for item in read_page(page)] == ["Ø25"]


def test_the_number_of_paths_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = Sheet()
    for index in range(200):
        sheet.lines([(200 + index, 500), (201 + index, 505)])
    write(sheet, (200, 300), 8, 0, [(SYMBOLS["Ø"][0], 0.5), "25"], Style())
    assert [item.text for item in read(sheet)] == ["Ø25"]
    monkeypatch.setattr(pdf_paths, "MAX_OBJECTS", 100)
    assert [item.text for item in read(sheet)] == ["25"]


@pytest.mark.parametrize("sign", sorted(set(STROKES) & CHARACTERISTICS - {"⏤", "↗", "⌰"}))
def test_our_own_strokes_are_recognised(sign: str) -> None:
    found = match([list(stroke) for stroke in STROKES[sign]], CHARACTERISTICS)
    assert found is not None
    assert found.sign == sign


def test_a_negative_font_size_is_read_the_right_way() -> None:
    content = "BT /F1 -12 Tf -1 0 0 -1 50 100 Tm (DIA 25 H7) Tj ET"
    (item,) = read_page(pdfium.PdfDocument(pdf(content))[0])
    assert (item.text, item.angle) == ("DIA 25 H7", 0.0)


SOLIDWORKS = {
    "drawings/Aufspannung.PDF": ["2x Ø3.40 ±0.10", "∥|0,6|A"],
    "truth/files/Aufspannung_Ecke.pdf": ["⌖|Ø0.14Ⓜ|C|EⓂ", "⏥|0.3", "◎|Ø0.1|D|F", "⟂|Ø0.12Ⓜ|E"],
    "truth/files/Elevator_bottom.pdf": ["2x Ø6.00 H7/k6", "6.50 +0.02/0.00", "Ø12.00 H7/k6"],
    "truth/files/odri_aluminum_profiles.pdf": ["Ø6,80 ↧26,25", "M8x1.25 - 6H ↧20"],
    "truth/files/odri_codewheel_modification.pdf": ["(Ø6)"],
    "truth/files/odri_motor_shaft.pdf": ["Ø3,99 0/-0,02", "General tolerances ±0.1mm"],
    "truth/files/icub_FT45.pdf": ["[44.80]", "Ø1.76", "ANGULAR: MACH ±0°30"],
}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [(name, wanted) for name, wanted in SOLIDWORKS.items() if (SHARED / name).exists()],
)
def test_real_sheets(name: str, wanted: list[str]) -> None:
    page = pdfium.PdfDocument(SHARED / name)[0]
    texts = [item.text for item in read_page(page)]
    assert [text for text in wanted if text not in texts] == []
