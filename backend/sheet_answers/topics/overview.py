"""Describes a drawing from its text."""

from __future__ import annotations

from collections import Counter

from backend.sheet_answers.names import name_of
from backend.sheet_answers.phrases import phrase
from backend.sheet_answers.reply import Reply
from backend.sheet_answers.sheet import Sheet

_FIELDS = ("number", "revision", "material", "scale", "size", "general_tolerance")
_KINDS = {
    "linear": "linear", "diameter": "diameter", "radius": "radius", "thread": "thread",
    "angle": "angle", "chamfer": "chamfer", "geometric": "geometric", "roughness": "roughness",
}  # fmt: skip


def answer_overview(reply: Reply, sheet: Sheet) -> None:
    """Answer with title, number, material, scale, views and the number of dimensions of
    each kind.
    """
    language = reply.language
    title = sheet.title("title")
    reply.line(phrase(language, "overview"))
    if title is not None:
        reply.cell(title, sheet.drawing)
        reply.qualify(title)
    else:
        reply.say(phrase(language, "untitled"))
    reply.say(".")
    for name in _FIELDS:
        cell = sheet.title(name)
        if cell is not None:
            word = name_of(language, name)
            reply.line(f"- {word[:1].upper()}{word[1:]}: ")
            reply.cell(cell, sheet.drawing)
            reply.qualify(cell)
    views = [
        row for row in sheet.rows("views") if row.value("kind") in ("view", "section", "detail")
    ]
    if views:
        reply.line("- " + phrase(language, "views"))
        for number, row in enumerate(views[:8]):
            reply.say(", " if number else "")
            reply.cell(row.cells["name"], sheet.drawing)
    counts = Counter(_KINDS[kind] for row in sheet.rows("dimensions")
                     if (kind := row.value("kind")) in _KINDS)  # fmt: skip
    if counts:
        each = ", ".join(f"{name_of(language, kind)}: {n}" for kind, n in counts.most_common())
        reply.line("- " + phrase(language, "dimensions") + each)
    items = len(sheet.rows("bom"))
    if items:
        reply.line("- " + phrase(language, "items", count=items).rstrip(":"))
    if sheet.recognised:
        reply.line(phrase(language, "maybe_missing"))
