"""Reads DXF files, ASCII and binary: each layout becomes a sheet in a vector PDF.

Paper-space layouts come first, at 300 dpi of their paper; model space is fitted to A3. Text comes
from the entities; its boxes come from the drawn outlines.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import ezdxf
from ezdxf import recover
from ezdxf.document import Drawing
from ezdxf.layouts import Layout, Modelspace, Paperspace
from ezdxf.math import BoundingBox2d, Matrix44

from backend.drawing import TextItem
from backend.drawings.formats import warnings
from backend.drawings.formats.converted import (
    MM,
    ConvertedPage,
    canvas_box,
    canvas_of,
    draw_records,
)
from backend.drawings.formats.dxf_budget import EntityBudget
from backend.drawings.formats.dxf_record import SheetRecorder, TextMark, box_of, record_layout
from backend.drawings.formats.dxf_ruling import ruling_of
from backend.drawings.formats.format import Limits
from backend.drawings.formats.pdf_writer import MAX_POINTS, PageContent
from backend.drawings.text.ruling import with_cells
from backend.drawings.text.stacked import items_of
from backend.drawings.text.text_lines import Line, along
from backend.errors import DamagedFile, TooComplex, TooManyPages

A3_MM = (420.0, 297.0)
MARGIN_MM = 10.0
#: Model space is scaled down to A3, so its lines get thinner too.
MODEL_LINE_SCALE = 0.5
#: Sheets larger than this, in millimetres, are treated as a wrong paper setting.
LARGEST_PAPER_MM = 20_000.0


def convert_dxf(path: Path, limits: Limits) -> list[ConvertedPage]:
    """All sheets of the file. Raises `DamagedFile`, `TooComplex` or `TooManyPages`."""
    document = _read(path)
    budget = EntityBudget(document.blocks, limits.entities)  # type: ignore[arg-type]
    layouts = _layouts(document)
    if len(layouts) > limits.pages:
        raise TooManyPages(f"The drawing has {len(layouts)} layouts; the limit is {limits.pages}.")
    model = budget.check(document.modelspace())
    pages = []
    for layout in layouts:
        views = 0
        if isinstance(layout, Paperspace):
            views = max(0, len(layout.query("VIEWPORT")) - 1)
            if views * model > limits.entities:
                raise TooComplex("The drawing's viewports show too many entities.")
            budget.check(layout)
        recorder = record_layout(document, layout, limits.entities)
        if recorder.records:
            pages.append(_page(layout, recorder))
    if not pages:
        raise DamagedFile("The drawing is empty: it has no visible entities.")
    return pages


def _read(path: Path) -> Drawing:
    try:
        return ezdxf.readfile(path)
    except ezdxf.DXFError:
        pass
    except (ValueError, KeyError, AttributeError, TypeError, IndexError, UnicodeError):
        pass
    try:
        return recover.readfile(path)[0]
    except (ezdxf.DXFError, OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise DamagedFile("The DXF is damaged. Save it again, or export it as PDF.") from error


def _layouts(document: Drawing) -> list[Layout]:
    """Paper-space layouts with content in tab order, then model space."""
    found: list[Layout] = []
    for name in document.layouts.names_in_taborder():
        layout = document.layouts.get(name)
        if isinstance(layout, Paperspace):
            drawn = [entity for entity in layout if entity.dxftype() != "VIEWPORT"]
            if drawn or len(layout.query("VIEWPORT")) > 1:
                found.append(layout)
    return [*found, document.modelspace()]


def _page(layout: Layout, recorder: SheetRecorder) -> ConvertedPage:
    player = recorder.player()
    box = box_of(player.records)
    extent = (*box.extmin, *box.extmax)
    if not all(math.isfinite(value) and abs(value) < 1e15 for value in extent):
        raise DamagedFile("The drawing's coordinates are out of range. Repair the drawing.")
    notes: tuple[str, ...] = ()
    placed = None if isinstance(layout, Modelspace) else _paper(layout, box)
    if placed is None:
        width, height, to_points = _fitted(box)
        if not isinstance(layout, Modelspace):
            notes = (warnings.LAYOUT_WITHOUT_PAPER.format(layout=layout.name),)
    else:
        width, height, to_points = placed
    if recorder.undrawn:
        notes += (warnings.NOT_SHOWN.format(count=recorder.undrawn, layout=layout.name),)
    content = PageContent(width, height, layout.name)
    player.transform(to_points)
    letters = {index for mark in recorder.texts for index in range(mark.first, mark.last)}
    scale = MODEL_LINE_SCALE if isinstance(layout, Modelspace) else 1.0
    draw_records(content, player, letters, scale)
    items = _items(recorder.texts, to_points, content)
    canvas = canvas_of(content, notes, bool(items))
    ruling = ruling_of(player, letters, content)
    items = with_cells(items, ruling, canvas.width, canvas.height)
    return ConvertedPage(content, canvas, items)


def _fitted(box: BoundingBox2d) -> tuple[float, float, Matrix44]:
    """A3, landscape or portrait, with the content centred."""
    size = box.size
    width, height = A3_MM if size.x >= size.y else A3_MM[::-1]
    room = (width - 2 * MARGIN_MM) * MM, (height - 2 * MARGIN_MM) * MM
    scale = min(room[0] / max(size.x, 1e-9), room[1] / max(size.y, 1e-9))
    middle = box.center
    shift = Matrix44.translate(-middle.x, -middle.y, 0)
    move = Matrix44.translate(width * MM / 2, height * MM / 2, 0)
    return width * MM, height * MM, shift @ Matrix44.scale(scale, scale, 1) @ move


def _paper(layout: Layout, box: BoundingBox2d) -> tuple[float, float, Matrix44] | None:
    """The layout's own paper, or None if its settings do not fit its content."""
    dxf = layout.dxf
    width, height = float(dxf.get("paper_width", 0)), float(dxf.get("paper_height", 0))
    if dxf.get("plot_rotation", 0) in (1, 3):
        width, height = height, width
    if not (10 < width < LARGEST_PAPER_MM and 10 < height < LARGEST_PAPER_MM):
        return None
    unit = 25.4 if dxf.get("plot_paper_units", 1) == 0 else 1.0
    low, high = layout.get_paper_limits()  # type: ignore[attr-defined]
    spans = (high.x - low.x) * unit, (high.y - low.y) * unit
    if abs(spans[0] - width) > 0.02 * width or abs(spans[1] - height) > 0.02 * height:
        low = type(low)(-dxf.get("left_margin", 0) / unit, -dxf.get("bottom_margin", 0) / unit)
    sheet = BoundingBox2d([low, (low.x + width / unit, low.y + height / unit)])
    shown = sheet.intersection(box)
    if not shown.has_data or _area(shown) < 0.6 * _area(box):
        return None
    scale = unit * MM * min(1.0, MAX_POINTS / (max(width, height) * MM))
    matrix = Matrix44.translate(-low.x, -low.y, 0) @ Matrix44.scale(scale, scale, 1)
    return width / unit * scale, height / unit * scale, matrix


def _area(box: BoundingBox2d) -> float:
    return float(max(box.size.x, 1e-9) * max(box.size.y, 1e-9))


def _items(texts: Sequence[TextMark], matrix: Matrix44, page: PageContent) -> list[TextItem]:
    """The text items; a tolerance set as a separate text is joined to its nominal size."""
    lines = []
    for mark in texts:
        box = canvas_box(mark.box, matrix, page)
        angle = round(-mark.angle % 360, 1) % 360
        scale = math.hypot(*matrix.transform_direction((1, 0, 0)).vec2)
        size = mark.height * scale * 300 / 72 or min(box.width, box.height)
        corners = [(x, y) for x in (box.x, box.right) for y in (box.y, box.bottom)]
        placed = [along(angle, x, y) for x, y in corners]
        start, end = min(p[0] for p in placed), max(p[0] for p in placed)
        lines.append(Line(mark.text, box, angle, size, start, end, max(p[1] for p in placed)))
        lines[-1].role = mark.role
    return items_of(lines)
