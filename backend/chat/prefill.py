"""Prefill: drawings go through the model before anybody asks, so that the first answer is instant.

A few at a time, at low priority, and never while a question runs. Knows requests for prompts,
not what is in them.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from backend.chat.context import Prompt
from backend.errors import DrawingChatError
from backend.vision_service import VisionService

logger = logging.getLogger(__name__)

AT_ONCE = 2
#: More wait in a bulk upload than anybody will ask about soon: the oldest give way.
LONGEST = 32

Build = Callable[[], Awaitable[Prompt]]


class Prefiller:
    """Runs prefills in the gaps between questions. `pause` and `go_on` bracket the questions."""

    def __init__(self, service: VisionService) -> None:
        self._service = service
        self._waiting: OrderedDict[str, Build] = OrderedDict()
        self._running: dict[str, tuple[asyncio.Task[None], Build]] = {}
        self._paused = False
        self._closed = False

    def request(self, key: str, build: Build) -> None:
        """Prefill what `build` gives, once; the same key again replaces a waiting one."""
        if key in self._running or self._closed:
            return
        self._waiting[key] = build
        while len(self._waiting) > LONGEST:
            self._waiting.popitem(last=False)
        self.go_on_if_idle()

    def pause(self) -> None:
        """A question has come: end what runs, it will be done again later."""
        self._paused = True
        for key, (task, build) in self._running.items():
            task.cancel()
            self._waiting[key] = build
            self._waiting.move_to_end(key, last=False)

    def go_on(self) -> None:
        """No question is left: use the time."""
        self._paused = False
        self.go_on_if_idle()

    def go_on_if_idle(self) -> None:
        """Start what may start now; called too when the engine becomes ready."""
        ready = self._service.status().state == "ready"
        while ready and not self._paused and not self._closed and len(self._running) < AT_ONCE:
            key = next((key for key in self._waiting if key not in self._running), None)
            if key is None:
                return
            build = self._waiting.pop(key)
            task = asyncio.create_task(self._run(key, build), name=f"prefill-{key}")
            self._running[key] = (task, build)

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

    async def _run(self, key: str, build: Build) -> None:
        try:
            prompt = await build()
            usage = await self._service.prefill(
                prompt.messages, prompt.images, request_id=f"prefill-{secrets.token_hex(8)}"
            )
            logger.debug("Prefilled %s: %d tokens", key, usage.prompt_tokens)
        except DrawingChatError as error:  # a deleted drawing, an engine that restarts: no harm
            logger.info("No prefill of %s: %s", key, error)
        except Exception:
            logger.exception("Prefill of %s failed", key)
        finally:
            del self._running[key]
            self.go_on_if_idle()
