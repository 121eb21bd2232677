"""What a decode worker can do: look into a file, draw a region, read a page's text.

Runs in the worker process. Keeps a few files open between jobs, so that the next tile of the
same sheet is quick. Knows paths that the server gives it; no database, no network.
"""

from __future__ import annotations

import dataclasses
import gc
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyvips

from backend.drawings.formats.format import Limits, OpenDrawing
from backend.drawings.formats.raster import RasterDrawing
from backend.drawings.formats.readers import open_drawing
from backend.drawings.images.encode import encode
from backend.drawings.images.pyramid import build_pyramid
from backend.errors import BadRequest

if TYPE_CHECKING:
    from backend.drawings.text.ocr import Ocr

#: Files kept open.
KEPT_FILES = 4

Answer = tuple[Any, bytes]


class Jobs:
    """The jobs by name, and the files they have open."""

    def __init__(self) -> None:
        pyvips.cache_set_max(0)  # a sequential image must not be handed out twice
        self._ocr: Ocr | None = None
        self._open: OrderedDict[tuple[str, str], OpenDrawing] = OrderedDict()

    def run(self, job: dict[str, Any]) -> Answer:
        """Run one job; raises the error tree's errors and whatever a library throws."""
        kind = job["job"]
        if kind == "ingest":
            return self._ingest(job)
        if kind == "render":
            return self._render(job)
        if kind == "text":
            return self._text(job)
        if kind == "pyramid":
            return self._pyramid(job)
        if kind == "ocr":
            return self._read(job)
        if kind == "marked":
            return self._marked(job)
        raise BadRequest(f"There is no job called {kind}.")

    def forget(self) -> None:
        """Close every file."""
        while self._open:
            self._open.popitem()[1].close()

    def _ingest(self, job: dict[str, Any]) -> Answer:
        """Pages of a file: canvases and warnings; of a converted one also the texts."""
        if "derived" in job:
            return self._convert(job)
        drawing = open_drawing(Path(job["path"]), job["format"], Limits(**job["limits"]))
        if isinstance(drawing, RasterDrawing):
            drawing.preview_folder = Path(job["previews"])
        try:
            canvases = drawing.canvases()
        finally:
            drawing.close()
        return {"canvases": [dataclasses.asdict(canvas) for canvas in canvases]}, b""

    def _convert(self, job: dict[str, Any]) -> Answer:
        from backend.drawings.formats.convert import convert  # ezdxf takes half a second to load

        limits = Limits(**job["limits"])
        gc.disable()  # millions of small objects, nearly all alive to the end
        try:
            converter = Path(job["dwg_converter"]) if "dwg_converter" in job else None
            pages = convert(
                Path(job["path"]), job["format"], Path(job["derived"]), limits, converter
            )
        finally:
            gc.enable()
        return {
            "canvases": [dataclasses.asdict(page.canvas) for page in pages],
            "texts": [[item.values() for item in page.items] for page in pages],
        }, b""

    def _render(self, job: dict[str, Any]) -> Answer:
        """A region at a size: raw RGB, or encoded when the job names an `encoding`."""
        width, height = job["size"]
        drawing = self._opened(job)
        canvas = (job["canvas"][0], job["canvas"][1])
        image = drawing.render(job["page"], canvas, tuple(job["region"]), (width, height))
        if "encoding" in job:
            return None, encode(image, **job["encoding"])
        return None, image.write_to_memory()

    def _text(self, job: dict[str, Any]) -> Answer:
        """The text items of a page."""
        canvas = (job["canvas"][0], job["canvas"][1])
        items = self._opened(job).text(job["page"], canvas)
        return [item.values() for item in items], b""

    def _pyramid(self, job: dict[str, Any]) -> Answer:
        """The pyramid of a page, as a file at `target`."""
        target = Path(job["target"])
        build_pyramid(
            Path(job["path"]), job["format"], job["page"], target, Limits(**job["limits"])
        )
        return {"bytes": target.stat().st_size}, b""

    def _read(self, job: dict[str, Any]) -> Answer:
        """What OCR sees in a region."""
        if self._ocr is None:
            from backend.drawings.text.ocr import Ocr  # a second and 200 MB

            self._ocr = Ocr()
        region, canvas = tuple(job["region"]), (job["canvas"][0], job["canvas"][1])
        width, height = job["size"]
        image = self._opened(job).render(job["page"], canvas, region, (width, height))
        readings = self._ocr.tile(image, region, canvas)
        return [dataclasses.asdict(reading) for reading in readings], b""

    def _marked(self, job: dict[str, Any]) -> Answer:
        """A page with balloons on it, as PDF or PNG."""
        from backend.drawings.images import balloon_sheet as marks

        canvas = (job["canvas"][0], job["canvas"][1])
        wanted = [marks.Mark(**mark) for mark in job["marks"]]
        if job["format"] == "pdf":
            pdf = marks.mark_pdf_page(Path(job["path"]), job["page"], canvas, wanted)
        else:
            scale = min(1.0, marks.MAX_SIDE / max(canvas))
            size = (max(1, round(canvas[0] * scale)), max(1, round(canvas[1] * scale)))
            image = self._opened(job).render(job["page"], canvas, (0, 0, *canvas), size)
            pdf = marks.mark_picture(image, canvas, job["dpi"], wanted)
        return None, marks.as_png(pdf) if job["png"] else pdf

    def _opened(self, job: dict[str, Any]) -> OpenDrawing:
        key = (job["path"], job["format"])
        if key in self._open:
            self._open.move_to_end(key)
            return self._open[key]
        drawing = open_drawing(Path(job["path"]), job["format"], Limits(**job["limits"]))
        self._open[key] = drawing
        while len(self._open) > KEPT_FILES:
            self._open.popitem(last=False)[1].close()
        return drawing
