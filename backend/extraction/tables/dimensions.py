"""All dimensions of a page: as the grammar of the evidence reads them, each one once.

A callout cut into runs is read as lines and stacks (`evidence.layout`); of several readings of
the same characters the one that covers most of them is kept. What stands in title block, tables
and notes is no dimension of the part.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import median

from backend.drawing import TextItem
from backend.evidence.index.callout_layout import Line
from backend.evidence.index.sheet_index import place_of
from backend.evidence.parsing.folding import fold
from backend.evidence.parsing.grammar import read
from backend.evidence.parsing.value import Reading, Span
from backend.extraction.tables.dual_units import alternates
from backend.extraction.tables.frames import is_basic, is_tight, may_be_tolerance, with_frames
from backend.extraction.tables.guards import doubt_of
from backend.extraction.tables.limits import Limits, limits_of
from backend.extraction.tables.sheet_page import SheetPage
from backend.extraction.tables.table import COLUMNS, Field, Row, Source, Table
from backend.geometry import Box

NO_DIMENSIONS = "The sheet's text has no dimensions."
FRAMED_NUMBER = "Framed: a basic size, or a geometrical tolerance whose symbol is drawn."
FAINT = "Recognised with doubt, or not all that stands there could be read: look at the sheet."
#: Trust in a recognised text below which its size is not taken as read.
SURE_READING = 0.75
UNREAD = "Beside it stands “{text}”, which could not be read."
#: The role of an item number in a circle, as the drawings give it.
BALLOON = "balloon"
#: … and what recognition says of the marks along the frame.
ZONE = "zone"
#: What a DXF dimension measures, as its entity says.
_ROLES = {"diameter": "diameter", "radius": "radius", "angle": "angle", "roughness": "roughness"}

_SIZES = {"Ø": "diameter", "R": "radius", "SØ": "spherical diameter", "SR": "spherical radius",
          "□": "square", "C": "chamfer"}  # fmt: skip
_GEOMETRIC = re.compile(
    r"^[⏤⏥○⌭⌒⌓∠⟂∥⌖◎⌯↗⌰/⊥\s|]*\|?\s*(S?Ø?\s?(?:\d*[.,]\d+|\d+(?=[^A-Za-z]*[⏤-⏥]|.*\|)))"
    r"(?:\s*[ⓂⓁⓅⓈⒻⓊⓉ](?:\s?\d+(?:[.,]\d+)?)?)*\s*"
    r"(?:[\s|]\s*[A-Z](?:-[A-Z])?\s*[ⓂⓁⓅⓇ]?)*[\s|]*$"
)
_GEOMETRIC_SIGN = re.compile(r"[⏤⏥⌭⌒⌓⟂∥⌖◎⌯⌰⊥]|^[○∠↗][\s|]*S?Ø?\s?\d|^/ ?/")
_DATUMS = re.compile(r"\d[\s|]*[ⓂⓁⓅ]?[\s|]+[A-Z](?:-[A-Z])?(?:[\s|]|$)")
#: A plain number is a dimension where the line has nothing else but brackets and what says of what
#: it is: a depth, a thickness, a width across flats, a pitch circle, typical, largest.
_SAID_BEFORE = re.compile(
    r"(?<!\w)(?:SW|AF|A/F|PCD|BCD?|LK|TK|THK|(?i:min|max)\.?|[tTsLl](?=\s?=))\s?[=:]?\s?$"
    r"|(?:두께|길이)\s?[=:]?\s?$"
)
_SAID_AFTER = re.compile(
    r"\s?\(?(?:(?i:ref|min|max|typ|thk|thick|bsc|basic)|dick|lang|breit|hoch|두께)(?!\w)\.?\)?"
)
_BOUND = re.compile(r"\s?\(?(?i:ref|min|max|bsc|basic)(?!\w)\.?\)?")
_SAID_BASIC = re.compile(r"(?i)(?<![A-Za-z])(?:bsc|basic|theor\w*)(?![A-Za-z])")
_IN_BRACKETS = re.compile(r"\s*\[\s*(?:S?[ØR]\s?)?(?:\d+(?:[.,]\d+)?|[.,]\d+)\s*°?\s*\]\s*")
#: Sizes in inches as fractions of ASME Y14.5: `5/16`, `1 1/2`.
_INCH_FRACTION = re.compile(
    r"\s*(?P<symbol>[ØR])?\s?(?:(?P<whole>\d{1,3})[ -])?(?P<top>\d{1,2})/(?P<bottom>2|4|8|16|32|64)\s*\"?\s*"
)
#: Roughness in microinches as ASME B46.1 prefers it; no size in inches is written so.
_MICROINCHES = {"8", "16", "32", "63", "125", "250", "500"}
#: A gauge number behind a thickness: `3.42 (12ga)`.
_GAUGE = re.compile(r"\s*\(\s*\d{1,2}\s?(?i:ga|gauge)\.?\s*\)\s*")
#: Pipe threads whose letter names many things: without a fraction or a class `G3` is none.
_PIPE_LETTERS = ("G", "R", "Rc", "Rp")
#: A depth stands behind the hole that it belongs to, too: `M5 ↧10`, `TAP DP12`.
_DEPTH_BEFORE = re.compile(
    r"(?:[↧⌵]|(?<!\w)(?:DP|DEPTH|Depth|depth|Tiefe|tief)\s?[=:]?|깊이\s?[=:]?)\s?$"
)
_DEPTH_AFTER = re.compile(r"\s?(?:(?:(?i:deep|dp|depth)|tief)(?!\w)|깊이)")
_OPENED = re.compile(r"[\s(\[~≈]*")
#: Behind the size in one unit, that in the other may stand in brackets.
_CLOSED = re.compile(
    r"[\s)\]°]*(?:[(\[]\s*(?:\d+(?:[.,]\d+)?|[.,]\d+)\s*(?:\"|in|mm)?\s*[)\]])?\s*"
)
_REFERENCE = re.compile(r"\(\s*[ØR]?\s?(?:\d+(?:[.,]\d+)?|[.,]\d+)\s*°?\s*\)")
_SAID_REFERENCE = re.compile(r"(?<!\w)(?i:ref)\.?\)?$")


@dataclass(frozen=True, slots=True)
class Callout:
    """One dimension: what it says, where it stands (None: read by eye), as written."""

    reading: Reading
    kind: str
    text: str
    box: Box | None
    source: Source
    line: str = ""
    #: Theoretically exact (ISO 1101, ASME Y14.5): framed, in brackets, or said to be.
    basic: bool = False
    #: Why the row is not to be trusted.
    doubt: str | None = None
    #: The same size in the other unit, as written.
    alternate: str | None = None


def callouts(page: SheetPage, runs: Iterable[TextItem]) -> list[Callout]:
    """The dimensions among some runs of a page, in reading order."""
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
    """`17 13` in one run are two sizes beside a line that they stand close to."""
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
        box = Box(x, y + height * first, width, height * (last - first)) if turned else Box(
            x + width * first, y, width * (last - first), height
        )  # fmt: skip
        yield replace(run, text=part, box=box)
        start += len(part) + 1


_BARE_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


def _places(number: str) -> int:
    return len(re.split("[.,]", number)[1]) if re.search("[.,]", number) else 0


def _in_one_unit(page: SheetPage, found: list[Callout]) -> list[Callout]:
    """Without what only says a size again in the other unit."""
    extra = alternates(found, page.unit)
    said: dict[int, str] = {number: found[other].text for other, number in extra.items()}
    return [
        replace(one, alternate=said.get(number)) if number in said else one
        for number, one in enumerate(found)
        if number not in extra
    ]


def _of_line(page: SheetPage, line: Line) -> Iterator[tuple[Callout, set[tuple[int, int]]]]:
    text = line.text.strip()
    if _GEOMETRIC.match(text) and (_GEOMETRIC_SIGN.search(text) or _DATUMS.search(text)):
        size = Decimal(re.findall(r"\d+[.,]\d+", text)[0].replace(",", "."))
        symbol = "Ø" if "Ø" in text else None
        reading = Reading("tolerance", (size,), symbol)
        yield _callout(page, line, reading, "geometric", 0, len(line.text))
        return
    if page.unit == "in" and (match := _INCH_FRACTION.fullmatch(line.text)):
        value = Decimal(match["top"]) / Decimal(match["bottom"]) + int(match["whole"] or 0)
        reading = Reading("dimension", (value,), match["symbol"], "in")
        yield _callout(
            page, line, reading, _kind(reading, is_alone=True) or "linear", 0, len(line.text)
        )
        return
    for span in _counted_first(read(line.text, words=False), line.text):
        start, end, is_depth = _with_what_is_said(line.text, span)
        is_alone = is_depth or _is_alone(line.text, start, end)
        kind = _kind(span.reading, is_alone=is_alone)
        if page.unit == "in" and kind == "linear" and line.text.strip() in _MICROINCHES:
            kind = "roughness"
        role = line.parts[0].item.role
        if kind in ("linear", "diameter", "radius") and not span.reading.symbol:
            kind = _ROLES.get(role or "", kind)
        if kind is not None and not (_is_zero(span.reading) and role != "ordinate"):
            yield _callout(page, line, span.reading, kind, start, end)


def _counted_first(spans: list[Span], text: str) -> list[Span]:
    """`M3 ↧4.5 (4x)` are four threads, and one depth of them all."""
    if len(spans) < 2 or spans[0].reading.kind not in ("thread", "dimension"):
        return spans
    first, last = spans[0], spans[-1]
    is_depth = _DEPTH_BEFORE.search(text[: last.start]) is not None
    if first.reading.count or not last.reading.count or not is_depth:
        return spans
    plain = replace(last.reading, count=None)
    if plain.kind == "dimension" and not (
        plain.symbol or plain.unit or plain.tolerance or plain.fit
    ):
        plain = replace(plain, kind="number")
    counted = replace(first.reading, count=last.reading.count)
    return [replace(first, reading=counted), *spans[1:-1], replace(last, reading=plain)]


def _with_what_is_said(text: str, span: Span) -> tuple[int, int, bool]:
    """The span with the words that belong to it, and whether they say that it is a depth."""
    start, end = span.start, span.end
    if span.reading.kind not in ("number", "count"):
        bound = _BOUND.match(text, end)
        return start, bound.end() if bound else end, False
    for before, after, is_depth in (
        (_DEPTH_BEFORE, _DEPTH_AFTER, True),
        (_SAID_BEFORE, _SAID_AFTER, False),
    ):
        if match := before.search(text[:start]):
            return match.start(), end, is_depth
        if match := after.match(text, end):
            return start, match.end(), is_depth
    return start, end, False


def _is_alone(text: str, start: int, end: int) -> bool:
    before = _OPENED.fullmatch(text[:start])
    after = _CLOSED.fullmatch(text[end:]) or _GAUGE.fullmatch(text[end:])
    return before is not None and after is not None


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
        if _REFERENCE.fullmatch(line.text.strip()):
            kind, written = "reference", _as_written(line, 0, len(line.text))
        elif _SAID_REFERENCE.search(written):
            kind = "reference"
    basic = _is_basic(page, line, written)
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


#: A deviation that stands beside a size and was not read with it.
_NOT_READ = re.compile(r"(?<=\d)\s+[+±]\s*$")


def _is_basic(page: SheetPage, line: Line, written: str) -> bool:
    if _SAID_BASIC.search(written):
        return True
    if _IN_BRACKETS.fullmatch(line.text):
        return True
    return len({id(part.item) for part in line.parts}) == 1 and is_basic(line.parts[0].item)


def _is_zero(reading: Reading) -> bool:
    """A nought alone is a deviation whose size stands elsewhere."""
    return reading.limits is None and bool(reading.numbers) and reading.numbers[0] == 0


def _as_written(line: Line, start: int, end: int) -> str:
    """The stretch with its signs as on the sheet: folding kept every character's place."""
    text = list(line.text)
    for part in line.parts:
        for position in range(max(start, part.start), min(end, part.end)):
            at = position - part.start
            if at < len(part.item.text) and fold(part.item.text[at]) == text[position]:
                text[position] = part.item.text[at]
    return "".join(text[start:end]).strip()


