"""Indexes the values on a conversation's sheets, with their places.

Built once per turn from the pages' text; after that a lookup is a dictionary access. Uses the
layout and the grammar; grading is separate.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from backend.drawing import PageInfo, TextItem, TextSource
from backend.engineering.engineering_errors import EngineeringError
from backend.engineering.fits import limits as fit_limits
from backend.evidence.grading.matching import fraction, says
from backend.evidence.index.callout_layout import Line, page_lines
from backend.evidence.parsing.grammar import read
from backend.evidence.parsing.value import Reading
from backend.geometry import Box


@dataclass(frozen=True, slots=True)
class PageText:
    """The text of one page. `width`, `height` are the canvas; 0 if unknown. `name` is the file's,
    if it differs from `drawing`; `dpi` is the canvas resolution.
    """

    drawing: str
    page: int
    items: Sequence[TextItem]
    text_source: TextSource = "vector"
    width: float = 0
    height: float = 0
    name: str = ""
    dpi: float | None = None

    @classmethod
    def of(cls, drawing: str, page: PageInfo, items: Sequence[TextItem]) -> PageText:
        """Return the text of that page of a drawing (or file)."""
        return cls(
            drawing, page.number, items, page.text_source, page.width, page.height, dpi=page.dpi
        )


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a value: `text` is the text written there."""

    drawing: str
    page: int
    box: Box
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class _Entry:
    reading: Reading
    place: Place
    unit: str | None
    role: str | None = None


#: Shares of the shorter side: the width of the margin with the frame's grid marks (1 to 16, A to
#: H), their alignment tolerance, and their least spacing (ISO 5457: 50 mm, so 0.06 of an A0).
_GRID_MARGIN, _GRID_LINE, _GRID_PITCH = 0.1, 0.012, 0.04
_GRID_MARK = re.compile(r"[A-Z]|[1-9]\d?")
_INCHES = re.compile(
    r"(?i)(?:\b(?:dimensions|dims?\.?|maße|units?|einheit\w*)(?!\w)|단위)[^\n]{0,30}(?:\binch|\bzoll|인치)"
)
_STATED_UNIT = re.compile(
    r"(?i)(?:\b(?:dimensions?|dims?\.?|maße|units?|einheit\w*|cotes|quote|medidas|cotas|mått|maten)(?!\w)|단위)"
    r"[^\n]{0,24}?\b(millimet\w*|mm|inch(?:es)?|zoll|인치|millimètres|millimetri|milímetros|pollici|pouces"
    r"|pulgadas)(?!\w)"
)
_METRIC = re.compile(r"(?i:\bmillimet(?:er|re)s?\b)|\bmm\b|\b(?:DIN|ISO|EN|KS|JIS)\b"
                     r"|\bM\d+(?:[.,]\d+)?\b"
                     r"|\d\s?[HhGgKk][5-9]\b")  # fmt: skip
_REVISION_LABEL = re.compile(
    r"(?i)^\s*(?:rev(?:ision)?|index|änd(?:erung\w*)?|ausgabe|리비전|개정)\b"
)
_MASS_LABEL = re.compile(
    r"(?i:\b(?:mass|weight|masse|gewicht)\b|\b(?:kg|lbs?)\b)|\b(?:g)\b|중량|무게|질량"
)
#: Units of a mass; on a sheet they are often in the label, not after the number.
MASSES = ("kg", "g", "lb")
#: Largest distance of a revision letter from its label, in heights of the label.
_REVISION_REACH = 8
#: The same for a mass and its word, whose cell is wide.
_MASS_REACH = 20
_GENERAL_TOLERANCE = re.compile(r"2768\s?-\s?[fmcv]$")
#: Characters that text recognition reads for a leading Ø.
_OCR_DIAMETER = re.compile(r"(?<![\w.,])(?:[QO0]\s?)(?=[1-9]\d*(?:[.,]\d+)?(?![\d.,]*[A-Z]{3}))")


