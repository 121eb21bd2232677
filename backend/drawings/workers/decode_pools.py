"""The decode workers of a server: three pools with their limits and priorities.

`ingest` reads uploads, `interactive` renders for waiting clients, `background` builds pyramids and
recognises text at the lowest priority.
"""

from __future__ import annotations

import os
from pathlib import Path

from backend.config.settings import Settings
from backend.drawings.formats.dwg_converter import find_converter
from backend.drawings.formats.format import Limits
from backend.drawings.workers.worker_pool import WorkerOptions, WorkerPool

#: Nice level of the ingest workers.
INGEST_NICE = 5
#: The pyramid of the largest scan takes longer than any other job.
BACKGROUND_SECONDS = 300.0


class Workers:
    """Belongs to one library, which calls `close`. Processes start with their first job."""

    def __init__(self, settings: Settings, scratch: Path) -> None:
        memory, seconds = settings.decode_memory_bytes, settings.decode_seconds
        self.limits = Limits(
            pixels=settings.max_image_pixels,
            pages=settings.max_pages,
            seconds=seconds,
            entities=settings.max_entities,
            side=settings.min_image_side,
            aspect=settings.max_aspect_ratio,
        )
        #: The program that converts DWG, if installed.
        self.dwg_converter = find_converter(settings.oda_file_converter)
        cores = os.cpu_count() or 2
        self.interactive = WorkerPool(
            "interactive", max(1, min(4, cores // 2)), WorkerOptions(memory, seconds, scratch)
        )
        self.ingest = WorkerPool(
            "ingest",
            max(1, min(4, cores // 4)),
            WorkerOptions(memory, seconds, scratch, nice=INGEST_NICE),
        )
        long = max(seconds, BACKGROUND_SECONDS)
        self.background = WorkerPool(
            "background", 1, WorkerOptions(memory, long, scratch, nice=15, idle_seconds=60)
        )

    async def close(self) -> None:
        """Stop all processes."""
        for pool in (self.interactive, self.ingest, self.background):
            await pool.close()
