"""The prompt of a question: system text, sheets, exchanges, question, within the model's window.

The order never changes, so that each prompt begins as the one
before it and the engine finds that prefix cached. Counts with the engine's own tokenizer before
the engine is asked. Knows no vLLM and no SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from backend.chat import prompt
from backend.chat.protocol import Shown
from backend.chat.sheets import Attachment, Part, SheetRenderer, Sheets
from backend.chat.shown import Given, Ledger
from backend.chat.window import cut_points, wanted_room
from backend.errors import ContextTooLong
from backend.storage.conversations import MessageRow
from backend.vision_service import (
    ImagePart,
    Images,
    Message,
    Picture,
    PromptSize,
    Sampling,
    TextPart,
    VisionService,
)

DEFAULT_MAX_TOKENS = 2048

SYSTEM = Message("system", (TextPart(prompt.SYSTEM_TEXT),))


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the engine is asked, and what the person should know of it."""

    messages: tuple[Message, ...]
    images: Images
    sampling: Sampling
    notes: tuple[str, ...] = ()
    #: Everything attached on the branch, oldest first; what the answer can be held against.
    attachments: tuple[Attachment, ...] = ()
    #: What it gives the model of the drawings, in its order.
    shown: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class _Exchange:
    """An earlier question with its answer. Sheets stay in the prompt, the rest may go."""

    sheets: tuple[Part, ...]
    question: tuple[Part, ...]
    answer: str
    given_sheets: tuple[Given, ...] = ()
    given_question: tuple[Given, ...] = ()

    @property
    def size(self) -> int:
        """Tokens, roughly; the same in every later prompt."""
        pictures = sum(isinstance(part, ImagePart) for part in self.question)
        text = sum(len(part.text) for part in self.question if isinstance(part, TextPart))
        return (text + len(self.answer)) // prompt.CHARACTERS_PER_TOKEN + 1024 * pictures


@dataclass
class _Parts:
    exchanges: list[_Exchange] = field(default_factory=list)
    sheets: tuple[Part, ...] = ()
    question: tuple[Part, ...] = ()
    given: tuple[Given, ...] = ()
    images: dict[str, Picture] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Fitted:
    messages: tuple[Message, ...]
    images: Images
    size: PromptSize
    cut: int