class SheetIndex:
    """All values of some pages. `exact` is true if every page has text that is not recognised."""

    def __init__(self, pages: Sequence[PageText]) -> None:
        self._by_number: dict[Decimal, list[_Entry]] = defaultdict(list)
        self._others: list[_Entry] = []
        self._words: list[tuple[str, list[tuple[int, Line]], PageText]] = []
        self._rough: set[tuple[str, int]] = set()
        self._with_radii: set[tuple[str, int]] = set()
        self._limits: dict[Decimal, list[_Entry]] = defaultdict(list)
        self._mass_labels: dict[tuple[str, int], list[Box]] = defaultdict(list)
        self.pages = tuple(pages)
        self.exact = bool(pages) and all(page.text_source == "vector" for page in pages)
        for page in pages:
            self._add(page)

    def places(self, reading: Reading, *, uncounted: bool = False) -> list[Place]:
        """Return all places of the value, vector text before recognised text.

        `uncounted`: only places without a count such as 4x.
        """
        if reading.words is not None and reading.kind in ("material", "reference"):
            found = list(self._find_words(reading.words))
        else:
            found = [
                entry.place
                for entry in self._candidates(reading)
                if says(reading, entry.reading, entry.unit)
                and not (uncounted and entry.reading.count)
                and self._may_be_bare(reading, entry)
                and self._has_its_symbol(reading, entry)
            ]
        unique = {(place.drawing, place.page, place.box): place for place in reversed(found)}
        return sorted(unique.values(), key=lambda place: (place.source != "vector", place.page))

    def _may_be_bare(self, reading: Reading, entry: _Entry) -> bool:
        """Whether a bare number on the sheet can be the value.

        A roughness only on a page that writes none with its letters, a mass only near a word for it
        or in its column: otherwise every 3,2 and every 12,5 would match.
        """
        if entry.reading.kind != "number":
            return True
        page = (entry.place.drawing, entry.place.page)
        if reading.kind == "roughness":
            return page not in self._rough
        if reading.unit in MASSES:
            place = entry.place.box
            return any(_is_labelled(place, label) for label in self._mass_labels[page])
        return True

    def _has_its_symbol(self, reading: Reading, entry: _Entry) -> bool:
        """Whether a number without a symbol can be the diameter or radius of the answer.

        A Ø may be drawn and not recognised, unless the file's dimension says what it measures. An R
        is a letter: on a page that writes one, a number without it is no radius.
        """
        if reading.symbol is None or entry.reading.symbol is not None:
            return True
        if entry.reading.kind not in ("number", "count", "dimension"):
            return True
        measured = _ROLE_SYMBOLS.get(entry.role or "")
        if measured is not None:
            return reading.symbol in measured
        if entry.place.source != "vector":
            return True
        writes_radii = (entry.place.drawing, entry.place.page) in self._with_radii
        return reading.symbol not in ("R", "SR") or not writes_radii

    def limits(self, reading: Reading) -> Place | None:
        """Return the places of sizes that have this value as a limit: `3.40 ±0.10` for 3.50."""
        if reading.kind not in ("number", "count", "dimension") or reading.tolerance:
            return None
        if reading.limits or reading.fit or reading.count or not reading.numbers:
            return None
        for number in reading.numbers:
            for entry in self._limits.get(number, ()):
                unit = entry.reading.unit or entry.unit
                same = reading.symbol in (None, entry.reading.symbol)
                if same and reading.unit in (None, unit, *(("mm", "in") if unit is None else ())):
                    return entry.place
        return None

    def has_text_in(self, drawing: str | None, page: int | None, region: Box) -> bool:
        """Whether any text of the page touches the region."""
        return any(
            _touches(item.box, region)
            for one in self.pages
            if drawing in (None, one.drawing) and page in (None, one.page)
            for item in one.items
        )

    def _candidates(self, reading: Reading) -> list[_Entry]:
        numbers = {*reading.numbers, *(abs(number) for number in reading.numbers)}
        if reading.kind == "ratio" and (inches := fraction(reading)):
            return [*self._others, *self._by_number.get(inches, ())]
        if not numbers:
            return self._others
        return [entry for number in numbers for entry in self._by_number.get(number, ())]

    def _add(self, page: PageText) -> None:
        lines = page_lines(without_grid(page))
        text = "\n".join(line.text for line in lines)
        unit = sheet_unit(text)
        position, starts = 0, []
        here = (page.drawing, page.page)
        for line in lines:
            if _MASS_LABEL.search(line.text):
                self._mass_labels[here] += [part.box for part in line.parts]
            starts.append((position, line))
            position += len(line.text) + 1
            for entry in _entries(line, page, unit):
                self._file(entry)
        self._words.append((text, starts, page))

    def _file(self, entry: _Entry) -> None:
        reading = entry.reading
        if reading.kind == "roughness":
            self._rough.add((entry.place.drawing, entry.place.page))
        if reading.symbol == "R" and entry.place.source == "vector":
            self._with_radii.add((entry.place.drawing, entry.place.page))
        for limit in _limits_of(entry):
            self._limits[limit].append(entry)
        parts = [*reading.numbers, *(reading.tolerance or ()), *(reading.limits or ())]
        parts += [Decimal(part) for part in (reading.count, reading.angle, reading.pitch) if part]
        if reading.kind == "ratio" and (inches := fraction(reading)):
            self._by_number[inches].append(entry)
        for number in {*parts, *(abs(part) for part in parts)}:
            self._by_number[number].append(entry)
        if reading.tolerance or reading.fit or reading.words or not parts:
            self._others.append(entry)

    def _find_words(self, words: str) -> Iterator[Place]:
        chunks = [re.escape(chunk) for chunk in re.findall(r"[^\W\d_]+|\d+|[^\w\s-]", words)]
        written = r"[\s_-]*".join(chunks)
        if _GENERAL_TOLERANCE.search(words):
            written += "[HKL]?"  # ISO 2768-mK includes ISO 2768-m
        pattern = re.compile(
            r"(?<![A-Za-z0-9])" + written + r"(?![A-Za-z0-9])(?![.-]\d)",
            0 if len(words) <= 2 else re.IGNORECASE,
        )
        for text, starts, page in self._words:
            for match in pattern.finditer(text):
                start, line = max(
                    (entry for entry in starts if entry[0] <= match.start()),
                    key=lambda entry: entry[0],
                )
                if match.end() - start > len(line.text):
                    continue
                if len(words) <= 2 and not _is_revision(line, [one for _, one in starts]):
                    continue
                yield place_of(line, page, match.start() - start, match.end() - start)


