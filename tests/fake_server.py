"""The real server process with a fake engine: `python -m tests.fake_server`.

Its answers take the time that the question asks for, so that a fault can be made in their middle.
SIGUSR1 makes the engine die and come back; SIGUSR2 makes it die for good.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
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
            loop = asyncio.get_running_loop()
            for number, event in enumerate(tick):
                loop.call_later(PAUSE_SECONDS * number, event.set)
        async for item in super().stream(messages, images, sampling, request_id=request_id):
            yield item

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

    def __init__(self, data_folder: Path, **settings: object) -> None:
        super().__init__(data_folder, **settings)
        self.command = [sys.executable, "-m", "tests.fake_server"]


if __name__ == "__main__":
    os.chdir(PROJECT_ROOT)
    main.build_service = lambda *_: TimedService()  # type: ignore[assignment]
    sys.exit(main.main())
