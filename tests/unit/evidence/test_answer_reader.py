"""Finding values in answers: what is one value, where it is, and when it is final."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.evidence.parsing.answer_reader import AnswerReader, find_values, settled_until
from backend.evidence.parsing.value import decimals


def parts(text: str) -> list[tuple[str, str]]:
    return [(value.text, value.kind) for value in find_values(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The bore is Ø38 H12.", [("Ø38 H12", "dimension")]),
        ("2x 3.40 ±0.10", [("2x 3.40 ±0.10", "dimension")]),
        ("7.50 +0.10/-0.20 mm", [("7.50 +0.10/-0.20 mm", "dimension")]),
        ("7,50 mm (+0,10 / −0,20)", [("7,50 mm (+0,10 / −0,20)", "dimension")]),
        ("7.50 mm with a tolerance of ±0.1 mm", [("7.50 mm with a tolerance of ±0.1 mm",
                                                  "dimension")]),
        ("35.00-0.20", [("35.00-0.20", "dimension")]),
        ("$7.50^{+0.10}_{-0.20}$ mm", [("7.50^{+0.10}_{-0.20}$ mm", "dimension")]),
        ("**Ø38** H12", [("Ø38** H12", "dimension")]),
        ("R11.30/11.20", [("R11.30/11.20", "dimension")]),
        ("2×⌀8,80H8", [("2×⌀8,80H8", "dimension")]),
        ("Ø20 H7/g6", [("Ø20 H7/g6", "dimension")]),
        ("15 ±0.1 (2x)", [("15 ±0.1 (2x)", "dimension")]),
        ("20 x 30 x 40 mm", [("20", "dimension"), ("30", "dimension"), ("40", "dimension")]),
        ("10–20 mm", [("10", "dimension"), ("20", "dimension")]),
        ("3/8\" and 1 1/4 inch", [("3/8\"", "dimension"), ("1 1/4 inch", "dimension")]),
        ("10,20,30", [("10", "number"), ("20", "number"), ("30", "number")]),
        ("angle 45,0° or 60 degrees", [("45,0°", "angle"), ("60 degrees", "angle")]),
        ("chamfer 1×45° (C1)", [("1×45°", "chamfer"), ("C1", "chamfer")]),
        ("4× M6x1-6H", [("4× M6x1-6H", "thread")]),
        ("1/4-20 UNC-2A, G1/2", [("1/4-20 UNC-2A", "thread"), ("G1/2", "thread")]),
        ("Ra 3,2 µm", [("Ra 3,2 µm", "roughness")]),
        ("tolerance +0.1/-0.2", [("+0.1/-0.2", "tolerance")]),
        ("-20 µm and +21 µm", [("-20 µm", "tolerance"), ("+21 µm", "tolerance")]),
        ("class H7", [("H7", "fit")]),
        ("S235JR, 1.4301, EN AW-6082 T6", [("S235JR", "material"), ("1.4301", "material"),
                                           ("EN AW-6082 T6", "material")]),
        ("ISO 2768-mK; DIN 912", [("ISO 2768-mK", "reference"), ("DIN 912", "reference")]),
        ("part 4711-0815-03 of 2024-03-12", [("4711-0815-03", "reference"),
                                             ("2024-03-12", "reference")]),
        ("KMP-1234-A, revision B", [("KMP-1234-A", "reference"), ("B", "reference")]),
        ("Micro_Vu-4.20", [("Micro_Vu-4.20", "reference")]),
        ("scale 2:1, sheet 1 of 3", [("2:1", "ratio"), ("1 of 3", "ratio")]),
        ("1. First\n2. The 4 holes", [("4", "count")]),
        ("38 - 16 = 22 mm", [("38", "count"), ("16", "count"), ("22 mm", "dimension")]),
        ("See page 2, about 80 % of it", []),
        ("M6-Gewinde, 38mm-Bohrung", [("M6", "thread"), ("38mm", "dimension")]),
        ("지름은 38mm입니다", [("38mm", "dimension")]),
        ("38 in the middle", [("38", "count")]),
        ("| 7.50 | +0.10 |", [("7.50", "number"), ("+0.10", "tolerance")]),
        ("７．５０ mm", [("７．５０ mm", "dimension")]),
        ("재료는 C45이고", [("C45", "material")]),
        ("number 70-4668", [("70-4668", "reference")]),
        ("Blatt 4/6, part 4/6", [("4/6", "ratio"), ("4/6", "ratio")]),
        ("ZINC PLATED 8 UM", [("8 UM", "dimension")]),
        ("2X Ø.250 THRU, 4X M6X1, 1X45°", [("2X Ø.250", "dimension"), ("4X M6X1", "thread"),
                                           ("1X45°", "chamfer")]),
        ("4-Ø6.6, 2-M6, 2-R3, 2-C1", [("4-Ø6.6", "dimension"), ("2-M6", "thread"),
                                      ("2-R3", "dimension"), ("2-C1", "chamfer")]),
        ("M6 (4x), M5 4개소, M6 2x Ø5", [("M6 (4x)", "thread"), ("M5 4개소", "thread"),
                                        ("M6", "thread"), ("2x Ø5", "dimension")]),
        ("30°15', 30° ±20', ±0°30'", [("30°15'", "angle"), ("30° ±20'", "angle"),
                                      ("±0°30'", "tolerance")]),
        ("Maßstab 1:2,5 or 1 : 2", [("1:2,5", "ratio"), ("1 : 2", "ratio")]),
        ("0/-0.013", [("0/-0.013", "tolerance")]),
        ("1 250 mm, 1'250, 1\u202f250", [("1 250 mm", "dimension"), ("1'250", "number"),
                                         ("1\u202f250", "number")]),
        ("slots 2 and 120 mm", [("2", "count"), ("120 mm", "dimension")]),
        (r"$4\times\phi 6{,}6$", [(r"4\times\phi 6{,}6", "dimension")]),
        (r"$45^\circ \pm 1^{\circ}$", [(r"45^\circ \pm 1^{\circ}", "angle")]),
        (r"$\varnothing 38\,\mathrm{H7}$", [(r"\varnothing 38\,\mathrm{H7}", "dimension")]),
        (r'$1\frac{3}{8}$ in', [(r"1\frac{3}{8}$ in", "dimension")]),
        ("12\n^{\\circ}", [("12", "count")]),
        ("no values here", []),
    ],
)  # fmt: skip
def test_what_is_one_value(text: str, expected: list[tuple[str, str]]) -> None:
    assert parts(text) == expected


@pytest.mark.parametrize(
    ("text", "symbol"),
    [("a diameter of 38 mm", "Ø"), ("38 mm in diameter", "Ø"), ("Durchmesser von 38 mm", "Ø"),
     ("Außendurchmesser: 38", "Ø"), ("지름은 38 mm", "Ø"), ("직경 38mm", "Ø"),
     ("radius is 38 mm", "R"), ("Radius 38", "R"), ("반지름 38 mm", "R"), ("38 mm wide", None)],
)  # fmt: skip
def test_words_around_a_number_are_its_symbol(text: str, symbol: str | None) -> None:
    (value,) = find_values(text)
    assert (value.reading.symbol, value.reading.numbers) == (symbol, (Decimal(38),))


@pytest.mark.parametrize(
    ("text", "degrees"),
    [("30°15'", "30.25"), ("30° 15' 36\"", "30.26"), ("45도 30분", "45.5"), ("0°20'", "0.3333")],
)
def test_minutes_are_parts_of_a_degree(text: str, degrees: str) -> None:
    (value,) = find_values(text)
    assert (value.reading.numbers, value.reading.unit) == ((Decimal(degrees),), "°")


def test_offsets_are_utf16() -> None:
    text = "🔩 → Ø38 and 😀 12,5 mm"
    raw = text.encode("utf-16-le")
    values = find_values(text)
    assert [value.text for value in values] == ["Ø38", "12,5 mm"]
    for value in values:
        assert raw[2 * value.start : 2 * value.end].decode("utf-16-le") == value.text


@pytest.mark.parametrize(
    ("written", "values"),
    [("38", ["38"]), ("12,5", ["12.5"]), (".250", ["0.250"]), ("1,250", ["1.250", "1250"]),
     ("0,250", ["0.250"]), ("1,250.5", ["1250.5"]), ("1.250,5", ["1250.5"])],
)  # fmt: skip
def test_decimal_comma_and_point(written: str, values: list[str]) -> None:
    assert decimals(written) == tuple(Decimal(value) for value in values)


ANSWERS = (
    "The largest bore is **Ø38 H12** (view A-A), with 2× ⌀3,40 ± 0,10 holes.\nThe slot is 7.50 mm "
    "with a tolerance of +0.10/-0.20 and R11.30/11.20 next to it.",
    "1. Werkstoff S235JR, Maßstab 2:1.\n2. Durchmesser von 12,5 mm und 4× M6x1-6H, Fase 1×45°.",
    "| size | tol |\n|---|---|\n| 7.50 | +0.10/-0.20 |\n| 60.00 | ±0.10 |\nAll in mm.",
    "지름은 38mm입니다. 나사는 M10x1.5-6g이고 😀 공차는 ±0.1 mm입니다. 반지름 5 mm 구멍 4개.",
    'The length is 38 - 16 = 22 mm, ISO 2768-mK applies; 3/8" is 9.525 mm, 60 degrees, revision B.',
    "Limits 24.8 to 25.2 mm (25 mm ±0.2), 38 mm diameter and 5 mm radius; sheet 1 of 3.",
    "The thread M8 with a fine pitch of 1 mm, hardness HRC 58 to 62, M6 4개소이며 피치 1 mm입니다.",
    r"Bore $\varnothing 38\,\mathrm{H7}$, angle $30^\circ 15'$ and $1\,250{,}5\ \mathrm{mm}$ long.",
)


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_is_settled_never_changes(answer: str) -> None:
    whole = find_values(answer)
    for cut in range(len(answer) + 1):
        settled = settled_until(answer[:cut])
        early = [value for value in find_values(answer[:cut]) if value.end <= settled]
        assert early == [value for value in whole if value.end <= settled], answer[:cut]


@given(st.text(alphabet="38.,+-±/ ØRMxX°mHhg7(\n|*A기 🔩diamterofwith", max_size=80))
def test_any_text_settles(text: str) -> None:
    whole = find_values(text)
    for cut in range(0, len(text), 3):
        settled = settled_until(text[:cut])
        early = [value for value in find_values(text[:cut]) if value.end <= settled]
        assert early == [value for value in whole if value.end <= settled]


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_streamed_answer_gives_each_value_once(answer: str) -> None:
    rng = random.Random(7)  # noqa: S311
    for _ in range(20):
        reader, values, position = AnswerReader(), [], 0
        while position < len(answer):
            step = rng.randint(1, 9)
            values += reader.feed(answer[position : position + step])
            position += step
        values += reader.finish()
        assert values == find_values(answer)


def test_a_streamed_value_comes_before_the_end() -> None:
    reader = AnswerReader()
    assert reader.feed("The bore is Ø38") == []
    assert reader.feed(" H12 and the ") == []
    assert [value.text for value in reader.feed("slot measures ")] == ["Ø38 H12"]
    assert [value.text for value in reader.feed("7.50\n")] == ["7.50"]
    assert reader.finish() == []


@pytest.mark.parametrize("unit", ["1", "Ø1 ", "1x", "  ", "1/1", "(1 ", "+1/-1 "])
def test_endless_texts_are_read_too(unit: str) -> None:
    """A model in a loop must not stall the server: lines, gaps and numbers are bounded."""
    text = unit * 3000
    assert [value.text for value in find_values(text + "\nØ38 H12")][-1] == "Ø38 H12"
