"""The real server process with a model that says what a test wrote down beforehand.

`python -m tests.scripted_server SCRIPT.json`, where the script has for each question the texts
that the model says one after the other, the next after each tool's answer; and under `look` what
it reads at second looks, in their order. Drawings, storage and grading are the real ones.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from backend import main
from backend.model.service import Delta, Images, Message, Sampling, Usage
from tests.fakes import FakeVisionService, texts_of
from tests.server_process import PROJECT_ROOT, ServerProcess

LOOK = "look"
#: How often a held second look is looked after.
HELD_SECONDS = 0.05


class ScriptedService(FakeVisionService):
    """Reads its script anew for each request, so that a test may write on."""

    def __init__(self, script: Path) -> None:
        super().__init__(window=32_768)
        self._script = script
        self._looks = 0

    async def stream(
        self, messages: Sequence[Message], images: Images, sampling: Sampling, **options: Any
    ) -> AsyncGenerator[Delta | Usage, None]:
        script = json.loads(self._script.read_text())
        if options.get("json_schema") is not None:
            while _held(self._script).exists():  # noqa: ASYNC110 — a file has no event
                await asyncio.sleep(HELD_SECONDS)
            said = script[LOOK][self._looks]
            self._looks += 1
        else:
            said = _next(script, messages)
        self.scripts = [list(_words(said))]
        async with aclosing(super().stream(messages, images, sampling, **options)) as stream:
            async for item in stream:
                yield item


def _held(script: Path) -> Path:
    """While this file is there, second looks wait."""
    return script.with_suffix(".held")


def _words(text: str) -> Sequence[str]:
    return text.replace(" ", " \x00").split("\x00")


def _next(script: Mapping[str, list[str]], messages: Sequence[Message]) -> str:
    """What comes after the newest question and the tools' answers since."""
    asked = max(at for at, message in enumerate(messages) if message.role == "user")
    answered = sum(message.role == "tool" for message in messages[asked:])
    question = texts_of(messages[asked])
    texts = next(said for known, said in script.items() if question.endswith(known))
    return texts[answered]


class ScriptedServerProcess(ServerProcess):
    """Ready in a second or two."""

    def __init__(self, data_folder: Path, **settings: object) -> None:
        super().__init__(data_folder, **settings)
        self.script = data_folder.with_suffix(".json")
        self.command = [sys.executable, "-m", "tests.scripted_server", str(self.script)]
        self.say({})

    def say(self, script: Mapping[str, Sequence[str]]) -> None:
        """What the model says from now on."""
        self.script.parent.mkdir(parents=True, exist_ok=True)
        self.script.write_text(json.dumps(script))

    def hold_looks(self, hold: bool) -> None:
        """Let second looks wait, or go on."""
        if hold:
            _held(self.script).touch()
        else:
            _held(self.script).unlink()


if __name__ == "__main__":
    os.chdir(PROJECT_ROOT)
    main.build_service = lambda *_: ScriptedService(Path(sys.argv[1]))
    sys.exit(main.main())
