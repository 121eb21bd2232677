"""Answers questions about title block fields."""

from __future__ import annotations

import re
from collections.abc import Sequence

from backend.drawing import TextItem
from backend.extraction.tables.labels import TITLE_FIELDS
from backend.sheet_answers.names import capital, name_of
from backend.sheet_answers.phrases import phrase
from backend.sheet_answers.question import Question
from backend.sheet_answers.reply import Reply
from backend.sheet_answers.sheet import Sheet
from backend.sheet_answers.topics.nearest import deny, deny_or_offer_field
from backend.sheet_answers.topics.places import cite_item
from backend.sheet_answers.vocabulary.written import FIELD_VALUES

_VIEW_NAME = re.compile(
    r"\b(?P<kind>detail|section|view|schnitt|einzelheit|ansicht|단면|상세)\s+"
    r"(?P<name>[A-Z](?:\s?[-–]\s?[A-Z])?)(?!\w)",
    re.IGNORECASE,
)


def answer_fields(reply: Reply, sheet: Sheet, names: Sequence[str]) -> None:
    """Answer with the value of each field asked for; a single one without its name before it."""
    for name in names:
        cell = sheet.title(name)
        if cell is None:
            deny_or_offer_field(reply, sheet, name)
            continue
        reply.line(f"{capital(name_of(reply.language, name))}: " if len(names) > 1 else "")
        reply.cell(cell, sheet.drawing)
        if len(names) == 1:
            reply.say(f" ({name_of(reply.language, name)})")
        reply.qualify(cell)


def answer_all_fields(reply: Reply, sheet: Sheet) -> None:
    """List every field that has a value."""
    names = [name for name in TITLE_FIELDS if sheet.title(name) is not None]
    for name in names:
        cell = sheet.title(name)
        if cell is not None:
            reply.line(f"- {capital(name_of(reply.language, name))}: ")
            reply.cell(cell, sheet.drawing)
            reply.qualify(cell)
    if not names:
        what = name_of(reply.language, "title_block")
        if sheet.complete:
            deny(reply, "no_rows", what)
        else:
            reply.certain = False
            reply.line(phrase(reply.language, "no_rows_read", what=what))


def answer_view_scale(reply: Reply, sheet: Sheet, asked: Question) -> bool:
    """Answer with the scale of a view that has its own, such as detail A; False without one."""
    match = _VIEW_NAME.search(asked.text)
    if match is None or not asked.has("field", "scale"):
        return False
    place = _scale_of_view(sheet, match["name"].upper())
    if place is None:
        return False
    page, item = place
    reply.line()
    cite_item(reply, sheet, page, item)
    return True


def _scale_of_view(sheet: Sheet, name: str) -> tuple[int, TextItem] | None:
    """Return the text with a ratio that names the view, or is just below its name."""
    named = re.compile(
        rf"\b(?:detail|section|view|schnitt|einzelheit|ansicht)\s+{re.escape(name)}(?!\w)",
        re.IGNORECASE,
    )
    ratio = FIELD_VALUES["scale"]
    for page in sheet.pages:
        for item in page.items:
            if not named.search(item.text):
                continue
            if ratio.search(item.text):
                return page.page, item
            x, y, width, height = item.box
            for other in page.items:
                middle = other.box[0] + other.box[2] / 2
                below = 0 < other.box[1] - y < 3 * height and x - width < middle < x + 2 * width
                if below and ratio.search(other.text):
                    return page.page, other
    return None
