"""The table that an extraction returns; every field has its source. Plain values.

Boxes are in canvas pixels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from backend.geometry import Box

Kind = Literal[
    "title_block", "bom", "dimensions", "part_numbers", "notes", "revisions", "views", "text"
]
KINDS: tuple[Kind, ...] = (
    "title_block", "bom", "dimensions", "part_numbers", "notes", "revisions", "views", "text",
)  # fmt: skip

#: The grades of evidence, and: `missing`, the sheet's text has none; `disputed`, the model reads
#: something else; `corrected`, a person wrote it; `unsure`, it was read, but its parts do not fit
#: together.
Status = Literal[
    "found", "computed", "by_eye", "not_found", "disputed", "missing", "corrected", "unsure"
]  # fmt: skip
Source = Literal[
    "vector", "ocr", "model", "computed", "person", "symbol", "markup", "note", "standard"
]


@dataclass(frozen=True, slots=True)
class Field:
    """One value. `note` explains it: the rule it was computed by, or what the model reads.

    For a corrected value, `was` is the previous value, `by` and `at` (UTC seconds since 1970) are
    the author and time of the correction.
    """

    value: str | None
    status: Status
    box: Box | None = None
    page: int | None = None
    source: Source | None = None
    note: str | None = None
    was: str | None = None
    by: str | None = None
    at: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the field as the contract defines it."""
        box = None if self.box is None else [round(part, 1) for part in self.box]
        values: dict[str, Any] = {
            "value": self.value,
            "status": self.status,
            "box": box,
            "page": self.page,
            "source": self.source,
        }
        if self.note is not None:
            values["note"] = self.note
        if self.by is not None:
            values |= {"was": self.was, "by": self.by, "at": self.at}
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Field:
        """Restore from `to_json`."""
        box = values["box"]
        known = {name: values.get(name) for name in _PLAIN}
        return cls(**known, box=None if box is None else Box(*box))  # type: ignore[arg-type]


_PLAIN = ("value", "status", "page", "source", "note", "was", "by", "at")


@dataclass(frozen=True, slots=True)
class Row:
    """A row. `id` is the same for the same thing on the sheet, however often it is extracted."""

    id: str
    page: int
    cells: Mapping[str, Field]
    box: Box | None = None

    def value(self, column: str) -> str | None:
        """Return a cell's value; None if there is none."""
        cell = self.cells.get(column)
        return cell.value if cell else None

    def with_cell(self, column: str, cell: Field) -> Row:
        """Return the row with one cell changed."""
        return replace(self, cells={**self.cells, column: cell})

    def to_json(self) -> dict[str, Any]:
        box = None if self.box is None else [round(part, 1) for part in self.box]
        cells = {name: cell.to_json() for name, cell in self.cells.items()}
        return {"id": self.id, "page": self.page, "box": box, "cells": cells}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Row:
        """Restore from `to_json`."""
        cells = {name: Field.from_json(cell) for name, cell in values["cells"].items()}
        box = values["box"]
        return cls(values["id"], values["page"], cells, None if box is None else Box(*box))


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under `columns`. `notes` are sentences about the whole: what is missing, and why.

    `model` is true if a model's reading went into it. `markdown` is the transcript's text.
    """

    kind: Kind
    columns: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()
    model: bool = False
    markdown: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the table as the route sends and stores it."""
        values: dict[str, Any] = {
            "kind": self.kind,
            "columns": list(self.columns),
            "rows": [row.to_json() for row in self.rows],
            "notes": list(self.notes),
            "model": self.model,
        }
        return values if self.markdown is None else {**values, "markdown": self.markdown}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Table:
        """Restore from `to_json`."""
        return cls(
            values["kind"],
            tuple(values["columns"]),
            tuple(Row.from_json(row) for row in values["rows"]),
            tuple(values["notes"]),
            values["model"],
            values.get("markdown"),
        )


#: The columns of each kind. The names are the API's; the page and the exports translate them.
COLUMNS: dict[Kind, tuple[str, ...]] = {
    "title_block": ("field", "value"),
    "bom": ("item", "quantity", "description", "part_number", "standard", "material", "mass",
            "remark"),
    "dimensions": ("number", "zone", "count", "kind", "nominal", "unit", "upper", "lower", "fit",
                   "smallest", "largest", "tolerance_by", "text"),
    "part_numbers": ("number", "role", "description"),
    "notes": ("number", "text"),
    "revisions": ("revision", "zone", "description", "date", "name"),
    "views": ("name", "kind", "zone"),
    "text": ("text", "zone"),
}  # fmt: skip
#: Columns that are numeric in a spreadsheet.
NUMERIC = {"quantity", "count", "nominal", "upper", "lower", "smallest", "largest"}


def _with_own_ids(rows: Iterable[Row]) -> Iterator[Row]:
    """Make ids unique if the same text occurs twice at one place."""
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row.id] += 1
        yield row if seen[row.id] == 1 else replace(row, id=f"{row.id}.{seen[row.id]}")


def joined(kind: Kind, pages: Sequence[Table]) -> Table:
    """Join the tables of several pages."""
    markdown = [page.markdown for page in pages if page.markdown is not None]
    notes = list(dict.fromkeys(note for page in pages for note in page.notes))
    return Table(
        kind,
        COLUMNS[kind],
        tuple(_with_own_ids(row for page in pages for row in page.rows)),
        tuple(notes),
        any(page.model for page in pages),
        "\n".join(markdown) if markdown else None,
    )
