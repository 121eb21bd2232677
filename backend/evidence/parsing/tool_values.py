"""Collects the numbers of a tool's JSON result, with their units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from backend.evidence.parsing.value import Reading

_SUFFIXES = {"_um": "µm", "_mm": "mm", "_in": "in", "_kg": "kg", "_deg": "°"}
_PER_MM = {"mm": Decimal(1), "µm": Decimal("0.001")}
#: Keys that echo the question: a tool's input is not its result.
_ECHOES = {"designation", "quantity", "nominal", "nominal_mm", "shorter_side_mm", "class", "query"}


@dataclass(frozen=True, slots=True)
class Computed:
    """A tool's answer: `numbers` are (value, unit), `standards` the standards it names."""

    tool: str
    arguments: Mapping[str, Any]
    numbers: tuple[tuple[Decimal, str | None], ...]
    standards: tuple[str, ...] = field(default=())

    @staticmethod
    def from_tool(tool: str, arguments: Mapping[str, Any], result: Mapping[str, Any]) -> Computed:
        """Collect the numbers of a tool's JSON result; the end of a key names the unit."""
        numbers = tuple(_numbers(result, None))
        standard = result.get("standard")
        names = tuple(str(standard).split(", ")) if standard else ()
        return Computed(tool, arguments, numbers, names)

    def holds(self, reading: Reading) -> bool:
        """Whether every number of the value is one of these, exactly or correctly rounded."""
        if reading.kind == "reference" and reading.words:
            wanted = reading.words.casefold().replace(" ", "")
            return any(
                name.casefold().replace(" ", "").startswith(wanted) for name in self.standards
            )
        if reading.kind not in ("dimension", "tolerance", "number", "count", "angle"):
            return False
        if reading.symbol or reading.fit or reading.limits:
            return False
        signed = reading.kind == "tolerance"
        return self.holds_number(reading.numbers, reading.unit, signed) and self.holds_all(
            reading.tolerance, reading.unit
        )

    def holds_all(self, numbers: tuple[Decimal, ...] | None, unit: str | None) -> bool:
        """Whether each of the numbers is there; a zero always is."""
        return all(not number or self.holds_number((number,), unit) for number in numbers or ())

    def holds_number(
        self, readings: tuple[Decimal, ...], unit: str | None, signed: bool = True
    ) -> bool:
        """Whether one of the possible values of a written number is there.

        Not `signed`: a bare number may be a deviation of either sign.
        """
        return not readings or any(
            _same(one if signed else abs(one), unit, value if signed else abs(value), its)
            for one in readings
            for value, its in self.numbers
        )


def _same(written: Decimal, unit: str | None, value: Decimal, its: str | None) -> bool:
    if unit is None and its == "µm":  # 21 as well as 0.021
        return _same(written, "µm", value, its) or _same(written, "mm", value, its)
    if unit in _PER_MM and its in _PER_MM and unit != its:
        value = value * _PER_MM[its] / _PER_MM[unit]
    elif unit != its and unit is not None and its is not None:
        return False
    if written == value:
        return True
    exponent = written.as_tuple().exponent
    digits = len(written.as_tuple().digits)
    if not isinstance(exponent, int) or exponent >= 0 or digits < 3:
        return False
    return abs(written - value) * 2 <= Decimal(1).scaleb(exponent)


def _numbers(value: Any, unit: str | None) -> Iterator[tuple[Decimal, str | None]]:
    if isinstance(value, Mapping):
        named = value.get("unit")
        for key, part in value.items():
            if key in _ECHOES:
                continue
            suffix = next((its for end, its in _SUFFIXES.items() if key.endswith(end)), None)
            yield from _numbers(part, suffix or (named if isinstance(named, str) else unit))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _numbers(part, unit)
    elif isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            return
        if number.is_finite():
            yield number, unit