def _kind(reading: Reading, *, is_alone: bool) -> str | None:
    if reading.kind in ("number", "count"):
        return "linear" if is_alone else None
    if reading.kind == "dimension":
        if reading.unit in ("kg", "g", "lb", "N", "kN", "Nm", "MPa", "bar", "HRC", "HB", "HV"):
            return None
        return _SIZES.get(reading.symbol or "", "linear")
    if reading.kind == "thread" and reading.symbol in _PIPE_LETTERS:
        if reading.words is None and reading.thread_class is None:
            return None
    if reading.kind in ("angle", "chamfer", "thread", "roughness", "weld"):
        return reading.kind
    return None


def _in_reading_order(found: Sequence[Callout]) -> list[Callout]:
    """From the top in bands of two letter heights, each band from the left."""
    if not found:
        return []
    placed = [(one.box, one) for one in found if one.box is not None]
    band = max(1.0, 2 * median(min(box[2], box[3]) for box, _ in placed))
    placed.sort(key=lambda one: (round((one[0][1] + one[0][3] / 2) / band), one[0][0]))
    return [callout for _, callout in placed]


def dimension_table(
    page: SheetPage, found: Sequence[Callout], general: str | None, largest: float | None = None
) -> Table:
    """The dimensions with their limits, numbered from 1 in reading order.

    `general` is the sheet's general tolerance as its title block has it; `largest` is the longest
    size in millimetres that the sheet can show.
    """
    rows = []
    for number, callout in enumerate(found, 1):
        rows.append(dimension_row(page, callout, number, general, largest))
    notes = () if rows else (NO_DIMENSIONS,)
    return Table("dimensions", COLUMNS["dimensions"], tuple(rows), notes)


