"""Hand-written stand-ins: an engine that answers from a script, and a shelf of drawings.

They wait for events, never for time, so that tests say in which order things happen.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from backend.drawing import DrawingInfo, PageInfo, TextItem
from backend.errors import EngineRestarting, NotFound
from backend.geometry import Box
from backend.model.service import (
    QUESTION_PRIORITY,
    Delta,
    ImagePart,
    Images,
    Message,
    ModelImage,
    ModelStatus,
    PromptSize,
    Sampling,
    State,
    TextPart,
    Usage,
)

#: A step of a scripted answer: text to send, an event to wait for, an error to raise.
Step = str | Delta | asyncio.Event | Exception


@dataclass
class Request:
    """What the engine was asked."""

    id: str
    messages: tuple[Message, ...]
    images: Images
    sampling: Sampling | None
    prefill: bool = False
    aborted: bool = False


class FakeVisionService:
    """A `VisionService` that answers from scripts and counts words as tokens.

    Each question takes the next script; without one it answers with `default`. A prompt's
    tokens that an earlier prompt began with count as cached.
    """

    supports_prefill = True
    switcher = None

    def __init__(self, *, window: int = 4096, state: State = "ready", tools: bool = False) -> None:
        self.window = window
        self.tools = tools
        self.default: list[Step] = ["The largest bore ", "is Ø38 H12."]
        self.scripts: list[list[Step]] = []
        self.requests: list[Request] = []
        self.prefill_gate: asyncio.Event | None = None
        #: Tokens that went through; tests may say that more did.
        self.read = 0
        self._state = state
        self._error: str | None = None
        self._listeners: list[Callable[[ModelStatus], None]] = []
        self._running: dict[str, tuple[Request, asyncio.Event]] = {}
        self._changed = asyncio.Event()
        self._seen: list[list[str]] = []

    # The interface

    async def start(self) -> None:
        self.set_state("ready")

    async def stop(self) -> None:
        self.set_state("stopped")
        for _, ended in list(self._running.values()):
            ended.set()

    def status(self) -> ModelStatus:
        limits = {
            "max_model_len": self.window,
            "max_num_seqs": 64,
            "kv_cache_tokens": 16 * self.window,
        }
        return ModelStatus(self._state, "fake", limits=limits, error=self._error, tools=self.tools)

    def on_status(self, listener: Callable[[ModelStatus], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def count_tokens(self, messages: Sequence[Message], images: Images) -> PromptSize:
        tokens = self._tokens(messages, images)
        return PromptSize(len(tokens), sum(token.startswith("img:") for token in tokens))

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
        steps = self.scripts.pop(0) if self.scripts else self.default
        request, ended = self._begin(request_id, messages, images, sampling)
        sent = 0
        try:
            for step in steps:
                if isinstance(step, asyncio.Event):
                    await self._first_of(step, ended)
                if ended.is_set():
                    break
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, asyncio.Event):
                    continue
                if sent == sampling.max_tokens:
                    break
                sent += 1
                yield step if isinstance(step, Delta) else Delta(step)
            if ended.is_set() and not request.aborted:
                raise EngineRestarting("The engine is being restarted.")
            reason: Literal["stop", "length"] = "length" if sent == sampling.max_tokens else "stop"
            yield self._usage(request, "abort" if request.aborted else reason, sent)
        finally:
            self._end(request)

    async def abort(self, request_id: str) -> None:
        if request_id in self._running:
            request, ended = self._running[request_id]
            request.aborted = True
            ended.set()

    async def prefill(
        self, messages: Sequence[Message], images: Images, *, request_id: str
    ) -> Usage:
        request, _ = self._begin(request_id, messages, images, None, prefill=True)
        try:
            if self.prefill_gate is not None:
                await self.prefill_gate.wait()
            return self._usage(request, "length", 1)
        finally:
            self._end(request)

    def requests_in_flight(self) -> int:
        return len(self._running)

    def computed_tokens(self) -> int:
        return self.read

    # For tests

    def set_state(self, state: State, error: str | None = None) -> None:
        """Change the state and tell the listeners."""
        self._state, self._error = state, error
        for listener in list(self._listeners):
            listener(self.status())

    def die(self) -> None:
        """The engine dies: every stream ends with `EngineRestarting`."""
        self.set_state("restarting")
        for _, ended in list(self._running.values()):
            ended.set()

    async def until(self, condition: Callable[[FakeVisionService], bool]) -> None:
        """Wait until `condition` holds; it is looked at when a request begins or ends."""
        while not condition(self):
            await self._changed.wait()

    def questions(self) -> list[Request]:
        """The requests that were no prefill."""
        return [request for request in self.requests if not request.prefill]

    def _begin(
        self,
        request_id: str,
        messages: Sequence[Message],
        images: Images,
        sampling: Sampling | None,
        *,
        prefill: bool = False,
    ) -> tuple[Request, asyncio.Event]:
        request = Request(request_id, tuple(messages), dict(images), sampling, prefill)
        ended = asyncio.Event()
        self.requests.append(request)
        self._running[request_id] = (request, ended)
        self._tell()
        return request, ended

    def _end(self, request: Request) -> None:
        del self._running[request.id]
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _first_of(self, *events: asyncio.Event) -> None:
        waits = [asyncio.ensure_future(event.wait()) for event in events]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _usage(self, request: Request, reason: Any, completion: int) -> Usage:
        tokens = self._tokens(request.messages, request.images)
        cached = max((_common(tokens, seen) for seen in self._seen), default=0)
        self._seen.append(tokens)
        self.read += len(tokens) - cached + completion
        image_tokens = sum(token.startswith("img:") for token in tokens)
        return Usage(reason, len(tokens), cached, image_tokens, completion, 1.0, 2.0)

    def _tokens(self, messages: Sequence[Message], images: Images) -> list[str]:
        tokens: list[str] = []
        for message in messages:
            tokens.append(f"<{message.role}>")
            tokens += [tool["function"]["name"] for tool in message.tools]
            for part in message.parts:
                if isinstance(part, TextPart):
                    tokens += part.text.split()
                else:
                    image = images[part.key]
                    size = (image.width * image.height) // 1024
                    tokens += [f"img:{part.key}"] * size
        return tokens


def _common(first: list[str], second: list[str]) -> int:
    length = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        length += 1
    return length


def image(name: str, width: int = 64, height: int = 64) -> ModelImage:
    """A grey picture that is known by `name`."""
    key = hashlib.sha256(f"{name} {width} {height}".encode()).hexdigest()
    return ModelImage(key, width, height, bytes(width * height * 3))


def image_name(key: str, *names: str, width: int = 64, height: int = 64) -> str:
    """Which of `names` a picture's key stands for."""
    return next(name for name in names if image(name, width, height).key == key)


