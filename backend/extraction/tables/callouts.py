"""Collects the callouts of a page as the evidence grammar reads them, each one once.

A callout cut into runs is read as lines and stacks (`evidence/index/callout_layout.py`). If several
readings share characters, the one that covers the most is kept. Text in title block, tables and
notes is no dimension of the part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from backend.drawing import TextItem
from backend.evidence.index.callout_layout import Line
from backend.evidence.index.sheet_index import place_of
from backend.evidence.parsing.folding import fold
from backend.evidence.parsing.grammar import read
from backend.evidence.parsing.value import Reading
from backend.extraction.tables.callout_words import (
    counted_first,
    geometric,
    inch_fraction,
    is_alone,
    is_reference,
    is_zero,
    kind_of,
    kind_on,
    says_basic,
    says_reference,
    with_what_is_said,
)
from backend.extraction.tables.dual_units import alternates
from backend.extraction.tables.frames import is_basic, is_tight, may_be_tolerance, with_frames
from backend.extraction.tables.sheet_page import SheetPage
from backend.extraction.tables.table import Source
from backend.geometry import Box

FRAMED_NUMBER = "Framed: a basic size, or a geometrical tolerance whose symbol is drawn."
FAINT = "Recognised with doubt, or read only in part: look at the sheet."
#: Recognised text below this confidence does not count as a reliable size.
SURE_READING = 0.75
UNREAD = "Beside it stands “{text}”, which could not be read."
#: The role of an item number in a circle, as set by the drawings package.
BALLOON = "balloon"
#: The role of a grid mark along the frame, as set by the recognition of scans.
ZONE = "zone"


@dataclass(frozen=True, slots=True)
class Callout:
    """One dimension as written, with its reading and its place (None: read by eye)."""

    reading: Reading
    kind: str
    text: str
    box: Box | None
    source: Source
    line: str = ""
    #: Theoretically exact (ISO 1101, ASME Y14.5): framed, in brackets, or called basic.
    basic: bool = False
    #: Why the row is not reliable.
    doubt: str | None = None
    #: The same size in the other unit, as written.
    alternate: str | None = None


def callouts(page: SheetPage, runs: Iterable[TextItem]) -> list[Callout]:
    """Return the dimensions among some runs of a page, in reading order."""
    single = [
        part for run in runs if run.role not in (BALLOON, ZONE) for part in _numbers_apart(run)
    ]
    lines = page.lines(with_frames(single))
    found = [one for line in lines for one in _of_line(page, line)]
    taken: set[tuple[int, int]] = set()
    kept: set[int] = set()
    for number, (_, characters) in sorted(enumerate(found), key=lambda one: -len(one[1][1])):
        if not characters & taken:
            taken |= characters
            kept.add(number)
    return _in_reading_order(_in_one_unit(page, [found[number][0] for number in sorted(kept)]))


def _numbers_apart(run: TextItem) -> Iterator[TextItem]:
    """Split `17 13` in one run: two sizes on either side of a line."""
    parts = run.text.split(" ")
    if len(parts) < 2 or not all(_BARE_NUMBER.fullmatch(part) for part in parts):
        yield run
        return
    zero = [part for part in parts if not part.strip("0.,")]
    if zero or _places(parts[0]) != _places(parts[-1]):  # `6.50 0.00` is a size and a deviation
        yield run
        return
    x, y, width, height = run.box
    turned, backwards = round(run.angle / 90) % 2, round(run.angle / 90) % 4 in (2, 3)
    start, length = 0, len(run.text)
    for part in parts:
        first, last = start / length, (start + len(part)) / length
        if backwards:
            first, last = 1 - last, 1 - first
        if turned:
            box = Box(x, y + height * first, width, height * (last - first))
        else:
            box = Box(x + width * first, y, width * (last - first), height)
        yield replace(run, text=part, box=box)
        start += len(part) + 1


_BARE_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


def _places(number: str) -> int:
    return len(re.split("[.,]", number)[1]) if re.search("[.,]", number) else 0


def _in_one_unit(page: SheetPage, found: list[Callout]) -> list[Callout]:
    """Drop the callouts that only repeat a size in the other unit."""
    extra = alternates(found, page.unit)
    said: dict[int, str] = {number: found[other].text for other, number in extra.items()}
    return [
        replace(one, alternate=said.get(number)) if number in said else one
        for number, one in enumerate(found)
        if number not in extra
    ]


def _of_line(page: SheetPage, line: Line) -> Iterator[tuple[Callout, set[tuple[int, int]]]]:
    whole = len(line.text)
    if (reading := geometric(line.text.strip())) is not None:
        yield _callout(page, line, reading, "geometric", 0, whole)
        return
    if page.unit == "in" and (reading := inch_fraction(line.text)) is not None:
        kind = kind_of(reading, alone=True) or "linear"
        yield _callout(page, line, reading, kind, 0, whole)
        return
    role = line.parts[0].item.role
    for span in counted_first(read(line.text, words=False), line.text):
        start, end, is_depth = with_what_is_said(line.text, span)
        alone = is_depth or is_alone(line.text, start, end)
        found = kind_of(span.reading, alone=alone)
        found = kind_on(line.text, found, span.reading, role, page.unit)
        if found is not None and not (is_zero(span.reading) and role != "ordinate"):
            yield _callout(page, line, span.reading, found, start, end)


def _callout(
    page: SheetPage, line: Line, reading: Reading, kind: str, start: int, end: int
) -> tuple[Callout, set[tuple[int, int]]]:
    place = place_of(line, page.text, start, end)
    characters = {
        (id(part.item), position - part.start)
        for part in line.parts
        for position in range(max(start, part.start), min(end, part.end))
    }
    written = _as_written(line, start, end)
    source: Source = "ocr" if place.source == "ocr" else "vector"
    drawn = {sign for part in line.parts for sign in part.item.drawn}
    if source == "vector" and drawn & set(written):
        source = "symbol"
    if reading.kind in ("number", "count", "dimension"):
        if is_reference(line.text):
            kind, written = "reference", _as_written(line, 0, len(line.text))
        elif says_reference(written):
            kind = "reference"
    basic = _is_basic(line, written)
    doubt = None
    if kind == "linear" and basic and reading.numbers and reading.numbers[0] < 1:
        framed = line.parts[0].item
        if source == "ocr" or (is_tight(framed) and may_be_tolerance(framed)):
            doubt = FRAMED_NUMBER
    if written != line.text.strip() and (match := _NOT_READ.search(line.text)):
        doubt = UNREAD.format(text=match[0].strip())
    trust = min(part.item.confidence for part in line.parts)
    if source == "ocr" and trust < SURE_READING:
        doubt = doubt or FAINT
    callout = Callout(reading, kind, written, place.box, source, line.text, basic, doubt)
    return callout, characters


#: A deviation beside a size that was not read together with it.
_NOT_READ = re.compile(r"(?<=\d)\s+[+±]\s*$")


def _is_basic(line: Line, written: str) -> bool:
    if says_basic(written, line.text):
        return True
    return len({id(part.item) for part in line.parts}) == 1 and is_basic(line.parts[0].item)


def _as_written(line: Line, start: int, end: int) -> str:
    """Return the stretch with its signs as on the sheet: folding keeps every character's
    position.
    """
    text = list(line.text)
    for part in line.parts:
        for position in range(max(start, part.start), min(end, part.end)):
            at = position - part.start
            if at < len(part.item.text) and fold(part.item.text[at]) == text[position]:
                text[position] = part.item.text[at]
    return "".join(text[start:end]).strip()


def _in_reading_order(found: Sequence[Callout]) -> list[Callout]:
    """Sort from the top in bands of two letter heights, each band from the left."""
    if not found:
        return []
    placed = [(one.box, one) for one in found if one.box is not None]
    band = max(1.0, 2 * median(min(box[2], box[3]) for box, _ in placed))
    placed.sort(key=lambda one: (round((one[0][1] + one[0][3] / 2) / band), one[0][0]))
    return [callout for _, callout in placed]


def callouts_of_text(page: SheetPage, text: str) -> Callout | None:
    """Return the dimension that a text contains, without a place on the sheet; None if there is
    none.
    """
    item = TextItem(text, Box(0.0, 0.0, max(1.0, 10.0 * len(text)), 20.0))
    found = callouts(page, [item])
    if not found:
        return None
    longest = max(found, key=lambda one: len(one.text))
    return replace(longest, box=None)
