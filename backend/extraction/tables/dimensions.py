"""Builds the table of dimensions: each callout with its unit, its limits and their source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from backend.extraction.tables.callouts import Callout
from backend.extraction.tables.guards import doubt_of
from backend.extraction.tables.limits import Limits, limits_of
from backend.extraction.tables.sheet_page import SheetPage
from backend.extraction.tables.table import COLUMNS, Field, Row, Source, Table

ALSO_WRITTEN = "Also written as {alternate}."
NO_DIMENSIONS = "The sheet's text has no dimensions."


def dimension_table(
    page: SheetPage, found: Sequence[Callout], general: str | None, largest: float | None = None
) -> Table:
    """Return the dimensions with their limits, numbered from 1 in reading order.

    `general` is the sheet's general tolerance from its title block; `largest` is the longest size
    in millimetres that the sheet can show.
    """
    rows = []
    for number, callout in enumerate(found, 1):
        rows.append(dimension_row(page, callout, number, general, largest))
    notes = () if rows else (NO_DIMENSIONS,)
    return Table("dimensions", COLUMNS["dimensions"], tuple(rows), notes)


def dimension_row(
    page: SheetPage,
    callout: Callout,
    number: int,
    general: str | None,
    largest: float | None = None,
) -> Row:
    """Return one dimension with its limits."""
    unit = _unit(callout, page.unit)
    limits = limits_of(
        callout.reading, callout.kind, unit, general, callout.text, basic=callout.basic
    )
    cells = dict(_cells(page, callout, unit, limits, number))
    doubt = callout.doubt or doubt_of(callout.reading, limits, unit, largest)
    if doubt is not None:
        cells = {name: _doubted(name, cell, doubt) for name, cell in cells.items()}
    said = f"{callout.kind} {callout.text}"
    return Row(page.row_id("dim", said, callout.box), page.text.page, cells, callout.box)


#: The cells that decide a row's size.
_DECIDING = ("nominal", "smallest", "largest", "upper", "lower", "fit")


def _doubted(name: str, cell: Field, doubt: str) -> Field:
    return replace(cell, status="unsure", note=doubt) if name in _DECIDING else cell


def _unit(callout: Callout, unit: str | None) -> str | None:
    """Return the unit of the size; `unit` is that of the sheet's bare lengths."""
    if callout.kind == "roughness":
        return "µm"
    if callout.kind == "thread" and callout.reading.words is not None:
        return "in"  # 1/4-20 UNC, G 1/2
    return callout.reading.unit or ("°" if callout.kind == "angle" else unit)


#: Rules whose deviations come from a standard's table.
_STANDARD = re.compile(r"(?:ISO|DIN|EN|JIS|GB|KS|GOST|ГОСТ)\b")


def _cells(
    page: SheetPage, callout: Callout, unit: str | None, limits: Limits, number: int
) -> Iterator[tuple[str, Field]]:
    reading = callout.reading
    read_off = {"box": callout.box, "page": page.text.page, "source": callout.source}

    rule: Source = "standard" if _STANDARD.match(limits.by or "") else "computed"

    def found(value: str | None) -> Field:
        return Field(value, "found", **read_off)  # type: ignore[arg-type]

    def computed(value: Decimal | None, note: str | None) -> Field:
        if value is None:
            return Field(None, "missing", callout.box, page.text.page, None, note)
        return Field(plain(value), "computed", callout.box, page.text.page, rule, note)

    yield "number", Field(str(number), "computed", callout.box, page.text.page, "computed")
    zone = None if callout.box is None else page.zones.at(callout.box)
    if zone is not None:
        yield "zone", Field(zone, "computed", callout.box, page.text.page, "computed")
    yield "count", found(str(reading.count or 1))
    yield "kind", found(callout.kind)
    yield "nominal", found(_nominal(callout))
    if unit is not None:
        yield "unit", found(unit)
    if reading.tolerance is not None and limits.upper is not None and limits.lower is not None:
        yield "upper", found(signed(limits.upper))
        yield "lower", found(signed(limits.lower))
    elif limits.upper is not None and limits.lower is not None:
        yield "upper", Field(signed(limits.upper), "computed", source=rule, note=limits.by)
        yield "lower", Field(signed(limits.lower), "computed", source=rule, note=limits.by)
    if reading.fit is not None:
        yield "fit", found(reading.fit)
    elif reading.thread_class is not None:
        yield "fit", found(reading.thread_class)
    if limits.by == "stated limits":
        yield "smallest", found(f"{limits.smallest}")
        yield "largest", found(f"{limits.largest}")
    elif limits.by is not None or limits.note is not None:
        yield "smallest", computed(limits.smallest, limits.note or limits.by)
        yield "largest", computed(limits.largest, limits.note or limits.by)
    if limits.by is not None:
        yield "tolerance_by", Field(limits.by, "computed", source=rule)
    if callout.alternate is not None:
        note = ALSO_WRITTEN.format(alternate=callout.alternate)
        yield "text", replace(found(callout.text), note=note)
    else:
        yield "text", found(callout.text)


def _nominal(callout: Callout) -> str | None:
    reading = callout.reading
    if reading.limits is not None:
        return None
    if not reading.numbers:
        return reading.words
    size = f"{reading.numbers[0]:f}"
    return f"{size}x{reading.pitch:f}" if reading.pitch is not None else size


def plain(value: Decimal) -> str:
    """Format a size the usual way, with no more zeros than were written."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if text.endswith("000") and "." in text else text


def signed(value: Decimal) -> str:
    """Format a deviation with its sign; zero has none."""
    if value == 0:
        return "0"
    return f"{plain(value)}" if value < 0 else f"+{plain(value)}"
