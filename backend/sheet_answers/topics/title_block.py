"""Questions about title block fields."""

from __future__ import annotations

from collections.abc import Sequence

from backend.extraction.tables.labels import TITLE_FIELDS
from backend.extraction.tables.table import Field
from backend.sheet_answers.phrases import name_of, phrase
from backend.sheet_answers.reply import Reply
from backend.sheet_answers.sheet import Sheet


def answer_fields(reply: Reply, sheet: Sheet, names: Sequence[str]) -> None:
    """The value of each field asked for, the first without its name when it is the only one."""
    missing = []
    for name in names:
        cell = sheet.title(name)
        if cell is None:
            missing.append(name)
            continue
        if len(names) > 1:
            reply.line(f"{_capital(name_of(reply.language, name))}: ")
        elif reply:
            reply.line()
        reply.cell(cell, sheet.drawing)
        if len(names) == 1:
            reply.say(f" ({name_of(reply.language, name)})")
        qualify(reply, cell)
    if missing:
        what = ", ".join(name_of(reply.language, name) for name in missing)
        key = "no_field" if sheet.complete else "no_field_read"
        reply.line(phrase(reply.language, key, what=what))


def answer_all_fields(reply: Reply, sheet: Sheet) -> None:
    """Every field that has a value."""
    names = [name for name in TITLE_FIELDS if sheet.title(name) is not None]
    for name in names:
        cell = sheet.title(name)
        if cell is not None:
            reply.line(f"- {_capital(name_of(reply.language, name))}: ")
            reply.cell(cell, sheet.drawing)
            qualify(reply, cell)
    if not names:
        key = "no_rows" if sheet.complete else "no_rows_read"
        what = {"en": "title block", "de": "Schriftfeld", "ko": "표제란"}[reply.language]
        reply.line(phrase(reply.language, key, what=what))


def qualify(reply: Reply, cell: Field) -> None:
    """Say where a weaker value comes from."""
    if cell.status in ("unsure", "disputed", "by_eye"):
        reply.say(phrase(reply.language, "unsure"))
    elif cell.source == "ocr":
        reply.say(phrase(reply.language, "recognised"))
    elif str(cell.source) == "note":
        reply.say(phrase(reply.language, "from_note"))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
