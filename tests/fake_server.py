"""The real server process with a fake engine: `python -m tests.fake_server [WINDOW HELD]`.

Its answers take the time that the question asks for, so that a fault can be made in their middle;
while the file HELD exists, they stop half-way. SIGUSR1 makes the engine die and come back;
SIGUSR2 makes it die for good.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backend import main
from backend.model.service import QUESTION_PRIORITY, Delta, Images, Message, Sampling, Usage
from tests.fakes import FakeVisionService, Request, texts_of
from tests.server_process import PROJECT_ROOT, ServerProcess

#: "say 50 words slowly": so many, with a pause between them; "long" ones have 50,000 letters.
_SLOWLY = re.compile(r"say (\d+) (long )?words slowly")
PAUSE_SECONDS = 0.02
LONG_WORD = "w" * 50_000
#: Prompts whose beginnings count as cached.
REMEMBERED = 20
#: "repeat: …": the answer is what follows.
_REPEAT = re.compile(r"repeat: (.*)", re.DOTALL)


class TimedService(FakeVisionService):
    """Answers one word at a time."""

    def __init__(self, window: int = 4096, held: Path | None = None) -> None:
        super().__init__(window=window)
        self._held = held
        self._pacing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, self._come_back)
        loop.add_signal_handler(signal.SIGUSR2, self._lose)
        await super().start()

    async def stream(
        self,
        messages: Sequence[Message],
        images: Images,
        sampling: Sampling,
        *,
        request_id: str,
        priority: int = QUESTION_PRIORITY,
        json_schema: Mapping[str, Any] | None = None,
    ) -> AsyncGenerator[Delta | Usage, None]:
        question = texts_of(messages[-1])
        if wanted := _REPEAT.search(question):
            self.scripts = [[wanted[1]]]
        elif wanted := _SLOWLY.search(question):
            tick = [asyncio.Event() for _ in range(int(wanted[1]))]
            word = LONG_WORD if wanted[2] else "word"
            words = [f"{word}{number} " for number in range(len(tick))]
            self.scripts = [[step for pair in zip(words, tick, strict=True) for step in pair]]
            pacing = asyncio.create_task(self._pace(tick))
            self._pacing.add(pacing)
            pacing.add_done_callback(self._pacing.discard)
        async for item in super().stream(messages, images, sampling, request_id=request_id):
            yield item

    async def _pace(self, ticks: Sequence[asyncio.Event]) -> None:
        """Let one word after the other go; those of the second half wait while they are held."""
        for number, tick in enumerate(ticks):
            while self._held and 2 * number >= len(ticks) and self._held.exists():  # noqa: ASYNC110
                # a file has no event
                await asyncio.sleep(PAUSE_SECONDS)
            tick.set()
            await asyncio.sleep(PAUSE_SECONDS)

    def _end(self, request: Request) -> None:
        """A long run must not remember everything that was asked."""
        super()._end(request)
        self.requests.clear()
        del self._seen[:-REMEMBERED]

    def _come_back(self) -> None:
        self.die()
        asyncio.get_running_loop().call_later(0.5, self.set_state, "ready")

    def _lose(self) -> None:
        self.die()
        self.set_state("failed", "The engine died too often.")


class FakeServerProcess(ServerProcess):
    """Ready in a second; see above."""

    def __init__(self, data_folder: Path, *, window: int = 4096, **settings: object) -> None:
        super().__init__(data_folder, **settings)
        self._held = data_folder.with_name(data_folder.name + ".held")
        self.command = [sys.executable, "-m", "tests.fake_server", str(window), str(self._held)]

    @contextmanager
    def held(self) -> Iterator[None]:
        """While the body runs, slow answers stop half-way."""
        self._held.touch()
        try:
            yield
        finally:
            self._held.unlink()


def _service() -> TimedService:
    if len(sys.argv) == 1:
        return TimedService()
    window, held = sys.argv[1:]
    return TimedService(int(window), Path(held))


if __name__ == "__main__":
    os.chdir(PROJECT_ROOT)
    main.build_service = lambda *_: _service()  # type: ignore[assignment]
    sys.exit(main.main())
