"""Draws a DXF layout with ezdxf into records, and tracks which records belong to which text.

No file other than the DXF is opened: images are drawn as frames, external references are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ezdxf.addons.drawing import RenderContext
from ezdxf.addons.drawing.config import (
    BackgroundPolicy,
    Configuration,
    HatchPolicy,
    ImagePolicy,
    ProxyGraphicPolicy,
)
from ezdxf.addons.drawing.frontend import UniversalFrontend
from ezdxf.addons.drawing.properties import Properties
from ezdxf.addons.drawing.recorder import (
    DataRecord,
    FilledPathsRecord,
    PathRecord,
    PointsRecord,
    Recorder,
    SolidLinesRecord,
)
from ezdxf.document import Drawing
from ezdxf.entities import DXFGraphic
from ezdxf.layouts import Layout
from ezdxf.math import BoundingBox2d, Matrix44, Vec3

from backend.drawings.formats.dxf_pipeline import SYMBOL_ADVANCE, SheetPipeline, readable_stacks
from backend.drawings.formats.dxf_text import (
    plain_mtext,
    plain_text,
    plain_tolerance,
    without_symbol_fonts,
)
from backend.drawings.symbols.gdt_strokes import STROKES
from backend.drawings.symbols.symbol_fonts import is_gdt_font, symbols_of
from backend.errors import DrawingChatError, TooComplex

#: The lines, paths and fills of a layout, including dashes and hatching.
MAX_RECORDS = 3_000_000
_TEXTS = ("TEXT", "ATTRIB", "ATTDEF", "MTEXT", "TOLERANCE")
#: The quantity a dimension measures, by the lower bits of its type (DXF reference, group 70).
_DIMENSIONS = {0: "linear", 1: "linear", 2: "angle", 3: "diameter", 4: "radius", 5: "angle",
               6: "ordinate"}  # fmt: skip

CONFIGURATION = Configuration(
    background_policy=BackgroundPolicy.WHITE,
    hatch_policy=HatchPolicy.NORMAL,
    hatching_timeout=2.0,
    image_policy=ImagePolicy.RECT,
    proxy_graphic_policy=ProxyGraphicPolicy.SHOW,
)


@dataclass(slots=True)
class TextMark:
    """A text and the records that draw it. `angle` is counter-clockwise, in drawing units."""

    text: str
    angle: float
    height: float
    first: int
    last: int
    box: BoundingBox2d
    role: str | None = None


def box_of(records: Sequence[DataRecord]) -> BoundingBox2d:
    """The box around all records; ezdxf's own takes a third of the total reading time."""
    corners: list[Any] = []
    for record in records:
        if isinstance(record, PointsRecord):
            corners.append(record.points._vertices)
        elif isinstance(record, SolidLinesRecord):
            corners.append(record.lines._vertices)
        elif isinstance(record, PathRecord):
            corners.append(record.path._vertices)
        elif isinstance(record, FilledPathsRecord):
            corners.extend(path._vertices for path in record.paths)
        elif (box := record.bbox()).has_data:
            corners.append([tuple(box.extmin), tuple(box.extmax)])
    corners = [each for each in corners if len(each)]
    if not corners:
        return BoundingBox2d()
    every = np.concatenate(corners)
    return BoundingBox2d([every.min(axis=0), every.max(axis=0)])


class SheetRecorder(Recorder):
    """ezdxf's recorder, extended to track each text."""

    def __init__(self, entity_limit: int) -> None:
        super().__init__()
        self.texts: list[TextMark] = []
        self.undrawn = 0
        self._entities = 0
        self._segments = 0
        self._limit = entity_limit
        self._open: list[tuple[DXFGraphic, int]] = []
        self._dimensions: list[tuple[DXFGraphic, str | None]] = []

    def enter_entity(self, entity: DXFGraphic, properties: Properties) -> None:
        """Count the entity; if it is a text, note its first record."""
        self._entities += 1
        if self._entities > self._limit:
            raise TooComplex(f"The drawing has more than {self._limit:,} entities.")
        if entity.dxftype() == "DIMENSION":
            self._dimensions.append((entity, _DIMENSIONS.get(entity.dxf.get("dimtype", 0) & 7)))
        if entity.dxftype() in _TEXTS:
            self._open.append((entity, len(self.records)))

    def exit_entity(self, entity: DXFGraphic) -> None:
        """End a text: its box is that of the records drawn since it began."""
        if self._dimensions and self._dimensions[-1][0] is entity:
            self._dimensions.pop()
        if not self._open or self._open[-1][0] is not entity:
            return
        _, first = self._open.pop()
        text = text_of(entity)
        box = box_of(self.records[first:])
        if text and box.has_data:
            role = self._dimensions[-1][1] if self._dimensions else None
            mark = TextMark(
                text, _angle(entity), _height(entity), first, len(self.records), box, role
            )
            self.texts.append(mark)

    def abandon(self, entity: DXFGraphic) -> None:
        """Note that an entity could not be drawn completely."""
        self.undrawn += 1
        depths = [depth for depth, (each, _) in enumerate(self._open) if each is entity]
        if depths:
            del self._open[depths[0] :]
        if self._dimensions and self._dimensions[-1][0] is entity:
            self._dimensions.pop()

    def draw_solid_lines(self, lines: Any, properties: Any) -> None:
        """Hatching and dashes, within the limit."""
        lines = list(lines)
        self._segments += len(lines)
        if lines:
            super().draw_solid_lines(lines, properties)

    def store(self, record: Any, properties: Any) -> None:
        """Keep a record, within the limit."""
        if len(self.records) + self._segments > MAX_RECORDS:
            raise TooComplex("The drawing has too many lines and too much hatching to draw.")
        super().store(record, properties)


