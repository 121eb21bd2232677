"""A question about sheets, answered by code: which topics it has, and their parts of the reply."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from backend.evidence.index.zone_names import named_zones
from backend.extraction.tables.table import Row
from backend.geometry import Box
from backend.sheet_answers.languages import Language
from backend.sheet_answers.phrases import phrase
from backend.sheet_answers.question import Question, read_question
from backend.sheet_answers.reply import Reply
from backend.sheet_answers.sheet import Sheet, inside
from backend.sheet_answers.topics import (
    difference,
    dimensions,
    lists,
    overview,
    places,
    standards,
    title_block,
)

MOST_ZONES = 3
_ITEM = re.compile(
    r"(?:item|balloon|position|pos\.?|part|find number|teil|number|no\.?|nr\.?|nummer|항목|부품|풍선|품번)"
    r"\s*(?:no\.?|nr\.?|number|nummer|번호)?\s*#?\s*(\d{1,3})(?![\d.,]*\d|\w)|(\d{1,3})\s*번",
    re.IGNORECASE,
)
_WHERE = re.compile(
    r"(?:where(?:'s| is| are| can i find| do i find| does)?|locate|find|wo(?: steht| ist| sind| finde ich| befindet sich)?)"
    r"\s+(?:the |der |die |das |den )?(?P<what>.+?)(?:\s+(?:on|in|at|auf|im|located|stand|shown|zu finden|dimensioned)\b.*)?[?.!]*$",
    re.IGNORECASE,
)
_WHERE_KOREAN = re.compile(r"^(?P<what>.+?)(?:은|는|이|가|을|를|의)?\s*(?:위치|어디|찾아).*$")


@dataclass(frozen=True, slots=True)
class MarkedRegion:
    """The rectangle that a question is about, in canvas pixels."""

    drawing: str
    page: int
    box: Box


def answer(
    question: str,
    sheets: Sequence[Sheet],
    region: MarkedRegion | None = None,
    language: Language = "en",
) -> Reply:
    """Answer a question from these sheets, the newest last.

    `language` is used where the question's own cannot be told. The reply's `certain` is false
    where it offers only what is nearest.
    """
    asked = read_question(question, language, tuple(named_zones(question, MOST_ZONES)))
    reply = Reply(asked.language)
    if _computes(reply, asked, sheets):
        return reply
    if not sheets:
        return _gives_up(reply, "no_sheet", model=False)
    if asked.has("topic", "compare"):
        if len(sheets) < 2:
            return _gives_up(reply, "need_two", model=False)
        difference.answer_difference(reply, sheets[-2], sheets[-1])
        return reply
    several = len(sheets) > 1
    for sheet in sheets:
        part = Reply(asked.language)
        _about(part, asked, sheet, region if region and region.drawing == sheet.drawing else None)
        reply.append(part, f"**{sheet.name}**: " if several else "")
    return reply


def _computes(reply: Reply, asked: Question, sheets: Sequence[Sheet]) -> bool:
    """Questions that a standard answers, with or without a sheet."""
    if standards.answer_conversion(reply, asked.text):
        return True
    on_sheet = any(_named_rows(sheet, asked) for sheet in sheets)
    if on_sheet or not asked.values:
        return False
    if asked.has("topic", "where"):
        return False
    if asked.has("field", "general_tolerance") or "2768" in asked.text:
        classes = [cell.value for sheet in sheets if (cell := sheet.title("general_tolerance"))]
        return standards.answer_general_tolerance(
            reply, asked.text, classes[0] if classes else None
        )
    if sheets and not asked.has(
        "feature", "limits", "fit", "tolerance", "thread", "diameter", "depth", "hole"
    ):
        return False
    return standards.answer_fit(reply, asked.text) or standards.answer_thread(reply, asked.text)


def _about(reply: Reply, asked: Question, sheet: Sheet, region: MarkedRegion | None) -> None:
    if not sheet.has_text:
        _gives_up(reply, "reading" if sheet.reading else "no_text", model=not sheet.reading)
        return
    for step in (_zones, _where, _values, _fields_and_features, _lists, _overview):
        if step(reply, asked, sheet, region):
            break
    else:
        _nearest(reply, asked, sheet, region)
    if sheet.reading:
        reply.line(phrase(reply.language, "reading"))


def _zones(reply: Reply, asked: Question, sheet: Sheet, region: MarkedRegion | None) -> bool:
    """`What is in C4?`, also `diameters in C4`."""
    if not asked.zones:
        return False
    features = _features(asked)
    for zone in asked.zones:
        place = sheet.zone_box(zone)
        if features and place is not None:
            rows = inside(dimensions.rows_of(sheet, features), *place)
            _measured(reply, asked, sheet, features, rows)
        else:
            places.answer_zone(reply, sheet, zone)
    return True


def _where(reply: Reply, asked: Question, sheet: Sheet, region: MarkedRegion | None) -> bool:
    """`Where is Ø20 H7?`"""
    if not asked.has("topic", "where"):
        return False
    rows = _named_rows(sheet, asked)
    if rows:
        for row in rows[: places.MOST_PLACES]:
            reply.line("- " if len(rows) > 1 else "")
            dimensions.cite_row(reply, sheet, row)
        return True
    wanted = asked.quoted or _sought(asked)
    if wanted and places.find(sheet, wanted):
        return places.answer_where(reply, sheet, wanted)
    fields = asked.names("field")
    if fields:
        title_block.answer_fields(reply, sheet, fields)
        return True
    features = _features(asked)
    if features:
        dimensions.answer_rows(reply, sheet, features, dimensions.rows_of(sheet, features))
        return True
    if asked.has("topic", "notes", "bom", "revisions", "title_block"):
        return False
    if not wanted:
        return False
    reply.certain = places.answer_where(reply, sheet, wanted)
    return True


def _values(reply: Reply, asked: Question, sheet: Sheet, region: MarkedRegion | None) -> bool:
    """A dimension named in the question: its limits, its tolerance, its place."""
    if not asked.values or (asked.has("topic", "item") and _item(asked.text)):
        return False
    rows = _named_rows(sheet, asked)
    if not rows:
        return False
    dimensions.answer_limits(reply, sheet, rows)
    return True


def _fields_and_features(
    reply: Reply, asked: Question, sheet: Sheet, region: MarkedRegion | None
) -> bool:
    """Title block fields and dimensions, alone or together."""
    fields = [name for name in asked.names("field") if not _is_part_of_another(name, asked)]
    features = _features(asked)
    item = _item(asked.text) if asked.has("topic", "item", "bom") else None
    if item is not None and (sheet.rows("bom") or asked.has("topic", "bom")):
        return False
    if "revision" in fields and asked.has("topic", "revisions"):
        fields.remove("revision")
    if asked.has("topic", "bom", "revisions", "notes") and not fields:
        features = [] if set(features) <= {"dimension"} else features
    if asked.has("topic", "revisions"):
        return False
    if not fields and not features:
        return False
    if fields:
        part = lists.named_part(sheet, asked.unknown) if "material" in fields else None
        if part is not None and part.value("material"):
            lists.answer_part_row(reply, sheet, part)
        else:
            title_block.answer_fields(reply, sheet, fields)
    if features:
        rows = dimensions.rows_of(sheet, features)
        if region is not None:
            rows = inside(rows, region.page, region.box)
        _measured(reply, asked, sheet, features, rows)
    return True


def _measured(
    reply: Reply, asked: Question, sheet: Sheet, features: Sequence[str], rows: Sequence[Row]
) -> None:
    """Rows as the question measures them: the largest, the tightest, how many, or all."""
    if asked.has("measure", "tightest"):
        kinds = [name for name in features if name not in ("tolerance", "limits")]
        chosen = [row for row in rows if dimensions.has_own_tolerance(row)]
        dimensions.answer_extreme(reply, sheet, kinds, chosen, "tightest")
    elif asked.has("measure", "count"):
        dimensions.answer_count(reply, sheet, features, rows)
    elif asked.has("measure", "largest", "smallest"):
        measure = "largest" if asked.has("measure", "largest") else "smallest"
        dimensions.answer_extreme(reply, sheet, features, rows, measure)
    else:
        if asked.unknown and len(rows) > 1:
            reply.certain = False
            reply.line(phrase(reply.language, "which_one", what=" ".join(asked.unknown)))
        dimensions.answer_rows(reply, sheet, features, rows)
        return
    if asked.unknown:
        reply.certain = False


def _lists(reply: Reply, asked: Question, sheet: Sheet, region: MarkedRegion | None) -> bool:
    """Parts list, notes, revisions, views, the whole title block."""
    item = _item(asked.text)
    if asked.has("topic", "revisions"):
        lists.answer_revisions(reply, sheet, lists.revision_named(asked.text, sheet))
    elif item is not None and asked.has("topic", "item", "bom"):
        lists.answer_parts(reply, sheet, item)
    elif asked.has("topic", "bom"):
        lists.answer_parts(reply, sheet, None, count=asked.has("measure", "count"))
    elif asked.has("topic", "notes"):
        lists.answer_notes(reply, sheet)
    elif asked.has("topic", "title_block"):
        title_block.answer_all_fields(reply, sheet)
    elif asked.has("topic", "views"):
        lists.answer_views(reply, sheet)
    else:
        return False
    return True


def _overview(reply: Reply, asked: Question, sheet: Sheet, region: MarkedRegion | None) -> bool:
    if region is not None and not asked.unknown:
        places.answer_region(reply, sheet, region.page, region.box)
        return True
    if asked.has("topic", "overview") and not asked.unknown:
        overview.answer_overview(reply, sheet)
        return True
    return False


def _nearest(reply: Reply, asked: Question, sheet: Sheet, region: MarkedRegion | None) -> None:
    """An honest no, with what on the sheet comes nearest."""
    if region is not None:
        places.answer_region(reply, sheet, region.page, region.box)
        reply.certain = False
        return
    _gives_up(reply, "not_understood", model=False)
    texts = [asked.quoted] if asked.quoted else [word for word in asked.unknown if len(word) > 3]
    found = [place for text in texts for place in places.find(sheet, text)][:3]
    if found:
        reply.say(" " + phrase(reply.language, "nearest"))
        for number, (page, item) in enumerate(found):
            reply.say(" · " if number else "")
            places.cite_item(reply, sheet, page, item)
        reply.say(".")
    reply.say(" " + phrase(reply.language, "get_model"))


def _gives_up(reply: Reply, key: str, *, model: bool = True) -> Reply:
    reply.certain = False
    reply.line(phrase(reply.language, key))
    if model:
        reply.say(" " + phrase(reply.language, "get_model"))
    return reply


def _features(asked: Question) -> list[str]:
    """The features asked about. A tolerance that belongs to a measure is no feature."""
    features = asked.names("feature")
    if asked.has("measure", "tightest") and not features:
        return ["dimension"]
    if asked.has("measure", "largest", "smallest") and not features and not asked.unknown:
        if not asked.names("field") and not asked.names("topic"):
            return ["dimension"]
    return features


def _is_part_of_another(field: str, asked: Question) -> bool:
    """Fields whose words also belong to other topics."""
    if field == "sheet" and asked.has("topic", "overview"):
        return True
    return field == "units" and bool(asked.values)


def _named_rows(sheet: Sheet, asked: Question) -> list[Row]:
    """The dimensions that the question names by their value, such as `Ø20 H7`."""
    found: list[Row] = []
    for span in asked.values:
        reading = span.reading
        if reading.kind in ("count", "ratio", "reference", "material"):
            continue
        for row in sheet.rows("dimensions"):
            nominal = dimensions.decimal(row.value("nominal"))
            if nominal is None or nominal not in reading.numbers:
                continue
            if reading.fit and reading.fit != row.value("fit"):
                continue
            if reading.kind == "thread" and row.value("kind") != "thread":
                continue
            if reading.symbol == "Ø" and row.value("kind") not in (
                "diameter",
                "spherical diameter",
            ):
                continue
            if reading.symbol == "R" and row.value("kind") != "radius":
                continue
            if row not in found:
                found.append(row)
    return found


def _item(text: str) -> str | None:
    match = _ITEM.search(text)
    return (match[1] or match[2]) if match else None


def _sought(asked: Question) -> str | None:
    """What a `where` question looks for, as text."""
    pattern = _WHERE_KOREAN if asked.language == "ko" else _WHERE
    match = pattern.search(asked.text)
    return match["what"].strip(" ?.!\"'“”„") if match else None
