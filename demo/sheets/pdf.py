"""Draws a DXF document as a vector PDF with real text, using ezdxf's drawing add-on.

ezdxf turns lettering into outlines; here it is written as text in the sheet's own font, so that the
PDF has a text layer like those of CAD programs. The position of each text is recorded.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from ezdxf.addons.drawing import RenderContext
from ezdxf.addons.drawing.backend import Backend, BkPath2d, BkPoints2d, ImageData
from ezdxf.addons.drawing.config import (
    BackgroundPolicy,
    ColorPolicy,
    Configuration,
    LineweightPolicy,
)
from ezdxf.addons.drawing.frontend import UniversalFrontend
from ezdxf.addons.drawing.pipeline import RenderPipeline2d
from ezdxf.addons.drawing.properties import BackendProperties, Properties
from ezdxf.document import Drawing
from ezdxf.math import Matrix44, Vec2, Vec3
from ezdxf.path.commands import Curve3To, Curve4To, PathElement
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from demo.fonts import face, text_width
from demo.sheets.shapes import Box


@dataclass(frozen=True, slots=True)
class Placed:
    """A text as written: its box on the paper in millimetres, y upwards."""

    text: str
    box: Box


def to_pdf(
    document: Drawing, width: float, height: float, font: str, title: str
) -> tuple[bytes, list[Placed]]:
    """The PDF, `width` × `height` millimetres, and its texts. Equal input gives equal bytes."""
    file = BytesIO()
    canvas = Canvas(file, pagesize=(width * mm, height * mm), invariant=1, pageCompression=1)
    canvas.setTitle(title)
    canvas.setAuthor("")
    canvas.setCreator("Drawing Chat demo sheets")
    backend = _PdfBackend(canvas, font)
    configuration = Configuration(
        background_policy=BackgroundPolicy.OFF,
        color_policy=ColorPolicy.BLACK,
        lineweight_policy=LineweightPolicy.ABSOLUTE,
    )
    state = random.getstate()
    random.seed(0)  # ezdxf shifts the lines of a hatch randomly
    try:
        UniversalFrontend(
            RenderContext(document), _TextPipeline(backend), configuration
        ).draw_layout(document.modelspace())
    finally:
        random.setstate(state)
    canvas.showPage()
    canvas.save()
    return file.getvalue(), backend.placed


class _TextPipeline(RenderPipeline2d):
    """Passes lettering to the backend as text."""

    backend: _PdfBackend

    def draw_text(
        self,
        text: str,
        transform: Matrix44,
        properties: Properties,
        cap_height: float,
        dxftype: str = "TEXT",
    ) -> None:
        if text.strip():
            self.backend.write(text, transform, cap_height)


class _PdfBackend(Backend):
    """Draws strokes and fills in millimetres on a reportlab canvas."""

    def __init__(self, canvas: Canvas, font: str) -> None:
        super().__init__()
        self.canvas, self.font = canvas, font
        self.placed: list[Placed] = []
        pdfmetrics.registerFont(TTFont(font, str(face(font).path)))
        canvas.setLineCap(1)
        canvas.setLineJoin(1)

    def write(self, text: str, transform: Matrix44, cap_height: float) -> None:
        """Text whose baseline begins at the transform's origin."""
        origin, along = transform.transform((0, 0, 0)), transform.transform((1, 0, 0))
        up = transform.transform((0, 1, 0))
        height = cap_height * math.dist((origin.x, origin.y), (up.x, up.y))
        angle = math.atan2(along.y - origin.y, along.x - origin.x)
        size = height / face(self.font).cap
        canvas = self.canvas
        canvas.saveState()
        canvas.translate(origin.x * mm, origin.y * mm)
        canvas.rotate(math.degrees(angle))
        canvas.setFont(self.font, size * mm)
        canvas.drawString(0, 0, text)
        canvas.restoreState()
        width = text_width(self.font, height, text)
        cos, sin = math.cos(angle), math.sin(angle)
        corners = [
            (origin.x + a * cos - b * sin, origin.y + a * sin + b * cos)
            for a in (0, width)
            for b in (0, height)
        ]
        xs, ys = [c[0] for c in corners], [c[1] for c in corners]
        self.placed.append(Placed(text, (min(xs), min(ys), max(xs), max(ys))))

    def _pen(self, properties: BackendProperties) -> None:
        self.canvas.setLineWidth(max(properties.lineweight, 0.05) * mm)

    def set_background(self, color: str) -> None:
        """Keep the paper white."""

    def clear(self) -> None:
        """Nothing to clear."""

    def draw_point(self, pos: Vec2, properties: BackendProperties) -> None:
        self.canvas.circle(pos.x * mm, pos.y * mm, 0.1 * mm, stroke=0, fill=1)

    def draw_line(self, start: Vec2, end: Vec2, properties: BackendProperties) -> None:
        self._pen(properties)
        self.canvas.line(start.x * mm, start.y * mm, end.x * mm, end.y * mm)

    def draw_solid_lines(
        self, lines: Iterable[tuple[Vec2, Vec2]], properties: BackendProperties
    ) -> None:
        for start, end in lines:
            self.draw_line(start, end, properties)

    def draw_path(self, path: BkPath2d, properties: BackendProperties) -> None:
        self._pen(properties)
        self.canvas.drawPath(self._path([path]), stroke=1, fill=0)

    def draw_filled_paths(self, paths: Iterable[BkPath2d], properties: BackendProperties) -> None:
        self.canvas.drawPath(self._path(paths), stroke=0, fill=1)

    def draw_filled_polygon(self, points: BkPoints2d, properties: BackendProperties) -> None:
        outline = self.canvas.beginPath()
        for place, point in enumerate(points.vertices()):
            move = outline.lineTo if place else outline.moveTo
            move(point.x * mm, point.y * mm)
        outline.close()
        self.canvas.drawPath(outline, stroke=0, fill=1)

    def draw_image(self, image_data: ImageData, properties: BackendProperties) -> None:
        raise NotImplementedError("these sheets contain no images")

    def _path(self, paths: Iterable[BkPath2d]) -> Any:
        outline = self.canvas.beginPath()
        for numpy_path in paths:
            path = numpy_path.to_path()
            outline.moveTo(path.start.x * mm, path.start.y * mm)
            for command in path.commands():
                points = _controls(command)
                numbers = [value * mm for point in points for value in (point.x, point.y)]
                (outline.lineTo if len(points) == 1 else outline.curveTo)(*numbers)
        return outline


def _controls(command: PathElement) -> list[Vec3]:
    """End point of a line, or the two control points and the end of a cubic curve."""
    if isinstance(command, Curve4To):
        return [command.ctrl1, command.ctrl2, command.end]
    if isinstance(command, Curve3To):
        return [command.ctrl, command.ctrl, command.end]
    return [command.end]
