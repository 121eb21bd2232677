"""Extracts the text elements of an SVG, with boxes in canvas pixels.

Widths are estimated, since the fonts used to draw the file are not available. Transforms, anchors
and sizes are supported, CSS selectors are not.
"""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from backend.drawing import TextItem
from backend.drawings.formats.format import Size
from backend.drawings.text.stacked import items_of
from backend.drawings.text.text_lines import Line, along
from backend.geometry import Box

SVG = "{http://www.w3.org/2000/svg}"
#: Average width of a letter, in ems.
LETTER_WIDTH = 0.56
CAPITALS = 0.74
MAX_DEPTH = 200

_TRANSFORM = re.compile(r"(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^)]*)\)")
_SIZE = re.compile(r"([\d.]+)\s*(px|pt|mm|em|)")
_STYLE = re.compile(r"(font-size|text-anchor|display|visibility)\s*:\s*([^;]+)")

#: a, b, c, d, e, f as in SVG: x' = ax + cy + e, y' = bx + dy + f.
Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, slots=True)
class _State:
    """Properties an element inherits."""

    matrix: Matrix
    size: float = 16.0
    anchor: str = "start"


def svg_text(root: ET.Element, view: Box, canvas: Size) -> list[TextItem]:
    """All text items, in reading order."""
    across, down = canvas[0] / view[2], canvas[1] / view[3]
    start: Matrix = (across, 0, 0, down, -view[0] * across, -view[1] * down)
    lines: list[Line] = []
    _walk(root, _State(start), lines, 0)
    return items_of(lines)


def _walk(element: ET.Element, state: _State, lines: list[Line], depth: int) -> None:
    if depth > MAX_DEPTH or not isinstance(element.tag, str):
        return
    name = element.tag.removeprefix(SVG)
    if name in ("defs", "symbol", "clipPath", "mask", "pattern", "style", "title", "desc"):
        return
    inner = _inherit(element, state)
    if inner is None:
        return
    if name == "text":
        _text(element, inner, lines)
        return
    for child in element:
        _walk(child, inner, lines, depth + 1)


def _inherit(element: ET.Element, state: _State) -> _State | None:
    """The properties for an element; None if it is hidden."""
    style = dict(_STYLE.findall(element.get("style", "")))
    values = {key: style.get(key, element.get(key, "")).strip() for key in (
        "font-size", "text-anchor", "display", "visibility")}  # fmt: skip
    if values["display"] == "none" or values["visibility"] == "hidden":
        return None
    size = state.size
    if match := _SIZE.fullmatch(values["font-size"]):
        unit = {"px": 1.0, "": 1.0, "pt": 96 / 72, "mm": 96 / 25.4, "em": state.size}[match[2]]
        size = float(match[1]) * unit
    matrix = state.matrix
    for kind, arguments in _TRANSFORM.findall(element.get("transform", "")):
        matrix = _times(matrix, _matrix(kind, _numbers(arguments)))
    return _State(matrix, size, values["text-anchor"] or state.anchor)


def _text(element: ET.Element, state: _State, lines: list[Line]) -> None:
    """The text of an element; a tspan with its own position starts a new line."""
    x, y = _first(element.get("x")) or 0.0, _first(element.get("y")) or 0.0
    run = element.text or ""
    current = state
    for child in element:
        if not isinstance(child.tag, str) or child.tag.removeprefix(SVG) != "tspan":
            continue
        inner = _inherit(child, state)
        if inner is None:
            continue
        nx, ny = _first(child.get("x")), _first(child.get("y"))
        dx, dy = _first(child.get("dx")), _first(child.get("dy"))
        if nx is not None or ny is not None or dy:
            _add(run, x, y, current, lines)
            x = x if nx is None else nx
            y = (y if ny is None else ny) + _shift(child.get("dy"), inner.size)
            x += dx or 0.0
            run, current = "", inner
        run += "".join(child.itertext()) + (child.tail or "")
    _add(run, x, y, current, lines)


def _add(run: str, x: float, y: float, state: _State, lines: list[Line]) -> None:
    text = " ".join(run.split())
    if not text:
        return
    width = len(text) * LETTER_WIDTH * state.size
    left = x - {"middle": width / 2, "end": width}.get(state.anchor, 0.0)
    top = y - CAPITALS * state.size
    corners = [_apply(state.matrix, px, py) for px in (left, left + width) for py in (top, y)]
    if not all(math.isfinite(value) for corner in corners for value in corner):
        return
    xs, ys = [corner[0] for corner in corners], [corner[1] for corner in corners]
    box = Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    a, b, c, d, _, _ = state.matrix
    angle = math.degrees(math.atan2(b, a)) % 360
    placed = [along(angle, *corner) for corner in corners]
    base = along(angle, *_apply(state.matrix, left, y))[1]
    size = state.size * math.hypot(c, d)
    start, end = min(p[0] for p in placed), max(p[0] for p in placed)
    lines.append(Line(text, box, angle, size, start, end, base))


def _matrix(kind: str, v: list[float]) -> Matrix:
    if kind == "matrix" and len(v) == 6:
        return v[0], v[1], v[2], v[3], v[4], v[5]
    if kind == "translate" and v:
        return 1, 0, 0, 1, v[0], v[1] if len(v) > 1 else 0
    if kind == "scale" and v:
        return v[0], 0, 0, v[1] if len(v) > 1 else v[0], 0, 0
    if kind == "rotate" and v:
        turn = math.radians(v[0])
        cos, sin = math.cos(turn), math.sin(turn)
        x, y = (v[1], v[2]) if len(v) > 2 else (0.0, 0.0)
        return cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y
    if kind == "skewX" and v:
        return 1, 0, math.tan(math.radians(v[0])), 1, 0, 0
    if kind == "skewY" and v:
        return 1, math.tan(math.radians(v[0])), 0, 1, 0, 0
    return 1, 0, 0, 1, 0, 0


def _times(m: Matrix, n: Matrix) -> Matrix:
    return (
        m[0] * n[0] + m[2] * n[1],
        m[1] * n[0] + m[3] * n[1],
        m[0] * n[2] + m[2] * n[3],
        m[1] * n[2] + m[3] * n[3],
        m[0] * n[4] + m[2] * n[5] + m[4],
        m[1] * n[4] + m[3] * n[5] + m[5],
    )


def _apply(m: Matrix, x: float, y: float) -> tuple[float, float]:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.replace(",", " ").split()]
    except ValueError:
        return []


def _first(text: str | None) -> float | None:
    found = re.match(r"\s*([+-]?(?:\d+\.?\d*|\.\d+))", text or "")
    return float(found[1]) if found else None


def _shift(text: str | None, size: float) -> float:
    """Read `dy`, which exporters often give in ems."""
    value = _first(text) or 0.0
    return value * size if (text or "").strip().endswith("em") else value
