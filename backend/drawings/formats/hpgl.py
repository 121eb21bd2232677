"""Reads HPGL/2 plot files: converts them, including labels, to a vector PDF.

ezdxf interprets the strokes but not labels (`LB`); those are placed here. One plot unit is 0.025
mm.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ezdxf.addons import xplayer
from ezdxf.addons.drawing.recorder import Recorder
from ezdxf.addons.hpgl2 import backend as plot_backend
from ezdxf.addons.hpgl2.interpreter import Interpreter
from ezdxf.addons.hpgl2.plotter import Plotter
from ezdxf.addons.hpgl2.tokenizer import hpgl2_commands
from ezdxf.math import BoundingBox2d, Matrix44, Vec2

from backend.drawing import TextItem
from backend.drawings.formats.converted import MM, ConvertedPage, canvas_of, draw_records
from backend.drawings.formats.format import VECTOR_DPI, Limits
from backend.drawings.formats.pdf_writer import MAX_POINTS, PageContent
from backend.drawings.text.stacked import reading_order
from backend.errors import DamagedFile, TooComplex
from backend.geometry import Box

UNITS_PER_MM = 40.0
MARGIN_MM = 5.0
#: Default character size before any SI, in centimetres (HPGL/2 reference).
DEFAULT_HEIGHT_CM = 0.375
#: Average width of a Helvetica letter, in letter heights.
LETTER_WIDTH = 0.6
_ENTER = re.compile(rb"\x1b%-?[0-3]B")


@dataclass(frozen=True, slots=True)
class _Label:
    text: str
    at: Vec2
    angle: float
    height: float


class _Labels(Interpreter):
    """ezdxf's interpreter, extended to collect labels: size from SI, direction from DI."""

    def __init__(self, plotter: Plotter) -> None:
        super().__init__(plotter)
        self.labels: list[_Label] = []
        self._height = DEFAULT_HEIGHT_CM * 10 * UNITS_PER_MM
        self._angle = 0.0

    def cmd_si(self, args: list[bytes]) -> None:
        numbers = _numbers(args)
        height = abs(numbers[1]) if len(numbers) > 1 else DEFAULT_HEIGHT_CM
        self._height = height * 10 * UNITS_PER_MM

    def cmd_di(self, args: list[bytes]) -> None:
        numbers = _numbers(args)
        run, rise = numbers[:2] if len(numbers) > 1 else (1.0, 0.0)
        self._angle = math.degrees(math.atan2(rise, run))

    def cmd_lb(self, args: list[bytes]) -> None:
        raw = b",".join(args).rstrip(b"\x03").decode("latin-1")
        text = " ".join("".join(sign for sign in raw if sign.isprintable()).split())
        if text:
            at = self.plotter.page_location
            self.labels.append(_Label(text, at, self._angle, self._height))


def convert_hpgl(path: Path, limits: Limits) -> list[ConvertedPage]:
    """The sheet of a plot file. Raises `DamagedFile` or `TooComplex`."""
    data = path.read_bytes()
    start = _ENTER.search(data)
    commands = hpgl2_commands(b"\x1b%1B" + (data[start.end() :] if start else data))
    if len(commands) > limits.entities * 10:
        raise TooComplex("The plot file has too many commands. Export it as PDF.")
    recorder = plot_backend.Recorder()
    labels = _Labels(Plotter(recorder))
    labels.run(commands)
    drawn = Recorder()
    xplayer.hpgl2_to_drawing(recorder.player(), drawn)
    player = drawn.player()
    box = BoundingBox2d(player.bbox().rect_vertices() if player.bbox().has_data else [])
    for label in labels.labels:
        box.extend(_corners(label))
    if not box.has_data or not all(math.isfinite(v) for v in (*box.extmin, *box.extmax)):
        raise DamagedFile("The plot file draws nothing. Plot it again, or export it as PDF.")
    margin = 2 * MARGIN_MM * MM
    room = (MAX_POINTS - margin) / max(*box.size, 1.0)
    scale = min(MM / UNITS_PER_MM, room)
    page = PageContent(box.size.x * scale + margin, box.size.y * scale + margin)
    matrix = (
        Matrix44.translate(-box.extmin.x, -box.extmin.y, 0)
        @ Matrix44.scale(scale, scale, 1)
        @ Matrix44.translate(margin / 2, margin / 2, 0)
    )
    player.transform(matrix)
    draw_records(page, player, set())
    items = reading_order([_draw(page, label, matrix, scale) for label in labels.labels])
    return [ConvertedPage(page, canvas_of(page, (), bool(items)), items)]


def _draw(page: PageContent, label: _Label, matrix: Matrix44, scale: float) -> TextItem:
    height = label.height * scale / 0.7  # the size is the cap height
    turn = math.radians(label.angle)
    cos, sin = math.cos(turn) * height, math.sin(turn) * height
    at = matrix.transform((label.at.x, label.at.y, 0))
    page.text(label.text, (cos, sin, -sin, cos, at.x, at.y), (0, 0, 0))
    corners = [matrix.transform((v.x, v.y, 0)) for v in _corners(label)]
    left, high = min(v.x for v in corners), max(v.y for v in corners)
    width = max(v.x for v in corners) - left
    tall = high - min(v.y for v in corners)
    pixels = VECTOR_DPI / 72
    box = Box(left * pixels, (page.height - high) * pixels, width * pixels, tall * pixels)
    return TextItem(label.text, box, round(-label.angle % 360, 1) % 360)


def _corners(label: _Label) -> list[Vec2]:
    length = len(label.text) * LETTER_WIDTH * label.height / 0.7
    along = Vec2.from_deg_angle(label.angle)
    up = along.orthogonal() * label.height
    end = label.at + along * length
    return [label.at, end, label.at + up, end + up]


def _numbers(args: list[bytes]) -> list[float]:
    numbers: list[Any] = []
    for arg in args:
        try:
            numbers.append(float(arg))
        except ValueError:
            return []
    return numbers
