"""The prompt of a question: system text, sheets, exchanges, question, within the model's window.

The order never changes, so that each prompt begins as the one
before it and the engine finds that prefix cached. Counts with the engine's own tokenizer before
the engine is asked. Knows no vLLM and no SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from backend.chat.prompt import prompt_wording as prompt
from backend.chat.prompt.context_window import cut_points, most_tokens, wanted_room
from backend.chat.prompt.prompt_notes import Note
from backend.chat.prompt.prompt_report import Given, Ledger
from backend.chat.prompt.prompt_sheets import Attachment, Part, SheetRenderer, Sheets
from backend.chat.prompt.tool_history import answered, computed
from backend.chat.protocol.frames import Shown
from backend.errors import ContextTooLong
from backend.evidence.parsing.tool_values import Computed
from backend.model.service import (
    ImagePart,
    Images,
    Message,
    ModelImage,
    PromptSize,
    Sampling,
    TextPart,
    VisionService,
)
from backend.storage.messages import MessageRow
from backend.tools.sheet_tools import View
from backend.tools.toolbox import SCHEMAS

DEFAULT_MAX_TOKENS = 2048

#: A smaller window has no room for the tools' descriptions and a picture beside the question.
LEAST_WINDOW_FOR_TOOLS = 8192

SYSTEM = Message("system", (TextPart(prompt.SYSTEM_TEXT),))
SYSTEM_WITH_TOOLS = Message(
    "system", (TextPart(prompt.SYSTEM_TEXT + prompt.TOOL_RULES),), tools=SCHEMAS
)

ToolsSetting = Literal["auto", "on", "off"]


@dataclass(frozen=True, slots=True)
class ToolScope:
    """What the tools of a turn may reach, and how much room there is for what they bring.

    `views` are the pictures of the user's messages, in the prompt's order.
    """

    views: tuple[View, ...]
    drawings: tuple[str, ...]
    window: int
    most_images: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the engine is asked, and what the person should know of it."""

    messages: tuple[Message, ...]
    images: Images
    sampling: Sampling
    notes: tuple[Note, ...] = ()
    #: Everything attached on the branch, oldest first, and the pages that were chosen: what the
    #: answer can be held against.
    attachments: tuple[Attachment, ...] = ()
    #: What it gives the model of the drawings, in its order.
    shown: tuple[Shown, ...] = ()
    #: None: the model is told of no tools.
    tools: ToolScope | None = None
    #: What tools have computed in the earlier answers of the branch.
    computed: tuple[Computed, ...] = ()


@dataclass(frozen=True, slots=True)
class _Exchange:
    """An earlier question with its answer. Sheets stay in the prompt, the rest may go."""

    sheets: tuple[Part, ...]
    question: tuple[Part, ...]
    said: tuple[Message, ...]
    given_sheets: tuple[Given, ...] = ()
    given_question: tuple[Given, ...] = ()

    @property
    def size(self) -> int:
        """Tokens, roughly; the same in every later prompt."""
        images = sum(isinstance(part, ImagePart) for part in self.question)
        parts = [*self.question, *(part for message in self.said for part in message.parts)]
        text = sum(len(part.text) for part in parts if isinstance(part, TextPart))
        return text // prompt.CHARACTERS_PER_TOKEN + 1024 * images


@dataclass
class _Parts:
    system: Message
    exchanges: list[_Exchange] = field(default_factory=list)
    sheets: tuple[Part, ...] = ()
    question: tuple[Part, ...] = ()
    given: tuple[Given, ...] = ()
    images: dict[str, ModelImage] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Fitted:
    messages: tuple[Message, ...]
    images: Images
    #: As the engine counts, or where all fits in any case, what it cannot exceed.
    size: PromptSize
    cut: int


