"""Different spellings of the same dimension compare equal; different dimensions do not."""

from __future__ import annotations

import pytest

from backend.evidence.index.search_text import contains, normalise, reads_as


@pytest.mark.parametrize(
    "spellings",
    [
        ("Ø38 H12", "⌀38H12", "ø 38 h12", "∅38\u2009H12"),
        ("Ø21,5±0,1", "⌀21.5 ± 0.1", "Ø 21,5 +0,1/-0,1", "Ø21.5 +/-0.1", "ø21,5 +0.1 / −0.10"),
        ("2x Ø8,80 H8", "2×⌀8.80H8", "2 X Ø 8.80 H8"),
        ("45°", "45 º", "45˚"),
        ("R8.05", "R 8,05"),
        ("M6", "m 6"),
        ("60.00 ±0.10", "60,00\u00a0±\u202f0,10"),
        (
            "7.50 +0.10/-0.20",
            "7,50 +0,10 / −0,20",
            "7.50 +0.10 -0.20",
            "７．５０ ＋０．１０／－０．２０",
        ),
        ("20 0/-0.021", "20 0 -0.021", "20 0 / −0,021"),
        ("20 +0.021/0", "20 +0.021 0", "20 +0,021 / 0"),
        ("20 +0.30/+0.10", "20 +0.30 +0.10"),
        ("General  Notes", "GENERAL\u00adNOTES".replace("\u00ad", " ")),
    ],
)
def test_spellings_compare_equal(spellings: tuple[str, ...]) -> None:
    assert len({normalise(each) for each in spellings}) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("7.50 +0.10/-0.20", "7.50 ±0.10"),
        ("20 +0.021/0", "20 +0.021 0.5"),
        ("H7/g6", "H7 g6"),
        ("1 2", "12"),
        ("Ø38", "38"),
        ("-0.2", "0.2"),
        ("R5", "5"),
        ("20 H7", "20 H8"),
        ("10 mm", "10mm2"),
    ],
)
def test_different_texts_stay_different(first: str, second: str) -> None:
    assert normalise(first) != normalise(second)


def test_contains() -> None:
    assert contains("2x 3.40 ±0.10", "3,40±0,10")
    assert contains("Ljushållare HT2022", "LJUSHÅLLARE")
    assert not contains("60.00", "60,01")
    assert not contains("anything", "  ")


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("2x 3.40 ±0.10", "Ø3,40"),
        ("2x 3.40 ±0.10", "Ø3.4"),
        ("2x 3.40 ±0.10", "2× Ø3,40 ± 0,10"),
        ("(38 H12)", "⌀38 H12"),
        ("R11.30/11.20", "R 11,20"),
        ("Ø20.1/19.9", "ø19.9"),
    ],
)
def test_a_drawn_symbol_may_be_left_out(text: str, query: str) -> None:
    assert not contains(text, query)
    assert reads_as(text, query)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("R3.40", "Ø3.40"),
        ("M3", "Ø3"),
        ("30", "Ø3"),
        ("3.40", "Ø3"),
        ("13.40", "Ø3.40"),
        ("2x 3.40", "Ø2"),
        ("Sheet 3 of 3", "Ø3"),
        ("3.45", "Ø3.4"),
        ("R11.30/11.20", "Ø11.20"),
        ("60.00", "R60.00"),
        ("60.00", " "),
    ],
)
def test_another_symbol_or_number_is_not_read(text: str, query: str) -> None:
    assert not reads_as(text, query)
