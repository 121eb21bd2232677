"""Prefill: drawings go through the model before anybody asks, so that the first answer is instant.

A few at a time, at low priority, and never while a question runs. What was wanted last is done
again for a new engine. Knows requests for prompts, not what is in them.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from backend.chat.prefill.prefix_readiness import Readiness, Subject
from backend.chat.prompt.prompt_builder import Prompt
from backend.errors import DrawingChatError
from backend.model.service import VisionService

logger = logging.getLogger(__name__)

AT_ONCE = 2
#: More wait in a bulk upload than anybody will ask about soon: the oldest give way.
LONGEST = 32
#: So many are read again after the engine was built anew.
REMEMBERED = 8


class Ahead(NamedTuple):
    """What to read ahead; `detail` as in `readiness.Beginning`."""

    prompt: Prompt
    detail: str


Build = Callable[[], Awaitable[Ahead]]


class Wanted(NamedTuple):
    """Something to prefill, and what is known of its `detail` before it is built."""

    detail: str
    build: Build


class Prefiller:
    """Runs prefills in the gaps between questions. `pause` and `go_on` bracket the questions."""

    def __init__(self, service: VisionService, readiness: Readiness) -> None:
        self._service = service
        self._readiness = readiness
        self._waiting: OrderedDict[Subject, Wanted] = OrderedDict()
        self._running: dict[Subject, tuple[asyncio.Task[None], Wanted]] = {}
        self._remembered: OrderedDict[Subject, Wanted] = OrderedDict()
        self._paused = False
        self._closed = False

    def request(self, subject: Subject, detail: str, build: Build) -> None:
        """Prefill what `build` gives, once; the same subject again replaces a waiting one."""
        if subject in self._running or self._closed:
            return
        wanted = Wanted(detail, build)
        self.remember(subject, wanted)
        self._wait(subject, wanted)
        self.go_on_if_idle()

    def remember(self, subject: Subject, wanted: Wanted) -> None:
        """Somebody is at this now: a new engine reads it first."""
        self._remembered[subject] = wanted
        self._remembered.move_to_end(subject)
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)

    def again(self, owner: str | None = None) -> None:
        """The engine is new, or the sheets of `owner` read differently: once more, what was
        wanted last."""
        for subject, wanted in list(self._remembered.items()):
            if owner in (None, subject.owner):
                self._wait(subject, wanted)
        self.go_on_if_idle()

    def pause(self) -> None:
        """A question has come: end what runs, it will be done again later."""
        self._paused = True
        for subject, (task, wanted) in self._running.items():
            task.cancel()
            self._waiting[subject] = wanted
            self._waiting.move_to_end(subject, last=False)

    def go_on(self) -> None:
        """No question is left: use the time."""
        self._paused = False
        self.go_on_if_idle()

    def go_on_if_idle(self) -> None:
        """Start what may start now; called too when the engine becomes ready."""
        ready = self._service.status().state == "ready"
        while ready and not self._paused and not self._closed and len(self._running) < AT_ONCE:
            subject = next((known for known in self._waiting if known not in self._running), None)
            if subject is None:
                return
            wanted = self._waiting.pop(subject)
            task = asyncio.create_task(self._run(subject, wanted), name=f"prefill-{subject.id}")
            self._running[subject] = (task, wanted)

    def __len__(self) -> int:
        """How many wait or run."""
        return len(self._waiting.keys() | self._running.keys())

    async def close(self) -> None:
        """End everything."""
        self._closed = True
        self._waiting.clear()
        tasks = [task for task, _ in self._running.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _wait(self, subject: Subject, wanted: Wanted) -> None:
        if not self._service.supports_prefill:  # not even a prompt is made
            return
        self._waiting[subject] = wanted
        self._readiness.preparing(subject, wanted.detail)
        while len(self._waiting) > LONGEST:
            oldest, _ = self._waiting.popitem(last=False)
            self._readiness.none(oldest)

    async def _run(self, subject: Subject, wanted: Wanted) -> None:
        try:
            prompt, detail = await wanted.build()
            usage = await self._service.prefill(
                prompt.messages, prompt.images, request_id=f"prefill-{secrets.token_hex(8)}"
            )
            if subject not in self._waiting:  # else it has changed meanwhile
                self._readiness.ready(subject, detail, usage.prompt_tokens)
            logger.debug("Prefilled %s: %d tokens", subject.id, usage.prompt_tokens)
        except DrawingChatError as error:  # a deleted drawing, an engine that restarts: no harm
            self._failed(subject)
            logger.info("No prefill of %s: %s", subject.id, error)
        except Exception:
            self._failed(subject)
            logger.exception("Prefill of %s failed", subject.id)
        finally:
            del self._running[subject]
            self.go_on_if_idle()

    def _failed(self, subject: Subject) -> None:
        if subject not in self._waiting:
            self._readiness.none(subject)
