"""The steps that answer a question about one sheet. Each step answers and returns True, or returns
False.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from backend.extraction.tables.table import Row
from backend.geometry import Box
from backend.sheet_answers.names import name_of
from backend.sheet_answers.phrases import phrase
from backend.sheet_answers.question import Question
from backend.sheet_answers.reply import Reply
from backend.sheet_answers.selection import (
    features_of,
    fields_of,
    in_view,
    named_rows,
    unexplained,
)
from backend.sheet_answers.sheet import Sheet, inside
from backend.sheet_answers.topics import dimension_questions as dimensions
from backend.sheet_answers.topics import lists, nearest, overview, places
from backend.sheet_answers.topics import title_block_questions as title_block

Region = tuple[int, Box] | None
Step = Callable[[Reply, Question, Sheet, Region], bool]

_WHERE = re.compile(
    r"(?:where(?:'s| is| are| can i find| do i find| does)?|locate|find|which zone is"
    r"|in what zone is"
    r"|wo(?: steht| stehen| ist| sind| finde ich| befindet sich)?)"
    r"\s+(?:the |der |die |das |den )?(?P<what>.+?)"
    r"(?:\s+(?:on|in|at|auf|im|located|shown|zu finden|dimensioned)\b.*)?[?.!]*$",
    re.IGNORECASE,
)
_WHERE_KOREAN = re.compile(r"^(?P<what>.+?)(?:은|는|이|가|을|를|의)?\s*(?:위치|어디|찾아).*$")


def answer_zones(reply: Reply, asked: Question, sheet: Sheet, region: Region) -> bool:
    """Answer `What is in C4?`, also `diameters in C4`."""
    if not asked.zones:
        return False
    features = features_of(asked)
    for zone in asked.zones:
        place = sheet.zone_box(zone)
        if features and place is not None:
            rows = inside(dimensions.rows_of(sheet, features), *place)
            if rows:
                _measured(reply, asked, sheet, features, rows)
                continue
        places.answer_zone(reply, sheet, zone)
    return True


def answer_where(reply: Reply, asked: Question, sheet: Sheet, region: Region) -> bool:
    """Answer `Where is Ø20 H7?`."""
    if not asked.has("topic", "where"):
        return False
    rows = named_rows(sheet, asked)
    if rows:
        for row in rows[: places.MOST_PLACES]:
            reply.line("- " if len(rows) > 1 else "")
            dimensions.cite_row(reply, sheet, row)
        return True
    wanted = asked.quoted or _sought(asked)
    if wanted and places.find(sheet, wanted):
        return places.answer_where(reply, sheet, wanted)
    if fields := fields_of(asked):
        title_block.answer_fields(reply, sheet, fields)
        return True
    if features := features_of(asked):
        dimensions.answer_rows(reply, sheet, features, dimensions.rows_of(sheet, features))
        return True
    if not asked.quoted or asked.has("topic", "notes", "bom", "revisions", "title_block", "item"):
        return False
    reply.certain = places.answer_where(reply, sheet, asked.quoted)
    return True


def answer_parts(reply: Reply, asked: Question, sheet: Sheet, region: Region) -> bool:
    """Answer from the parts list: an item, a named part, or all rows."""
    if asked.item is not None and asked.has("topic", "item", "bom"):
        if sheet.rows("bom") or not named_rows(sheet, asked):
            lists.answer_parts(reply, sheet, asked.item)
            return True
    features = set(asked.names("feature")) - {"thread", "dimension"}
    narrow = asked.names("field") in ([], ["material"], ["mass"], ["number"])
    if narrow and not features and not asked.has("topic", "notes", "revisions", "overview"):
        named = lists.named_parts(sheet, asked)
        if named and (not asked.names("field") or len(named) < len(sheet.rows("bom"))):
            title = sheet.title("title")
            if not (asked.names("field") and title and _is_title(title.value, named)):
                lists.answer_named_parts(reply, sheet, asked, named)
                return True
    if asked.has("topic", "bom") and not features and not asked.names("field"):
        lists.answer_parts(reply, sheet, None, count=asked.has("measure", "count"))
        return True
    return False


def answer_revisions(reply: Reply, asked: Question, sheet: Sheet, region: Region) -> bool:
    """Answer from the revision table: all revisions or one, with change, author and date."""
    name = lists.revision_named(asked.text, sheet)
    if not sheet.rows("revisions") and sheet.title("revision") is not None:
        if asked.has("topic", "revisions") and not asked.names("field"):
            title_block.answer_fields(reply, sheet, ["revision"])
            return True
        return False
    about_one = name is not None and asked.has("field", "revision", "drawn", "date", "approved")
    if not asked.has("topic", "revisions") and not (
        about_one and len(asked.names("field")) > 1 and asked.has("field", "revision", "date")
    ):
        return False
    lists.answer_revisions(reply, sheet, name)
    return True


def answer_values(reply: Reply, asked: Question, sheet: Sheet, region: Region) -> bool:
    """Answer about a dimension named in the question: its limits, its tolerance, its count."""
    if not asked.values and not (asked.names("feature") and asked.numbers):
        return False
    rows = named_rows(sheet, asked)
    if not rows:
        return False
    unknown = " ".join(unexplained(asked, sheet))
    if unknown:
        reply.certain = False
        reply.line(phrase(reply.language, "which_one", what=unknown))
    if asked.has("measure", "count") and not unknown:
        dimensions.answer_count(reply, sheet, asked.names("feature") or ["dimension"], rows)
    else:
        dimensions.answer_limits(reply, sheet, rows)
    return True


def answer_fields_and_features(reply: Reply, asked: Question, sheet: Sheet, region: Region) -> bool:
    """Answer title block fields and dimensions, alone or together."""
    if title_block.answer_view_scale(reply, sheet, asked):
        return True
    fields, features = fields_of(asked), features_of(asked)
    if asked.has("topic", "notes") and not fields and set(features) <= {"dimension"}:
        return False
    if not features and asked.has("measure", "overall", "extent"):
        features = ["linear"]
    if not fields and not features:
        return False
    if fields:
        unknown = "" if features else " ".join(unexplained(asked, sheet))
        if unknown:
            reply.certain = False
            reply.line(phrase(reply.language, "which_one", what=unknown))
        title_block.answer_fields(reply, sheet, fields)
    if features:
        rows = dimensions.rows_of(sheet, features)
        if region is not None:
            rows = inside(rows, *region)
        view, rows = in_view(sheet, asked, rows)
        if view is not None and not rows:
            reply.certain = False
            reply.line(phrase(reply.language, "no_view", name=view))
            return True
        _measured(reply, asked, sheet, features, rows)
    return True


def answer_subjects(reply: Reply, asked: Question, sheet: Sheet, region: Region) -> bool:
    """Answer subjects of the free text, such as heat treatment."""
    return nearest.answer_subject(reply, sheet, asked.text)


def answer_lists(reply: Reply, asked: Question, sheet: Sheet, region: Region) -> bool:
    """Answer lists: notes, the whole title block, views."""
    if asked.has("topic", "notes"):
        lists.answer_notes(reply, sheet)
    elif asked.has("topic", "title_block"):
        title_block.answer_all_fields(reply, sheet)
    elif asked.has("topic", "views"):
        lists.answer_views(reply, sheet)
    else:
        return False
    return True


def answer_overview(reply: Reply, asked: Question, sheet: Sheet, region: Region) -> bool:
    """Describe the marked region or the whole drawing."""
    if region is not None and not unexplained(asked, sheet):
        places.answer_region(reply, sheet, *region)
        return True
    if asked.has("topic", "overview") and not unexplained(asked, sheet):
        overview.answer_overview(reply, sheet)
        return True
    return False


STEPS: tuple[Step, ...] = (
    answer_zones,
    answer_where,
    answer_parts,
    answer_revisions,
    answer_values,
    answer_subjects,
    answer_fields_and_features,
    answer_lists,
    answer_overview,
)


def offer_nearest(reply: Reply, asked: Question, sheet: Sheet, region: Region) -> None:
    """Report that there is no answer, and offer the nearest texts on the sheet."""
    if region is not None:
        places.answer_region(reply, sheet, *region)
        reply.certain = False
        return
    give_up(reply, "not_understood", model=False)
    texts = [asked.quoted] if asked.quoted else [word for word in asked.unknown if len(word) > 3]
    found = [place for text in texts for place in places.find(sheet, text)][: nearest.MOST]
    if found:
        reply.say(" " + phrase(reply.language, "nearest"))
        for number, (page, item) in enumerate(found):
            reply.say(" · " if number else "")
            places.cite_item(reply, sheet, page, item)
        reply.say(".")
    reply.say(" " + phrase(reply.language, "get_model"))


def give_up(reply: Reply, key: str, *, model: bool = True) -> None:
    """Explain why there is no answer and, if it helps, how to get a model."""
    reply.certain = False
    reply.line(phrase(reply.language, key))
    if model:
        reply.say(" " + phrase(reply.language, "get_model"))


def _measured(
    reply: Reply, asked: Question, sheet: Sheet, features: Sequence[str], rows: Sequence[Row]
) -> None:
    """Select rows by the question's measure: the largest, the tightest, how many, or all."""
    unknown = " ".join(unexplained(asked, sheet))
    if unknown and len(rows) == 1:
        reply.certain = False
        what = name_of(reply.language, dimensions.telling(features))
        reply.line(phrase(reply.language, "only_one", what=what))
        dimensions.cite_row(reply, sheet, rows[0])
    elif (unknown or _odd_measure(asked, features)) and rows:
        unknown = unknown or asked.text.strip(" ?")
        reply.certain = False
        reply.line(phrase(reply.language, "which_one", what=unknown))
        dimensions.answer_rows(reply, sheet, features, rows)
    elif asked.has("measure", "tightest"):
        kinds = [name for name in features if name not in ("tolerance", "limits")]
        chosen = [row for row in rows if dimensions.has_own_tolerance(row)]
        dimensions.answer_extreme(reply, sheet, kinds, chosen, "tightest")
    elif asked.has("measure", "count"):
        dimensions.answer_count(reply, sheet, features, rows)
    elif asked.has("measure", "overall") and set(features) <= {"linear", "dimension"}:
        dimensions.answer_overall(reply, sheet, rows)
    elif asked.has("measure", "largest", "smallest"):
        measure = "largest" if asked.has("measure", "largest") else "smallest"
        dimensions.answer_extreme(reply, sheet, features, rows, measure)
    else:
        if asked.has("measure", "extent") and len(rows) > 1:
            reply.certain = False
        dimensions.answer_rows(reply, sheet, features, rows)


def _odd_measure(asked: Question, features: Sequence[str]) -> bool:
    """Whether the question asks for a length of a feature whose table row has another size."""
    lengths = {"linear", "dimension", "limits", "tolerance"}
    return asked.has("measure", "overall", "extent") and not set(features) <= lengths


def _is_title(title: str | None, named: Sequence[Row]) -> bool:
    """Whether the named part is the drawn part itself, as on a detail drawing."""
    return any((row.value("description") or "\0") in (title or "") for row in named)


def _sought(asked: Question) -> str | None:
    """Return the text that a `where` question looks for."""
    pattern = _WHERE_KOREAN if asked.language == "ko" else _WHERE
    match = pattern.search(asked.text)
    return match["what"].strip(" ?.!\"'“”„") if match else None
