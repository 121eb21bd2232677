"""Turns DXF text into drawing records: outlines, or strokes for GD&T symbols.

On a machine without any font, plain text in Helvetica is written instead, which every PDF reader
has.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

from ezdxf.addons.drawing.pipeline import RenderPipeline2d
from ezdxf.addons.drawing.properties import Properties
from ezdxf.addons.drawing.recorder import DataRecord
from ezdxf.fonts.fonts import MonospaceFont
from ezdxf.math import BoundingBox2d, Matrix44, Vec2
from ezdxf.npshapes import NumpyPath2d

from backend.drawings.symbols.gdt_strokes import STROKES

#: Average width and em size of a Helvetica letter, in cap heights.
HELVETICA_WIDTH = 0.75
HELVETICA_EM = 1.39
#: Width of a symbol and the space after it, in letter heights.
SYMBOL_ADVANCE = 1.15
_CARET = re.compile(r"(\\S(?:\\.|[^;\\^])*)\^(?! )")


class TextRecord(DataRecord):
    """Text set by the PDF reader; cap height is one unit before `matrix`."""

    def __init__(self, text: str, matrix: Matrix44) -> None:
        super().__init__()
        self.text = text
        self.matrix = matrix

    def bbox(self) -> BoundingBox2d:
        """Estimated, since the reader's font is not available here."""
        width = HELVETICA_WIDTH * len(self.text)
        corners = [(0, 0, 0), (width, 0, 0), (width, 1, 0), (0, 1, 0)]
        return BoundingBox2d(Vec2(self.matrix.transform(corner)) for corner in corners)

    def transform_inplace(self, m: Matrix44) -> None:
        """Transform in place, like the other records."""
        self.matrix = self.matrix @ m


class SheetPipeline(RenderPipeline2d):
    """ezdxf's pipeline with GD&T symbols and a fallback for text."""

    def draw_text(
        self,
        text: str,
        transform: Matrix44,
        properties: Properties,
        cap_height: float,
        dxftype: str = "TEXT",
    ) -> None:
        """Like ezdxf, but runs of GD&T symbols are drawn as strokes."""
        left = 0.0
        for symbols, run in groupby(text, key=STROKES.__contains__):
            part = "".join(run)
            place = Matrix44.translate(left, 0, 0) @ transform
            if symbols:
                self._draw_symbols(part, place, properties, cap_height)
                left += SYMBOL_ADVANCE * cap_height * len(part)
            elif self._has_font(properties):
                super().draw_text(part, place, properties, cap_height, dxftype)
                left += self._width(part, properties, cap_height)
            else:
                self._set_text(part, Matrix44.scale(cap_height) @ place, properties)
                left += HELVETICA_WIDTH * cap_height * len(part)

    def _draw_symbols(
        self, symbols: str, place: Matrix44, properties: Properties, height: float
    ) -> None:
        for index, symbol in enumerate(symbols):
            shift = Matrix44.translate(SYMBOL_ADVANCE * index, 0, 0)
            matrix = shift @ Matrix44.scale(height) @ place
            for stroke in STROKES[symbol]:
                points = [Vec2(matrix.transform((x, y, 0))) for x, y in stroke]
                self._pipeline.draw_path(NumpyPath2d.from_vertices(points), properties)

    def _set_text(self, text: str, matrix: Matrix44, properties: Properties) -> None:
        if not text.strip():
            return
        for stage in reversed(self.clipping_portal._stages):
            if stage.transform is not None:
                matrix = matrix @ stage.transform
            if stage.portal.clip_point(Vec2(matrix.transform((0, 0, 0)))) is None:
                return
        recorder: Any = self.backend
        recorder.store(TextRecord(text, matrix), self.get_backend_properties(properties))

    def _has_font(self, properties: Properties) -> bool:
        face = properties.font or self.default_font_face
        return not isinstance(self.text_engine.get_font(face), MonospaceFont)

    def _width(self, text: str, properties: Properties, height: float) -> float:
        face = properties.font or self.default_font_face
        return self.text_engine.get_text_line_width(text, face, height)


def readable_stacks(content: str) -> str:
    """Rewrite MTEXT stacks for ezdxf, which treats `^-` as a control character but not `^ -`."""
    return _CARET.sub(r"\1^ ", content)
