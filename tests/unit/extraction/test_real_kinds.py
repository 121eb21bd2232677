"""Kinds of sheets that other offices draw, each with its right values.

Every kind is drawn here; where the inputs that showed the fault lie beside the checkout, the same
is asked of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.drawing import TextItem
from backend.evidence.index.sheet_index import PageText
from backend.extraction.tables.page_tables import extract
from backend.extraction.tables.table import Kind
from backend.geometry import Box
from tests.conftest import PROJECT_ROOT
from tests.drawn_sheets import DrawnSheet, pages_of

CASES = PROJECT_ROOT.parent / "shared" / "cases"


def rows(page: PageText, kind: Kind) -> list[dict[str, str | None]]:
    return [
        {name: cell.value for name, cell in row.cells.items()} for row in extract(kind, [page]).rows
    ]


def fields(page: PageText) -> dict[str, str | None]:
    return {row["field"] or "": row["value"] for row in rows(page, "title_block") if row["value"]}


def sizes(page: PageText, *columns: str) -> list[tuple[str | None, ...]]:
    found = [tuple(row.get(column) for column in columns) for row in rows(page, "dimensions")]
    return sorted(found, key=str)


def both(name: str, draw: Callable[[DrawnSheet], None]) -> Iterator[Any]:
    """The sheet drawn here and, where it is there, the input of that name."""
    sheet = DrawnSheet()
    draw(sheet)
    yield sheet.page("drawn.pdf")
    path: Path = CASES / name
    if path.exists():
        yield pages_of(path, path.name)[0]


# ── Stacked values ────────────────────────────────────────────────────────────────────────


def _ordinates(sheet: DrawnSheet) -> None:
    for number, text in enumerate(("140.00", "132.63", "127.38", "116.00")):
        y = 150 - 4.6 * number
        sheet.text(36, y, text, 2.8)
        sheet.line(52, y + 1.4, 90, y + 1.4)


def _baseline(sheet: DrawnSheet) -> None:
    for number, text in enumerate(("28,00", "18,00", "14,00")):
        sheet.text(80 + 4.6 * number, 100, text, 3.2, 90)
        sheet.line(81 + 4.6 * number, 80, 81 + 4.6 * number, 125)


@pytest.mark.parametrize(
    ("name", "draw", "expected"),
    [
        ("k2_ordinates_read_as_limits.pdf", _ordinates,
         ["116.00", "127.38", "132.63", "140.00"]),
        ("k3_baseline_dimensions_read_as_limits.pdf", _baseline, ["14.00", "18.00", "28.00"]),
    ],
)  # fmt: skip
def test_sizes_above_each_other_are_single_ones(
    name: str, draw: Callable[[DrawnSheet], None], expected: list[str]
) -> None:
    for page in both(name, draw):
        assert sizes(page, "nominal", "tolerance_by") == [(value, None) for value in expected]


def test_two_close_values_in_one_place_are_limits() -> None:
    sheet = DrawnSheet()
    sheet.text(100, 100, "8.20", 3)
    sheet.text(100, 96, "8.00", 3)
    (row,) = rows(sheet.page(), "dimensions")
    assert (row["smallest"], row["largest"], row["tolerance_by"]) == (
        "8.00", "8.20", "stated limits",
    )  # fmt: skip


@pytest.mark.parametrize("turned", [False, True])
def test_close_values_with_a_line_each_are_two_sizes(turned: bool) -> None:
    sheet = DrawnSheet()
    for at, text in ((105, "35.5"), (100, "35.2")):
        if turned:
            sheet.text(-at + 200, 100, text, 3, 90)
            sheet.line(-at + 200.6, 90, -at + 200.6, 125)
        else:
            sheet.text(100, at, text, 3)
            sheet.line(90, at - 0.6, 120, at - 0.6)
    assert sizes(sheet.page(), "nominal", "tolerance_by") == [("35.2", None), ("35.5", None)]


def _dual(sheet: DrawnSheet) -> None:
    for x, metric, inch in ((80, "[44.80]", "1.76"), (110, "[6]", ".236"), (140, "[1.24]", ".049")):
        sheet.text(x, 104, metric, 2.8)
        sheet.text(x + 1, 100, inch, 2.8)
    sheet.text(30, 20, "DIMENSIONS ARE IN INCHES", 2.8)


def test_a_size_in_both_units_is_one_row() -> None:
    for page in both("k4_dual_dimensions.pdf", _dual):
        found = sizes(page, "nominal", "unit", "tolerance_by")
        assert found == [("0.049", "in", None), ("0.236", "in", None), ("1.76", "in", None)]


def test_two_sizes_of_a_metric_part_are_both_kept() -> None:
    sheet = DrawnSheet()
    sheet.text(30, 20, "DIMENSIONS IN MILLIMETERS", 2.8)
    sheet.text(100, 104, "12.7", 2.8)
    sheet.text(101, 100, "0.5", 2.8)
    assert sizes(sheet.page(), "nominal") == [("0.5",), ("12.7",)]


def _fits(sheet: DrawnSheet) -> None:
    sheet.text(83, 104, "H7", 2.8)
    sheet.text(70, 99.6, "Ø12.00 k6", 2.8)
    sheet.text(150, 99.6, "Ø12 H7/k6", 2.8)


def test_the_hole_of_a_stacked_fit_is_kept() -> None:
    for page in both("k5_fit_of_two_stacked.pdf", _fits):
        assert sizes(page, "kind", "nominal", "fit", "upper") == [
            ("diameter", "12", "H7/k6", None), ("diameter", "12.00", "H7/k6", None),
        ]  # fmt: skip


# ── Callouts ──────────────────────────────────────────────────────────────────────────────


def _callouts(sheet: DrawnSheet) -> None:
    for x, y, text in (
        (70, 100, "11x"), (105, 100, "CHAMFER 0,2"), (140, 100, "3.42 (12ga)"),
        (175, 100, "6.50 +0.02/0.00"), (105, 93, "0.5x0.5"), (140, 93, "R5.00 (typ. x 4)"),
        (175, 93, "4xØ5.8-5.85"), (105, 86, "0,50x45"), (115.5, 70, "+0.02"),
        (105, 65.4, "6.50 0.00"),
    ):  # fmt: skip
        sheet.text(x, y, text, 2.8)


def test_callouts_of_other_offices() -> None:
    for page in both("k6_callouts.pdf", _callouts):
        assert sizes(page, "kind", "nominal", "count", "upper", "lower") == sorted([
            ("chamfer", "0.2", "1", None, None), ("chamfer", "0.5", "1", None, None),
            ("chamfer", "0.50", "1", None, None), ("linear", "3.42", "1", None, None),
            ("diameter", None, "4", None, None), ("radius", "5.00", "4", None, None),
            ("linear", "6.50", "1", "+0.02", "0"), ("linear", "6.50", "1", "+0.02", "0"),
        ], key=str)  # fmt: skip


def test_one_deviation_above_a_turned_size() -> None:
    sheet = DrawnSheet()
    sheet.text(96.4, 112, "+0.02", 2.8, 90)
    sheet.text(101, 100, "6.50 0.00", 2.8, 90)
    (row,) = rows(sheet.page(), "dimensions")
    assert (row["nominal"], row["upper"], row["lower"]) == ("6.50", "+0.02", "0")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ø1.000/.998", ("diameter", None, "0.998", "1.000", "1")),
        ("Ø1.000-.998", ("diameter", None, "0.998", "1.000", "1")),
        (".998 - 1.000", ("linear", None, "0.998", "1.000", "1")),
        (".250-20 UNC-2B", ("thread", "1/4-20UNC", None, None, "1")),
        ("4X 45° X .03", ("chamfer", "0.03", "0.01", "0.05", "4")),
        (".03 X 45° 4 PL", ("chamfer", "0.03", "0.01", "0.05", "4")),
        ("2X 45°", ("angle", "45", "44.5", "45.5", "2")),
        ("2.000 BSC", ("linear", "2.000", None, None, "1")),
        ("2.000 BASIC", ("linear", "2.000", None, None, "1")),
        ("5/16", ("linear", "0.3125", None, None, "1")),
        ("1 1/2", ("linear", "1.5", None, None, "1")),
        ("1.250±1/64", ("linear", "1.250", "1.234375", "1.265625", "1")),
        ("3/4-14 NPT", ("thread", "3/4", None, None, "1")),
        ("1/4-18 NPTF", ("thread", "1/4", None, None, "1")),
        ("30°", ("angle", "30", "29.5", "30.5", "1")),
        ("125", ("roughness", "125", None, None, "1")),
        (".500 MIN", ("linear", "0.500", "0.500", None, "1")),
        (".375", ("linear", "0.375", "0.365", "0.385", "1")),
    ],
)
def test_american_callouts(text: str, expected: tuple[str | None, ...]) -> None:
    sheet = DrawnSheet()
    sheet.text(100, 150, text)
    sheet.text(180, 26, "UNLESS OTHERWISE SPECIFIED DIMENSIONS ARE IN INCHES", 2)
    sheet.text(180, 20, "TOLERANCES: .XX ±.02 .XXX ±.010 ANGLES ±0°30'", 2)
    (row,) = rows(sheet.page(), "dimensions")
    columns = ("kind", "nominal", "smallest", "largest", "count")
    assert tuple(row.get(column) for column in columns) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4 trous Ø9", ("diameter", "9", "4")),
        ("4x Ø9", ("diameter", "9", "4")),
        ("G1/2 A", ("thread", "1/2", "1")),
        ("R1/2 ISO 7", ("thread", "1/2", "1")),
        ("Tr40x7-7e", ("thread", "40x7", "1")),
        ("SR20", ("spherical radius", "20", "1")),
        ("N8", ("roughness", "N8", "1")),
        ("a5", ("weld", "5", "1")),
        ("t=3", ("linear", "3", "1")),
        ("[60]", ("linear", "60", "1")),
        ("1,5x45°", ("chamfer", "1.5", "1")),
        ("M6x20", ("thread", "6", "1")),
        ("3 x 120°", ("angle", "120", "3")),
        ("Ø11x6.8", ("diameter", "11", "1")),
    ],
)
def test_metric_callouts(text: str, expected: tuple[str, ...]) -> None:
    sheet = DrawnSheet()
    sheet.text(100, 150, text)
    sheet.text(180, 20, "DIMENSIONS IN MILLIMETERS", 2)
    (row,) = rows(sheet.page(), "dimensions")
    assert tuple(row.get(column) for column in ("kind", "nominal", "count")) == expected


def test_a_fraction_does_not_go_by_decimals() -> None:
    sheet = DrawnSheet()
    sheet.text(100, 150, "2 1/4")
    sheet.text(180, 26, "DIMENSIONS ARE IN INCHES FRACTIONAL ±1/64", 2)
    sheet.text(180, 20, "TOLERANCES: FRACTIONAL ±1/64 .XX ±.02 .XXX ±.005", 2)
    (row,) = rows(sheet.page(), "dimensions")
    assert (row["nominal"], row["smallest"]) == ("2.25", "2.234375")


def test_an_area_is_no_count() -> None:
    sheet = DrawnSheet()
    sheet.text(100, 150, "40x20")
    assert rows(sheet.page(), "dimensions") == []


def test_a_framed_size_is_basic_and_has_no_general_tolerance() -> None:
    sheet = DrawnSheet()
    sheet.text(180, 20, "ISO 2768-mK", 2)
    sheet.text(100, 100, "90.00", 3.5)
    sheet.box(98.7, 98.9, 14.5, 5.6)
    (row,) = rows(sheet.page(), "dimensions")
    assert (row["nominal"], row["tolerance_by"], row["largest"]) == ("90.00", "basic", None)


def test_a_control_frame_is_one_row() -> None:
    sheet = DrawnSheet()
    for x, width, text in ((100, 8, ""), (108, 16, "0.41"), (124, 8, "A"), (132, 8, "B")):
        sheet.box(x, 100, width, 7)
        sheet.text(x + 2, 101.8, text, 3.5)
    (row,) = rows(sheet.page(), "dimensions")
    assert (row["kind"], row["nominal"]) == ("geometric", "0.41")


# ── What is no dimension ──────────────────────────────────────────────────────────────────


def _balloons(sheet: DrawnSheet) -> None:
    for number in range(1, 6):
        x = 34 + 21 * number
        sheet.circle(x, 140, 3.5)
        sheet.text(x - 0.7, 139, str(number), 2.2)
    sheet.table(176, 76, (24, 46, 24), [
        ("Num. articolo", "Num. parte", "Quantità"), ("1", "P-Basement", "1"),
        ("2", "P-Support", "1"), ("3", "ISO 4017 - M5 x 20", "2"),
    ])  # fmt: skip


def test_balloons_and_cells_are_no_dimensions() -> None:
    for page in both("k7_balloons_and_italian_bom.pdf", _balloons):
        assert rows(page, "dimensions") == []
        listed = [(row["item"], row["part_number"], row["quantity"]) for row in rows(page, "bom")]
        assert listed == [
            ("1", "P-Basement", "1"), ("2", "P-Support", "1"), ("3", "ISO 4017 - M5 x 20", "2")
        ]  # fmt: skip


def test_an_unknown_ruled_table_holds_no_dimensions() -> None:
    sheet = DrawnSheet()
    sheet.table(150, 100, (30, 20, 20), [
        ("Wheel teeth", "alpha", "beta"), ("Module", "2", "2.5"), ("Number", "17", "42"),
    ])  # fmt: skip
    sheet.text(60, 150, "120")
    assert sizes(sheet.page(), "nominal") == [("120",)]


def test_gauge_names_are_no_threads() -> None:
    sheet = DrawnSheet()
    for number in range(1, 5):
        sheet.text(40 * number, 150, f"G{number}")
    assert rows(sheet.page(), "dimensions") == []


# ── Title blocks ──────────────────────────────────────────────────────────────────────────


def _italian(sheet: DrawnSheet) -> None:
    sheet.text(70, 106, "DETAIL C", 2.8)
    sheet.text(70, 101, "SCALE 2 : 1", 2.8)
    for y, label, value in (
        (52, "TITOLO:", "Guide"), (43, "N. DISEGNO", "P-Guide"), (34, "MATERIALE:", "C45"),
        (25, "SCALA 1:2", ""), (16, "DISEG.", "A. Muster"),
    ):  # fmt: skip
        sheet.cell(152, y, 140, 9, label, value)


def _english(sheet: DrawnSheet) -> None:
    for y, label, value in (
        (61, "name:", "Trapezoidal Lead Nut"), (52, "part nr.:", "1187-B2P-A"),
        (43, "material:", "RG 7"), (34, "weight:", "12.00 gram"), (25, "made by:", "A. Muster"),
        (16, "rev.nr.:", "A"),
    ):  # fmt: skip
        sheet.cell(152, y, 140, 9, label, value)


def _french(sheet: DrawnSheet) -> None:
    for x, y, width, label, value in (
        (120, 34, 60, "Échelle", "1:2"), (180, 34, 60, "Tolérances générales", "ISO 2768-mK"),
        (240, 34, 50, "Matière", "X5CrNi18-10"), (120, 25, 110, "Désignation", "Palier support"),
        (230, 25, 60, "N° de plan", "PL-2025-118"), (120, 16, 45, "Dessiné par", "M. Dupont"),
        (165, 16, 45, "Vérifié par", "A. Durand"), (210, 16, 30, "Date", "03/11/2025"),
        (240, 16, 25, "Indice", "D"), (265, 16, 25, "Folio", "1/2"),
        (120, 7, 60, "Masse", "1,250 kg"), (180, 7, 60, "Format", "A3"),
        (240, 7, 50, "Société", "Exemple SA"),
    ):  # fmt: skip
        sheet.cell(x, y, width, 9, label, value)


def _american(sheet: DrawnSheet) -> None:
    for x, y, width, label, value in (
        (100, 16, 60, "MATERIAL", "AL 7075-T6"), (160, 16, 40, "FINISH", "ANODIZE"),
        (100, 25, 50, "DRAWN", "J DOE"), (150, 25, 50, "DATE", "11/03/25"),
        (200, 25, 90, "TITLE:", "BRACKET, ENGINE MOUNT"), (200, 16, 20, "SIZE", "D"),
        (220, 16, 45, "DWG. NO.", "100-2345-01"), (265, 16, 25, "REV", "B"),
        (200, 7, 30, "SCALE: 1:2", ""), (230, 7, 30, "WEIGHT: .45 LB", ""),
        (260, 7, 30, "SHEET 1 OF 3", ""),
    ):  # fmt: skip
        sheet.cell(x, y, width, 9, label, value)


def _paragraph(sheet: DrawnSheet) -> None:
    for number, text in enumerate((
        "Motor Shaft - 11.8.2020", "Stainless Steel", "A4 Drawing - Scale 3:1",
        "Dimensions in millimeters", "General tolerances +/- 0.1mm",
        "Open Dynamic Robot Initiative",
    )):  # fmt: skip
        sheet.text(190, 70 - 5 * number, text, 2.8)


def _notes(sheet: DrawnSheet) -> None:
    sheet.text(106, 140, "74.00", 2.8)
    for number, text in enumerate((
        "Notes:", "1. All dimensions are in millimeters.",
        "2. Tolerance unless otherwise noted: +/- 0.25mm",
        '3. Material: 12ga (0.1046") thick mild steel (A36).',
        "4. Finish: Powder Coated Flat Black",
    )):  # fmt: skip
        sheet.text(20, 70 - 5 * number, text, 2.8)


_BLOCKS: list[tuple[str, Callable[[DrawnSheet], None], dict[str, str]]] = [
    ("k8_title_block_italian.pdf", _italian, {
        "title": "Guide", "number": "P-Guide", "material": "C45", "scale": "1:2",
        "drawn": "A. Muster",
    }),
    ("k9_title_block_name_partnr_madeby.pdf", _english, {
        "title": "Trapezoidal Lead Nut", "number": "1187-B2P-A", "material": "RG 7",
        "mass": "12.00 gram", "drawn": "A. Muster", "revision": "A",
    }),
    ("tb_fr.pdf", _french, {
        "scale": "1:2", "general_tolerance": "ISO 2768-mK", "material": "X5CrNi18-10",
        "title": "Palier support", "number": "PL-2025-118", "drawn": "M. Dupont",
        "checked": "A. Durand", "date": "03/11/2025", "revision": "D", "sheet": "1/2",
        "mass": "1,250 kg", "size": "A3", "company": "Exemple SA",
    }),
    ("", _american, {
        "material": "AL 7075-T6", "finish": "ANODIZE", "drawn": "J DOE", "date": "11/03/25",
        "title": "BRACKET, ENGINE MOUNT", "size": "D", "number": "100-2345-01", "revision": "B",
        "scale": "1:2", "mass": ".45 LB", "sheet": "1 OF 3",
    }),
    ("k11_paragraph_instead_of_title_block.pdf", _paragraph, {
        "title": "Motor Shaft", "date": "11.8.2020", "material": "Stainless Steel",
        "size": "A4", "scale": "3:1", "units": "millimeters",
        "general_tolerance": "+/- 0.1mm", "company": "Open Dynamic Robot Initiative",
    }),
    ("k12_material_and_tolerance_in_notes.pdf", _notes, {
        "units": "millimeters", "general_tolerance": "+/- 0.25mm",
        "material": '12ga (0.1046") thick mild steel (A36)',
        "finish": "Powder Coated Flat Black",
    }),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "draw", "expected"), _BLOCKS, ids=[one[1].__name__ for one in _BLOCKS]
)
def test_title_blocks_of_other_offices(
    name: str, draw: Callable[[DrawnSheet], None], expected: dict[str, str]
) -> None:
    for page in both(name or "none.pdf", draw):
        assert fields(page) == expected
        if page.name == "drawn.pdf":  # the inputs have dimensions beside their title blocks
            assert [row["text"] for row in rows(page, "dimensions")] == (
                ["74.00"] if draw is _notes else []
            )


#: Inputs whose letters no standard font of the tests has, or that have more fields than above.
_INPUTS: dict[str, dict[str, str]] = {
    "tb_ru.pdf": {
        "number": "АБВГ.301712.005", "title": "Корпус", "material": "Сталь 45 ГОСТ 1050-2013",
        "mass": "2,35", "scale": "1:2", "sheet": "1/2",
    },
    "tb_cn.pdf": {
        "number": "ZC-2025-018", "title": "轴承座", "company": "某某机械厂", "material": "HT200",
        "mass": "2.35 kg", "scale": "1:2", "general_tolerance": "GB/T 1804-m",
        "date": "2025.11.03",
    },
    "tb_de_iso7200.pdf": {
        "number": "0815-4711-03", "revision": "C", "title": "Lagerbock links",
        "company": "Musterwerk GmbH", "material": "42CrMo4+QT Ø80 EN 10060", "mass": "3,45 kg",
        "scale": "1:2,5", "sheet": "2/5", "general_tolerance": "ISO 2768-mK", "finish": "Rz 16",
        "date": "2025-11-03",
    },
    "tb_de_din6771.pdf": {
        "number": "G3-2041.17", "title": "Deckel", "company": "Beispiel AG",
        "material": "C45 DIN 17200", "mass": "0,82", "scale": "1:1", "sheet": "1",
        "general_tolerance": "DIN 7168 mittel", "finish": "DIN 3141 R2", "date": "04.05.96",
        "revision": "b",
    },
    "tb_us_asme.pdf": {
        "number": "100-2345-01", "revision": "B", "title": "BRACKET, ENGINE MOUNT",
        "company": "ACME AEROSPACE INC", "material": "AL 7075-T6 PER AMS-QQ-A-250/12",
        "mass": ".45 LB", "scale": "1:2", "sheet": "1 OF 3", "size": "D", "units": "INCHES",
        "finish": "ANODIZE PER MIL-A-8625", "date": "11/03/25",
    },
}  # fmt: skip
_PEOPLE = {"drawn", "checked", "approved", "general_tolerance"}


def test_inputs_beside_the_checkout() -> None:
    """In Russian, Chinese, German and American English; `_in_cells` below asks the same."""
    for name in filter(lambda name: (CASES / name).exists(), _INPUTS):
        found, expected = fields(pages_of(CASES / name, name)[0]), _INPUTS[name]
        said = {key: text for key, text in found.items() if key in expected or key not in _PEOPLE}
        assert said == expected, name


def _in_cells(*cells: tuple[str, str, float, float, float, float]) -> PageText:
    """A page of cells: label, value, left, top, width and height in pixels."""
    items = []
    for label, value, x, y, width, height in cells:
        cell = Box(x, y, width, height)
        if label:
            items.append(TextItem(label, Box(x + 12, y + 8, 11.0 * len(label), 16), cell=cell))
        if value:
            items.append(
                TextItem(value, Box(x + 14, y + height - 50, 20.0 * len(value), 32), cell=cell)
            )
    return PageText("d1", 1, items, "vector", 4963, 3508)


def test_a_russian_title_block() -> None:
    """GOST 2.104, form 1: designation and name have no labels."""
    page = _in_cells(
        ("Разраб.", "", 2658, 3108, 200, 91), ("", "Иванов", 2861, 3108, 269, 91),
        ("", "АБВГ.301712.005", 3427, 3108, 825, 91), ("", "Корпус", 3427, 3202, 825, 91),
        ("Лит.", "", 4255, 3202, 172, 91), ("Масса", "2,35", 4430, 3202, 200, 91),
        ("Масштаб", "1:2", 4633, 3202, 209, 91), ("Н.контр.", "", 2658, 3295, 200, 91),
        ("", "Сталь 45 ГОСТ 1050-2013", 3427, 3295, 825, 91),
        ("Лист", "1", 4255, 3295, 291, 91), ("Листов", "2", 4548, 3295, 294, 91),
    )  # fmt: skip
    found = fields(page)
    assert {name: text for name, text in found.items() if name not in _PEOPLE} == {
        "number": "АБВГ.301712.005", "title": "Корпус", "material": "Сталь 45 ГОСТ 1050-2013",
        "mass": "2,35", "scale": "1:2", "sheet": "1/2",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "values"),
    [
        (("名称", "图号", "材料", "比例", "重量"), ("轴承座", "ZC-018", "HT200", "1:2", "2.35 kg")),
        (("品名", "図番", "材質", "尺度", "質量"), ("軸受", "JB-018", "SUS304", "1:2", "2.35 kg")),
        (("Benaming", "Tekeningnummer", "Materiaal", "Schaal", "Massa"),
         ("Lagerblok", "NL-018", "S235JR", "1:2", "2,35 kg")),
        (("Benämning", "Ritningsnummer", "Material", "Skala", "Vikt"),
         ("Lagerbock", "SE-018", "S235JR", "1:2", "2,35 kg")),
        (("Nazwa", "Nr rysunku", "Materiał", "Podziałka", "Masa"),
         ("Korpus", "PL-018", "S235JR", "1:2", "2,35 kg")),
        (("Denominación", "Nº de plano", "Material", "Escala", "Peso"),
         ("Soporte", "ES-018", "S235JR", "1:2", "2,35 kg")),
        (("Denominação", "Nº do desenho", "Material", "Escala", "Massa"),
         ("Suporte", "PT-018", "S235JR", "1:2", "2,35 kg")),
        (("Title / Benennung", "Drawing No. / Zeichnungs-Nr.", "(Werkstof , Halbzeug)",
          "Scale / Maßstab", "Weight / Gewicht"),
         ("Bracket", "DE-018", "S235JR", "1:2", "2,35 kg")),
    ],
)  # fmt: skip
def test_title_blocks_in_other_languages(labels: tuple[str, ...], values: tuple[str, ...]) -> None:
    page = _in_cells(*(
        (label, value, 3000 + 700 * (number % 2), 2900 + 91 * (number // 2), 700, 91)
        for number, (label, value) in enumerate(zip(labels, values, strict=True))
    ))  # fmt: skip
    names = ("title", "number", "material", "scale", "mass")
    assert fields(page) == dict(zip(names, values, strict=True))


def test_the_scale_of_a_detail_is_not_the_sheets() -> None:
    def draw(sheet: DrawnSheet) -> None:
        sheet.text(70, 106, "DETAIL C", 2.8)
        sheet.text(70, 101, "SCALE 2 : 1", 2.8)
        sheet.cell(152, 52, 140, 9, "TITLE:", "Guide")
        sheet.cell(152, 43, 140, 9, "DWG NO.", "P-Guide")
        sheet.cell(152, 34, 140, 9, "SCALE:1:5")

    for page in both("k10_scale_of_detail_wins.pdf", draw):
        assert fields(page) == {"title": "Guide", "number": "P-Guide", "scale": "1:5"}


def test_an_empty_cell_stays_empty() -> None:
    sheet = DrawnSheet()
    sheet.cell(152, 34, 60, 12, "MATERIAL:")
    sheet.cell(212, 34, 80, 12, "DWG NO.")
    sheet.text(200, 36, "Aufspannung_Ecken", 4.5)  # set so large that it begins in the other cell
    sheet.cell(152, 25, 60, 9, "SCALE:1:5")
    sheet.cell(212, 25, 80, 9, "TITLE:", "Halter")
    assert fields(sheet.page()) == {
        "number": "Aufspannung_Ecken", "scale": "1:5", "title": "Halter"
    }  # fmt: skip


def test_a_run_over_two_cells_is_cut_at_their_edge() -> None:
    sheet = DrawnSheet()
    sheet.cell(152, 34, 60, 9, "Date")
    sheet.cell(212, 34, 80, 9, "Title")
    sheet.text(196, 36, "11.02.25  Housing", 2.8)
    assert fields(sheet.page()) == {"date": "11.02.25", "title": "Housing"}


def test_notes_give_limits_and_say_so() -> None:
    for page in both("k12_material_and_tolerance_in_notes.pdf", _notes):
        (row,) = rows(page, "dimensions")
        assert (row["nominal"], row["smallest"], row["largest"]) == ("74.00", "73.75", "74.25")
        table = extract("title_block", [page])
        sources = {row.value("field"): row.cells["value"].source for row in table.rows}
        assert sources["material"] == sources["general_tolerance"] == "note"


# ── Parts lists and revision tables ───────────────────────────────────────────────────────


_HEADINGS = ("ITEM NO.", "PART NUMBER", "DESCRIPTION", "QTY.")
_PARTS = [
    ("1", "SW-100", "Base plate", "1"), ("2", "SW-200", "", "4"),
    ("3", "ISO 4762 M5 x 16", "Screw", "12"),
]  # fmt: skip


@pytest.mark.parametrize("upwards", [False, True])
def test_a_ruled_parts_list(upwards: bool) -> None:
    sheet = DrawnSheet()
    listed = [_HEADINGS, *_PARTS]
    sheet.table(20, 200, (15, 40, 60, 12), listed[::-1] if upwards else listed)
    names = ("item", "part_number", "description", "quantity")
    found = [tuple(row.get(name) or "" for name in names) for row in rows(sheet.page(), "bom")]
    assert found == _PARTS


def test_headings_that_are_not_known_cost_nothing() -> None:
    sheet = DrawnSheet()
    sheet.table(20, 200, (15, 20, 40, 30, 26), [
        ("ITEM NO.", "LENGTH", "PART NUMBER", "SW-Config", "Default/QTY."),
        ("1", "20.5", "SW-100", "Default", "1"), ("2", "30", "SW-200", "Long", "4"),
    ])  # fmt: skip
    listed = [
        (row["item"], row["part_number"], row["quantity"]) for row in rows(sheet.page(), "bom")
    ]
    assert listed == [("1", "SW-100", "1"), ("2", "SW-200", "4")]


def test_a_parts_list_without_lines() -> None:
    sheet = DrawnSheet()
    for number, row in enumerate((
        ("Pos.", "Menge", "Einheit", "Benennung", "Sachnummer"),
        ("1", "2", "Stk", "Welle", "4711-01"), ("2", "1", "Stk", "Gehäuse", "4711-02"),
    )):  # fmt: skip
        for x, text in zip((20, 40, 60, 80, 140), row, strict=True):
            sheet.text(x, 150 - 6 * number, text, 2.5)
    names = ("item", "quantity", "description", "part_number")
    assert [tuple(row[name] for name in names) for row in rows(sheet.page(), "bom")] == [
        ("1", "2", "Welle", "4711-01"), ("2", "1", "Gehäuse", "4711-02")
    ]  # fmt: skip


def test_a_ruled_revision_table_and_an_empty_one() -> None:
    heading = ("ZONE", "REV.", "DESCRIPTION", "DATE", "APPROVED")
    sheet = DrawnSheet()
    sheet.table(140, 200, (14, 12, 60, 20, 25), [
        heading, ("", "A", "INITIAL RELEASE", "12/1/20", "JD"),
        ("B2", "B", "HOLE WAS 5.0", "1/4/21", "JD"),
    ])  # fmt: skip
    names = ("revision", "zone", "description", "date", "name")
    found = [tuple(row.get(name) for name in names) for row in rows(sheet.page(), "revisions")]
    assert found == [
        ("A", None, "INITIAL RELEASE", "12/1/20", "JD"), ("B", "B2", "HOLE WAS 5.0", "1/4/21", "JD")
    ]  # fmt: skip
    empty = DrawnSheet()
    empty.table(140, 200, (14, 12, 60, 20, 25), [heading])
    assert rows(empty.page(), "revisions") == []


# ── Guards ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["25 +0/-0", "0.5 ±0.8"])
def test_sizes_that_cannot_be_are_unsure(text: str) -> None:
    sheet = DrawnSheet()
    sheet.text(100, 150, text)
    (row,) = extract("dimensions", [sheet.page()]).rows
    assert row.cells["nominal"].status == "unsure"
    assert row.cells["nominal"].note


def test_a_size_larger_than_the_sheet_shows_is_unsure() -> None:
    sheet = DrawnSheet()
    sheet.cell(152, 34, 60, 9, "Scale", "1:1")
    sheet.cell(212, 34, 80, 9, "Title", "Housing")
    sheet.text(20, 20, "DIMENSIONS IN mm", 2)
    sheet.text(100, 150, "4500")
    sheet.text(100, 120, "250")
    found = {row.value("nominal"): row.cells["nominal"].status
             for row in extract("dimensions", [sheet.page()]).rows}  # fmt: skip
    assert found == {"4500": "unsure", "250": "found"}
