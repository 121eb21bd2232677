"""Compares two sheets by their texts."""

from __future__ import annotations

from backend.compare.alignment import align
from backend.compare.changes import Change, Side, find_changes
from backend.sheet_answers.phrases import phrase
from backend.sheet_answers.reply import Reply
from backend.sheet_answers.sheet import Sheet

MOST_CHANGES = 25


def answer_difference(reply: Reply, old: Sheet, new: Sheet) -> None:
    """Report the changed, added and removed texts of the first pages; moved ones are ignored."""
    before, after = old.pages[0], new.pages[0]
    if not before.items or not after.items:
        reply.line(phrase(reply.language, "no_text"))
        return
    sizes = (int(before.width), int(before.height)), (int(after.width), int(after.height))
    alignment = align(before.items, after.items, *sizes)
    changes = [
        change
        for change in find_changes(before.items, after.items, alignment, sizes[1])
        if change.kind != "moved"
    ]
    if not changes:
        reply.line(phrase(reply.language, "same"))
    for change in changes[:MOST_CHANGES]:
        _change(reply, old, new, change)
    if len(changes) > MOST_CHANGES:
        reply.line(phrase(reply.language, "and_more", count=len(changes) - MOST_CHANGES))


def _change(reply: Reply, old: Sheet, new: Sheet, change: Change) -> None:
    sign = {"changed": "- ", "added": "- + ", "removed": "- − "}[change.kind]
    reply.line(sign)
    if change.kind != "added":
        _side(reply, old, change.old)
    if change.kind == "changed":
        reply.say(" → ")
    if change.kind != "removed":
        _side(reply, new, change.new)


def _side(reply: Reply, sheet: Sheet, side: Side) -> None:
    page = sheet.pages[0].page
    reply.cite(side.text or "", drawing=sheet.drawing, page=page, box=side.box)
    zone = sheet.zone_of(page, side.box)
    if zone:
        reply.say(phrase(reply.language, "in_zone", zone=zone))
