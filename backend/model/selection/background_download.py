"""Downloads a model for a running server: in a thread, with progress, cancelled at once.

The same download as `drawing-chat download`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from backend.errors import BadModel
from backend.model.selection.download_meter import Cancelled
from backend.model.selection.hub_download import download
from backend.model.selection.hub_repository import cached_folder, list_files
from backend.model.service import Progress


class ModelDownload:
    """The download of one repository; `show` is called on the event loop with its progress."""

    def __init__(
        self,
        repository: str,
        revision: str | None,
        cache: Path | None,
        show: Callable[[Progress], None],
    ) -> None:
        self._repository, self._revision, self._cache = repository, revision, cache
        self._show = show
        self._cancelled = Event()

    async def folder(self) -> Path | None:
        """The checkpoint's folder; None if the download was cancelled. Raises `BadModel`."""
        loop = asyncio.get_running_loop()
        result: asyncio.Future[Path | None] = loop.create_future()

        def report(progress: Progress) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(self._show, progress)

        def finish(folder: Path | None, error: BaseException | None) -> None:
            if result.done():
                return
            if error is None:
                result.set_result(folder)
            else:
                result.set_exception(error)

        def run() -> None:
            folder, error = None, None
            try:
                folder = self._download(report)
            except Cancelled:
                pass
            except BaseException as raised:
                error = raised
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(finish, folder, error)

        # A daemon: a hanging connection must not delay the end of the process.
        Thread(target=run, name="model-download", daemon=True).start()
        try:
            return await result
        finally:
            self._cancelled.set()

    def cancel(self) -> None:
        """Cancel the download; downloaded bytes are kept."""
        self._cancelled.set()

    def _download(self, report: Callable[[Progress], None]) -> Path:
        cached = cached_folder(self._repository, self._revision, self._cache)
        if cached is not None:
            return cached
        report(Progress("downloading"))
        listing = list_files(self._repository, self._revision, self._cache)
        try:
            return download(listing, report, self._cancelled)
        except OSError as error:
            raise BadModel(
                f"{self._repository} cannot be written to the Hugging Face cache "
                f"({error.strerror or error}). Check HF_HOME or DRAWING_CHAT_DOWNLOAD_DIR."
            ) from error
