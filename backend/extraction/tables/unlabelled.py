"""Finds title block fields without labels, by the form of a text and its place.

`1 OF 1` in a cell of the title block is the sheet, `A4` its size; some sheets have only a centred
paragraph as title block. A field with two candidates stays empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath

from backend.drawing import TextItem
from backend.evidence.parsing.folding import fold
from backend.extraction.tables.labels import label_and_rest, title_label
from backend.extraction.tables.sheet_page import SheetPage, inside, is_upright, middle
from backend.extraction.tables.table import Field
from backend.extraction.tables.table_areas import Area
from backend.extraction.tables.title_forms import (
    MASS_WITH_UNIT,
    ONE_DATE,
    PAPER,
    SCALE,
    SHEET_OF,
    is_company,
    is_material,
)
from backend.geometry import Box

#: Lines of a paragraph: their pitch, how far their edges or middles differ, and gaps within a line,
#: in letter heights.
_PITCH, _ALIGNED, _GAP = 2.4, 1.2, 3.0
#: This many kinds of title block fields make a paragraph a title block.
_FEWEST_KINDS = 2
_SHORTEST_NAME = 5
#: A ruled block without labels is a title block in the lower part of the sheet.
_LOWER_PART = 0.6
_PARTS = re.compile(r"\s+[-–—/|;]\s+|\s{3,}|;\s+")
_PAPER_DRAWING = re.compile(
    r"(?i)\b(A[0-4])(?:\s+(?:drawing|sheet|format|paper|zeichnung|dessin|disegno))?\b"
)
_SCALE_WORD = re.compile(
    r"(?i)\b(?:scale|maßstab|scala|échelle|escala|schaal|skala)\s*:?\s*(\d{1,4}\s?:\s?\d{1,4}|1/\d)"
)
_GENERAL = re.compile(
    r"(?i)^(?:general|gen\.?|allgemein\w*|unless\b.*?)?[ -]?(?:tolerances?|toleranz(?:en)?|tol\.?)"
    r"(?:\s+(?:unless|if not)\b[^:]*?)?\s*[:=]?\s*((?:±|\+\s?/\s?-)?\s*\d*[.,]?\d+\s*(?:mm|in"
    r"|\"|”)?)$"
)
_UNITS = re.compile(r"(?i)\bdim(?:ension)?s?\b.*\b(?:millimet(?:er|re)s?|mm|inch(?:es)?)\b")
_ADDRESS = re.compile(r"(?i)\b(?:tel|fax|phone|www\.|https?:|e-?mail|@)|\(\d{3}\)\s?\d{3}|@\w")


@dataclass(frozen=True)
class TextRow:
    """Runs on one baseline, read as one line."""

    runs: tuple[TextItem, ...]

    @cached_property
    def text(self) -> str:
        """The runs with single spaces between them."""
        return " ".join(run.text for run in self.runs)

    @cached_property
    def box(self) -> Box:
        """The box around all of them."""
        return Box.around(run.box for run in self.runs)


def unlabelled_fields(
    page: SheetPage,
    runs: Sequence[TextItem],
    labels: Sequence[tuple[str, TextItem]],
    areas: Sequence[Area],
    name: str,
    blocks: Sequence[Sequence[TextRow]],
) -> dict[str, Field]:
    """Return the unlabelled fields of a page. `name`: the file's; `blocks`: the page's
    `paragraphs`.
    """
    found: dict[str, Field] = {}
    block = _block(runs, labels, areas)
    taken = {id(item) for _, item in labels}
    for field, is_one in _KINDS.items():
        _single(page, found, field, [run for run in block if id(run) not in taken], is_one)
    _company(page, found, block, labels)
    for paragraph in blocks:
        for field, value in of_paragraph(page, paragraph).items():
            found.setdefault(field, value)
    _gost(page, found, runs)
    number = _by_file_name(page, block or runs, name, taken)
    if number is not None:
        found["number"] = number
    return found


def _whole(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    def value(text: str) -> str | None:
        match = pattern.fullmatch(fold(text).strip())
        return None if match is None else next((part for part in match.groups() if part), match[0])

    return value


_KINDS: dict[str, Callable[[str], str | None]] = {
    "scale": _whole(SCALE),
    "sheet": _whole(SHEET_OF),
    "size": _whole(PAPER),
    "mass": _whole(MASS_WITH_UNIT),
    "date": _whole(ONE_DATE),
    "material": lambda text: text if is_material(text) else None,
}


def _block(
    runs: Sequence[TextItem], labels: Sequence[tuple[str, TextItem]], areas: Sequence[Area]
) -> list[TextItem]:
    """Return the runs of the title block: in the ruled areas with its labels, or else
    around them.
    """
    items = [item for _, item in labels]
    if not items:
        below = max((run.box[1] for run in runs), default=0.0) * _LOWER_PART
        return [
            run for run in runs
            if run.box[1] > below and any(area.holds(run.box) for area in areas)
        ]  # fmt: skip
    ids = {id(item) for item in items}
    ruled = [
        area for area in areas if sum(id(run) in ids for run in area.runs) >= 2
    ]  # fmt: skip
    if ruled:
        return [run for run in runs if any(area.holds(run.box) for area in ruled)]
    x, y, width, height = Box.around(item.box for item in items)
    tall = min(item.box[3] for item in items)
    around = Box(x - 4 * tall, y - 4 * tall, width + 12 * tall, height + 8 * tall)
    return [run for run in runs if inside(run.box, around)]


def _single(
    page: SheetPage,
    found: dict[str, Field],
    field: str,
    runs: Iterable[TextItem],
    value_of: Callable[[str], str | None],
) -> None:
    """Return the field if exactly one value of its kind is there."""
    values = [(value, run) for run in runs if (value := value_of(run.text))]
    if len({value for value, _ in values}) == 1:
        value, run = values[0]
        found[field] = page.field([run], value)


def _company(
    page: SheetPage,
    found: dict[str, Field],
    block: Sequence[TextItem],
    labels: Sequence[tuple[str, TextItem]],
) -> None:
    """Return a firm's name, recognised by its words, alone in the block or above an address."""
    names = [run for run in block if is_company(run.text) and title_label(run.text) is None]
    if not names:
        return
    heights = sorted(item.box[3] for _, item in labels) or [0.0]
    usual = heights[len(heights) // 2]
    with_address = [run for run in names if any(
        _ADDRESS.search(other.text) and 0 < other.box[1] - run.box[1] < 8 * run.box[3]
        and abs(other.box[0] - run.box[0]) < 8 * run.box[3]
        for other in block
    )]  # fmt: skip
    tall = [run for run in names if run.box[3] >= 1.4 * usual]
    for chosen in (with_address, tall, names):
        if len({run.text for run in chosen}) == 1:
            found["company"] = page.field([chosen[0]])
            return


def _by_file_name(
    page: SheetPage, runs: Sequence[TextItem], name: str, taken: set[int]
) -> Field | None:
    """Return the run that equals the file's name: files are often named after the drawing
    number.
    """
    stem = _letters(PurePath(name).stem)
    if len(stem) < _SHORTEST_NAME or not any(sign.isdigit() for sign in stem):
        return None
    same = [
        run for run in runs
        if id(run) not in taken and len(said := _letters(run.text)) >= _SHORTEST_NAME
        and any(sign.isdigit() for sign in said) and said == stem
    ]  # fmt: skip
    return page.field([same[0]]) if len({run.text for run in same}) == 1 else None


def _gost(page: SheetPage, found: dict[str, Field], runs: Sequence[TextItem]) -> None:
    """Return the designation of GOST 2.201 and the name in the cell below it (GOST 2.104,
    form 1).
    """
    for run in runs:
        if run.cell is None or not _GOST.fullmatch(run.text.strip()):
            continue
        found.setdefault("number", page.field([run]))
        x, y, width, height = run.cell
        below = [
            other for other in runs
            if other.cell is not None and abs(other.cell[0] - x) <= 8
            and abs(other.cell[1] - y - height) <= 8 and abs(other.cell[2] - width) <= 12
        ]  # fmt: skip
        if below and re.search(r"[^\W\d_]{3,}", below[0].text):
            found.setdefault("title", page.field(below))
        return


_GOST = re.compile(r"[А-ЯЁA-Z]{2,5}\.\d{6}\.\d{3}(?:-\d{2,3})?(?: ?СБ)?")


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def paragraphs(runs: Sequence[TextItem], areas: Sequence[Area]) -> list[list[TextRow]]:
    """Return blocks of at least two lines of words, outside of ruled areas."""
    free = [
        run for run in runs
        if is_upright(run) and not any(area.holds(run.box) for area in areas)
    ]  # fmt: skip
    blocks: list[list[TextRow]] = []
    growing: list[list[TextRow]] = []
    for row in rows_within(free):
        if not re.search(r"[^\W\d_]{2,}|\d[.,/]\d", row.text):
            continue
        growing = [one for one in growing
                   if row.box[1] - one[-1].box[1] <= 3 * _PITCH * one[-1].box[3]]  # fmt: skip
        block = next((one for one in growing if _goes_on(one[-1], row)), None)
        if block is None:
            block = [row]
            blocks.append(block)
            growing.append(block)
        else:
            block.append(row)
    return [block for block in blocks if len(block) > 1]


def rows_within(runs: Sequence[TextItem]) -> list[TextRow]:
    """Group runs on one baseline that are no further apart than a column gap, from the top."""
    rows: list[list[TextItem]] = []
    for run in sorted(runs, key=lambda run: (run.box[1] + run.box[3], run.box[0])):
        for row in rows[-6:]:
            last = row[-1]
            tall = max(last.box[3], run.box[3])
            level = abs(middle(last.box)[1] - middle(run.box)[1]) <= 0.5 * tall
            if (
                level
                and _one_cell(last, run)
                and -0.5 * tall <= run.box[0] - last.box[0] - last.box[2] <= _GAP * tall
            ):
                row.append(run)
                break
        else:
            rows.append([run])
    return sorted((TextRow(tuple(row)) for row in rows), key=lambda row: row.box[1])


def _one_cell(one: TextItem, other: TextItem) -> bool:
    return one.cell is None or other.cell is None or tuple(one.cell) == tuple(other.cell)


def _goes_on(one: TextRow, other: TextRow) -> bool:
    tall = min(one.box[3], other.box[3])
    step = middle(other.box)[1] - middle(one.box)[1]
    left = abs(one.box[0] - other.box[0]) <= _ALIGNED * tall
    centred = abs(middle(one.box)[0] - middle(other.box)[0]) <= _ALIGNED * tall
    alike = max(one.box[3], other.box[3]) <= 1.8 * tall
    return (left or centred) and alike and 0.5 * tall < step <= _PITCH * tall


def of_paragraph(page: SheetPage, rows: Sequence[TextRow]) -> dict[str, Field]:
    """Return the fields of a paragraph that is a title block; none if there is too little
    evidence.
    """
    found: dict[str, Field] = {}
    other: list[TextRow] = []
    for row in rows:
        text = fold(row.text)
        known = dict(_of_line(text))
        if re.match(r"\d{1,2}\s?[.)]\s", text) or re.fullmatch(r"(?i)notes?:?", text):
            return {}
        for field, value in known.items():
            found.setdefault(field, page.field(row.runs, value))
        if not known or set(known) == {"date"}:
            other.append(row)
    kinds = set(found) & {"scale", "size", "date", "units", "general_tolerance", "sheet"}
    if len(kinds) < _FEWEST_KINDS or not kinds & {"scale", "size"}:
        return {}
    for row in other:
        if row is not rows[0] and is_material(row.text):
            found.setdefault("material", page.field(row.runs))
        elif row is not rows[0] and is_company(row.text):
            found.setdefault("company", page.field(row.runs))
    if rows[0] in other and (title := _title(rows[0].text)):
        found.setdefault("title", page.field(rows[0].runs, title))
    return found


def _title(text: str) -> str:
    """Return the first line of the paragraph without its date."""
    bare = ONE_DATE.sub("", text)
    return re.sub(r"^[\s\-–/|,]+|[\s\-–/|,]+$", "", bare)


def _of_line(text: str) -> Iterable[tuple[str, str]]:
    if match := _SCALE_WORD.search(text):
        yield "scale", match[1]
    elif match := re.search(r"(?:^|\s)(\d{1,3}\s?:\s?\d{1,3})$", text):
        if len(text.split()) <= 3:
            yield "scale", match[1]
    if match := _PAPER_DRAWING.search(text):
        yield "size", match[1]
    if _UNITS.search(text):
        yield "units", "in" if re.search(r"(?i)inch", text) else "mm"
    if match := _GENERAL.match(text.strip()):
        yield "general_tolerance", match[1].strip()
    for part in _PARTS.split(text):
        if ONE_DATE.fullmatch(part.strip()):
            yield "date", part.strip()
        elif match := SHEET_OF.fullmatch(part.strip()):
            yield "sheet", match[1]
    split = label_and_rest(text)
    if split is not None and split[2] and split[0] in ("material", "finish", "number", "revision"):
        yield split[0], split[1]
