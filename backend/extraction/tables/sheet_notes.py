"""Finds the notes of a sheet: numbered lines, and sentences that are neither label nor
dimension.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from backend.drawing import TextItem
from backend.evidence.parsing.folding import fold
from backend.evidence.parsing.grammar import read
from backend.evidence.parsing.value import Span
from backend.extraction.tables.labels import label_and_rest, title_label
from backend.extraction.tables.sheet_page import SheetPage, is_upright, middle, source
from backend.extraction.tables.table import COLUMNS, Field, Row, Table
from backend.geometry import Box

NO_NOTES = "The sheet's text has no notes."

_NUMBERED = re.compile(r"^(\d{1,2})\s?[.)]\s*(?=[^\W\d])(.+)$")
_HEADING = re.compile(
    r"(?i)^(?:(?:general )?notes?|hinweise?|bemerkungen|anmerkungen|주기|주서|주)\s*[:.]?$"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
#: Names of views, which are no notes.
VIEW = re.compile(
    r"(?i)^(?:(?P<what>section|detail|view|schnitt|einzelheit|ansicht|단면|상세|coupe|détail|vue"
    r"|sezione|dettaglio|particolare|vista|sección|corte|detalle|doorsnede|aanzicht|snitt|detalj|vy"
    r"|przekrój|szczegół|widok|řez|разрез|сечение|вид|剖面|断面|详图|矢视)\s*:?\s*)?"
    r"(?P<name>[A-Z]{1,2}\s?[-–]\s?[A-Z]{1,2}|(?<=\s)[A-Z])\s*(?:\(?\s*\d+\s?:\s?\d+\s*\)?)?$"
)
#: This many words beside a callout still describe it: `4X Ø6.6 THRU ALL`, `2-M5 TAP DP12`.
_CALLOUT_WORDS = 4
_SIZE = re.compile(r"(?:깊이|두께|길이)\s?[=:]?\s?\d[\d.,]*(?:\s?mm)?")
#: In letter heights: the pitch of a note's further lines, and how far their left edges differ.
_PITCH, _EDGE = 2.0, 4.0


@dataclass(frozen=True)
class Note:
    """A note's runs, its number if it has one, and its text in one line."""

    number: str | None
    text: str
    runs: tuple[TextItem, ...]


def find_notes(runs: Iterable[TextItem]) -> list[Note]:
    """Return the notes among runs outside of tables."""
    upright = sorted((run for run in runs if is_upright(run)), key=lambda run: run.box[1])
    blocks: list[list[TextItem]] = []
    growing: list[list[TextItem]] = []
    for run in upright:
        growing = [
            one for one in growing
            if run.box[1] - one[-1].box[1] <= 2 * _PITCH * one[-1].box[3] + run.box[3]
        ]  # fmt: skip
        block = next((one for one in growing if _goes_on(one, run)), None)
        if block is not None:
            block.append(run)
        elif _NUMBERED.match(run.text) or _is_sentence(run.text):
            block = [run]
            blocks.append(block)
            growing.append(block)
    return [_note(block) for block in blocks]


def _is_sentence(text: str) -> bool:
    if title_label(text) is not None or _HEADING.match(text) or VIEW.match(text):
        return False
    split = label_and_rest(text)
    if split is not None and split[2]:
        return False
    words = _WORD.findall(text)
    korean = re.search(r"[가-힣]{2,}", text) is not None
    if len(words) < 2 and not korean:
        return False
    values = read(fold(text), words=False)
    if _is_callout(text, values, len(words)):
        return False
    covered = sum(span.end - span.start for span in values)
    return covered < 0.6 * len(text)


def _is_callout(text: str, values: Sequence[Span], words: int) -> bool:
    """Whether the text is a dimension with a description, such as how a hole is made."""
    if _SIZE.fullmatch(text.strip()):
        return True
    if not values or words > _CALLOUT_WORDS or text[: values[0].start].strip(" ("):
        return False
    first = values[0].reading
    dimension = first.kind == "dimension" and (
        first.symbol or first.count or first.fit or first.tolerance
    )
    return first.kind in ("thread", "chamfer") or bool(dimension)


def _goes_on(block: Sequence[TextItem], run: TextItem) -> bool:
    if _NUMBERED.match(run.text) or title_label(run.text) is not None:
        return False
    last = block[-1]
    tall = last.box[3]
    step = middle(run.box)[1] - middle(last.box)[1]
    alike = 0.7 * tall < run.box[3] < 1.4 * tall
    numbered = _NUMBERED.match(block[0].text) is not None
    indent = run.box[0] - block[0].box[0]
    aligned = -0.5 * tall <= indent <= _EDGE * tall if numbered else abs(indent) <= 0.5 * tall
    wordy = len(_WORD.findall(run.text)) > 0
    return alike and aligned and wordy and 0.5 * tall < step <= _PITCH * tall


def _note(block: Sequence[TextItem]) -> Note:
    text = " ".join(run.text for run in block)
    match = _NUMBERED.match(text)
    return Note(match[1], match[2], tuple(block)) if match else Note(None, text, tuple(block))


def note_table(page: SheetPage, notes: Sequence[Note]) -> Table:
    """Return one row for each note."""
    rows = []
    for note in notes:
        box = Box.around(run.box for run in note.runs)
        place = {"box": box, "page": page.text.page, "source": source(note.runs)}
        cells = {"text": Field(note.text, "found", **place)}  # type: ignore[arg-type]
        if note.number is not None:
            cells["number"] = Field(note.number, "found", **place)  # type: ignore[arg-type]
        rows.append(Row(page.row_id("note", note.text, box), page.text.page, cells, box))
    return Table("notes", COLUMNS["notes"], tuple(rows), () if rows else (NO_NOTES,))
