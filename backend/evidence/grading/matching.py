"""Compares a value of an answer with a callout of the sheet. Pure comparison of readings.

A symbol missing on the sheet (it is often drawn, not written) is no mismatch, a different one is. A
nominal size with its tolerance matches as a whole or not at all.
"""

from __future__ import annotations

from decimal import Decimal

from backend.engineering.thread_tables import COARSE_PITCH
from backend.evidence.parsing.value import Reading

#: Units that a sheet may omit; every other unit has to be written there.
_LENGTHS = ("mm", "in")
_IN_HEADS = ("kg", "g", "lb")
#: From this value on, `20x30` is an area rather than 20 pieces.
_FEWEST_IN_AREA = 10
#: An inch is divided into halves, down to 64ths.
_INCH_PARTS = (2, 4, 8, 16, 32, 64)


def says(answer: Reading, sheet: Reading, sheet_unit: str | None = None) -> bool:
    """Whether `sheet` contains all of `answer`. `sheet_unit` is the unit of its bare lengths."""
    if answer.kind == "thread" or sheet.kind == "thread":
        return _says_thread(answer, sheet)
    if answer.kind in ("roughness", "chamfer"):
        return _says_special(answer, sheet)
    if answer.kind == "tolerance":
        return _says_tolerance(answer, sheet)
    if answer.kind == "fit":
        return _same_fit(answer.fit, sheet.fit)
    if "ratio" in (answer.kind, sheet.kind) and sheet_unit != "mm" and fraction(answer):
        return fraction(answer) == fraction(sheet)
    if answer.kind == "ratio":
        return sheet.kind == "ratio" and sheet.words == answer.words
    return _says_size(answer, sheet, sheet_unit)


def _says_size(answer: Reading, sheet: Reading, sheet_unit: str | None) -> bool:
    if answer.kind in ("number", "count") and _names_a_part(answer, sheet):
        return True
    if sheet.kind in ("tolerance", "ratio", "roughness", "fit", "reference", "material"):
        return _is_length_of_tolerance(answer, sheet)
    if _is_side_of_area(answer, sheet):
        return True
    if not set(answer.numbers) & {*sheet.numbers, *(sheet.limits or ())}:
        return _is_length_of_tolerance(answer, sheet)
    return (
        _same_symbol(answer, sheet)
        and _same_unit(answer, sheet, sheet_unit)
        and (answer.tolerance is None or answer.tolerance == sheet.tolerance)
        and (answer.limits is None or answer.limits == sheet.limits)
        and (answer.fit is None or _same_fit(answer.fit, sheet.fit))
        and (answer.count is None or answer.count == sheet.count)
    )


def fraction(reading: Reading) -> Decimal | None:
    """Return the inches of `3/8"`, or of `3/8` with a drawn or omitted inch mark."""
    if reading.kind == "dimension" and reading.unit == "in" and reading.tolerance is None:
        return reading.numbers[0] if reading.numbers else None
    top, stroke, bottom = (reading.words or "").partition("/")
    if reading.kind != "ratio" or not stroke or int(bottom) not in _INCH_PARTS:
        return None
    return Decimal(top) / Decimal(bottom)


def _names_a_part(answer: Reading, sheet: Reading) -> bool:
    """Whether a bare number is any number of the callout: its count, its tolerance, its angle."""
    parts: set[Decimal] = set(sheet.numbers)
    parts.update(sheet.tolerance or (), sheet.limits or ())
    parts.update(abs(part) for part in sheet.tolerance or ())
    parts.update(Decimal(part) for part in (sheet.count, sheet.angle, sheet.pitch) if part)
    return bool(parts & set(answer.numbers)) and sheet.kind != "ratio"


def _is_length_of_tolerance(answer: Reading, sheet: Reading) -> bool:
    """`a tolerance of 0.1 mm` matches ±0.1 on the sheet; never a diameter or a radius."""
    if answer.symbol or answer.tolerance or answer.limits or answer.fit or answer.count:
        return False
    if answer.unit not in (None, *_LENGTHS) or sheet.unit not in (None, answer.unit):
        return False
    if sheet.kind == "roughness":
        return False
    parts = {abs(part) for part in (*(sheet.tolerance or ()), *_single(sheet))}
    return bool(parts & set(answer.numbers))


