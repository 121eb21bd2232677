"""Runs extractions as jobs: one call starts a job, others poll it, and the result is stored.

Text comes from the library, parsing runs in a thread, the model reads the page if it is ready, and
the result goes to the storage.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from backend.drawing import BalloonMark, DrawingInfo, TextItem
from backend.errors import BadRequest, Busy, DrawingChatError, NotFound
from backend.evidence.index.sheet_index import PageText
from backend.extraction.corrections import as_seen
from backend.extraction.model_merge import DEMO_MODEL, MODEL_NOT_READY, NOT_READ, TEXT_ONLY, merged
from backend.extraction.model_reading import read_page, schema_of
from backend.extraction.tables.page_tables import PageExtraction, combined
from backend.extraction.tables.table import Kind, Table
from backend.model.service import ModelImage, VisionService
from backend.storage.database import Database
from backend.storage.extractions import Extractions, StoredExtraction
from backend.storage.tables import new_id

logger = logging.getLogger(__name__)

#: Jobs that run at once, and how many of one owner may wait.
AT_ONCE, WAITING = 2, 32
#: Finished jobs whose failure is still reported.
KEPT_FAILURES = 256


class Sheets(Protocol):
    """The part of the drawing library that extraction needs."""

    async def info(self, owner: str, drawing_id: str) -> DrawingInfo: ...
    async def text(self, owner: str, drawing_id: str, page: int) -> list[TextItem]: ...
    async def overview(self, owner: str, drawing_id: str, page: int) -> ModelImage: ...
    async def sketch(self, owner: str, drawing_id: str, page: int) -> ModelImage: ...
    async def marked(
        self,
        owner: str,
        drawing_id: str,
        page: int,
        marks: Sequence[BalloonMark],
        *,
        png: bool = False,
    ) -> bytes: ...


@dataclass
class Job:
    """One running extraction: `done` of `total` pages. `model`: whether the model reads too; None
    means if it is ready and not the demo.
    """

    owner: str
    drawing_id: str
    kind: Kind
    pages: tuple[int, ...]
    model: bool | None = None
    id: str = field(default_factory=new_id)
    done: int = 0
    state: Literal["waiting", "running", "done", "failed"] = "waiting"
    error: DrawingChatError | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def total(self) -> int:
        return len(self.pages)


class Extractor:
    """Runs extractions until `close`."""

    def __init__(
        self, database: Database, sheets: Sheets, service: VisionService | None = None
    ) -> None:
        self.store = Extractions(database)
        self.sheets = sheets
        self._service = service
        self._jobs: dict[tuple[str, str, Kind], Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(AT_ONCE)

    async def start(
        self,
        owner: str,
        drawing_id: str,
        kind: Kind,
        pages: Sequence[int] | None = None,
        *,
        model: bool | None = None,
    ) -> Job:
        """Start a job, or join the running one. `pages` None means all pages. `model`: as in `Job`.

        Raises `NotFound` for the drawing, `BadRequest` for a page, `Busy`.
        """
        info = await self.sheets.info(owner, drawing_id)
        there = [page.number for page in info.pages]
        wanted = tuple(dict.fromkeys(there if pages is None else pages))
        unknown = [page for page in wanted if page not in there]
        if unknown or not wanted:
            raise BadRequest(f"The drawing has the pages 1 to {len(there)}.")
        key = owner, drawing_id, kind
        running = self._jobs.get(key)
        if running is not None and running.state in ("waiting", "running"):
            return running
        active = [job for job in self._jobs.values()
                  if job.owner == owner and job.state in ("waiting", "running")]  # fmt: skip
        if len(active) >= WAITING:
            raise Busy("Many extractions are waiting already. Try again in a moment.",
                       retry_after_s=5)  # fmt: skip
        job = self._jobs[key] = Job(owner, drawing_id, kind, wanted, model)
        task = asyncio.create_task(self._run(job, info), name=f"extract-{kind}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    async def state(self, owner: str, drawing_id: str, kind: Kind) -> Job | StoredExtraction:
        """Return the running job, or else the stored result.

        Raises the error of a failed job, and `NotFound` if none was started.
        """
        await self.sheets.info(owner, drawing_id)
        job = self._jobs.get((owner, drawing_id, kind))
        if job is not None and job.state in ("waiting", "running"):
            return job
        if job is not None and job.error is not None:
            raise job.error
        stored = await self.store.find(owner, drawing_id, kind)
        if stored is None:
            raise NotFound("This has not been extracted yet. Start it with POST …/extract.")
        return stored

    async def table(self, owner: str, drawing_id: str, kind: Kind) -> Table:
        """Return a finished table with its corrections; extract it first if there is none."""
        job = self._jobs.get((owner, drawing_id, kind))
        if job is None and await self.store.find(owner, drawing_id, kind) is None:
            job = await self.start(owner, drawing_id, kind)
        if job is not None:
            await job.ended.wait()
        stored = await self.state(owner, drawing_id, kind)
        if isinstance(stored, Job):
            raise Busy("This is being extracted anew. Try again in a moment.", retry_after_s=2)
        return as_seen(stored)

    async def settled(self) -> None:
        """Wait until every job has ended."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Cancel the running jobs; the extractor can be started again."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, job: Job, info: DrawingInfo) -> None:
        try:
            async with self._places:
                job.state = "running"
                table = await self._extract(job, info)
                numbered = [row.id for row in table.rows] if job.kind == "dimensions" else []
                await self.store.save(
                    job.owner, job.drawing_id, job.kind, table.to_json(), numbered
                )
            job.state = "done"
            self._jobs.pop((job.owner, job.drawing_id, job.kind), None)
        except DrawingChatError as error:
            job.error = error
        except Exception:
            logger.exception("Extracting %s failed", job.kind)
            job.error = DrawingChatError("The extraction failed. The server's log says why.")
        finally:
            job.ended.set()
            if job.state != "done":
                job.state = "failed"
                self._forget_old()

    async def _extract(self, job: Job, info: DrawingInfo) -> Table:
        without = self._why_without_model(job)
        tables = []
        for number in job.pages:
            text = await self._page(job, info, number)
            page = PageExtraction(text, await self._sketch(job, text))
            table = await asyncio.to_thread(page.table, job.kind)
            if without is None:
                table, without = await self._with_model(job, page, table)
            tables.append(table)
            job.done += 1
        table = combined(job.kind, tables)
        return table if without is None else replace(table, notes=(*table.notes, without))

    def _why_without_model(self, job: Job) -> str | None:
        """Return None if the model is to read too, otherwise the sentence that gives the reason."""
        if self._service is None or schema_of(job.kind) is None or job.model is False:
            return None if schema_of(job.kind) is None else TEXT_ONLY
        status = self._service.status()
        if status.state not in ("ready", "asleep"):
            return MODEL_NOT_READY
        return DEMO_MODEL if status.demo and job.model is None else None

    async def _with_model(
        self, job: Job, page: PageExtraction, table: Table
    ) -> tuple[Table, str | None]:
        """Return the table merged with the model's reading, and a sentence if that failed."""
        if self._service is None or schema_of(job.kind) is None:
            return table, None
        try:
            image = await self.sheets.overview(job.owner, job.drawing_id, page.text.page)
            reading = await read_page(self._service, job.kind, page.text, image)
        except DrawingChatError as error:
            return table, NOT_READ.format(page=page.text.page, error=error)
        return await asyncio.to_thread(merged, page, table, reading), None

    async def _sketch(self, job: Job, page: PageText) -> ModelImage | None:
        """Return the small picture from which the sheet map is made. Without the text, title block
        and tables would be taken for views.
        """
        if job.kind != "views" or not page.items:
            return None
        try:
            return await self.sheets.sketch(job.owner, job.drawing_id, page.page)
        except DrawingChatError as error:
            logger.info("Page %d was not looked at for its views: %s", page.page, error)
            return None

    async def _page(self, job: Job, info: DrawingInfo, number: int) -> PageText:
        items = await self.sheets.text(job.owner, job.drawing_id, number)
        page = info.pages[number - 1]
        source = page.text_source
        if items and source == "none":  # recognised since the info was read
            source = "ocr" if any(item.source == "ocr" for item in items) else "vector"
        return PageText(
            job.drawing_id, number, items, source, page.width, page.height, info.name, page.dpi
        )

    def _forget_old(self) -> None:
        failed = [key for key, job in self._jobs.items() if job.state == "failed"]
        for key in failed[:-KEPT_FAILURES]:
            del self._jobs[key]
