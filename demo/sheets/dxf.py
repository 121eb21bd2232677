"""Writes a sheet as DXF: layers, line types, and DIMENSION entities that measure the geometry.

Model space is in paper millimetres; a dimension style multiplies by the drawing's scale, so that
the text shows the size of the part.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import ezdxf
from ezdxf import zoom
from ezdxf.document import Drawing
from ezdxf.enums import TextEntityAlignment
from ezdxf.fonts import fonts

from demo.fonts import FACES, face, text_width
from demo.sheets.shapes import (
    Angular,
    Dimension,
    Hatch,
    Leader,
    Lettering,
    Linear,
    Ring,
    Shape,
    Stroke,
)
from demo.sheets.sheet import Sheet

ARROW, GAP = 3.0, 1.2
_LAYERS = {"wide": 50, "narrow": 25, "centre": 25, "hidden": 35, "text": 35, "dimensions": 25}
_ALIGN = {
    "left": TextEntityAlignment.LEFT,
    "middle": TextEntityAlignment.CENTER,
    "right": TextEntityAlignment.RIGHT,
}


@cache
def register_fonts() -> None:
    """Let ezdxf find the bundled fonts; without them it would only estimate text widths."""
    fonts.font_manager.build([str(entry.path.parent) for entry in FACES], support_dirs=False)


def to_dxf(sheet: Sheet) -> Drawing:
    """Build the document; save it with `saveas`."""
    register_fonts()
    document = ezdxf.new("R2010", setup=["linetypes"])
    document.units = ezdxf.units.MM
    document.header["$LTSCALE"] = 1.0
    document.styles.add("SHEET", font=face(sheet.style.font).path.name)
    for name, weight in _LAYERS.items():
        layer = document.layers.add(name, color=7)
        layer.dxf.lineweight = _lineweight(weight * sheet.style.weight)
    document.layers.get("centre").dxf.linetype = "CENTER2"
    document.layers.get("hidden").dxf.linetype = "HIDDEN2"
    _dimension_style(document, sheet)
    space = document.modelspace()
    for shape in sheet.shapes:
        _shape(space, shape)
    for dimension in sheet.dimensions:
        _dimension(space, sheet, dimension)
    zoom.window(space, (0, 0), (sheet.width, sheet.height))
    return document


def _lineweight(hundredths: float) -> int:
    """The nearest line weight that DXF supports."""
    known = (13, 15, 18, 20, 25, 30, 35, 40, 50, 53, 60, 70, 80, 90, 100)
    return min(known, key=lambda width: abs(width - hundredths))


def _dimension_style(document: Drawing, sheet: Sheet) -> None:
    style: Any = document.dimstyles.add("SHEET")
    style.set_arrows("", "", "")
    for name, value in {
        "dimtxsty": "SHEET",
        "dimtxt": sheet.style.lettering,
        "dimasz": ARROW,
        "dimgap": GAP,
        "dimexe": 1.5,
        "dimexo": 0.0,
        "dimtad": 1,
        "dimtih": 1,
        "dimtoh": 1,
        "dimdec": 3,
        "dimzin": 8,
        "dimlfac": 1 / sheet.factor,
        "dimdsep": ord(sheet.style.decimal),
        "dimlwd": _lineweight(25 * sheet.style.weight),
        "dimlwe": _lineweight(25 * sheet.style.weight),
        "dimtix": 0,
        "dimtmove": 2,
    }.items():
        style.dxf.set(name, value)


def _shape(space: Any, shape: Shape) -> None:
    if isinstance(shape, Stroke):
        space.add_lwpolyline(shape.points, dxfattribs={"layer": _layer(shape)})
    elif isinstance(shape, Ring):
        attributes = {"layer": _layer(shape)}
        if shape.end - shape.start >= 360:
            space.add_circle(shape.center, shape.radius, dxfattribs=attributes)
        else:
            space.add_arc(shape.center, shape.radius, shape.start, shape.end, dxfattribs=attributes)
    elif isinstance(shape, Hatch):
        hatch = space.add_hatch(dxfattribs={"layer": "narrow"})
        step = shape.spacing * math.sqrt(0.5)
        lines = [[45.0, (0.0, 0.0), (-step, step), []]]
        hatch.set_pattern_fill("ANSI31", definition=lines)
        hatch.paths.add_polyline_path(shape.outline, is_closed=True)
    else:
        _text(space, shape, "text")


def _text(space: Any, text: Lettering, layer: str) -> None:
    entity = space.add_text(
        text.text, height=text.height, dxfattribs={"layer": layer, "style": "SHEET"}
    )
    entity.set_placement(text.at, align=_ALIGN[text.anchor])


def _layer(shape: Stroke | Ring) -> str:
    if shape.line_type != "solid":
        return shape.line_type
    return "wide" if shape.weight > 0.3 else "narrow"


def _dimension(space: Any, sheet: Sheet, dim: Dimension) -> None:
    if isinstance(dim, Linear):
        _linear(space, sheet, dim)
    elif isinstance(dim, Angular):
        entity = space.add_angular_dim_cra(
            center=dim.center,
            radius=dim.radius,
            start_angle=dim.start,
            end_angle=dim.end,
            distance=0,
            text_rotation=0,
            dimstyle="SHEET",
            dxfattribs={"layer": "dimensions"},
        )
        angle = math.radians((dim.start + dim.end) / 2)
        width = text_width(sheet.style.font, dim.height, dim.text)
        reach = dim.radius + 2
        spot = (
            dim.center[0] + reach * math.cos(angle) + width / 2,
            dim.center[1] + reach * math.sin(angle) + dim.height / 2,
        )
        entity.set_location(spot)
        entity.render()
    elif dim.round:
        _circular(space, sheet, dim)
    else:
        _leader(space, sheet, dim)


def _linear(space: Any, sheet: Sheet, dim: Linear) -> None:
    level = dim.direction == "horizontal"
    start, end = sorted((dim.start, dim.end))
    base = (start[0], dim.line_at) if level else (dim.line_at, start[1])
    entity = space.add_linear_dim(
        base=base,
        p1=start,
        p2=end,
        angle=0 if level else 90,
        text=_with_measure(sheet, dim.text, abs(end[not level] - start[not level])),
        dimstyle="SHEET",
        dxfattribs={"layer": "dimensions"},
    )
    entity.set_location(text_middle(sheet, dim))
    entity.render()


def text_middle(sheet: Sheet, dim: Linear) -> tuple[float, float]:
    """The centre of the text: above a horizontal line, left of a vertical one."""
    width = text_width(sheet.style.font, dim.height, dim.text)
    if dim.direction == "horizontal":
        left, right = sorted((dim.start[0], dim.end[0]))
        outside = right - left < 4 * ARROW
        middle = right + 2 * ARROW + width / 2 if outside else (left + right) / 2
        return (middle, dim.line_at + GAP + dim.height / 2)
    return (dim.line_at - 2.5 - width / 2, (dim.start[1] + dim.end[1]) / 2)


def _circular(space: Any, sheet: Sheet, dim: Leader) -> None:
    """A DIMENSION that measures the circle, shown as a leader with a shelf.

    ezdxf would put the arrow inside the circle, so the entity gets its own geometry block, as CAD
    programs store it too.
    """
    angle = math.degrees(math.atan2(dim.tip[1] - dim.center[1], dim.tip[0] - dim.center[0]))
    add = space.add_radius_dim if dim.kind == "radius" else space.add_diameter_dim
    paper = dim.radius * (1 if dim.kind == "radius" else 2)
    text = _with_measure(sheet, dim.text, paper)
    entity = add(
        center=dim.center,
        radius=dim.radius,
        angle=angle,
        text=text.replace("Ø<>", "<>").replace("R<>", "<>"),  # the measured text has the symbol
        dimstyle="SHEET",
        dxfattribs={"layer": "dimensions"},
    ).dimension
    block = space.doc.blocks.new_anonymous_block(type_char="D")
    _leader(block, sheet, dim)
    entity.dxf.geometry = block.name
    entity.dxf.text_midpoint = (*dim.elbow, 0)


def _leader(space: Any, sheet: Sheet, dim: Leader) -> None:
    width = text_width(sheet.style.font, dim.height, dim.text)
    end = (dim.elbow[0] + (width + 2) * (1 if dim.right else -1), dim.elbow[1])
    away = math.atan2(dim.elbow[1] - dim.tip[1], dim.elbow[0] - dim.tip[0])
    back = [
        (dim.tip[0] + ARROW * math.cos(away + turn), dim.tip[1] + ARROW * math.sin(away + turn))
        for turn in (-1 / 6, 1 / 6)
    ]
    space.add_solid([dim.tip, *back], dxfattribs={"layer": "dimensions"})
    space.add_lwpolyline([dim.tip, dim.elbow, end], dxfattribs={"layer": "dimensions"})
    left = min(dim.elbow[0], end[0]) + 1
    _text(
        space,
        Lettering((left, dim.elbow[1] + GAP), dim.text, dim.height, "left", dim.key),
        "dimensions",
    )


def _with_measure(sheet: Sheet, text: str, paper: float) -> str:
    """`text` with `<>` in place of the number that the dimension measures itself."""
    from demo.sheets.values import number_text

    measured = number_text(round(paper / sheet.factor, 3), sheet.style.decimal)
    return text.replace(measured, "<>", 1) if measured in text else text
