"""Conversions keep the written precision; stack-ups are exact."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.engineering.engineering_errors import EngineeringError, NotUnderstood
from backend.engineering.stackup import Link, stack_up
from backend.engineering.units import convert


@pytest.mark.parametrize(
    ("quantity", "unit", "rounded"),
    [
        ("1.250 in", "mm", "31.75"),
        ("1.2500 in", "mm", "31.750"),
        ("1.25 in", "mm", "31.8"),
        ("1,250 Zoll", "mm", "31.75"),
        ('0.005"', "mm", "0.127"),
        ("±.005 in", "mm", "0.127"),
        ("0.001 in", "mm", "0.0254"),
        ("Ø1.250 in", "mm", "31.75"),
        ("30°15'", "deg", "30.25"),
        ("30° 15' 36\"", "deg", "30.2600"),
        ("1 in", "mm", "25.4"),
        ("25.4 mm", "in", "1.000"),
        ("31.75 mm", "in", "1.2500"),
        ("20 mm", "in", "0.787"),
        ("12,5 µm", "mm", "0.0125"),
        ("32 µin", "µm", "0.813"),
        ("3/8 in", "mm", "9.525"),
        ('1 1/4"', "mm", "31.75"),
        ("1-1/8 in", "mm", "28.575"),
        ("-0.2 mm", "µm", "-200"),
        ("−0,2 mm", "µm", "-200"),
        ("2 kg", "lb", "4.41"),
        ("2.00 kg", "lb", "4.41"),
        ("25 N·m", "lbf·ft", "18.4"),
        ("100 psi", "MPa", "0.689"),
        ("45 °", "rad", "0.785"),
    ],
)
def test_the_written_precision_is_kept(quantity: str, unit: str, rounded: str) -> None:
    assert str(convert(quantity, unit).rounded) == rounded


def test_the_exact_value_is_kept_too() -> None:
    assert convert("1.25 in", "mm").exact == Decimal("31.75")
    assert convert("25.4 mm", "in").exact == Decimal(1)


@pytest.mark.parametrize(
    ("quantity", "unit"),
    [("", "mm"), ("12", "mm"), ("1.2.3 in", "mm"), ("1 in", "kg"), ("1 in", "furlong"),
     ("1 furlong", "mm"), ("1/0 in", "mm"), ("10**9 in", "mm"), ("9" * 40 + " mm", "in"),
     ("1 mm; import", "in")],
)  # fmt: skip
def test_other_texts_are_refused(quantity: str, unit: str) -> None:
    with pytest.raises(NotUnderstood):
        convert(quantity, unit)


@given(st.decimals("0.001", "9999", places=3))
def test_a_round_trip_keeps_the_written_precision(value: Decimal) -> None:
    inches = convert(f"{value} mm", "in").rounded
    back = convert(f"{inches} in", "mm").exact
    assert abs(back - value) <= Decimal("0.001")


@given(st.text(alphabet="0123456789.,/-+ inmµ°\"'", max_size=15))
def test_any_text_is_answered_or_refused(text: str) -> None:
    try:
        assert convert(text, "mm").unit == "mm"
    except EngineeringError as error:
        assert str(error)


def test_worst_case_and_root_sum_of_squares() -> None:
    result = stack_up(
        [
            Link(Decimal(40), Decimal("0.1"), Decimal("-0.1")),
            Link(Decimal(10), Decimal("0.2"), Decimal("0"), -1),
            Link(Decimal(25), Decimal("0"), Decimal("-0.1"), -1),
        ]
    )
    assert result.nominal == 5
    assert (result.worst_smallest, result.worst_largest) == (Decimal("4.7"), Decimal("5.2"))
    middle, half = Decimal("4.95"), Decimal("0.15")  # √(0.1² + 0.1² + 0.05²)
    assert (result.rss_smallest, result.rss_largest) == (middle - half, middle + half)


@pytest.mark.parametrize("links", [[], [Link(Decimal(1), Decimal(-1), Decimal(1))],
                                   [Link(Decimal(1), Decimal(1), Decimal(0), 2)]])  # fmt: skip
def test_an_invalid_chain_is_refused(links: list[Link]) -> None:
    with pytest.raises(NotUnderstood):
        stack_up(links)
