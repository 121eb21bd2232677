"""Finds tables of a sheet by a heading row of known labels and the rows above or below it.

Uses only the places of the runs, not the ruling lines. Callers decide which columns a table must
have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from backend.drawing import TextItem
from backend.extraction.tables.labels import plain, title_label
from backend.extraction.tables.sheet_page import is_upright, middle
from backend.geometry import Box

#: In heading letter heights: the height of one row; the widest gap between two rows; how far a cell
#: may extend past its column.
_SAME_ROW, _ROW_GAP, _SIDE = 0.6, 3.4, 4.0
#: A second line of a cell follows closer than this, in its own heights.
_NEXT_LINE = 1.75

#: Two cells in one run may be cut at a space, or between a word and a number.
_CUT = re.compile(r"(?<=\S)\s+(?=\S)|(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d_])")

#: A column with an unknown heading, and how many of them may be between known ones.
UNKNOWN, _MOST_UNKNOWN = "", 2

Cells = dict[str, list[TextItem]]


@dataclass(frozen=True)
class Ruled:
    """A table as found: the columns from the left, the rows in reading order."""

    columns: tuple[str, ...]
    rows: tuple[Cells, ...]
    heading: tuple[TextItem, ...]
    items: tuple[TextItem, ...]

    @property
    def box(self) -> Box:
        """The box around heading and rows."""
        return Box.around(item.box for item in (*self.heading, *self.items))


def find_table(
    runs: Sequence[TextItem],
    labels: Mapping[str, str],
    is_heading: Callable[[set[str]], bool],
    key: str,
    is_key: Callable[[str], bool],
) -> Ruled | None:
    """Return the first table whose heading passes. Each key in the `key` column starts a row."""
    upright = [part for run in runs if is_upright(run) for part in _labels_apart(run, labels)]
    for row in rows_of(upright):
        for heading in _headings(row, labels, is_heading):
            table = _read(upright, heading, labels, key, is_key)
            if table is not None:
                return table
    return None


def _labels_apart(run: TextItem, labels: Mapping[str, str]) -> list[TextItem]:
    """Split `Rev. Change` in one run into two headings; leave other runs whole."""
    words = run.text.split(" ")
    if len(words) == 1 or plain(run.text) in labels:
        return [run]
    parts: list[str] = []
    while words:
        for end in range(len(words), 0, -1):
            if plain(" ".join(words[:end])) in labels:
                parts.append(" ".join(words[:end]))
                words = words[end:]
                break
        else:
            return [run]
    return _shares(run, parts)


def _shares(run: TextItem, parts: Sequence[str]) -> list[TextItem]:
    """Split a run into parts, each with its share of the box by its letters."""
    result, at = [], 0
    x, y, width, height = run.box
    for part in parts:
        left, right = at / len(run.text), (at + len(part)) / len(run.text)
        place = Box(x + width * left, y, width * (right - left), height)
        result.append(replace(run, text=part, box=place))
        at += len(part) + 1
    return result


def rows_of(runs: Sequence[TextItem]) -> list[list[TextItem]]:
    """Group runs by line, from the top, each line from the left."""
    rows: list[list[TextItem]] = []
    for run in sorted(runs, key=lambda run: middle(run.box)[1]):
        if rows and _level(rows[-1][-1], run):
            rows[-1].append(run)
        else:
            rows.append([run])
    return [sorted(row, key=lambda run: run.box[0]) for row in rows]


def _level(one: TextItem, other: TextItem) -> bool:
    apart = abs(middle(one.box)[1] - middle(other.box)[1])
    return apart <= _SAME_ROW * min(one.box[3], other.box[3])


def _headings(
    row: Sequence[TextItem], labels: Mapping[str, str], is_heading: Callable[[set[str]], bool]
) -> list[list[TextItem]]:
    """Return the stretches of the row that consist of labels and pass. An unknown heading may be
    between two known ones.
    """
    stretches: list[list[TextItem]] = [[]]
    unknown: list[TextItem] = []
    for run in row:
        if plain(run.text) in labels:
            stretches[-1] += [*unknown, run]
            unknown = []
        elif stretches[-1] and len(unknown) < _MOST_UNKNOWN and _may_head(run.text):
            unknown.append(run)
        elif stretches[-1]:
            stretches.append([])
            unknown = []
    return [
        part for part in stretches
        if is_heading({labels[plain(run.text)] for run in part if plain(run.text) in labels})
    ]  # fmt: skip


def _may_head(text: str) -> bool:
    return len(text.split()) <= 3 and not any(sign.isdigit() for sign in text)


def _read(
    runs: Sequence[TextItem],
    heading: Sequence[TextItem],
    labels: Mapping[str, str],
    key: str,
    is_key: Callable[[str], bool],
) -> Ruled | None:
    columns = tuple(unique_names([labels.get(plain(run.text), UNKNOWN) for run in heading]))
    frame = Box.around(run.box for run in heading)
    tall = median(run.box[3] for run in heading)
    left, right = frame[0] - _SIDE * tall, frame[0] + frame[2] + 12 * tall
    near = [
        run for run in runs
        if run not in heading and left <= run.box[0] and run.box[0] <= right
    ]  # fmt: skip
    level = middle(frame)[1]
    best: tuple[Cells, ...] = ()
    for direction in (1, -1):
        side = [run for run in near if (middle(run.box)[1] - level) * direction > 0.6 * tall]
        lines = rows_of(side)[::direction]
        rows = _body(lines, heading, columns, key, is_key, level, tall, direction)
        if len(rows) > len(best):
            best = tuple(rows)
    if not best:
        return None
    items = tuple(item for row in best for cell in row.values() for item in cell)
    return Ruled(columns, best, tuple(heading), items)


def _body(
    lines: Sequence[Sequence[TextItem]],
    heading: Sequence[TextItem],
    columns: Sequence[str],
    key: str,
    is_key: Callable[[str], bool],
    level: float,
    tall: float,
    direction: int,
) -> list[Cells]:
    rows: list[Cells] = []
    pitches: list[float] = []
    last = level
    for line in lines:
        at = median(middle(run.box)[1] for run in line)
        step = abs(at - last)
        if step > (1.6 * median(pitches) if pitches else 2 * _ROW_GAP * tall):
            break
        if any(title_label(run.text) for run in line):
            break
        cells = _cells(line, heading, columns, tall)
        cells.pop(UNKNOWN, None)
        said = " ".join(run.text for run in cells.get(key, ()))
        if said and is_key(said):
            rows.append(cells)
            pitches.append(step)
        elif rows and key not in cells and direction > 0 and step <= _NEXT_LINE * tall:
            for column, items in cells.items():
                rows[-1].setdefault(column, []).extend(items)
        else:
            break
        last = at
    return rows


def _cells(
    line: Sequence[TextItem], heading: Sequence[TextItem], columns: Sequence[str], tall: float
) -> Cells:
    """Assign each run to the column that shares an edge or the middle with it, in order."""
    cells: Cells = {}
    first = 0
    for run in _cells_apart(line, heading):
        costs = [
            (_offset(run.box, heading[place].box, _next(heading, place)), place)
            for place in range(first, len(columns))
        ]
        _, place = min(costs)
        cells.setdefault(columns[place], []).append(run)
        first = place
    return cells


def _cells_apart(line: Sequence[TextItem], heading: Sequence[TextItem]) -> list[TextItem]:
    """Cut runs that continue under the next heading because two cells are so close."""
    parts = list(line)
    for head in heading[1:]:
        edge, slack = head.box[0], 1.5 * head.box[3]
        for place, run in enumerate(parts):
            left, right = run.box[0], run.box[0] + run.box[2]
            if not left + slack < edge < right - slack:
                continue
            cuts = [match.start() for match in _CUT.finditer(run.text)]
            at = min(cuts, key=lambda cut: abs(_x_of(run, cut) - edge), default=None)
            if at is not None and abs(_x_of(run, at) - edge) <= 2 * slack:
                parts[place : place + 1] = _shares(run, [run.text[:at], run.text[at:].strip()])
                break
    return parts


def _x_of(run: TextItem, position: int) -> float:
    return run.box[0] + run.box[2] * position / len(run.text)


def _next(heading: Sequence[TextItem], place: int) -> float:
    return heading[place + 1].box[0] if place + 1 < len(heading) else float("inf")


def _offset(cell: Box, head: Box, next_left: float) -> float:
    edges = (
        abs(cell[0] - head[0]),
        abs(cell[0] + cell[2] - head[0] - head[2]),
        abs(middle(cell)[0] - middle(head)[0]),
    )
    # A text that begins under its own heading belongs there even if a later edge is nearer.
    within = head[0] - 0.5 * head[3] <= cell[0] < next_left - 0.5 * head[3]
    return min(edges) - (head[3] if within else 0)


def unique_names(names: Sequence[str]) -> list[str]:
    """Append a 2 to the name of the second of two columns with the same name."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if name == UNKNOWN or seen[name] == 1 else f"{name}_{seen[name]}")
    return result