class ContextBuilder:
    """Builds prompts for one model. `window` is its tokens of prompt and answer together."""

    def __init__(
        self,
        sheets: Sheets,
        service: VisionService,
        *,
        window: int,
        most_images: int,
        answer_tokens: int = DEFAULT_MAX_TOKENS,
        tools: ToolsSetting = "off",
    ) -> None:
        self._sheets = sheets
        self._service = service
        self._default_window = window
        self._most_images = most_images
        self._answer_tokens = answer_tokens
        self._tools = tools
        self._ledger = Ledger(service)

    @property
    def window(self) -> int:
        """As the running engine says; as configured while it does not run."""
        return self._service.status().limits.get("max_model_len", self._default_window)

    @property
    def with_tools(self) -> bool:
        """Whether prompts tell the running model of tools."""
        if self._tools == "auto":
            return self._service.status().tools and self.window >= LEAST_WINDOW_FOR_TOOLS
        return self._tools == "on"

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
            notes.append(Note("exchanges_left_out", cut=fitted.cut, window=window))
        given = _given(parts, fitted.cut)
        attachments = [one for message in branch for one in attachments_of(message.drawings)]
        return Prompt(
            fitted.messages,
            fitted.images,
            replace(sampling, max_tokens=room),
            tuple(notes),
            (*attachments, *(Attachment(one.drawing, one.page) for one in given if one.image)),
            await self._ledger.shown(given),
            self._scope(parts, given, attachments),
            computed(call for message in branch for call in message.tools),
        )

    def _scope(
        self, parts: _Parts, given: Sequence[Given], attachments: Sequence[Attachment]
    ) -> ToolScope | None:
        if not parts.system.tools:
            return None
        return ToolScope(
            tuple(View(one.drawing, one.page, one.region) for one in given if one.image),
            tuple(one.drawing_id for one in attachments),
            self.window,
            self._most_images,
        )

    def _renderer(self, owner: str) -> tuple[Message, SheetRenderer]:
        """How a prompt begins for the running model, and what draws its sheets."""
        tools = self.with_tools
        renderer = SheetRenderer(self._sheets, owner, self.window, fenced=tools)
        return SYSTEM_WITH_TOOLS if tools else SYSTEM, renderer

    async def prefill(self, owner: str, attachments: Sequence[Attachment]) -> Prompt:
        """The beginning that a first question about these drawings has, for any question."""
        system, renderer = self._renderer(owner)
        rendered = await renderer.attach(list(attachments), "")
        messages = (system, Message("user", tuple(rendered.sheets)))
        return Prompt(messages, renderer.images, Sampling(max_tokens=1))

    async def prefill_branch(self, owner: str, branch: Sequence[MessageRow]) -> Prompt:
        """The beginning that the next question of a conversation has, nothing left out."""
        fitted = await self._fit(await self._parts(owner, branch), self._answer_tokens)
        return Prompt(fitted.messages, fitted.images, Sampling(max_tokens=1))

    async def _fit(self, parts: _Parts, max_tokens: int) -> _Fitted:
        """Leave out as few of the oldest exchanges as the window and the picture limit ask.

        What fits in any case is not counted: it would be rendered for that once more.
        """
        window = self.window
        messages, images = _compose(parts, 0)
        most = most_tokens(messages, parts.images)
        room = wanted_room(max_tokens, window, tools=bool(parts.system.tools))
        if most + max(max_tokens, room) <= window and images <= self._most_images:
            return _Fitted(messages, parts.images, PromptSize(most, 0), 0)
        points = cut_points([exchange.size for exchange in parts.exchanges], window)
        for cut in points[:-1]:
            messages, images = _compose(parts, cut)
            if images <= self._most_images:
                size = await self._service.count_tokens(messages, parts.images)
                if size.tokens + room <= window:
                    return _Fitted(messages, parts.images, size, cut)
        messages, images = _compose(parts, points[-1])
        if images > self._most_images:
            raise ContextTooLong(
                f"The question needs {images} pictures; the model takes {self._most_images} at "
                "once. Attach fewer drawings or regions, or begin a new conversation."
            )
        size = await self._service.count_tokens(messages, parts.images)
        return _Fitted(messages, parts.images, size, points[-1])

    async def _parts(self, owner: str, branch: Sequence[MessageRow]) -> _Parts:
        system, renderer = self._renderer(owner)
        parts = _Parts(system)
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
            said = answered(answer, follower.tools if system.tools else ())
            given_sheets = carried_given + rendered.given_sheets
            carried, carried_given = [], []
            if answer:
                exchange = _Exchange(
                    sheets, question, said, tuple(given_sheets), tuple(rendered.given_question)
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
    messages = [parts.system]
    waiting: list[Part] = []
    for exchange in parts.exchanges[:cut]:
        waiting += exchange.sheets
    if cut:
        waiting.append(TextPart(prompt.LEFT_OUT))
    for exchange in parts.exchanges[cut:]:
        messages.append(Message("user", (*waiting, *exchange.sheets, *exchange.question)))
        messages += exchange.said
        waiting = []
    last = (*waiting, *parts.sheets, *parts.question)
    if last:
        messages.append(Message("user", last))
    images = sum(isinstance(part, ImagePart) for message in messages for part in message.parts)
    return tuple(messages), images


def _given(parts: _Parts, cut: int) -> list[Given]:
    """What `_compose` puts into the prompt of pictures and texts."""
    given: list[Given] = []
    for index, exchange in enumerate(parts.exchanges):
        given += exchange.given_sheets
        if index >= cut:
            given += exchange.given_question
    return [*given, *parts.given]


def _too_long(size: PromptSize, window: int) -> ContextTooLong:
    images = f" ({size.image_tokens:,} of them pictures)" if size.image_tokens else ""
    return ContextTooLong(
        f"The question with its drawings takes {size.tokens:,} tokens{images}; the model's "
        f"window has {window:,}. Attach fewer drawings or pages, or ask a shorter question."
    )
