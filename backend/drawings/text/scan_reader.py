"""Builds the text layer of a scanned page tile by tile, while the CPU is otherwise idle."""

from __future__ import annotations

from collections.abc import Sequence

from backend.drawing import PageInfo, TextItem
from backend.drawings.drawing_records import StoredDrawing
from backend.drawings.images.render import Renderer
from backend.drawings.text.ocr import readings_of
from backend.drawings.text.ocr_merge import Reading, merge, tiles
from backend.drawings.text.ruling import Ruling, Segment, with_cells
from backend.drawings.text.text_places import without_letters
from backend.drawings.text.zone_marks import with_zone_marks
from backend.drawings.workers.decode_pools import Workers
from backend.drawings.workers.jobs import OcrJob

#: A page with more tiles is not read; an A0 at 600 dpi has about 140.
MAX_TILES = 600


class ScanReader:
    """Reads pages through the background worker."""

    def __init__(self, workers: Workers, renderer: Renderer) -> None:
        self._workers = workers
        self._renderer = renderer

    async def read(self, stored: StoredDrawing, page: PageInfo) -> list[TextItem]:
        """Return the page's text by OCR; empty if none was found."""
        parts = tiles(page.width, page.height, page.dpi)
        readings: list[Reading] = []
        lines: list[Segment] = []
        for region, size in parts if len(parts) <= MAX_TILES else []:
            await self._workers.interactive.quiet()
            await self._workers.ingest.quiet()
            job = await self._renderer.job(stored, page, region, size)
            ocr = OcrJob(
                file=job.file, page=job.page, canvas=job.canvas, region=job.region, size=job.size
            )
            answer = await self._workers.background.run(ocr)
            readings.extend(readings_of(answer.result["readings"]))
            lines.extend(Segment(*line) for line in answer.result["lines"])
        return page_of(readings, lines, page.width, page.height)


def page_of(
    readings: Sequence[Reading], lines: Sequence[Segment], width: float, height: float
) -> list[TextItem]:
    """Return the texts of a page, each with its cell and its role."""
    items = merge(readings)
    ruling = Ruling.of(without_letters(lines, [item.box for item in items]))
    return with_zone_marks(with_cells(items, ruling, width, height), width, height)
