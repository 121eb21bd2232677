"""Runs decode jobs in the worker process: read a file, render a region, read a page's text.

A few files stay open between jobs, so that the next tile of the same sheet is fast.
"""

from __future__ import annotations

import dataclasses
import gc
from functools import singledispatchmethod
from pathlib import Path
from typing import Any

import pyvips
from cachetools import LRUCache

from backend.drawings.formats.format import OpenDrawing
from backend.drawings.formats.raster import RasterDrawing
from backend.drawings.formats.readers import open_drawing
from backend.drawings.images.encode import encode
from backend.drawings.images.pyramid import build_pyramid
from backend.drawings.workers.jobs import (
    BalloonJob,
    IngestJob,
    Job,
    OcrJob,
    PyramidJob,
    RenderJob,
    SourceFile,
    TextJob,
)
from backend.geometry import Box

#: Number of files kept open.
KEPT_FILES = 4

#: The result as JSON values, and binary data.
Answer = tuple[Any, bytes]


class OpenFiles(LRUCache[SourceFile, OpenDrawing]):
    """The most recently used files; a file is closed when it is dropped."""

    def popitem(self) -> tuple[SourceFile, OpenDrawing]:
        """Drop the least recently used file."""
        source, drawing = super().popitem()
        drawing.close()
        return source, drawing


class JobRunner:
    """Runs one job at a time on files that it keeps open."""

    def __init__(self) -> None:
        pyvips.cache_set_max(0)  # a sequential image must not be returned twice
        self._ocr: Any = None
        self._open = OpenFiles(KEPT_FILES)

    def forget(self) -> None:
        """Close every file."""
        while self._open:
            self._open.popitem()

    @singledispatchmethod
    def run(self, job: Job) -> Answer:
        """Run one job. Raises typed errors and whatever a library raises."""
        raise TypeError(f"Unknown job {type(job).__name__}.")

    @run.register
    def _(self, job: IngestJob) -> Answer:
        """The pages of a file: canvases and warnings, and the texts of a converted file."""
        if job.derived is not None:
            return self._convert(job, Path(job.derived))
        drawing = open_drawing(Path(job.file.path), job.file.format, job.file.limits)
        if isinstance(drawing, RasterDrawing):
            drawing.preview_folder = Path(job.previews)
        try:
            canvases = drawing.canvases()
        finally:
            drawing.close()
        return {"canvases": [dataclasses.asdict(canvas) for canvas in canvases]}, b""

    def _convert(self, job: IngestJob, derived: Path) -> Answer:
        from backend.drawings.formats.convert import convert  # importing ezdxf takes half a second

        gc.disable()  # millions of small objects, nearly all alive to the end
        try:
            converter = None if job.dwg_converter is None else Path(job.dwg_converter)
            source = job.file
            pages = convert(Path(source.path), source.format, derived, source.limits, converter)
        finally:
            gc.enable()
        return {
            "canvases": [dataclasses.asdict(page.canvas) for page in pages],
            "texts": [[item.values() for item in page.items] for page in pages],
        }, b""

    @run.register
    def _(self, job: RenderJob) -> Answer:
        image = self._opened(job.file).render(job.page, job.canvas, job.region, job.size)
        if job.encoding is not None:
            return None, encode(image, **dataclasses.asdict(job.encoding))
        return None, image.write_to_memory()

    @run.register
    def _(self, job: TextJob) -> Answer:
        items = self._opened(job.file).text(job.page, job.canvas)
        return [item.values() for item in items], b""

    @run.register
    def _(self, job: PyramidJob) -> Answer:
        target = Path(job.target)
        build_pyramid(Path(job.file.path), job.file.format, job.page, target, job.file.limits)
        return {"bytes": target.stat().st_size}, b""

    @run.register
    def _(self, job: OcrJob) -> Answer:
        if self._ocr is None:
            from backend.drawings.text.recogniser import Ocr  # importing takes a second and 200 MB

            self._ocr = Ocr()
        image = self._opened(job.file).render(job.page, job.canvas, job.region, job.size)
        readings, lines = self._ocr.tile(image, job.region, job.canvas)
        return {"readings": [dataclasses.asdict(one) for one in readings], "lines": lines}, b""

    @run.register
    def _(self, job: BalloonJob) -> Answer:
        from backend.drawings.images import balloon_sheet

        canvas = job.canvas
        if job.file.format == "pdf":
            path = Path(job.file.path)
            pdf = balloon_sheet.mark_pdf_page(path, job.page, canvas, job.marks)
        else:
            scale = min(1.0, balloon_sheet.MAX_SIDE / max(canvas))
            size = (max(1, round(canvas[0] * scale)), max(1, round(canvas[1] * scale)))
            image = self._opened(job.file).render(job.page, canvas, Box(0, 0, *canvas), size)
            pdf = balloon_sheet.mark_image(image, canvas, job.dpi, job.marks)
        return None, balloon_sheet.as_png(pdf) if job.png else pdf

    def _opened(self, source: SourceFile) -> OpenDrawing:
        drawing = self._open.get(source)
        if drawing is None:
            drawing = open_drawing(Path(source.path), source.format, source.limits)
            self._open[source] = drawing
        return drawing