class SheetFrontend(UniversalFrontend):
    """ezdxf's frontend with feature control frames and GD&T letters as Unicode."""

    def __init__(self, document: Drawing, recorder: SheetRecorder) -> None:
        super().__init__(RenderContext(document), SheetPipeline(recorder), CONFIGURATION)
        self._dispatch["TOLERANCE"] = self.draw_tolerance
        self._recorder = recorder

    def draw_entity(self, entity: DXFGraphic, properties: Properties) -> None:
        """Like ezdxf, but an entity that cannot be drawn does not fail the whole sheet."""
        try:
            super().draw_entity(entity, properties)
        except (DrawingChatError, MemoryError, RecursionError):
            raise
        except Exception:  # a damaged entity can make ezdxf raise anything; reported as a warning
            self._recorder.abandon(entity)

    def draw_text_entity(self, entity: DXFGraphic, properties: Properties) -> None:
        """Like ezdxf, with the letters of a symbol font replaced by the symbols they show."""
        if font := _style_font(entity):
            entity = entity.copy()
            entity.dxf.text = symbols_of(font, entity.dxf.get("text", ""))
        super().draw_text_entity(entity, properties)

    def draw_mtext_entity(self, entity: DXFGraphic, properties: Properties) -> None:
        """Like ezdxf, with stacks in a form it can read and symbols for a symbol font's letters."""
        content = entity.text  # type: ignore[attr-defined]
        shown = without_symbol_fonts(readable_stacks(content), _style_font(entity))
        if shown != content:
            entity = entity.copy()
            entity.text = shown  # type: ignore[attr-defined]
        super().draw_mtext_entity(entity, properties)

    def draw_tolerance(self, entity: DXFGraphic, properties: Properties) -> None:
        """Draw a feature control frame: boxed cells, the first row at the insert point."""
        height = _tolerance_height(entity)
        x_axis = Vec3(entity.dxf.get("x_axis_vector", (1, 0, 0))).normalize()
        place = Matrix44.ucs(x_axis, Vec3(-x_axis.y, x_axis.x), Vec3(0, 0, 1), entity.dxf.insert)
        font = self.get_font_face(properties)
        top = height
        for row in text_of(entity).split("\n"):
            left = 0.0
            for cell in row.split("|"):
                width = self._cell_width(cell, font, height) + height
                corners = [(left, top), (left + width, top)]
                corners += [(left + width, top - 2 * height), (left, top - 2 * height)]
                points = list(place.transform_vertices(Vec3(each) for each in corners))
                edges = zip(points, points[1:] + points[:1], strict=True)
                self.pipeline.draw_solid_lines(edges, properties)
                shift = Matrix44.translate(left + height / 2, top - 1.5 * height, 0)
                self.pipeline.draw_text(cell, shift @ place, properties, height)
                left += width
            top -= 2 * height

    def _cell_width(self, cell: str, font: Any, height: float) -> float:
        letters = "".join(sign for sign in cell if sign not in STROKES)
        symbols = len(cell) - len(letters)
        width = float(self.text_engine.get_text_line_width(letters, font, height))
        return width + SYMBOL_ADVANCE * height * symbols


def record_layout(document: Drawing, layout: Layout, entity_limit: int) -> SheetRecorder:
    """Draw everything visible on the layout. Raises `TooComplex`."""
    recorder = SheetRecorder(entity_limit)
    SheetFrontend(document, recorder).draw_layout(layout)
    return recorder


def text_of(entity: Any) -> str:
    """The entity's text in Unicode."""
    font = _style_font(entity)
    kind = entity.dxftype()
    if kind == "MTEXT":
        return plain_mtext(entity.text, font)
    if kind == "TOLERANCE":
        return plain_tolerance(entity.dxf.get("content", ""), font)
    if kind == "ATTDEF":
        return plain_text(entity.dxf.get("tag", ""))
    if kind == "ATTRIB" and entity.has_embedded_mtext_entity:
        return plain_mtext(entity.virtual_mtext_entity().text, font)
    return plain_text(entity.dxf.get("text", ""), font)


def _style_font(entity: Any) -> str:
    document = entity.doc
    name = "" if entity.dxftype() == "TOLERANCE" else entity.dxf.get("style", "")
    if document is None or not name or not document.styles.has_entry(name):
        return ""
    font = str(document.styles.get(name).dxf.get("font", ""))
    return font if is_gdt_font(font) else ""


def _angle(entity: Any) -> float:
    if entity.dxftype() == "MTEXT":
        return float(entity.get_rotation())
    if entity.dxftype() == "TOLERANCE":
        return float(Vec3(entity.dxf.get("x_axis_vector", (1, 0, 0))).angle_deg)
    turned = Vec3.from_deg_angle(entity.dxf.get("rotation", 0))
    return float(entity.ocs().to_wcs(turned).angle_deg)


def _height(entity: Any) -> float:
    if entity.dxftype() == "TOLERANCE":
        return _tolerance_height(entity)
    return float(entity.dxf.get("char_height" if entity.dxftype() == "MTEXT" else "height", 0))


def _tolerance_height(entity: Any) -> float:
    name = entity.dxf.get("dimstyle", "Standard")
    if entity.doc is None or not entity.doc.dimstyles.has_entry(name):
        return 2.5
    style = entity.doc.dimstyles.get(name).dxf
    return float(style.get("dimtxt", 2.5)) * (float(style.get("dimscale", 1)) or 1.0)
