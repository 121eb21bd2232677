"""Lists the dimensions for inspection in the columns of AS9102 Form 3 (Rev. C).

The numbers are the form's own: fields 1 to 4 are the head, 5 to 12 the columns; limits, unit and
kind follow as extra columns. Measured results and decisions stay empty. The designator (field 7)
stays empty too: it marks key and critical characteristics, which a sheet's text does not identify.
The balloon numbers are the characteristic numbers.
"""

from __future__ import annotations

from collections.abc import Mapping

from backend.extraction.table_files import to_csv, to_xlsx
from backend.extraction.tables.table import Row, Table

COLUMNS = (
    "5. Characteristic Number",
    "6. Reference Location",
    "7. Characteristic Designator",
    "8. Requirement",
    "9. Results",
    "10. Designed / Qualified Tooling",
    "11. Nonconformance Number",
    "12. Additional Data / Comments",
    "Lower limit",
    "Upper limit",
    "Unit",
    "Kind",
)
_NUMERIC = ("5. Characteristic Number", "Lower limit", "Upper limit")
_UNCERTAIN = ("by_eye", "disputed", "not_found")


def form_rows(table: Table) -> list[list[str | None]]:
    """Return one line for each dimension; a dimension with a count is one line, as written."""
    return [_line(row) for row in table.rows]


def form_csv(table: Table) -> bytes:
    """Return the list as CSV."""
    return to_csv(COLUMNS, form_rows(table))


def form_xlsx(table: Table, title: Mapping[str, str | None]) -> bytes:
    """Return the list as a workbook; `title` has the title block's values by field."""
    above = [
        ("1. Part Number", title.get("number") or ""),
        ("2. Part Name", title.get("title") or ""),
        ("3. Serial Number", ""),
        ("4. FAIR Identifier", ""),
        ("Drawing revision", title.get("revision") or ""),
        (),
    ]
    return to_xlsx(
        "AS9102 Form 3",
        COLUMNS,
        form_rows(table),
        numeric=_NUMERIC,
        above=above,
        notes=table.notes,
    )


def _line(row: Row) -> list[str | None]:
    zone = row.value("zone")
    place = f"Sheet {row.page}" + (f", {zone}" if zone else "")
    by = row.value("tolerance_by") or ""
    remarks = [None if not by or by.startswith("stated") else f"Limits by {by}"]
    smallest = row.cells.get("smallest")
    if smallest is not None and smallest.value is None:
        remarks.append(smallest.note)
    if any(cell.status in _UNCERTAIN for cell in row.cells.values()):
        remarks.append("Read by eye: check on the sheet")
    return [
        row.value("number"),
        place,
        None,
        row.value("text"),
        None,
        None,
        None,
        "; ".join(remark for remark in remarks if remark) or None,
        row.value("smallest"),
        row.value("largest"),
        row.value("unit"),
        row.value("kind"),
    ]