def sheet_unit(text: str) -> str | None:
    """Return the unit of bare lengths (`mm` or `in`), as far as the sheet's text tells."""
    stated = _STATED_UNIT.search(text)
    if stated is not None:  # `DIMENSIONS IN mm [INCH]`: the first one is the sheet's
        return "in" if re.match(r"(?i)in|zoll|인치|\"|poll|pouce|pulg", stated[1]) else "mm"
    return "in" if _INCHES.search(text) else "mm" if _METRIC.search(text) else None


def _is_revision(line: Line, lines: Sequence[Line]) -> bool:
    """A lone letter is a revision only with its label; datums and frames are full of letters."""
    if _REVISION_LABEL.match(line.text):
        return True
    if len(line.text.strip()) > 2:
        return False
    labels = [one for one in lines if _REVISION_LABEL.match(one.text)]
    return not labels or any(
        _distance(line.parts[0].box, one.parts[0].box) <= _REVISION_REACH * one.height
        for one in labels
    )


def _is_labelled(one: Box, label: Box) -> bool:
    """Whether it is near the label, or above or below it."""
    overlap = min(one[0] + one[2], label[0] + label[2]) - max(one[0], label[0])
    return overlap > 0 or _distance(one, label) <= _MASS_REACH * label[3]


def _distance(one: Box, other: Box) -> float:
    across = max(other[0] - one[0] - one[2], one[0] - other[0] - other[2], 0)
    down = max(other[1] - one[1] - one[3], one[1] - other[1] - other[3], 0)
    return max(across, down)


#: The symbols for each kind of DXF dimension; an ordinate or an angle has none.
_ROLE_SYMBOLS = {"linear": ("Ø",), "ordinate": (), "angle": (), "radius": ("R", "SR"),
                 "diameter": ("Ø", "SØ")}  # fmt: skip


