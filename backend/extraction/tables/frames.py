"""Finds frames around numbers by their ruled cells: control frames (ISO 1101) and basic sizes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from backend.drawing import TextItem
from backend.geometry import Box

#: A frame's cell in letter heights: its height, and the room beside a number.
_TIGHT, _SIDES = (1.15, 2.7), 2.6
#: The same for the frame of a basic size, which is drawn close around it.
_CLOSE, _CLOSE_SIDES = (1.15, 2.25), 0.9
#: A number in a frame this much higher than its letters may be a tolerance without its symbol.
_FRAME_HEIGHT = 1.75
_TOUCH = 7.0

_SIGNS = "⏤⏥○⌭⌒⌓∠⟂∥⌖◎⌯↗⌰⊥/"
_SIGN = re.compile(rf"[{_SIGNS}]+")
_VALUE = re.compile(
    rf"[{_SIGNS}\s|]*(?:S?[Ø⌀]\s?)?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:\s?[ⓂⓁⓅⓈⒻⓊⓉMLPSF](?:\s?\d+"
    rf"(?:[.,]\d+)?)?)*"
)
_DATUM = re.compile(r"[A-Z](?:\s?-\s?[A-Z])?(?:\s?[ⓂⓁⓇML])?")


def with_frames(runs: Sequence[TextItem]) -> list[TextItem]:
    """Join the runs of each control frame into one: `⌖|Ø0.1Ⓜ|A|B`."""
    framed = [run for run in runs if is_tight(run)]
    rows: list[list[TextItem]] = []
    for run in sorted(framed, key=lambda run: _start(run)):
        row = next((row for row in rows if _abuts(row[-1], run)), None)
        if row is None:
            rows.append([run])
        else:
            row.append(run)
    joined: list[TextItem] = []
    taken: set[int] = set()
    for row in rows:
        if len(row) > 1 and _is_frame([run.text.strip() for run in row]):
            taken.update(id(run) for run in row)
            text = "|".join(run.text.strip() for run in row)
            joined.append(
                replace(row[0], text=text, box=Box.around(run.box for run in row), cell=None)
            )
    return [run for run in runs if id(run) not in taken] + joined


def is_tight(run: TextItem) -> bool:
    """Whether the run's cell may be a compartment of a control frame."""
    return _is_framed(run, _TIGHT, _SIDES)


def is_basic(run: TextItem) -> bool:
    """Whether the run's cell is a frame drawn around it, as around a basic size."""
    return _is_framed(run, _CLOSE, _CLOSE_SIDES)


def _is_framed(run: TextItem, heights: tuple[float, float], sides: float) -> bool:
    if run.cell is None:
        return False
    (_, _, width, height), (_, _, across, down) = run.box, run.cell
    if round(run.angle / 90) % 2:
        width, height, across, down = height, width, down, across
    low, high = heights
    return low * height <= down <= high * height and across <= width + 2 * sides * height


def may_be_tolerance(run: TextItem) -> bool:
    """Whether a lone number is framed like a control frame whose symbol is missing from
    the text.
    """
    if run.cell is None:
        return False
    turned = round(run.angle / 90) % 2
    height, frame = (run.box[2], run.cell[2]) if turned else (run.box[3], run.cell[3])
    return frame >= _FRAME_HEIGHT * height


def _start(run: TextItem) -> tuple[float, float]:
    turned = round(run.angle / 90) % 2
    x, y = (run.cell or run.box)[:2]
    return (round(x / _TOUCH), -y) if turned else (round(y / _TOUCH), x)


def _abuts(one: TextItem, other: TextItem) -> bool:
    if one.cell is None or other.cell is None or round(one.angle) != round(other.angle):
        return False
    (x, y, width, height), (u, v, across, down) = one.cell, other.cell
    if round(one.angle / 90) % 2:
        return (
            abs(x - u) <= _TOUCH and abs(width - across) <= _TOUCH and abs(v + down - y) <= _TOUCH
        )
    return abs(y - v) <= _TOUCH and abs(height - down) <= _TOUCH and abs(x + width - u) <= _TOUCH


def _is_frame(texts: Sequence[str]) -> bool:
    values = [text for text in texts if _VALUE.fullmatch(text)]
    others = [text for text in texts if not _VALUE.fullmatch(text)]
    return len(values) == 1 and all(
        _SIGN.fullmatch(text) or _DATUM.fullmatch(text) for text in others
    )
