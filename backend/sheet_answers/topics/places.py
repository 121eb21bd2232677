"""Answers questions about places: the place of a text, and the texts in a zone or a
marked region.
"""

from __future__ import annotations

from collections.abc import Sequence

from backend.drawing import TextItem
from backend.evidence.index.search_text import contains, reads_as
from backend.geometry import Box
from backend.sheet_answers.phrases import phrase
from backend.sheet_answers.reply import Reply
from backend.sheet_answers.sheet import Sheet

MOST_PLACES = 12
MOST_TEXTS = 40


def answer_where(reply: Reply, sheet: Sheet, wanted: str) -> bool:
    """List every place of a text; False if it was not found (the reply reports it)."""
    found = find(sheet, wanted)
    if not found:
        reply.denies = sheet.complete
        key = "not_found" if sheet.complete else "not_found_read"
        reply.line(phrase(reply.language, key, what=wanted))
        return False
    for page, item in found[:MOST_PLACES]:
        reply.line("- " if len(found) > 1 else "")
        cite_item(reply, sheet, page, item)
        zone = sheet.zone_of(page, item.box)
        if zone:
            reply.say(phrase(reply.language, "in_zone", zone=zone))
        if len(sheet.pages) > 1 or not zone:
            reply.say(phrase(reply.language, "on_page", page=page))
    if len(found) > MOST_PLACES:
        reply.line(phrase(reply.language, "and_more", count=len(found) - MOST_PLACES))
    return True


def answer_zone(reply: Reply, sheet: Sheet, zone: str) -> None:
    """List the texts in a zone of the frame."""
    place = sheet.zone_box(zone)
    if place is None:
        reply.line(phrase(reply.language, "no_zone", zone=zone))
        return
    page, box = place
    texts = sheet.items_in(page, box)
    if not texts:
        reply.line(phrase(reply.language, "zone_empty", zone=zone))
        return
    reply.line(phrase(reply.language, "zone_has", zone=zone))
    _texts(reply, sheet, page, texts)


def answer_region(reply: Reply, sheet: Sheet, page: int, box: Box) -> None:
    """List the texts in a marked rectangle."""
    texts = sheet.items_in(page, box)
    if not texts:
        reply.line(phrase(reply.language, "region_empty"))
        return
    reply.line(phrase(reply.language, "region_has"))
    _texts(reply, sheet, page, texts)


def find(sheet: Sheet, wanted: str) -> list[tuple[int, TextItem]]:
    """Return page and item of every text that contains `wanted`, else of those that read as it."""
    for matches in (contains, reads_as):
        found = [
            (page.page, item)
            for page in sheet.pages
            for item in page.items
            if matches(item.text, wanted)
        ]
        if found:
            return found
    return []


def cite_item(reply: Reply, sheet: Sheet, page: int, item: TextItem) -> None:
    """Cite a text of the sheet with its place."""
    reply.cite(item.text, drawing=sheet.drawing, page=page, box=item.box, source=item.source)


def _texts(reply: Reply, sheet: Sheet, page: int, texts: Sequence[TextItem]) -> None:
    for item in texts[:MOST_TEXTS]:
        if item.text.strip():
            reply.line("- ")
            cite_item(reply, sheet, page, item)
    if len(texts) > MOST_TEXTS:
        reply.line(phrase(reply.language, "and_more", count=len(texts) - MOST_TEXTS))
    if any(item.source == "ocr" for item in texts):
        reply.line(phrase(reply.language, "maybe_missing"))
