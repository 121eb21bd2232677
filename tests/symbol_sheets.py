"""Sheets with symbols drawn beside text, as CAD programs draw them, made for the tests.

Proportions are those of ISO 7083, ASME Y14.5 and programs' own; strokes, chains of 8 to 72 lines,
Béziers, filled outlines, one path or many, mirrored and scaled coordinates, any turn. Coordinates
of a symbol are in letter heights, y upwards, its origin on the baseline.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from reportlab.pdfbase.pdfmetrics import stringWidth

Point = tuple[float, float]
#: A line, or a circle's or arc's middle, radius and angles in degrees.
Part = tuple[Point, Point] | tuple[float, float, float, float, float]

#: Helvetica's digits in its size.
DIGITS = 0.703


@dataclass(frozen=True)
class Style:
    """How a program writes a symbol into its file."""

    steps: int = 36  #: lines of a full circle; 0: Béziers
    is_filled: bool = False
    is_one_path: bool = True
    width: float = 0.06  #: of a stroke, in letter heights
    rounded: int = 2  #: decimals of coordinates
    is_mirrored: bool = False
    is_reversed: bool = False
    unit: float = 1.0  #: scale of the coordinates inside `cm`
    lean: float = 0.0  #: of italics
    squeeze: float = 1.0  #: of narrow letters


def styles(chance: random.Random) -> Style:
    """One of many programs."""
    is_filled = chance.random() < 0.25
    return Style(
        steps=chance.choice([0, 8, 12, 16, 24, 36, 56, 72]),
        is_filled=is_filled,
        is_one_path=chance.random() < 0.6,
        width=chance.choice([0.03, 0.06, 0.1]) if is_filled else chance.choice([0.02, 0.07, 0.14]),
        rounded=chance.choice([1, 2, 3]),
        is_mirrored=chance.random() < 0.3,
        is_reversed=chance.random() < 0.5,
        unit=chance.choice([1.0, 0.1, 0.05]),
        lean=0.26 if chance.random() < 0.08 else 0.0,
        squeeze=chance.choice([1.0, 1.0, 1.0, 0.92, 0.85, 1.1]),
    )


@dataclass
class Sheet:
    """A page's content in the making; texts are placed by their baseline's start."""

    width: float = 1200.0
    height: float = 850.0
    parts: list[str] = field(default_factory=list)

    def text(self, at: Point, text: str, height: float, turn: float = 0.0) -> None:
        """A text with digits of this height."""
        size = height / DIGITS
        cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        place = f"{cos:.5f} {sin:.5f} {-sin:.5f} {cos:.5f} {at[0]:.3f} {at[1]:.3f}"
        self.parts.append(f"BT /F1 {size:.3f} Tf {place} Tm ({escaped}) Tj ET")

    def lines(self, points: Sequence[Point], ink: str = "S", width: float = 0.5) -> None:
        """A chain of lines in page points."""
        moves = " ".join(
            f"{x:.3f} {y:.3f} {'l' if index else 'm'}" for index, (x, y) in enumerate(points)
        )
        self.parts.append(f"{width} w {moves} {ink}")

    def symbol(
        self, parts: Sequence[Part], at: Point, height: float, turn: float, style: Style
    ) -> None:
        """A symbol whose origin is at a page point."""
        drawn = [
            _outline(part, style) if style.is_filled else [_chain(part, style)] for part in parts
        ]
        place = _placer(at, height, turn, self.height, style)
        chains = [[[place(x, y) for x, y in chain] for chain in one] for one in drawn]
        ink = "f*" if style.is_filled else "S"
        scale = 1 / style.unit
        frame = f"{style.unit} 0 0 {-style.unit if style.is_mirrored else style.unit} 0 "
        frame += f"{self.height if style.is_mirrored else 0} cm"
        self.parts.append(f"q {frame} {style.width * height * scale:.4f} w")
        paths = [
            " ".join(self._path(chain, part, style) for chain in one)
            for one, part in zip(chains, parts, strict=True)
        ]
        if style.is_filled:
            self.parts += [f"{path} {ink}" for path in paths]
        else:
            self.parts += (
                [f"{' '.join(paths)} {ink}"]
                if style.is_one_path
                else [f"{path} {ink}" for path in paths]
            )
        self.parts.append("Q")

    def _path(self, chain: list[Point], part: Part, style: Style) -> str:
        points = chain[::-1] if style.is_reversed else chain
        decimals = style.rounded + (0 if style.unit == 1 else 1)
        if not style.steps and len(part) == 5 and not style.is_filled:
            first, *others = [f"{x:.4f} {y:.4f}" for x, y in points]
            curves = [" ".join(others[i : i + 3]) + " c" for i in range(0, len(others), 3)]
            return f"{first} m {' '.join(curves)}"
        moves = [f"{x:.{decimals}f} {y:.{decimals}f}" for x, y in points]
        return " ".join(f"{m} {'l' if i else 'm'}" for i, m in enumerate(moves))

    def content(self) -> str:
        """The content stream."""
        return "\n".join(self.parts)


def _placer(
    at: Point, height: float, turn: float, page: float, style: Style
) -> Callable[[float, float], Point]:
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))

    def place(x: float, y: float) -> Point:
        x = x * style.squeeze + style.lean * (y - 0.5)
        px = at[0] + height * (x * cos - y * sin)
        py = at[1] + height * (x * sin + y * cos)
        return px / style.unit, (page - py if style.is_mirrored else py) / style.unit

    return place


def _chain(part: Part, style: Style) -> list[Point]:
    if len(part) == 2:
        return [part[0], part[1]]
    x, y, radius, start, end = part
    if not style.steps:
        return _beziers(x, y, radius, start, end)
    count = max(3, round(style.steps * abs(end - start) / 360))
    turns = [math.radians(start + (end - start) * step / count) for step in range(count + 1)]
    return [(x + radius * math.cos(t), y + radius * math.sin(t)) for t in turns]


def _beziers(x: float, y: float, radius: float, start: float, end: float) -> list[Point]:
    count = max(1, math.ceil(abs(end - start) / 90))
    step = math.radians(end - start) / count
    pull = 4 / 3 * math.tan(step / 4) * radius
    points = []
    for index in range(count + 1):
        turn = math.radians(start) + index * step
        px, py = x + radius * math.cos(turn), y + radius * math.sin(turn)
        dx, dy = -math.sin(turn) * pull, math.cos(turn) * pull
        if index:
            points.append((px - dx, py - dy))
        points.append((px, py))
        if index < count:
            points.append((px + dx, py + dy))
    return points


def _outline(part: Part, style: Style) -> list[list[Point]]:
    """The closed outlines of a stroke."""
    half = style.width / 2
    lined = Style(steps=style.steps or 24)
    if len(part) == 2:
        (x1, y1), (x2, y2) = part
        length = math.hypot(x2 - x1, y2 - y1)
        dx, dy = -(y2 - y1) / length * half, (x2 - x1) / length * half
        corners = [(x1 + dx, y1 + dy), (x2 + dx, y2 + dy), (x2 - dx, y2 - dy), (x1 - dx, y1 - dy)]
        return [[*corners, corners[0]]]
    x, y, radius, start, end = part
    outer = _chain((x, y, radius + half, start, end), lined)
    inner = _chain((x, y, radius - half, start, end), lined)
    if abs(end - start) >= 360:
        return [outer, inner]
    return [[*outer, *inner[::-1], outer[0]]]


def _lines(*points: Point) -> list[Part]:
    return [(one, other) for one, other in pairwise(points)]


def _circle(x: float, y: float, radius: float) -> Part:
    return (x, y, radius, 0.0, 360.0)


def _diameter(radius: float, length: float, degrees: float) -> list[Part]:
    dx = length / 2 * math.cos(math.radians(degrees))
    dy = length / 2 * math.sin(math.radians(degrees))
    middle = max(radius, dx)
    return [_circle(middle, 0.5, radius), ((middle - dx, 0.5 - dy), (middle + dx, 0.5 + dy))]


def _arrow(x: float, tall: float, degrees: float, head: float) -> list[Part]:
    """A run-out arrow with a closed head."""
    turn = math.radians(degrees)
    low = (x, 0.5 - tall / 2)
    tip = (x + tall / math.tan(turn), 0.5 + tall / 2)
    barbs = [
        (tip[0] - head * math.cos(turn + way), tip[1] - head * math.sin(turn + way))
        for way in (-0.3, 0.3)
    ]
    return [(low, tip), *_lines(tip, barbs[0], barbs[1], tip)]


#: Shapes of each symbol: SolidWorks, Autodesk's gdt.shx, ASME Y14.5, ISO 7083, others.
SYMBOLS: dict[str, list[list[Part]]] = {
    "Ø": [_diameter(0.44, 1.36, 68), _diameter(0.5, 1.5, 60), _diameter(0.5, 1.41, 45),
          _diameter(0.4, 1.0, 55), _diameter(0.33, 1.03, 68), _diameter(0.5, 1.0, 50)],
    "±": [[((0, 0.6), (0.6, 0.6)), ((0.3, 0.3), (0.3, 0.9)), ((0, 0), (0.6, 0))],
          [((0, 0.55), (0.7, 0.55)), ((0.35, 0.2), (0.35, 0.9)), ((0, 0.05), (0.7, 0.05))],
          [((0, 0.6), (0.8, 0.6)), ((0.4, 0.2), (0.4, 1.0)), ((0, 0), (0.8, 0))]],
    "°": [[_circle(0.2, 0.85, 0.17)], [_circle(0.2, 0.8, 0.12)], [_circle(0.25, 0.9, 0.22)]],
    "↧": [[((0, 1), (1, 1)), ((0.5, 1), (0.5, 0)), *_lines((0.12, 0.6), (0.5, 0), (0.88, 0.6))],
          [((0, 1), (1, 1)), ((0.5, 1), (0.5, 0)), *_lines((0.3, 0.4), (0.5, 0), (0.7, 0.4))],
          [((0, 1), (0.8, 1)), ((0.4, 1), (0.4, 0)),
           *_lines((0.2, 0.45), (0.4, 0), (0.6, 0.45), (0.2, 0.45))]],
    "⌴": [_lines((0, 0.9), (0, 0), (1.4, 0), (1.4, 0.9)), _lines((0, 1), (0, 0), (2, 0), (2, 1)),
          _lines((0, 0.7), (0, 0.1), (1, 0.1), (1, 0.7))],
    "⌵": [_lines((0, 0.9), (0.9, 0), (1.8, 0.9)), _lines((0, 0.8), (0.7, 0), (1.4, 0.8)),
          _lines((0, 0.7), (0.6, 0), (1.2, 0.7))],
    "□": [_lines((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)),
          _lines((0, 0.1), (0.8, 0.1), (0.8, 0.9), (0, 0.9), (0, 0.1))],
    "⌒": [[(0.6, 0.2, 0.6, 30.0, 150.0)], [(0.5, 0.3, 0.5, 10.0, 170.0)]],
}  # fmt: skip
#: Signs of geometric characteristics in their compartment, around its middle.
CHARACTERISTICS: dict[str, list[list[Part]]] = {
    "⏤": [[((-0.7, 0.5), (0.7, 0.5))], [((-1, 0.5), (1, 0.5))]],
    "⏥": [_lines((-0.7, 0), (0.3, 0), (0.7, 1), (-0.3, 1), (-0.7, 0)),
          _lines((-0.8, 0.1), (0.4, 0.1), (0.8, 0.9), (-0.4, 0.9), (-0.8, 0.1))],
    "○": [[_circle(0, 0.5, 0.7)], [_circle(0, 0.5, 0.5)]],
    "⌭": [[_circle(0, 0.5, 0.45), ((-0.8, -0.2), (-0.25, 1.1)), ((0.25, -0.1), (0.8, 1.2))],
          [_circle(0, 0.5, 0.5), ((-0.95, -0.15), (-0.2, 1.15)), ((0.2, -0.15), (0.95, 1.15))]],
    "⌒": [[(0.0, 0.1, 0.8, 0.0, 180.0)], [(0.0, 0.0, 0.8, 20.0, 160.0)]],
    "⌓": [[(0.0, 0.1, 0.8, 0.0, 180.0), ((-0.8, 0.1), (0.8, 0.1))]],
    "∠": [_lines((0.8, 0.05), (-0.8, 0.05), (0.5, 0.95)), _lines((0.7, 0), (-0.7, 0), (0.7, 0.85))],
    "⟂": [[((-0.7, -0.2), (0.7, -0.2)), ((0, -0.2), (0, 1.2))],
          [((-0.8, 0), (0.8, 0)), ((0, 0), (0, 1.3))]],
    "∥": [[((-0.55, -0.2), (-0.05, 1.2)), ((0.05, -0.2), (0.55, 1.2))],
          [((-0.7, -0.15), (0.05, 1.15)), ((-0.1, -0.15), (0.65, 1.15))]],
    "⌖": [[_circle(0, 0.5, 0.4), ((-0.7, 0.5), (0.7, 0.5)), ((0, -0.2), (0, 1.2))],
          [_circle(0, 0.5, 0.5), ((-0.8, 0.5), (0.8, 0.5)), ((0, -0.3), (0, 1.3))],
          [_circle(0, 0.5, 0.6), ((-0.75, 0.5), (0.75, 0.5)), ((0, -0.25), (0, 1.25))]],
    "◎": [[_circle(0, 0.5, 0.7), _circle(0, 0.5, 0.4)],
          [_circle(0, 0.5, 0.75), _circle(0, 0.5, 0.5)]],
    "⌯": [[((-0.8, 0.5), (0.8, 0.5)), ((-0.48, 0.95), (0.48, 0.95)),
           ((-0.48, 0.05), (0.48, 0.05))]],
    "↗": [_arrow(-0.5, 1.2, 50, 0.5), _arrow(-0.6, 1.2, 45, 0.4)],
    "⌰": [[*_arrow(-0.9, 1.1, 50, 0.45), *_arrow(-0.1, 1.1, 50, 0.45),
           ((-0.9, -0.05), (-0.1, -0.05))]],
}  # fmt: skip
ROUGHNESS: list[list[Part]] = [
    _lines((0, 0.9), (0.52, 0), (1.5, 1.7)),
    [*_lines((0, 0.8), (0.46, 0), (1.3, 1.45)), ((0, 0.8), (0.92, 0.8))],
]


@dataclass(frozen=True)
class Callout:
    """What stands on a sheet and how it should be read, without spaces."""

    sign: str
    text: str


Piece = str | tuple[list[Part], float]


def write(
    sheet: Sheet, at: Point, height: float, turn: float, pieces: Sequence[Piece], style: Style
) -> float:
    """Texts and symbols one behind the other; a symbol is followed by a gap. The width used."""
    along = 0.0
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    for piece in pieces:
        spot = (at[0] + along * cos, at[1] + along * sin)
        if isinstance(piece, str):
            sheet.text(spot, piece, height, turn)
            along += stringWidth(piece, "Helvetica", height / DIGITS)
        else:
            parts, gap = piece
            sheet.symbol(parts, spot, height, turn, style)
            along += (_right(parts) + gap) * height
    return along


def _right(parts: Sequence[Part]) -> float:
    return max(x for part in parts for x, _ in _chain(part, Style()))


def callout(
    sheet: Sheet, sign: str, at: Point, height: float, turn: float, chance: random.Random
) -> Callout:
    """A dimension with one drawn symbol, in a chance style."""
    style, parts = styles(chance), chance.choice(SYMBOLS[sign])
    number = f"{chance.uniform(0.5, 240):.{chance.choice([0, 1, 2])}f}"
    gap = chance.choice([0.12, 0.25, 0.5, 0.7])
    if sign == "±":
        pieces: list[Piece] = [f"{number} ", (parts, min(gap, 0.3)), "0.1"]
        text = f"{number}±0.1"
    elif sign == "°":
        pieces, text = [number, (parts, 0.1)], f"{number}°"
    elif sign in "↧⌴⌵" and chance.random() < 0.5:
        pieces, text = [f"M{number} ", (parts, gap), "12.5"], f"M{number}{sign}12.5"
    elif chance.random() < 0.4 and sign in "Ø□":
        pieces, text = ["4x ", (parts, gap), number], f"4x{sign}{number}"
    else:
        pieces, text = [(parts, gap), number], f"{sign}{number}"
    write(sheet, at, height, turn, pieces, style)
    return Callout(sign, text)


def frame(
    sheet: Sheet, sign: str, at: Point, height: float, turn: float, chance: random.Random
) -> Callout:
    """A feature control frame with a drawn characteristic, sometimes Ø and Ⓜ."""
    style, parts = styles(chance), chance.choice(CHARACTERISTICS[sign])
    half = max(abs(x) for part in parts for x, _ in _chain(part, Style())) + 0.3
    cells: list[tuple[float, list[Piece], str]] = [(2 * half, [], sign)]
    number = chance.choice(["0.1", "0,05", "0.25", "1.2"])
    is_round = chance.random() < 0.5
    pieces: list[Piece] = [(chance.choice(SYMBOLS["Ø"]), 0.3), number] if is_round else [number]
    text = f"Ø{number}" if is_round else number
    length = stringWidth(number, "Helvetica", 1 / DIGITS) + (1.5 if is_round else 0)
    is_modified = chance.random() < 0.5
    if is_modified:
        text += "Ⓜ"
        length += 1.9
    cells.append((length + 0.8, pieces, text))
    for datum in chance.choice(["", "A", "AB", "C"]):
        cells.append((1.6, [datum], datum))
    low, high = -0.6, 1.6
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))

    def spot(x: float, y: float) -> Point:
        x, y = x * height, y * height
        return at[0] + x * cos - y * sin, at[1] + x * sin + y * cos

    left = 0.0
    for width, inside, _ in cells:
        right = left + width
        corners = [spot(left, low), spot(right, low), spot(right, high), spot(left, high)]
        if style.is_one_path:
            sheet.lines([*corners, corners[0]])
        else:
            for one, other in zip(corners, [*corners[1:], corners[0]], strict=True):
                sheet.lines([one, other])
        if inside:
            used = write(sheet, spot(left + 0.4, 0), height, turn, inside, style) / height
            if is_modified and left == cells[0][0]:
                sheet.text(spot(left + 0.4 + used + 0.55, 0.02), "M", 0.9 * height, turn)
                sheet.symbol(
                    [_circle(0, 0, 0.75)], spot(left + used + 1.43, 0.5), height, turn, style
                )
        left = right
    sheet.symbol(parts, spot(half, 0), height, turn, style)
    return Callout(sign, "|".join(text for _, _, text in cells))


def number_without(sheet: Sheet, at: Point, height: float, chance: random.Random) -> None:
    """A number with no symbol, and what sheets have beside numbers, drawn at letter size too."""
    text = f"{chance.uniform(0.5, 240):.{chance.choice([0, 1, 2])}f}"
    sheet.text(at, text, height)
    width = stringWidth(text, "Helvetica", height / DIGITS)
    for _ in range(chance.choice([1, 2, 3])):
        chance.choice(NEIGHBOURS)(sheet, at, height, width, chance)


def _beside(at: Point, height: float, width: float, chance: random.Random) -> Point:
    """A place before or behind the number, where a symbol would be."""
    y = at[1] + height * chance.uniform(-0.3, 1.3)
    if chance.random() < 0.6:
        return at[0] - height * chance.uniform(0.3, 1.8), y
    return at[0] + width + height * chance.uniform(0.2, 1.6), y


def _arrowhead(sheet: Sheet, at: Point, height: float, width: float, chance: random.Random) -> None:
    """A dimension line through or under the number with closed, open or filled heads."""
    x, y = _beside(at, height, width, chance)
    size, half = height * chance.uniform(0.6, 1.5), height * chance.uniform(0.1, 0.3)
    way, flip = chance.choice([-1, 1]), chance.random() < 0.3
    points = [(size * way, half), (0.0, 0.0), (size * way, -half)]
    placed = [(x + dy, y + dx) if flip else (x + dx, y + dy) for dx, dy in points]
    closed = chance.random() < 0.7
    sheet.lines([*placed, placed[0]] if closed else placed, chance.choice("Sf") if closed else "S")
    sheet.lines([(x, y), (x + way * height * chance.uniform(1, 8), y)])


def _dot(sheet: Sheet, at: Point, height: float, width: float, chance: random.Random) -> None:
    """The filled dot at the end of a leader."""
    x, y = _beside(at, height, width, chance)
    style = Style(steps=chance.choice([0, 12, 36]))
    radius = chance.uniform(0.08, 0.25) * height
    sheet.symbol([_circle(0, 0, 1.0)], (x, y), radius, 0, style)
    sheet.parts[-2] = sheet.parts[-2].removesuffix("S") + "f"
    sheet.lines([(x, y), (x + 30 * chance.uniform(-1, 1), y + 30 * chance.uniform(-1, 1))])


def _hole(sheet: Sheet, at: Point, height: float, width: float, chance: random.Random) -> None:
    """A hole with centre lines, whole or as a cross, or a bare one with a leader to its edge."""
    x, y = _beside(at, height, width, chance)
    radius = height * chance.uniform(0.35, 0.9)
    sheet.symbol([_circle(0, 0, 1.0)], (x, y), radius, 0, Style(steps=chance.choice([0, 24, 60])))
    reach = radius * chance.uniform(0.3, 1.6)
    kind = chance.randrange(3)
    if kind == 0:
        sheet.lines([(x - reach, y), (x + reach, y)])
        sheet.lines([(x, y - reach), (x, y + reach)])
    elif kind == 1:
        turn = chance.uniform(0, math.tau)
        dx, dy = math.cos(turn), math.sin(turn)
        sheet.lines([(x + radius * dx, y + radius * dy), (x + 40 * dx, y + 40 * dy)])


def _balloon(sheet: Sheet, at: Point, height: float, width: float, chance: random.Random) -> None:
    """A circle around the number, with a leader."""
    middle = (at[0] + width / 2, at[1] + height / 2)
    radius = max(width * 0.7, height * 1.1)
    sheet.symbol([_circle(0, 0, 1.0)], middle, radius, 0, Style(steps=chance.choice([0, 24, 60])))
    sheet.lines([(middle[0] + radius, middle[1]), (middle[0] + radius + 20, middle[1] + 15)])


def _hatching(sheet: Sheet, at: Point, height: float, width: float, chance: random.Random) -> None:
    """Lines of a section that run past the number, or end beside it."""
    gap = height * chance.uniform(0.4, 1.2)
    first = at[0] - 3 * height
    for index in range(int((width + 6 * height) / gap)):
        x = first + index * gap
        low, high = (-1.0, 2.0) if chance.random() < 0.7 else (0.2, 0.9)
        sheet.lines([(x, at[1] + low * height), (x + (high - low) * height, at[1] + high * height)])


def _box(sheet: Sheet, at: Point, height: float, width: float, chance: random.Random) -> None:
    """A frame or a table's cells around the number."""
    low, high = at[1] - 0.6 * height, at[1] + 1.6 * height
    left, right = at[0] - 0.5 * height, at[0] + width + 0.5 * height
    sheet.lines([(left, low), (right, low), (right, high), (left, high), (left, low)])
    for side in range(chance.choice([0, 1, 2])):
        x = left - (side + 1) * 2.2 * height
        sheet.lines([(x, low), (left, low), (left, high), (x, high), (x, low)])


