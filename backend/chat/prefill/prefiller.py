"""Runs prefills: prompts go through the model before anybody asks, so that answers start at once.

A few at a time, at low priority, and never while a question runs. The most recent ones are
repeated for a new engine. Does not know what the prompts contain.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from cachetools import LRUCache

from backend.chat.prefill.prefix_readiness import Readiness, Subject
from backend.chat.prompt.prompt_builder import Prompt
from backend.errors import DrawingChatError
from backend.model.service import VisionService

logger = logging.getLogger(__name__)

MAX_RUNNING = 2
#: A bulk upload has more drawings than anybody will ask about soon; the oldest are dropped.
MAX_WAITING = 32
#: Prefills that are repeated for a new engine.
MAX_REMEMBERED = 8


class PrefillPrompt(NamedTuple):
    """A prompt to prefill; `detail` as in `PrefixState`."""

    prompt: Prompt
    detail: str


class PrefillRequest(NamedTuple):
    """A prefill to run, with its `detail` as far as known before the prompt is built."""

    detail: str
    build: Callable[[], Awaitable[PrefillPrompt]]


class Prefiller:
    """Runs prefills between questions: paused by `pause`, continued by `resume`."""

    def __init__(self, service: VisionService, readiness: Readiness) -> None:
        self._service = service
        self._readiness = readiness
        self._waiting: OrderedDict[Subject, PrefillRequest] = OrderedDict()
        self._running: dict[Subject, tuple[asyncio.Task[None], PrefillRequest]] = {}
        self._remembered: LRUCache[Subject, PrefillRequest] = LRUCache(MAX_REMEMBERED)
        self._paused = False
        self._closed = False

    def request(self, subject: Subject, request: PrefillRequest) -> None:
        """Run a prefill, once; a waiting one of the same subject is replaced."""
        if subject in self._running or self._closed:
            return
        self.remember(subject, request)
        self._enqueue(subject, request)
        self.start_idle()

    def remember(self, subject: Subject, request: PrefillRequest) -> None:
        """Repeat this prefill for a new engine: it is in use."""
        self._remembered[subject] = request

    def repeat(self, owner: str | None = None) -> None:
        """Repeat the most recent prefills: the engine is new, or sheets of `owner` changed."""
        for subject, request in list(self._remembered.items()):
            if owner in (None, subject.owner):
                self._enqueue(subject, request)
        self.start_idle()

    def pause(self) -> None:
        """A question has arrived: interrupt the running prefills, to run again later."""
        self._paused = True
        for subject, (task, request) in self._running.items():
            task.cancel()
            self._waiting[subject] = request
            self._waiting.move_to_end(subject, last=False)

    def resume(self) -> None:
        """No question is left."""
        self._paused = False
        self.start_idle()

    def start_idle(self) -> None:
        """Start prefills if the engine is ready and idle."""
        ready = self._service.status().state == "ready"
        while ready and not self._paused and not self._closed and len(self._running) < MAX_RUNNING:
            subject = next((known for known in self._waiting if known not in self._running), None)
            if subject is None:
                return
            request = self._waiting.pop(subject)
            task = asyncio.create_task(self._run(subject, request), name=f"prefill-{subject.id}")
            self._running[subject] = (task, request)

    def __len__(self) -> int:
        """The number of waiting and running prefills."""
        return len(self._waiting.keys() | self._running.keys())

    async def close(self) -> None:
        """Cancel all prefills."""
        self._closed = True
        self._waiting.clear()
        tasks = [task for task, _ in self._running.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _enqueue(self, subject: Subject, request: PrefillRequest) -> None:
        if not self._service.supports_prefill:  # the prompt is not even built
            return
        self._waiting[subject] = request
        self._readiness.preparing(subject, request.detail)
        while len(self._waiting) > MAX_WAITING:
            oldest, _ = self._waiting.popitem(last=False)
            self._readiness.none(oldest)

    async def _run(self, subject: Subject, request: PrefillRequest) -> None:
        try:
            prompt, detail = await request.build()
            usage = await self._service.prefill(
                prompt.messages, prompt.images, request_id=f"prefill-{secrets.token_hex(8)}"
            )
            if subject not in self._waiting:  # else it has changed since
                self._readiness.ready(subject, detail, usage.prompt_tokens)
            logger.debug("Prefilled %s: %d tokens", subject.id, usage.prompt_tokens)
        except DrawingChatError as error:  # e.g. a deleted drawing or a restart: harmless
            self._failed(subject)
            logger.info("No prefill of %s: %s", subject.id, error)
        except Exception:
            self._failed(subject)
            logger.exception("Prefill of %s failed", subject.id)
        finally:
            del self._running[subject]
            self.start_idle()

    def _failed(self, subject: Subject) -> None:
        if subject not in self._waiting:
            self._readiness.none(subject)