def dimension_row(
    page: SheetPage,
    callout: Callout,
    number: int,
    general: str | None,
    largest: float | None = None,
) -> Row:
    """One dimension with its limits."""
    unit = _unit(callout, page.unit)
    limits = limits_of(
        callout.reading, callout.kind, unit, general, callout.text, basic=callout.basic
    )
    cells = dict(_cells(page, callout, unit, limits, number))
    doubt = callout.doubt or doubt_of(callout.reading, limits, unit, largest)
    if doubt is not None:
        cells = {name: _doubted(name, cell, doubt) for name, cell in cells.items()}
    said = f"{callout.kind} {callout.text}"
    return Row(page.row_id("dim", said, callout.box), page.text.page, cells, callout.box)


#: The cells that decide a row's size.
_DECIDING = ("nominal", "smallest", "largest", "upper", "lower", "fit")


def _doubted(name: str, cell: Field, doubt: str) -> Field:
    return replace(cell, status="unsure", note=doubt) if name in _DECIDING else cell


def _unit(callout: Callout, unit: str | None) -> str | None:
    """What the size is in where the sheet's bare lengths are in `unit`."""
    if callout.kind == "roughness":
        return "µm"
    if callout.kind == "thread" and callout.reading.words is not None:
        return "in"  # 1/4-20 UNC, G 1/2
    return callout.reading.unit or ("°" if callout.kind == "angle" else unit)


