"""Selects the dimensions and fields of a sheet that a question is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from backend.evidence.parsing.value import Reading
from backend.extraction.tables.table import Row
from backend.geometry import Box
from backend.sheet_answers.question import Question
from backend.sheet_answers.sheet import Sheet, inside
from backend.sheet_answers.topics import dimension_questions as dimensions
from backend.sheet_answers.vocabulary.written import DRAWN_PARTS

_KINDS = {"Ø": ("diameter", "spherical diameter"), "R": ("radius", "spherical radius")}
_VIEW = re.compile(
    r"\b(?:view|section|detail|ansicht|schnitt|einzelheit|단면|뷰)\s+([A-Z](?:\s?[-–]\s?[A-Z])?)(?!\w)"
)


def features_of(asked: Question) -> list[str]:
    """Return the features asked about; all dimensions if only a measure is named."""
    features = asked.names("feature")
    if not features and asked.language == "de" and _swiss(asked):
        return ["dimension"]
    if features:
        if "radius" in features and "chamfer" not in features and len(features) > 1:
            return [one for one in features if one != "dimension"]
        return features
    if asked.has("measure", "tightest"):
        return ["dimension"]
    plain = not asked.names("field") and not asked.names("topic")
    if asked.has("measure", "largest", "smallest") and plain:
        return ["dimension"]
    return []


def fields_of(asked: Question) -> list[str]:
    """Return the title block fields asked about, without those whose words belong to
    another topic.
    """
    fields = asked.names("field")
    if asked.has("topic", "overview"):
        fields = [name for name in fields if name != "sheet"]
    if asked.language == "de" and asked.has("measure", "largest", "smallest", "all"):
        # without ß, as in Switzerland: das grösste Mass
        fields = [name for name in fields if name != "mass" or not _swiss(asked)]
    if asked.values:
        fields = [name for name in fields if name != "units"]
    if asked.has("feature", "roughness") and "finish" in fields and len(fields) == 1:
        fields = []
    return fields


def _swiss(asked: Question) -> bool:
    return any(word.folded in ("mass", "masse") for word in asked.words) and asked.has(
        "measure", "largest", "smallest"
    )


def unexplained(asked: Question, sheet: Sheet) -> list[str]:
    """Return the words that narrow the question in a way the text cannot answer: `left` of the left
    hole.

    A word for the drawn part itself narrows nothing.
    """
    return [word for word in asked.unknown if not _names_the_part(word, sheet)]


def _names_the_part(word: str, sheet: Sheet) -> bool:
    folded = word.casefold().removesuffix("'s").removesuffix("’s")
    forms = {folded, folded.removesuffix("s"), folded.removesuffix("의"), folded.removesuffix("en")}
    title = sheet.title("title")
    text = (title.value or "").casefold() if title else sheet.words
    if any(form in text for form in forms if len(form) > 3):
        return True
    for group in DRAWN_PARTS:
        if forms & group and any(re.search(rf"{part}", text) for part in group):
            return True
    return False


def named_rows(sheet: Sheet, asked: Question) -> list[Row]:
    """Return the dimensions that the question names by their value, such as `Ø20 H7` or 20."""
    rows = sheet.rows("dimensions")
    found = [
        row
        for span in asked.values
        if span.reading.kind not in ("count", "ratio", "reference", "material")
        for row in rows
        if _is(span.reading, row)
    ]
    if not found and not asked.item:
        found = [row for number in asked.numbers for row in rows if _measures(row, number)]
    features = asked.names("feature")
    kinds = [one for one in features if one not in ("tolerance", "limits", "fit", "dimension")]
    narrowed = dimensions.rows_of(sheet, kinds, found) if kinds and found else found
    return list({row.id: row for row in narrowed or found}.values())


def _measures(row: Row, number: Decimal) -> bool:
    return dimensions.decimal(row.value("nominal")) == number


def _is(reading: Reading, row: Row) -> bool:
    if reading.kind == "thread":
        return row.value("kind") == "thread" and _same_thread(reading, row)
    nominal = dimensions.decimal(row.value("nominal"))
    if nominal is None or nominal not in reading.numbers:
        return False
    if reading.fit and reading.fit != row.value("fit"):
        return False
    kinds = _KINDS.get(reading.symbol or "")
    return kinds is None or row.value("kind") in kinds or row.value("kind") == "linear"


def _same_thread(reading: Reading, row: Row) -> bool:
    size, _, pitch = (row.value("nominal") or "").partition("x")
    if dimensions.decimal(size) not in reading.numbers:
        return False
    return reading.pitch is None or not pitch or dimensions.decimal(pitch) == reading.pitch


def in_view(sheet: Sheet, asked: Question, rows: Sequence[Row]) -> tuple[str | None, list[Row]]:
    """Return the view that the question names, and the rows in it; all rows if it names none."""
    match = _VIEW.search(asked.text)
    if match is None:
        return None, list(rows)
    name = re.sub(r"\s", "", match[1]).replace("–", "-")
    for view in sheet.rows("views"):
        said = re.sub(r"\s", "", view.value("name") or "").replace("–", "-")
        if view.box is not None and re.search(rf"(?<![A-Z]){re.escape(name)}(?![A-Z])", said):
            return name, inside(rows, view.page, Box(*view.box))
    return name, []
