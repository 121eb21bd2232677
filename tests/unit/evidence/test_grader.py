"""Grading against sheets: what stands there is found, a planted error never is."""

from __future__ import annotations

import pytest

from backend.drawing import TextItem
from backend.evidence.grading.grader import MOST_PLACES, Region, grade
from backend.evidence.index.sheet_index import PageText, SheetIndex
from backend.evidence.parsing.answer_reader import find_values
from backend.evidence.parsing.tool_values import Computed
from backend.geometry import Box

TEXTS = (
    "Ø38 H12", "Ø21,5±0,1", "(25,5)", "R5", "1x45°", "M10x1.5-6H", "2x M6", "20 H7/g6",
    "35.00 0/-0.20", "45,0°", "4x Ø5.5", "120", "Material: S235JR", "ALL RADII 0.5 UNLESS STATED",
    "Ra 3.2", "SCALE 1:2", "SHEET 1 OF 3", "ISO 2768-mK", "Rev. C", "4711-0815-03", "0.35 kg",
    "7.50 +0.10/-0.20", "R11.30/11.20", "3.40 ±0.10", "15 ±0.1 (2x)", "8x7x40", "50x30",
)  # fmt: skip


def page(*texts: str, drawing: str = "d", number: int = 1, source: str = "vector") -> PageText:
    items = [
        TextItem(text, Box(200.0 + position % 5 * 900, 200.0 + position // 5 * 300, 300.0, 40.0),
                 0.0, "ocr" if source == "ocr" else "vector")
        for position, text in enumerate(texts)
    ]  # fmt: skip
    return PageText(drawing, number, items, source, 5000, 3000)  # type: ignore[arg-type]


SHEET = SheetIndex([page(*TEXTS)])


def statuses(text: str, index: SheetIndex = SHEET) -> list[str]:
    return [one.status for one in grade(find_values(text), index)]


@pytest.mark.parametrize(
    "text",
    ["Ø38 H12", "⌀ 38H12", "38 H12", "38", "38 mm", "Ø38 mm", "diameter of 38 mm", "class H12",
     "Ø21.5 ± 0.1 mm", "21,5 +0.1/-0.1", "25.5", "R5", "a radius of 5 mm", "5 mm", "1 × 45°", "C1",
     "45°", "M10×1,5 - 6H", "M10", "M10x1.5", "M6", "M6x1", "2× M6", "Ø20 H7/g6", "20 H7", "20 g6",
     "35 mm 0/−0.2", "35 -0.2", "4× ⌀5,5", "5.5 mm", "120", "Ø120", "S235JR", "s235jr",
     "a radius of 0.5 mm", "Ra 3,2 µm", "scale 1:2", "sheet 1 of 3", "ISO 2768-mK", "ISO2768-mK",
     "revision C", "part 4711-0815-03", "mass 0.35 kg", "7.5 +0.1/-0.2 mm", "7.50 mm (+0.10/-0.20)",
     "a tolerance of 0.2 mm", "±0.1", "+0.10/-0.20", "11.3/11.2", "R11.30/11.20", "11.20 mm",
     "Ø3.40 ±0.1", "2x 15 ±0.1", "8x7x40", "30 mm", "50 mm", "50 x 30 mm"],
)  # fmt: skip
def test_what_stands_on_the_sheet_is_found(text: str) -> None:
    assert set(statuses(text)) == {"found"}


@pytest.mark.parametrize(
    "text",
    ["Ø28 H12", "Ø38 H11", "Ø38 h12", "Ø3.8", "380 mm", "R38", "SØ38", "M38", "38°", "Ø21.5 ±0.2",
     "215 mm", "Ø21.5 +0.1/-0.2", "25.4", "Ø5", "SR5", "2x45°", "1x30°", "C2", "Ø45", "45 mm",
     "M10x1.25", "M10x1.5-6g", "M8", "3x M6", "20 H7/h6", "20 H8", "35 ±0.2", "35 +0.2",
     "5× Ø5.5", "Ø55", "102", "1:5", "S355JR", "S235", "Ø0.5", "Ra 1.6", "Rz 3.2", "sheet 2 of 3",
     "ISO 2768-fK", "ISO 2768-mH", "revision D", "4711-0815-04", "0.53 kg", "0.35 N",
     "7.50 +0.20/-0.10", "7.50 ±0.1", "7.05 +0.10/-0.20", "75.0 mm", "3.40 ±0.01", "34 mm",
     "11.30/11.10", "Ø11.30", "1.2 in", "38 inch", "7.5 cm", "21 µm", "Ø20 k6", "3x 15 ±0.1",
     "8x7x46", "15 ±0.2", "99.99"],
)  # fmt: skip
def test_a_planted_error_is_not_found(text: str) -> None:
    assert "not_found" in statuses(text)


@pytest.mark.parametrize(
    ("sheet", "found", "not_found"),
    [
        ("2X Ø.250 THRU", "2X Ø.250, 2x Ø.250, Ø.250", "3X Ø.250, 2X Ø.205"),
        ("4X M8X1.25", "4x M8x1.25, M8", "3x M8x1.25, M8X1"),
        ("4-Ø6.6", "4x Ø6.6, Ø6.6, 4-Ø6.6, Ø6.6 4개소", "6x Ø6.6, 4-Ø6.8, R6.6"),
        ("2-M5 TAP", "2x M5, M5 (2x)", "3x M5, 2x M6"),
        ("M6 (4x)", "4x M6, M6", "3x M6"),
        ("M8x1", "M8x1, M8 with a pitch of 1 mm", "M8, M8x1.25, M8 Steigung 1.25"),
        ("30° 15'", "30°15', 30.25°", "30°16', 30°, 15°"),
        ("45°", "45°, 45°0'", "45°30', 45°0'30\""),
        ("45° ±30'", "45° ±30', 45° ±0°30', 45° ±0.5°, ±30'", "45° ±20', ±15'"),
        ("SCALE 1:2,5", "1:2.5, 1 : 2,5", "1:2, 1:25, 2.5:1"),
        ("1250", "1250 mm, 1 250 mm, 1'250, 1\u202f250", "1 260 mm, 1'205, 250 mm"),
        ("ISO 2768-mK", "ISO 2768-m, ISO 2768-mK", "ISO 2768-f, ISO 2768-mH"),
        ('3/8"', '3/8", 3/8, 0.375 in', '5/8", 0.385 in'),
        ("3/8 DRILL", '3/8", 0.375 in', '5/8"'),
        ("25 0/-0.2", "25 0/-0.2, 0/-0.2", "25 0/-0.3, 0/-0.3"),
        ("Ø38 H7", r"$\varnothing 38\,\mathrm{H7}$, $\phi 38$", r"$\phi 39$, $\varnothing 38\,H8$"),
        ("46°", r"$46^\circ$", r"$45^\circ$, $45^{\circ}$"),
        ("120.5", r"$120{,}5\,\mathrm{mm}$", r"$120{,}6\,\mathrm{mm}$"),
    ],
)
def test_one_callout_is_written_in_many_ways(sheet: str, found: str, not_found: str) -> None:
    index = SheetIndex([page(sheet)])
    for text in found.split(", "):
        assert set(statuses(text, index)) == {"found"}, text
    for text in not_found.split(", "):
        assert "not_found" in statuses(text, index), text


def test_the_graded_item_is_the_frame_s() -> None:
    (graded,) = grade(find_values("It is 🔩 Ø38 H12"), SHEET)
    assert graded.item() == {
        "text": "Ø38 H12", "start": 9, "end": 16, "status": "found", "source": "vector",
        "drawing": "d", "page": 1, "box": [200.0, 200.0, 300.0, 40.0], "places": [],
        "computed_by": None,
    }  # fmt: skip
    (missing,) = grade(find_values("Ø39"), SHEET)
    assert missing.item()["box"] is None and missing.item()["page"] is None


def test_a_long_note_gives_the_box_of_the_value_alone() -> None:
    (graded,) = grade(find_values("Ra 1.6"), [page("ALL MACHINED SURFACES HAVE Ra 1.6 OR BETTER")])
    x, y, width, height = graded.places[0].box
    assert 350 < x < 420 and 30 < width < 60 and (y, height) == (200, 40)


def test_several_places_are_all_kept_nearest_to_the_region_first() -> None:
    pages = [page("R5", "x", "R5", "x", "R5"), page("R5", number=2)]
    region: Box = Box(1950.0, 150.0, 500.0, 200.0)
    (graded,) = grade(find_values("R5"), pages, Region("d", 1, region))
    assert [(place.page, place.box[0]) for place in graded.places] == [
        (1, 2000.0), (1, 3800.0), (1, 200.0), (2, 200.0)]  # fmt: skip
    (graded,) = grade(find_values("R5"), pages, Region("d", 2, (0.0, 0.0, 900.0, 900.0)))
    assert graded.places[0].page == 2 and len(graded.places) == 4


def test_an_item_names_its_places_where_there_are_several_and_not_endlessly() -> None:
    (twice,) = grade(find_values("Ø5"), SheetIndex([page("Ø5", "Ø5")]))
    places = twice.item()["places"]
    assert [one["box"] for one in places] == [list(one.box) for one in twice.places]
    assert places[0]["box"] == twice.item()["box"]
    (often,) = grade(find_values("Ø5"), SheetIndex([page(*["Ø5"] * 100)]))
    assert len(often.item()["places"]) == MOST_PLACES < len(often.places)


def test_without_exact_text_it_is_by_eye() -> None:
    assert statuses("Ø38", SheetIndex([PageText("d", 1, (), "none")])) == ["by_eye"]
    assert statuses("Ø38", SheetIndex([])) == ["by_eye"]
    recognised = SheetIndex([page("Ø21", source="ocr")])
    assert statuses("Ø21 Ø38", recognised) == ["found", "by_eye"]
    mixed = SheetIndex([page("Ø21"), PageText("d", 2, (), "none")])
    assert statuses("Ø21 Ø38", mixed) == ["found", "by_eye"]


def test_a_region_without_text_is_by_eye() -> None:
    values = find_values("Ø39 and Ø38")
    empty = Region("d", 1, (4000.0, 2500.0, 200.0, 200.0))
    assert [one.status for one in grade(values, SHEET, empty)] == ["by_eye", "found"]
    full = Region("d", 1, (100.0, 100.0, 500.0, 500.0))
    assert [one.status for one in grade(values, SHEET, full)] == ["not_found", "found"]


def test_recognised_text_is_weaker_and_its_diameters_are_guessed() -> None:
    index = SheetIndex([page("Q38 H12", "021.5", "φ7", source="ocr")])
    assert statuses("Ø38 H12, Ø21.5, Ø7, R7", index) == ["found", "found", "found", "by_eye"]
    both = SheetIndex([page("Ø38", source="ocr"), page("Ø38", number=2)])
    (graded,) = grade(find_values("Ø38"), both)
    assert [place.source for place in graded.places] == ["vector", "ocr"]


def test_a_bare_small_number_is_counted_not_read() -> None:
    assert statuses("There are 9 holes") == ["by_eye"]
    assert statuses("There are 4 holes") == ["found"]


def test_a_roughness_or_a_mass_is_no_bare_count() -> None:
    index = SheetIndex([page("3", "16", "0.8", "2.5", "MASS")])
    assert statuses("Ra 3.0, 16 kg, 3/16, Ra 0.8, 2.5 kg", index) == [
        "not_found", "not_found", "by_eye", "found", "found"]  # fmt: skip


def test_a_bare_number_is_no_mass_without_a_word_for_it() -> None:
    cell = [TextItem("Gewicht", Box(4000, 2700, 90, 18)), TextItem("2.5", Box(4010, 2740, 60, 40))]
    column = [TextItem("kg", Box(3000, 300, 60, 40)), TextItem("0.4", Box(3000, 1400, 60, 40))]
    other = TextItem("12.5", Box(1000, 1000, 90, 40))
    index = SheetIndex([PageText("d", 1, [*cell, *column, other], "vector", 5000, 3000)])
    assert statuses("2.5 kg, 0.4 kg, 12.5 kg, 12.5 mm", index) == [
        "found", "found", "not_found", "found"]  # fmt: skip


def test_a_bare_number_is_no_roughness_where_others_have_their_letters() -> None:
    assert statuses("Ra 3.2", SheetIndex([page("3.2", "12.5")])) == ["found"]
    assert statuses("Ra 3.2", SheetIndex([page("3.2", "Ra 1.6")])) == ["not_found"]


def test_a_hardness_has_its_scale_before_or_behind() -> None:
    index = SheetIndex([page("HRC 58-62", "300 HV", "45", "HB 200")])
    assert statuses("58 HRC to 62 HRC, HV 300, 200 HBW", index) == ["found"] * 4
    assert statuses("HRC 45, 60 HRC, 300 HB", index) == ["not_found"] * 3
    loads = SheetIndex([page("550 HV 10", "200 HBW 10/3000")])
    assert statuses("550 HV 10", loads) == ["found", "found"]
    assert statuses("200 HBW, 500 HV, 10 HV", loads) == ["found", "not_found", "not_found"]


def test_single_callouts_add_up_to_a_count() -> None:
    index = SheetIndex([page("Ø5", "a", "Ø5", "b", "Ø5", "c", "2x Ø7")])
    assert statuses("3x Ø5, 4x Ø5, 2x Ø7, 1x Ø7", index) == [
        "found", "not_found", "found", "not_found"]  # fmt: skip


def test_grid_marks_are_no_dimensions() -> None:
    marks = [TextItem(letter, Box(60.0, 300.0 + row * 600, 30.0, 40.0)) for row, letter in
             enumerate("ABCD")]  # fmt: skip
    marks += [TextItem(str(column), Box(300.0 + column * 700, 40.0, 30.0, 40.0)) for column in
              range(1, 6)]  # fmt: skip
    sheet = PageText("d", 1, [*marks, *page("Ø38", "REV", "C").items], "vector", 5000, 3000)
    index = SheetIndex([sheet])
    assert statuses("4 mm", index) == ["not_found"]
    assert statuses("revision B", index) == ["not_found"]


def test_a_revision_stands_at_its_label() -> None:
    items = [
        TextItem("REVISION", Box(4000, 2700, 90, 18)),
        TextItem("B", Box(4010, 2740, 20, 40)),
        TextItem("A", Box(1000, 1000, 40, 40)),
        TextItem("⌖ 0.1 A D", Box(900, 900, 200, 40)),
    ]
    index = SheetIndex([PageText("d", 1, items, "vector", 5000, 3000)])
    assert statuses("revision B, Rev. A, revision: D", index) == [
        "found", "not_found", "not_found"]  # fmt: skip


@pytest.mark.parametrize(
    "said", ["ALL DIMS IN INCHES", "DIM. ARE IN INCH", "단위: inch", "단위 인치"]
)
def test_a_sheet_says_that_it_is_in_inches(said: str) -> None:
    assert statuses("1.250 in, 1.250 mm", SheetIndex([page(said, "1.250")])) == [
        "found", "not_found"]  # fmt: skip


def test_inches_of_an_inch_sheet() -> None:
    index = SheetIndex([page("ALL DIMENSIONS ARE IN INCHES", "1.250", ".375")])
    assert statuses("1.250 in, 1.25\", 0.375 inch, 1.250 mm", index) == [
        "found", "found", "found", "not_found"]  # fmt: skip


FIT = Computed.from_tool(
    "limits_and_fits",
    {"designation": "20 H7/g6"},
    {"designation": "20 H7/g6", "nominal_mm": 20, "hole": {"lower_um": 0, "upper_um": 21},
     "shaft": {"lower_um": -20, "upper_um": -7, "largest_mm": 19.993},
     "clearance_min_um": 7, "clearance_max_um": 41, "standard": "ISO 286-1:2010"},
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["21 µm", "+21 µm", "0.021 mm", "-20 µm", "−7 µm", "19.993 mm", "41 µm", "+0.021/0",
     "Ø20 +0.021/0", "ISO 286", "19.99 mm"],
)  # fmt: skip
def test_what_a_tool_gave_is_computed(text: str) -> None:
    (graded,) = grade(find_values(text), SHEET, computed=[FIT])
    assert graded.status == "computed"
    assert graded.computed is FIT and graded.item()["source"] is None


@pytest.mark.parametrize("text", ["22 µm", "+20 µm", "0.21 mm", "19.893 mm", "Ø41", "Ø20 +0.022/0",
                                  "20.5 µm", "ISO 2768-1"])  # fmt: skip
def test_what_no_tool_gave_is_not(text: str) -> None:
    (graded,) = grade(find_values(text), SHEET, computed=[FIT])
    assert graded.status == "not_found"


def test_what_a_tool_was_asked_is_no_answer() -> None:
    tool = Computed.from_tool("convert", {"quantity": "77.7 mm"},
                              {"quantity": "77.7 mm", "value": "3.059", "unit": "in"})  # fmt: skip
    graded = grade(find_values("77.7 mm is 3.059 in"), SHEET, computed=[tool])
    assert [one.status for one in graded] == ["not_found", "computed"]