class ContextBuilder:
    """Builds prompts for one model. `window` is its tokens of prompt and answer together."""

    def __init__(
        self, sheets: Sheets, service: VisionService, *, window: int, most_images: int
    ) -> None:
        self._sheets = sheets
        self._service = service
        self._default_window = window
        self._most_images = most_images
        self._ledger = Ledger(service)

    @property
    def window(self) -> int:
        """As the running engine says; as configured while it does not run."""
        return self._service.status().limits.get("max_model_len", self._default_window)

    async def build(self, owner: str, branch: Sequence[MessageRow], sampling: Sampling) -> Prompt:
        """The prompt for the question that `branch` ends with, and what was left out of it.

        Raises `ContextTooLong` with numbers where drawings and question alone do not fit.
        """
        parts = await self._parts(owner, branch)
        fitted = await self._fit(parts, sampling.max_tokens)
        window = self.window
        if fitted.size.tokens >= window:
            raise _too_long(fitted.size, window)
        room = min(sampling.max_tokens, window - fitted.size.tokens)
        notes = parts.notes
        if fitted.cut:
            notes.append(
                f"The first {fitted.cut} questions and answers were left out: the model's window "
                f"of {window:,} tokens is full. The drawings are all there."
            )
        return Prompt(
            fitted.messages,
            fitted.images,
            replace(sampling, max_tokens=room),
            tuple(notes),
            tuple(one for message in branch for one in attachments_of(message.drawings)),
            await self._ledger.shown(_given(parts, fitted.cut)),
        )

    async def prefill(self, owner: str, attachments: Sequence[Attachment]) -> Prompt:
        """The beginning that a first question about these drawings has, for any question."""
        renderer = SheetRenderer(self._sheets, owner, self.window)
        rendered = await renderer.attach(list(attachments), "")
        messages = (SYSTEM, Message("user", tuple(rendered.sheets)))
        return Prompt(messages, renderer.images, Sampling(max_tokens=1))

    async def prefill_branch(self, owner: str, branch: Sequence[MessageRow]) -> Prompt:
        """The beginning that the next question of a conversation has, nothing left out."""
        fitted = await self._fit(await self._parts(owner, branch), DEFAULT_MAX_TOKENS)
        return Prompt(fitted.messages, fitted.images, Sampling(max_tokens=1))

    async def _fit(self, parts: _Parts, max_tokens: int) -> _Fitted:
        """Leave out as few of the oldest exchanges as the window and the picture limit ask."""
        window = self.window
        points = cut_points([exchange.size for exchange in parts.exchanges], window)
        for cut in points[:-1]:
            messages, pictures = _compose(parts, cut)
            if pictures <= self._most_images:
                size = await self._service.count_tokens(messages, parts.images)
                if size.tokens + wanted_room(max_tokens, window) <= window:
                    return _Fitted(messages, parts.images, size, cut)
        messages, pictures = _compose(parts, points[-1])
        if pictures > self._most_images:
            raise ContextTooLong(
                f"The question needs {pictures} pictures; the model takes {self._most_images} at "
                "once. Attach fewer drawings or regions, or begin a new conversation."
            )
        size = await self._service.count_tokens(messages, parts.images)
        return _Fitted(messages, parts.images, size, points[-1])

    async def _parts(self, owner: str, branch: Sequence[MessageRow]) -> _Parts:
        renderer = SheetRenderer(self._sheets, owner, self.window)
        parts = _Parts()
        carried: list[Part] = []
        carried_given: list[Given] = []
        for index, message in enumerate(branch):
            if message.role != "user":
                continue
            rendered = await renderer.attach(attachments_of(message.drawings), message.text)
            sheets = tuple(carried + rendered.sheets)
            question = (*rendered.question, TextPart(message.text))
            if index == len(branch) - 1:
                parts.sheets, parts.question = sheets, question
                parts.notes = rendered.notes
                given = carried_given + rendered.given_sheets + rendered.given_question
                parts.given = tuple(given)
                break
            follower = branch[index + 1]
            answer = follower.text if follower.role == "assistant" else ""
            given_sheets = carried_given + rendered.given_sheets
            carried, carried_given = [], []
            if answer:
                exchange = _Exchange(
                    sheets, question, answer, tuple(given_sheets), tuple(rendered.given_question)
                )
                parts.exchanges.append(exchange)
            else:  # failed before its first word: nothing was said, the sheets stay
                carried, carried_given = list(sheets), given_sheets
        else:
            parts.sheets = tuple(carried)
        parts.images = renderer.images
        return parts


def attachments_of(drawings: Sequence[dict[str, Any]]) -> list[Attachment]:
    """A message's stored attachments."""
    return [
        Attachment(
            entry["id"],
            entry.get("page"),
            tuple(entry["region"]) if entry.get("region") else None,
        )
        for entry in drawings
    ]


def _compose(parts: _Parts, cut: int) -> tuple[tuple[Message, ...], int]:
    """The messages without the first `cut` exchanges, whose sheets move to the next question;
    and how many pictures there are."""
    messages = [SYSTEM]
    waiting: list[Part] = []
    for exchange in parts.exchanges[:cut]:
        waiting += exchange.sheets
    if cut:
        waiting.append(TextPart(prompt.LEFT_OUT))
    for exchange in parts.exchanges[cut:]:
        messages.append(Message("user", (*waiting, *exchange.sheets, *exchange.question)))
        messages.append(Message("assistant", (TextPart(exchange.answer),)))
        waiting = []
    last = (*waiting, *parts.sheets, *parts.question)
    if last:
        messages.append(Message("user", last))
    pictures = sum(isinstance(part, ImagePart) for message in messages for part in message.parts)
    return tuple(messages), pictures


def _given(parts: _Parts, cut: int) -> list[Given]:
    """What `_compose` puts into the prompt of pictures and texts."""
    given: list[Given] = []
    for index, exchange in enumerate(parts.exchanges):
        given += exchange.given_sheets
        if index >= cut:
            given += exchange.given_question
    return [*given, *parts.given]


def _too_long(size: PromptSize, window: int) -> ContextTooLong:
    pictures = f" ({size.image_tokens:,} of them pictures)" if size.image_tokens else ""
    return ContextTooLong(
        f"The question with its drawings takes {size.tokens:,} tokens{pictures}; the model's "
        f"window has {window:,}. Attach fewer drawings or pages, or ask a shorter question."
    )
