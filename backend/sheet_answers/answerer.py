"""Answers a question about sheets in code: splits it into parts and runs the steps on each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from backend.geometry import Box
from backend.sheet_answers import steps
from backend.sheet_answers.languages import Language
from backend.sheet_answers.phrases import phrase
from backend.sheet_answers.question import Question, read_question
from backend.sheet_answers.reply import Reply
from backend.sheet_answers.selection import named_rows
from backend.sheet_answers.sheet import Sheet
from backend.sheet_answers.topics import difference, standards

_SENTENCE_END = re.compile(r"(?<=[?!;])\s+|(?<=[^\W\d]{2}\.)\s+(?=[^\W\d])")
_AND = re.compile(
    r"\s*,?\s+(?:and|und|sowie|plus|그리고|및)\s+|(?<=[가-힣])[와과]\s+", re.IGNORECASE
)


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

    `language` is used if the question's own cannot be detected. The reply's `certain` is false if
    it only offers the nearest texts.
    """
    whole = read_question(question, language)
    reply = Reply(whole.language)
    for asked in _parts(whole):
        _answer_one(reply, asked, sheets, region)
    return reply


def _parts(whole: Question) -> list[Question]:
    """Split several questions in one: sentences, or halves around an `and` that ask different kinds
    of things and make sense alone.
    """
    for cut in (_SENTENCE_END, _AND):
        texts = [text for text in cut.split(whole.text) if text.strip()]
        parts = [read_question(text, whole.language) for text in texts]
        subjects = [_subject(part) for part in parts]
        if len(parts) > 1 and all(subjects):
            if cut is _SENTENCE_END or len(set(subjects)) == len(subjects):
                return parts
    return [whole]


def _subject(asked: Question) -> str | None:
    """Return the kind of thing a question is about; None if it is too short to be
    understood alone.
    """
    topics = [name for name in asked.names("topic") if name not in ("where", "here", "item")]
    if topics:
        return topics[0]
    if asked.names("feature") or asked.has("measure", "tightest", "overall"):
        return "dimensions"
    if asked.names("field"):
        return "fields"
    return "values" if asked.values or asked.zones else None


def _answer_one(
    reply: Reply, asked: Question, sheets: Sequence[Sheet], region: MarkedRegion | None
) -> None:
    part = Reply(reply.language)
    if not _computes(part, asked, sheets):
        if not sheets:
            steps.give_up(part, "no_sheet", model=False)
        elif asked.has("topic", "compare"):
            if len(sheets) < 2:
                steps.give_up(part, "need_two", model=False)
            else:
                difference.answer_difference(part, sheets[-2], sheets[-1])
        else:
            for sheet in sheets:
                one = Reply(reply.language)
                marked = region if region and region.drawing == sheet.drawing else None
                about(one, asked, sheet, (marked.page, marked.box) if marked else None)
                part.append(one, f"**{sheet.name}**: " if len(sheets) > 1 else "")
    reply.append(part)


def _computes(reply: Reply, asked: Question, sheets: Sequence[Sheet]) -> bool:
    """Answer a question from a standard's table, with or without a sheet."""
    if standards.answer_conversion(reply, asked.text, sheets[-1].unit if sheets else None):
        return True
    asks_drill = standards.asks_drill(asked.text)
    if any(named_rows(sheet, asked) for sheet in sheets) and not asks_drill:
        return False
    if sheets and (asked.has("feature", "depth", "linear") or asked.has("measure", "overall")):
        return False
    if asked.has("topic", "where") or not (asked.values or asked.numbers):
        return False
    if asked.has("field", "general_tolerance") or "2768" in asked.text:
        classes = [cell.value for sheet in sheets if (cell := sheet.title("general_tolerance"))]
        return standards.answer_general_tolerance(
            reply, asked.text, classes[0] if classes else None
        )
    return standards.answer_thread(reply, asked.text) or standards.answer_fit(reply, asked.text)


def about(
    reply: Reply, asked: Question, sheet: Sheet, region: tuple[int, Box] | None = None
) -> None:
    """Answer a question about one sheet, or about a marked region (page and box) of it."""
    if not sheet.has_text:
        steps.give_up(reply, "reading" if sheet.reading else "no_text", model=not sheet.reading)
        return
    for step in steps.STEPS:
        if step(reply, asked, sheet, region):
            break
    else:
        steps.offer_nearest(reply, asked, sheet, region)
    standards.convert_cited(reply, asked.text)
    if sheet.reading:
        reply.line(phrase(reply.language, "reading"))