def _is_side_of_area(answer: Reading, sheet: Reading) -> bool:
    """`20 mm` matches 20x30 on the sheet."""
    whole = answer.tolerance or answer.limits or answer.fit or answer.count or answer.symbol
    if whole or sheet.symbol or (sheet.count or 0) < _FEWEST_IN_AREA:
        return False
    return answer.unit in (None, "mm", "in") and Decimal(sheet.count or 0) in answer.numbers


def _single(reading: Reading) -> tuple[Decimal, ...]:
    return reading.numbers if reading.kind == "tolerance" else ()


def _same_symbol(answer: Reading, sheet: Reading) -> bool:
    if sheet.kind == "chamfer":  # the length of a chamfer has no symbol of a circle
        return answer.symbol in (None, "C") and answer.unit != "°"
    if answer.symbol is None or sheet.symbol is None or answer.symbol == sheet.symbol:
        return True
    return (answer.symbol, sheet.symbol) in (("Ø", "SØ"), ("R", "SR"))


def _same_unit(answer: Reading, sheet: Reading, sheet_unit: str | None) -> bool:
    unit = answer.unit
    if unit is None:  # a size without a unit in an answer is a length
        return answer.kind != "dimension" or sheet.unit in (None, *_LENGTHS)
    if unit == sheet.unit:
        return True
    if sheet.unit is not None:
        return False
    if unit in _LENGTHS:
        return sheet_unit in (None, unit)
    if unit == "°":  # the small circle is often drawn; a size with a symbol is no angle
        return sheet.symbol is None and sheet.fit is None
    # in a table the unit is in the column heading, or before the value
    return unit in _IN_HEADS and sheet.kind == "number"


def _same_fit(answer: str | None, sheet: str | None) -> bool:
    """Whether one class of a fit pair matches."""
    if answer is None or sheet is None:
        return False
    return answer == sheet or ("/" not in answer and answer in sheet.split("/"))


def _says_tolerance(answer: Reading, sheet: Reading) -> bool:
    if answer.unit not in (None, "mm", "in", sheet.unit):
        return False
    if answer.tolerance is not None:
        return answer.tolerance == sheet.tolerance
    return bool(set(answer.numbers) & {*(sheet.tolerance or ()), *_single(sheet)})


def _says_special(answer: Reading, sheet: Reading) -> bool:
    if answer.kind != sheet.kind:
        # the letters of a roughness may be drawn; a chamfer C1 may be written 1x45°
        plain = sheet.kind == "number" and answer.kind == "roughness"
        return plain and bool(set(answer.numbers) & set(sheet.numbers))
    if not set(answer.numbers) & set(sheet.numbers):
        return False
    if answer.kind == "roughness":
        return answer.symbol == sheet.symbol
    angles = [45 if one.symbol == "C" else one.angle for one in (answer, sheet)]
    return angles[0] == angles[1] and answer.count in (None, sheet.count)


def _says_thread(answer: Reading, sheet: Reading) -> bool:
    if answer.kind != "thread":
        return answer.kind in ("number", "count") and _names_a_part(answer, sheet)
    if sheet.kind != "thread" or answer.symbol != sheet.symbol or answer.words != sheet.words:
        return False
    if set(answer.numbers).isdisjoint(sheet.numbers) and answer.numbers != sheet.numbers:
        return False
    if _pitch(answer) is not None and sheet.pitch is not None and _pitch(answer) != sheet.pitch:
        return False  # M8 alone has the coarse pitch, so it is not M8x1
    if answer.pitch is not None and answer.pitch != _pitch(sheet):
        return False
    if answer.thread_class is not None and answer.thread_class != sheet.thread_class:
        return False
    return answer.count in (None, sheet.count)


def _pitch(thread: Reading) -> Decimal | None:
    """Return the written pitch, or the coarse one of a metric thread without pitch."""
    if thread.pitch is None and thread.symbol == "M" and thread.numbers:
        return COARSE_PITCH.get(thread.numbers[0])
    return thread.pitch
