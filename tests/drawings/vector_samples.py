"""DXF, SVG and HPGL/2 files made for the tests, good ones and bombs."""

from __future__ import annotations

import io

import ezdxf
from ezdxf.document import Drawing


def dxf_bytes(document: Drawing, binary: bool = False) -> bytes:
    """The document as a file."""
    if binary:
        buffer = io.BytesIO()
        document.write(buffer, fmt="bin")
        return buffer.getvalue()
    text = io.StringIO()
    document.write(text)
    return text.getvalue().encode()


def part_sheet() -> Drawing:
    """A layout on A3 with a viewport, a stacked tolerance, a GD&T frame and a dimension."""
    document = ezdxf.new(setup=True)
    model = document.modelspace()
    model.add_lwpolyline([(0, 0), (100, 0), (100, 50), (0, 50)], close=True)
    place = {"char_height": 3, "insert": (10, 30)}
    model.add_mtext(r"7.5\S+0.02^-0.01;", dxfattribs=place)
    model.new_entity(
        "TOLERANCE",
        {"content": r"{\Fgdt;j}%%v{\Fgdt;n}0.1{\Fgdt;m}%%vA%%vB", "insert": (50, 40)},
    )
    dimension = model.add_linear_dim(
        base=(0, -10),
        p1=(0, 0),
        p2=(100, 0),
        dimstyle="Standard",
        override={"dimtxt": 3, "dimasz": 2},
    )
    dimension.render()
    block = document.blocks.new("NOTE")
    block.add_attdef("NUMBER", (0, 0), dxfattribs={"height": 2})
    insert = model.add_blockref("NOTE", (70, 10))
    insert.add_attrib("NUMBER", "4711", (70, 10), {"height": 2})
    paper = document.layout("Layout1")
    paper.page_setup(size=(420, 297), margins=(10, 10, 10, 10))  # type: ignore[attr-defined]
    paper.add_text("SHEET 1", dxfattribs={"height": 5, "insert": (300, 10)})
    paper.add_viewport(  # type: ignore[attr-defined]
        center=(150, 150), size=(240, 160), view_center_point=(50, 20), view_height=80
    )
    return document


def nested_blocks(depth: int = 20, width: int = 10) -> bytes:
    """A few kilobytes that unfold to `width ** depth` lines."""
    document = ezdxf.new()
    block = document.blocks.new("B0")
    block.add_line((0, 0), (1, 1))
    for level in range(1, depth):
        block = document.blocks.new(f"B{level}")
        for index in range(width):
            block.add_blockref(f"B{level - 1}", (index, 0))
    document.modelspace().add_blockref(f"B{depth - 1}", (0, 0))
    return dxf_bytes(document)


def block_grid(rows: int = 30_000) -> bytes:
    """One MINSERT of `rows` times `rows`."""
    document = ezdxf.new()
    document.blocks.new("B").add_line((0, 0), (1, 1))
    grid = {"row_count": rows, "column_count": rows, "row_spacing": 1, "column_spacing": 1}
    document.modelspace().add_blockref("B", (0, 0), dxfattribs=grid)
    return dxf_bytes(document)


def endless_text(kind: str, letters: int = 500_000) -> bytes:
    """One text, or the text at one block, that would be drawn for half a minute."""
    document = ezdxf.new()
    model, text = document.modelspace(), "A" * letters
    if kind == "ATTRIB":
        document.blocks.new("B").add_line((0, 0), (1, 1))
        model.add_blockref("B", (0, 0)).add_attrib("NAME", text)
    elif kind == "MTEXT":
        model.add_mtext(text)
    else:
        model.add_text(text)
    return dxf_bytes(document)


def block_in_itself() -> bytes:
    """A block that inserts itself."""
    document = ezdxf.new()
    block = document.blocks.new("B")
    block.add_line((0, 0), (1, 1))
    block.add_blockref("B", (1, 0))
    document.modelspace().add_blockref("B", (0, 0))
    return dxf_bytes(document)


def outside_references(path: str) -> bytes:
    """A DXF that points to an image and to another drawing on the disk."""
    document = ezdxf.new()
    model = document.modelspace()
    model.add_line((0, 0), (100, 100))
    image = document.add_image_def(filename=path, size_in_pixel=(100, 100))
    model.add_image(image, insert=(10, 10), size_in_units=(50, 50))
    document.add_xref_def(path, "OTHER")
    model.add_blockref("OTHER", (0, 0))
    return dxf_bytes(document)


SVG = """<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="210mm" height="297mm" viewBox="0 0 210 297">
<rect x="50" y="100" width="20" height="20" fill="#c81e28"/>
<text x="50" y="50" font-size="8" font-family="sans-serif">Ø25 H7</text>
<g transform="rotate(-90 100 100)"><text x="100" y="100" font-size="6">60 ±0.1</text></g>
<text x="20" y="200" font-size="5">R<tspan x="30" y="190">hidden?</tspan></text>
</svg>"""

PLOT = (
    b"\x1b%1BIN;SP1;PU0,0;PD8000,0,8000,5600,0,5600,0,0;"
    b"PU400,400;SI0.4,0.5;LB20 H7\x03PU4000,400;DI0,1;LBUp\x03;PU3000,2800;CI500;"
)