def _limits_of(entry: _Entry) -> Iterator[Decimal]:
    """Return the limits of a size with its tolerance or its ISO 286 class."""
    reading = entry.reading
    if not reading.numbers or reading.kind not in ("dimension", "angle"):
        return
    nominal = reading.numbers[0]
    if reading.tolerance is not None:
        yield from (nominal + deviation for deviation in reading.tolerance)
    elif reading.fit is not None and (reading.unit or entry.unit) != "in":
        for name in reading.fit.split("/"):
            try:
                found = fit_limits(nominal, name)
            except EngineeringError:
                continue
            yield nominal + found.upper_um / 1000
            yield nominal + found.lower_um / 1000


def _entries(line: Line, page: PageText, unit: str | None) -> Iterator[_Entry]:
    text = line.text
    recognised = any(part.item.source == "ocr" for part in line.parts)
    role = line.parts[0].item.role
    for span in read(text, words=False):
        yield _Entry(span.reading, place_of(line, page, span.start, span.end), unit, role)
    if recognised and (guess := _OCR_DIAMETER.sub("Ø", text)) != text:
        for span in read(guess, words=False):
            if span.reading.symbol == "Ø":
                end = min(span.end + len(text) - len(guess), len(text))
                yield _Entry(span.reading, place_of(line, page, span.start, end), unit)


def place_of(line: Line, page: PageText, start: int, end: int) -> Place:
    """Return the place on the page of the characters `start` to `end` of a line."""
    parts = [part for part in line.parts if part.start < end and start < part.end]
    boxes = [_share(part.box, part.item.angle, part.start, part.end, start, end) for part in parts]
    left = min(box[0] for box in boxes)
    top = min(box[1] for box in boxes)
    right = max(box[0] + box[2] for box in boxes)
    bottom = max(box[1] + box[3] for box in boxes)
    source = "ocr" if any(part.item.source == "ocr" for part in parts) else "vector"
    box = Box(left, top, right - left, bottom - top)
    return Place(page.drawing, page.page, box, source, line.text[start:end].strip())


def _share(box: Box, angle: float, first: int, last: int, start: int, end: int) -> Box:
    """Return the part of a run's box with some of its characters, if it is long and straight."""
    length = last - first
    begin, stop = max(start - first, 0) / length, min(end - first, length) / length
    quarter = round(angle / 90) % 4
    if stop - begin > 0.6 or abs(angle / 90 - round(angle / 90)) > 0.02:
        return box
    if quarter >= 2:
        begin, stop = 1 - stop, 1 - begin
    x, y, width, height = box
    if quarter % 2:
        return Box(x, y + height * begin, width, height * (stop - begin))
    return Box(x + width * begin, y, width * (stop - begin), height)


def without_grid(page: PageText) -> list[TextItem]:
    """Return the items without the grid marks of the frame, which are no values of the drawing.

    A grid mark is a lone letter or number in the margin, in line with two others.
    """
    if not page.width or not page.height:
        return list(page.items)
    side = min(page.width, page.height)
    marks = [
        (item, item.box[0] + item.box[2] / 2, item.box[1] + item.box[3] / 2)
        for item in page.items
        if _GRID_MARK.fullmatch(item.text.strip())
    ]
    in_margin = [
        (item, x, y)
        for item, x, y in marks
        if min(x, page.width - x, y, page.height - y) <= _GRID_MARGIN * side
    ]
    near = _GRID_LINE * side
    grid = {
        id(item)
        for item, x, y in in_margin
        if _is_spaced(
            [abs(y - v) for one, u, v in in_margin if abs(x - u) <= near and _alike(item, one)],
            side,
        )
        or _is_spaced(
            [abs(x - u) for one, u, v in in_margin if abs(y - v) <= near and _alike(item, one)],
            side,
        )
    }
    return [item for item in page.items if id(item) not in grid]


def _alike(one: TextItem, other: TextItem) -> bool:
    """Whether two marks have the same lettering."""
    return 0.75 * other.box[3] <= one.box[3] <= 1.34 * other.box[3]


def _is_spaced(distances: Sequence[float], side: float) -> bool:
    """Whether marks in line are as far apart as a grid's, unlike the rows of a table."""
    others = [distance for distance in distances if distance > 0.002 * side]
    return len(others) > 1 and min(others) > _GRID_PITCH * side


def _touches(one: Box, other: Box) -> bool:
    return (
        one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    )