def _extension(sheet: Sheet, at: Point, height: float, width: float, chance: random.Random) -> None:
    """Lines that pass upright, level or slanted, some only just as long as a letter."""
    for _ in range(chance.choice([1, 2, 3])):
        x, y = _beside(at, height, width, chance)
        turn = math.radians(chance.choice([0, 90, 45, 60, 30, 120]))
        reach = height * chance.choice([0.5, 0.8, 3, 10])
        dx, dy = reach * math.cos(turn), reach * math.sin(turn)
        sheet.lines([(x - dx, y - dy), (x + dx, y + dy)])


def _corner(sheet: Sheet, at: Point, height: float, width: float, chance: random.Random) -> None:
    """Geometry of the part: a step, a fillet, a chamfer, a datum's triangle."""
    x, y = _beside(at, height, width, chance)
    size = height * chance.uniform(0.4, 1.3)
    kind = chance.randrange(4)
    if kind == 0:
        sheet.lines([(x - 3 * size, y), (x, y), (x, y + size), (x + 3 * size, y + size)])
    elif kind == 1:
        start = chance.choice([0.0, 90.0, 180.0, 270.0])
        sheet.symbol([(0.0, 0.0, 1.0, start, start + 90)], (x, y), size, 0, Style())
    elif kind == 2:
        sheet.lines([(x - 4 * size, y), (x, y), (x + size, y + size), (x + size, y + 5 * size)])
    else:
        corners = [(x, y), (x + size / 2, y + 0.87 * size), (x + size, y)]
        sheet.lines([*corners, corners[0]], chance.choice("Sf"))


NEIGHBOURS = (_arrowhead, _dot, _hole, _balloon, _hatching, _box, _extension, _corner)
