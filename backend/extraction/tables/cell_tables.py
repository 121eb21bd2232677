"""Finds tables by their ruled cells: a heading row, and the cells below or above its columns.

In a ruled table the lines assign each text to a column and a row, so that an unknown heading, an
empty cell or a cell of two lines does no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median

from backend.drawing import TextItem
from backend.extraction.tables.labels import plain
from backend.extraction.tables.ruled_tables import UNKNOWN, Cells, Ruled, rows_of, unique_names
from backend.extraction.tables.table_areas import ruled_areas
from backend.geometry import Box

#: Cells of one row start within this many pixels; a column's cells lie within its heading's.
_LEVEL, _SLACK = 8.0, 10.0

_Row = list[tuple[Box, list[TextItem]]]


def find_cell_table(
    runs: Sequence[TextItem],
    labels: Mapping[str, str],
    is_heading: Callable[[set[str]], bool],
    key: str,
    is_key: Callable[[str], bool],
) -> Ruled | None:
    """Return the first ruled table whose heading passes; None if there is none.

    A row needs a key that passes or, in a table without such a column, any two cells.
    """
    for area in ruled_areas(runs):
        rows = _rows(area.runs)
        for number, row in enumerate(rows):
            names = [_name(texts, labels) for _, texts in row]
            known = {name for name in names if name}
            if not is_heading(known) or len(known) < 2:
                continue
            for side in (rows[number + 1 :], rows[:number][::-1]):
                found = _body(row, names, side, key, is_key, labels)
                if found:
                    columns = tuple(unique_names([name for name in names if name]))
                    items = tuple(item for one in found for cell in one.values() for item in cell)
                    heading = tuple(item for _, texts in row for item in texts)
                    return Ruled(columns, tuple(found), heading, items)
    return None


def _rows(runs: Sequence[TextItem]) -> list[_Row]:
    """Return the cells of an area row by row, each row from the left, each cell's texts in reading
    order.
    """
    cells: dict[Box, list[TextItem]] = {}
    for run in runs:
        if run.cell is not None:
            cells.setdefault(tuple(run.cell), []).append(run)  # type: ignore[arg-type]
    rows: list[_Row] = []
    for cell in sorted(cells, key=lambda cell: (cell[1], cell[0])):
        texts = [item for line in rows_of(cells[cell]) for item in line]
        if rows and abs(rows[-1][0][0][1] - cell[1]) <= _LEVEL:
            rows[-1].append((cell, texts))
        else:
            rows.append([(cell, texts)])
    return [sorted(row, key=lambda one: one[0][0]) for row in rows]


def _name(texts: Sequence[TextItem], labels: Mapping[str, str]) -> str:
    return labels.get(plain(" ".join(item.text for item in texts)), UNKNOWN)


def _body(
    heading: _Row,
    names: Sequence[str],
    rows: Sequence[_Row],
    key: str,
    is_key: Callable[[str], bool],
    labels: Mapping[str, str],
) -> list[Cells]:
    found: list[Cells] = []
    edge = heading[0][0]
    heights: list[float] = []
    columns = unique_names(list(names))
    left, right = edge[0], heading[-1][0][0] + heading[-1][0][2]
    for row in rows:
        inside = [
            one
            for one in row
            if left - _SLACK <= one[0][0] and one[0][0] + one[0][2] <= right + _SLACK
        ]
        if not inside:
            break
        gap = _gap(edge, inside[0][0])
        if gap > (2.6 * median(heights) if heights else 1.2 * edge[3]) + _LEVEL:
            break
        cells: Cells = {}
        for cell, texts in inside:
            place = _column(cell, heading)
            if place is not None and names[place]:
                cells.setdefault(columns[place], []).extend(texts)
        said = " ".join(item.text for item in cells.get(key, ()))
        if found and len(inside) == 1 and not said:
            edge = inside[0][0]  # a heading between the rows, such as `nuts and bolts`
            continue
        if (key in names and not is_key(said)) or (key not in names and len(cells) < 2):
            if found or said or sum(bool(_name(texts, labels)) for _, texts in inside) > 1:
                break
            continue
        found.append(cells)
        heights.append(inside[0][0][3])
        edge = inside[0][0]
    return found


def _gap(one: Box, other: Box) -> float:
    return max(other[1] - one[1] - one[3], one[1] - other[1] - other[3])


def _column(cell: Box, heading: _Row) -> int | None:
    middle = cell[0] + cell[2] / 2
    for place, (head, _) in enumerate(heading):
        if head[0] - _SLACK <= middle <= head[0] + head[2] + _SLACK:
            return place
    return None
