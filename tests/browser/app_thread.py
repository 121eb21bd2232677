"""The whole app with a fake engine in a thread of its own: Playwright's loop is not asyncio's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes import FakeVisionService
from tests.whole_app import Running, run_app

START_SECONDS = 60


@dataclass
class AppThread:
    """A running app; `call` does something in its event loop, where the fake engine lives."""

    running: Running
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        """Where it is."""
        return self.running.url

    def call(self, function: Callable[..., None], *arguments: object) -> None:
        """Call it in the app's loop and wait until it has returned."""
        done = threading.Event()

        def run() -> None:
            function(*arguments)
            done.set()

        self.loop.call_soon_threadsafe(run)
        assert done.wait(START_SECONDS)


@contextmanager
def app_in_thread(
    folder: Path, service: FakeVisionService | None = None, **settings: Any
) -> Iterator[AppThread]:
    """Serve the app from `folder` until the block is left."""
    started = threading.Event()
    told: list[AppThread] = []
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    async def serve() -> None:
        async with run_app(folder, service, **settings) as running:
            told.append(AppThread(running, loop))
            started.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert started.wait(START_SECONDS)
        yield told[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(START_SECONDS)
        loop.close()
