"""Finds title block fields in the sheet's notes: material, finish, general tolerance.

A note's statement applies to the whole sheet, as a title block cell does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from backend.evidence.parsing.folding import fold
from backend.extraction.tables.block_tolerances import place_tolerances
from backend.extraction.tables.labels import label_and_rest
from backend.extraction.tables.sheet_notes import Note
from backend.extraction.tables.sheet_page import SheetPage
from backend.extraction.tables.table import Field
from backend.extraction.tables.title_forms import is_material

FROM_NOTES = "From the sheet's notes."
#: `Tolerance unless otherwise noted: +/- 0.25mm`, `Nicht tolerierte Maße ±0,1`.
_GENERAL = re.compile(
    r"(?i)(?:toleran(?:ces?|z\w*|ce|cia\w*|ser)|tolleranz\w*|tolerância\w*|untoleranced"
    r"|nicht tolerierte"
    r"|dimensions? (?:are|without)|公差)[^±+\d]{0,70}?"
    r"(?P<size>(?:±|\+\s?/\s?-|\+-)\s*(?:\d*[.,]\d+|\d+)\s*(?:mm|\"|in\b|inch(?:es)?)?)\s*\.?$"
)
_MOST_WORDS = 14


def noted_fields(page: SheetPage, notes: Iterable[Note]) -> dict[str, Field]:
    """Return fields by their notes; if two notes state the same field, neither is used."""
    found: dict[str, list[Field]] = {}
    for note in notes:
        for name, value in _said(note.text):
            found.setdefault(name, []).append(page.field(list(note.runs), value))
    return {
        name: _noted(fields[0])
        for name, fields in found.items()
        if len({field.value for field in fields}) == 1
    }


def _noted(field: Field) -> Field:
    return Field(field.value, "found", field.box, field.page, "note", FROM_NOTES)


def _said(text: str) -> Iterable[tuple[str, str]]:
    folded = fold(text)
    if len(text.split()) > _MOST_WORDS and not place_tolerances(folded):
        return
    split = label_and_rest(text)
    if (
        split is not None
        and split[0] in ("material", "finish")
        and (split[2] or is_material(split[1]))
    ):
        yield split[0], split[1].rstrip(".")
    if match := _GENERAL.search(folded):
        yield "general_tolerance", match["size"].strip()
    elif split is not None and split[0] == "general_tolerance" and re.search(r"\d", split[1]):
        yield "general_tolerance", split[1].rstrip(".")
