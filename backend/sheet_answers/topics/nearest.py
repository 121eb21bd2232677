"""Offers the nearest texts on a sheet if no table has the answer, and decides on denials.

Nothing is denied unless the whole text was read exactly and contains nothing similar.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from backend.drawing import TextItem
from backend.extraction.tables.labels import label_and_rest, title_label
from backend.sheet_answers.names import name_of
from backend.sheet_answers.phrases import phrase
from backend.sheet_answers.reply import Reply
from backend.sheet_answers.sheet import Sheet
from backend.sheet_answers.topics.places import cite_item
from backend.sheet_answers.vocabulary.written import FEATURE_MARKS, FIELD_VALUES, TEXT_SUBJECTS

#: The most texts that are offered as nearest.
MOST = 3
#: Fields that a title block must have before another one can be reported as missing.
ENOUGH_FIELDS = 4
#: Fields with distinctive values, so that a text search settles whether there is one.
_TELLING = frozenset(FIELD_VALUES) - {"number", "company", "finish"}

Places = list[tuple[int, TextItem]]


def field_places(sheet: Sheet, name: str) -> Places:
    """Return texts that may be a title block field's value: labelled as it, or of its kind."""
    labelled = [
        (page, item)
        for page, item in _items(sheet)
        if (split := label_and_rest(item.text)) is not None and split[0] == name
    ]
    if name == "title":
        return labelled or _largest_texts(sheet)
    pattern = FIELD_VALUES.get(name)
    if pattern is None:
        return labelled
    kind = [(page, item) for page, item in _items(sheet) if pattern.search(item.text)]
    kind.sort(key=lambda place: -_share(pattern, place[1].text))
    found = labelled + [place for place in kind if place not in labelled]
    return [*found, *_beside(sheet, found[:1])] if name == "general_tolerance" else found


def deny_or_offer_field(reply: Reply, sheet: Sheet, name: str) -> None:
    """Offer the nearest texts to a missing field; else report it as missing or not read."""
    what = name_of(reply.language, name)
    places = field_places(sheet, name)
    if places:
        reply.certain = False
        reply.line(phrase(reply.language, "nearest_to", what=what))
        _cite(reply, sheet, places)
    elif _may_deny(sheet, name):
        deny(reply, "no_field", what)
    else:
        reply.certain = False
        reply.line(phrase(reply.language, "no_field_read", what=what))


def feature_places(sheet: Sheet, name: str) -> Places:
    """Return texts that carry a mark of a feature, such as a thread's `M8`."""
    pattern = FEATURE_MARKS.get(name)
    if pattern is None:
        return []
    return [(page, item) for page, item in _items(sheet) if pattern.search(item.text)]


def deny_or_offer_feature(reply: Reply, sheet: Sheet, name: str) -> None:
    """Offer the nearest texts to a missing feature; else report that the sheet has none."""
    what = name_of(reply.language, name)
    places = feature_places(sheet, name)
    if places:
        reply.certain = False
        reply.line(phrase(reply.language, "nearest_to", what=what))
        _cite(reply, sheet, places)
    elif sheet.complete:
        deny(reply, "no_rows", what)
    else:
        reply.certain = False
        reply.line(phrase(reply.language, "no_rows_read", what=what))


def answer_subject(reply: Reply, sheet: Sheet, question: str) -> bool:
    """Answer a subject of the sheet's free text, such as heat treatment, with the texts
    about it.
    """
    for name, (asked, written) in TEXT_SUBJECTS.items():
        if not asked.search(question):
            continue
        what = name_of(reply.language, name)
        places = [place for place in _items(sheet) if written.search(place[1].text)]
        if places:
            reply.certain = False
            reply.line(phrase(reply.language, "says"))
            _cite(reply, sheet, places)
        elif sheet.complete:
            deny(reply, "no_rows", what)
        else:
            reply.certain = False
            reply.line(phrase(reply.language, "no_rows_read", what=what))
        return True
    return False


def deny(reply: Reply, key: str, what: str) -> None:
    """Report that something is not on the sheet."""
    reply.denies = True
    reply.line(phrase(reply.language, key, what=what))


def _may_deny(sheet: Sheet, name: str) -> bool:
    """Whether "the sheet does not state it" is certain: a search of the text settles it, or the
    title block was read and has no label for it.
    """
    if not sheet.complete:
        return False
    if name in _TELLING:
        return True
    labels = any(title_label(item.text) == name for _, item in _items(sheet))
    return sheet.labelled >= ENOUGH_FIELDS and not labels


def _items(sheet: Sheet) -> Iterable[tuple[int, TextItem]]:
    return ((page.page, item) for page in sheet.pages for item in page.items if item.text.strip())


def _cite(reply: Reply, sheet: Sheet, places: Places) -> None:
    shown: set[str] = set()
    for page, item in places:
        if item.text in shown or len(shown) == MOST:
            continue
        reply.say(" · " if shown else "")
        shown.add(item.text)
        cite_item(reply, sheet, page, item)
        zone = sheet.zone_of(page, item.box)
        reply.say(phrase(reply.language, "in_zone", zone=zone) if zone else "")


def _share(pattern: re.Pattern[str], text: str) -> float:
    """Return the share of a text that its value makes up."""
    match = pattern.search(text)
    return len(match[0]) / len(text) if match else 0.0


def _beside(sheet: Sheet, places: Places) -> Places:
    """Return the text right of a place, on its line: a tolerance after its words."""
    found = []
    for page, item in places:
        x, y, width, height = item.box
        for other_page, other in _items(sheet):
            near = 0 <= other.box[0] - (x + width) < 6 * height
            if other_page == page and near and abs(other.box[1] - y) < height / 2:
                found.append((page, other))
    return found


def _largest_texts(sheet: Sheet) -> Places:
    """Return the text in the largest letters that is no value and no label."""
    words = [
        (page, item)
        for page, item in _items(sheet)
        if len(re.findall(r"[^\W\d_]{3,}", item.text)) >= 2
        and title_label(item.text) is None
        and not item.text.strip().endswith(":")
        and "://" not in item.text
    ]
    if not words:
        return []
    height = max(min(item.box[2], item.box[3]) for _, item in words)
    return [place for place in words if min(place[1].box[2:]) >= 0.8 * height]