def callouts_of_text(page: SheetPage, text: str) -> Callout | None:
    """What one text says as a dimension, without a place on the sheet; None where it is none."""
    item = TextItem(text, Box(0.0, 0.0, max(1.0, 10.0 * len(text)), 20.0))
    found = callouts(page, [item])
    if not found:
        return None
    longest = max(found, key=lambda one: len(one.text))
    return replace(longest, box=None)


#: Rules whose deviations come from a standard's table.
_STANDARD = re.compile(r"(?:ISO|DIN|EN|JIS|GB|KS|GOST|ГОСТ)\b")


def _cells(
    page: SheetPage, callout: Callout, unit: str | None, limits: Limits, number: int
) -> Iterator[tuple[str, Field]]:
    reading = callout.reading
    read_off = {"box": callout.box, "page": page.text.page, "source": callout.source}

    rule: Source = "standard" if _STANDARD.match(limits.by or "") else "computed"

    def found(value: str | None) -> Field:
        return Field(value, "found", **read_off)  # type: ignore[arg-type]

    def computed(value: Decimal | None, note: str | None) -> Field:
        if value is None:
            return Field(None, "missing", callout.box, page.text.page, None, note)
        return Field(plain(value), "computed", callout.box, page.text.page, rule, note)

    yield "number", Field(str(number), "computed", callout.box, page.text.page, "computed")
    zone = None if callout.box is None else page.zones.at(callout.box)
    if zone is not None:
        yield "zone", Field(zone, "computed", callout.box, page.text.page, "computed")
    yield "count", found(str(reading.count or 1))
    yield "kind", found(callout.kind)
    yield "nominal", found(_nominal(callout))
    if unit is not None:
        yield "unit", found(unit)
    if reading.tolerance is not None and limits.upper is not None and limits.lower is not None:
        yield "upper", found(signed(limits.upper))
        yield "lower", found(signed(limits.lower))
    elif limits.upper is not None and limits.lower is not None:
        yield "upper", Field(signed(limits.upper), "computed", source=rule, note=limits.by)
        yield "lower", Field(signed(limits.lower), "computed", source=rule, note=limits.by)
    if reading.fit is not None:
        yield "fit", found(reading.fit)
    elif reading.thread_class is not None:
        yield "fit", found(reading.thread_class)
    if limits.by == "stated limits":
        yield "smallest", found(f"{limits.smallest}")
        yield "largest", found(f"{limits.largest}")
    elif limits.by is not None or limits.note is not None:
        yield "smallest", computed(limits.smallest, limits.note or limits.by)
        yield "largest", computed(limits.largest, limits.note or limits.by)
    if limits.by is not None:
        yield "tolerance_by", Field(limits.by, "computed", source=rule)
    if callout.alternate is not None:
        note = f"Also written as {callout.alternate}."
        yield "text", replace(found(callout.text), note=note)
    else:
        yield "text", found(callout.text)


def _nominal(callout: Callout) -> str | None:
    reading = callout.reading
    if reading.limits is not None:
        return None
    if not reading.numbers:
        return reading.words
    size = f"{reading.numbers[0]:f}"
    return f"{size}x{reading.pitch:f}" if reading.pitch is not None else size


def plain(value: Decimal) -> str:
    """A size as people write it, with no more zeros than it came with."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if text.endswith("000") and "." in text else text


def signed(value: Decimal) -> str:
    """A deviation with its sign; zero has none."""
    if value == 0:
        return "0"
    return f"{plain(value)}" if value < 0 else f"+{plain(value)}"
