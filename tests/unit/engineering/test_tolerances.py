"""ISO 2768-1 against two published transcriptions (values typed from them, not from the table)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from backend.engineering.engineering_errors import NotUnderstood, OutsideTables
from backend.engineering.tolerances import Feature, general_tolerance

_BANDS = (("0.5", "3"), ("3.01", "6"), ("6.01", "30"), ("30.01", "120"), ("120.01", "400"),
          ("400.01", "1000"), ("1000.01", "2000"), ("2000.01", "4000"))  # fmt: skip


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("f", (0.05, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, None)),
        ("m", (0.1, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2)),
        ("c", (0.2, 0.3, 0.5, 0.8, 1.2, 2, 3, 4)),
        ("v", (None, 0.5, 1, 1.5, 2.5, 4, 6, 8)),
    ],
)
def test_linear(name: str, published: tuple[float | None, ...]) -> None:
    for band, value in zip(_BANDS, published, strict=True):
        for edge in band:
            if value is None:
                with pytest.raises(OutsideTables):
                    general_tolerance(Decimal(edge), name)
            else:
                result = general_tolerance(Decimal(edge), name)
                assert (float(result.deviation), result.unit) == (value, "mm")


@pytest.mark.parametrize("name", "fmcv")
def test_radii_and_chamfers(name: str) -> None:
    expected = ("0.2", "0.5", "1") if name in "fm" else ("0.4", "1", "2")
    for size, value in zip(("3", "6", "6.1"), expected, strict=True):
        assert general_tolerance(Decimal(size), name, "radius").deviation == Decimal(value)


@pytest.mark.parametrize(
    ("name", "minutes"),
    [("f", (60, 30, 20, 10, 5)), ("m", (60, 30, 20, 10, 5)), ("c", (90, 60, 30, 15, 10)),
     ("v", (180, 120, 60, 30, 20))],
)  # fmt: skip
def test_angles_by_their_shorter_side(name: str, minutes: tuple[int, ...]) -> None:
    for side, value in zip((10, 50, 120, 400, 401), minutes, strict=True):
        result = general_tolerance(Decimal(side), name, "angle")
        assert (result.deviation, result.unit) == (value, "'")


@pytest.mark.parametrize("text", ["m", "mK", "ISO 2768-m", "ISO 2768-1 m", "DIN ISO 2768-mK",
                                  "ISO 2768 - mH", "DIN EN ISO 2768-m", "mittel", "medium",
                                  "ISO 2768 Mittel"])  # fmt: skip
def test_classes_as_written_in_title_blocks(text: str) -> None:
    assert general_tolerance(Decimal(25), text).deviation == Decimal("0.2")


@pytest.mark.parametrize("text", ["", "x", "M", "mm", "g", "K"])
def test_other_classes_are_not_understood(text: str) -> None:
    with pytest.raises(NotUnderstood):
        general_tolerance(Decimal(25), text)


@pytest.mark.parametrize(
    ("size", "name", "feature"),
    [("0.49", "m", "linear"), ("4001", "m", "linear"), ("2000.5", "f", "linear"),
     ("0.4", "c", "radius"), ("0", "m", "angle"), ("25", "ISO 22081", "linear")],
)  # fmt: skip
def test_outside_the_tables_is_refused(size: str, name: str, feature: Feature) -> None:
    with pytest.raises(OutsideTables):
        general_tolerance(Decimal(size), name, feature)