@dataclass
class FakeSheets:
    """Drawings without pixels: `{(owner, id): info}` and `{(id, page): text items}`."""

    shelf: dict[tuple[str, str], DrawingInfo] = field(default_factory=dict)
    texts: dict[tuple[str, int], list[TextItem]] = field(default_factory=dict)
    overview_size: tuple[int, int] = (64, 64)
    sketches: dict[tuple[str, int], ModelImage] = field(default_factory=dict)
    listeners: list[Callable[[str, str, PageInfo, bool], None]] = field(default_factory=list)

    def add(
        self,
        drawing_id: str,
        *pages: Sequence[str],
        owner: str = "local",
        name: str | None = None,
        size: tuple[int, int] = (1000, 800),
    ) -> DrawingInfo:
        """Put a drawing on the shelf; each page is given by its lines of text."""
        info = DrawingInfo(
            drawing_id,
            name or f"{drawing_id}.pdf",
            "application/pdf",
            1000,
            "0" * 64,
            tuple(
                PageInfo(number, *size, "vector" if lines else "none", 300.0)
                for number, lines in enumerate(pages or ([],), 1)
            ),
        )
        self.shelf[owner, drawing_id] = info
        for number, lines in enumerate(pages, 1):
            self.texts[drawing_id, number] = [
                TextItem(line, Box(100.0, 40.0 * index, 200.0, 20.0))
                for index, line in enumerate(lines)
            ]
        return info

    async def info(self, owner: str, drawing_id: str) -> DrawingInfo:
        try:
            return self.shelf[owner, drawing_id]
        except KeyError:
            raise NotFound("There is no such drawing.") from None

    async def overview(self, owner: str, drawing_id: str, page: int) -> ModelImage:
        await self.info(owner, drawing_id)
        return image(f"{drawing_id}.{page}", *self.overview_size)

    async def sketch(self, owner: str, drawing_id: str, page: int) -> ModelImage:
        await self.info(owner, drawing_id)
        return self.sketches.get((drawing_id, page)) or image(drawing_id, 64, 64)

    async def crop(self, owner: str, drawing_id: str, page: int, region: Box) -> ModelImage:
        await self.info(owner, drawing_id)
        return image(f"{drawing_id}.{page}@{','.join(f'{value:g}' for value in region)}")

    async def all_text(self, owner: str, drawing_id: str) -> dict[int, list[TextItem]]:
        pages = (await self.info(owner, drawing_id)).pages
        return {page.number: await self.text(owner, drawing_id, page.number) for page in pages}

    def on_reading(
        self, listener: Callable[[str, str, PageInfo, bool], None]
    ) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    async def text(self, owner: str, drawing_id: str, page: int) -> list[TextItem]:
        await self.info(owner, drawing_id)
        return self.texts.get((drawing_id, page), [])

    async def find(self, owner: str, drawing_id: str, page: int, query: str) -> list[TextItem]:
        items = await self.text(owner, drawing_id, page)
        return [item for item in items if query.casefold() in item.text.casefold()]


def texts_of(message: Message) -> str:
    """A message's text, its pictures as `[picture]`."""
    return "".join(
        part.text if isinstance(part, TextPart) else "[picture]" for part in message.parts
    )


def images_of(messages: Sequence[Message]) -> list[str]:
    """The keys of a prompt's pictures, in order."""
    return [
        part.key for message in messages for part in message.parts if isinstance(part, ImagePart)
    ]
