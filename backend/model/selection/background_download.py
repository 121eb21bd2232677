"""A model's download for a running server: off the event loop, told as it goes, ended at once.

The same download as `drawing-chat download`. Runs in a thread of its own that does not hold up
the end of the process: a line that hangs would.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from backend.errors import BadModel
from backend.model.selection.hub_download import Cancelled, cached_folder, fetch, look_up
from backend.model.service import Progress


class ModelFetch:
    """Brings one repository here; `show` is called on the event loop with its progress."""

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
        """The checkpoint's folder; None where it was cancelled. Raises `BadModel`."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Path | None] = loop.create_future()

        def tell(progress: Progress) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._show, progress)

        def end(result: Path | None, error: BaseException | None) -> None:
            if found.done():
                return
            if error is None:
                found.set_result(result)
            else:
                found.set_exception(error)

        def run() -> None:
            result, error = None, None
            try:
                result = self._bring(tell)
            except Cancelled:
                pass
            except BaseException as raised:
                error = raised
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(end, result, error)

        Thread(target=run, name="model-download", daemon=True).start()
        try:
            return await found
        finally:
            self._cancelled.set()

    def cancel(self) -> None:
        """End it; what has come is kept."""
        self._cancelled.set()

    def _bring(self, tell: Callable[[Progress], None]) -> Path:
        here = cached_folder(self._repository, self._revision, self._cache)
        if here is not None:
            return here
        tell(Progress("downloading"))
        listing = look_up(self._repository, self._revision, self._cache)
        try:
            return fetch(listing, tell, self._cancelled)
        except OSError as error:
            raise BadModel(
                f"{self._repository} cannot be written to the Hugging Face cache "
                f"({error.strerror or error}). Check HF_HOME or DRAWING_CHAT_DOWNLOAD_DIR."
            ) from error
