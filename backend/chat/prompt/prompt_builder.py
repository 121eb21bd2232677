"""Builds the prompt of a question: system text, sheets, past turns, question, in the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from backend.chat.prompt import prompt_wording as prompt
from backend.chat.prompt.prompt_fitting import FittedPrompt, fit_prompt
from backend.chat.prompt.prompt_layout import PastTurn, PromptLayout
from backend.chat.prompt.prompt_notes import Note
from backend.chat.prompt.prompt_report import Given, PromptReport
from backend.chat.prompt.prompt_sheets import Attachment, Part, SheetRenderer, Sheets
from backend.chat.prompt.tool_history import answered, computed
from backend.chat.protocol.server_frames import Shown
from backend.errors import ContextTooLong
from backend.evidence.parsing.tool_values import Computed
from backend.geometry import Box
from backend.model.service import (
    Images,
    Message,
    PromptSize,
    Sampling,
    TextPart,
    VisionService,
)
from backend.storage.messages import MessageRow
from backend.tools.sheet_tools import View
from backend.tools.toolbox import SCHEMAS

DEFAULT_MAX_TOKENS = 2048

#: A smaller window has no room for the tools' descriptions and an image beside the question.
LEAST_WINDOW_FOR_TOOLS = 8192

SYSTEM = Message("system", (TextPart(prompt.SYSTEM_TEXT),))
SYSTEM_WITH_TOOLS = Message(
    "system", (TextPart(prompt.SYSTEM_TEXT + prompt.TOOL_RULES),), tools=SCHEMAS
)

ToolsSetting = Literal["auto", "on", "off"]


@dataclass(frozen=True, slots=True)
class ToolScope:
    """What the tools of a turn may access, and the limits for their results.

    `views` are the images of the user's messages, in the prompt's order.
    """

    views: tuple[View, ...]
    drawings: tuple[str, ...]
    window: int
    most_images: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """The engine's input, and what the person is told about it."""

    messages: tuple[Message, ...]
    images: Images
    sampling: Sampling
    notes: tuple[Note, ...] = ()
    #: All attachments of the branch, oldest first, and the chosen pages: the answer is checked
    #: against these.
    attachments: tuple[Attachment, ...] = ()
    #: The images and texts it gives the model, in its order.
    shown: tuple[Shown, ...] = ()
    #: None: without tools.
    tools: ToolScope | None = None
    #: Values that tools computed in earlier answers of the branch.
    computed: tuple[Computed, ...] = ()


class PromptBuilder:
    """Builds prompts for one model. `window` is its limit of tokens, prompt and answer together."""

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
        self._report = PromptReport(service)

    @property
    def window(self) -> int:
        """The window of the running engine, or the configured one while it does not run."""
        return self._service.status().limits.get("max_model_len", self._default_window)

    @property
    def with_tools(self) -> bool:
        """Whether prompts offer tools to the running model."""
        if self._tools == "auto":
            return self._service.status().tools and self.window >= LEAST_WINDOW_FOR_TOOLS
        return self._tools == "on"

    async def build(self, owner: str, branch: Sequence[MessageRow], sampling: Sampling) -> Prompt:
        """The prompt for the last question of `branch`, with notes on what was left out.

        Raises `ContextTooLong`, with numbers, if drawings and question alone do not fit.
        """
        layout = await self._layout(owner, branch)
        fitted = await self._fit(layout, sampling.max_tokens)
        window = self.window
        if fitted.size.tokens >= window:
            raise _too_long(fitted.size, window)
        room = min(sampling.max_tokens, window - fitted.size.tokens)
        notes = layout.notes
        if fitted.cut:
            notes.append(Note("exchanges_left_out", cut=fitted.cut, window=window))
        given = layout.given_to_model(fitted.cut)
        attachments = [one for message in branch for one in attachments_of(message.drawings)]
        return Prompt(
            fitted.messages,
            layout.images,
            replace(sampling, max_tokens=room),
            tuple(notes),
            (*attachments, *(Attachment(one.drawing, one.page) for one in given if one.image)),
            await self._report.shown(given),
            self._scope(layout, given, attachments),
            computed(call for message in branch for call in message.tools),
        )

    def _scope(
        self, layout: PromptLayout, given: Sequence[Given], attachments: Sequence[Attachment]
    ) -> ToolScope | None:
        if not layout.system.tools:
            return None
        return ToolScope(
            tuple(View(one.drawing, one.page, one.region) for one in given if one.image),
            tuple(one.drawing_id for one in attachments),
            self.window,
            self._most_images,
        )

    def _renderer(self, owner: str) -> tuple[Message, SheetRenderer]:
        """The system message for the running model, and the renderer of its sheets."""
        tools = self.with_tools
        renderer = SheetRenderer(self._sheets, owner, self.window, fenced=tools)
        return SYSTEM_WITH_TOOLS if tools else SYSTEM, renderer

    async def prefill(self, owner: str, attachments: Sequence[Attachment]) -> Prompt:
        """The common prefix of all first questions about these drawings."""
        system, renderer = self._renderer(owner)
        rendered = await renderer.attach(list(attachments), "")
        messages = (system, Message("user", tuple(rendered.sheets)))
        return Prompt(messages, renderer.images, Sampling(max_tokens=1))

    async def prefill_branch(self, owner: str, branch: Sequence[MessageRow]) -> Prompt:
        """The prefix of the next question in a conversation."""
        layout = await self._layout(owner, branch)
        fitted = await self._fit(layout, self._answer_tokens)
        return Prompt(fitted.messages, layout.images, Sampling(max_tokens=1))

    async def _fit(self, layout: PromptLayout, max_tokens: int) -> FittedPrompt:
        return await fit_prompt(
            layout,
            self._service,
            max_tokens=max_tokens,
            window=self.window,
            most_images=self._most_images,
        )

    async def _layout(self, owner: str, branch: Sequence[MessageRow]) -> PromptLayout:
        system, renderer = self._renderer(owner)
        layout = PromptLayout(system)
        carried: list[Part] = []
        carried_given: list[Given] = []
        for index, message in enumerate(branch):
            if message.role != "user":
                continue
            rendered = await renderer.attach(attachments_of(message.drawings), message.text)
            sheets = tuple(carried + rendered.sheets)
            question = (*rendered.question, TextPart(message.text))
            if index == len(branch) - 1:
                layout.sheets, layout.question = sheets, question
                layout.notes = rendered.notes
                given = carried_given + rendered.given_sheets + rendered.given_question
                layout.given = tuple(given)
                break
            follower = branch[index + 1]
            answer = follower.text if follower.role == "assistant" else ""
            replies = answered(answer, follower.tools if system.tools else ())
            given_sheets = carried_given + rendered.given_sheets
            carried, carried_given = [], []
            if answer:
                turn = PastTurn(
                    sheets, question, replies, tuple(given_sheets), tuple(rendered.given_question)
                )
                layout.past.append(turn)
            else:  # failed before its first word: there is no answer, the sheets stay
                carried, carried_given = list(sheets), given_sheets
        else:
            layout.sheets = tuple(carried)
        layout.images = renderer.images
        return layout


def attachments_of(drawings: Sequence[dict[str, Any]]) -> list[Attachment]:
    """A message's stored attachments."""
    return [
        Attachment(
            entry["id"],
            entry.get("page"),
            Box(*entry["region"]) if entry.get("region") else None,
        )
        for entry in drawings
    ]


def _too_long(size: PromptSize, window: int) -> ContextTooLong:
    images = f" ({size.image_tokens:,} of them for images)" if size.image_tokens else ""
    return ContextTooLong(
        f"The question with its drawings needs {size.tokens:,} tokens{images}; the model's "
        f"window has {window:,}. Attach fewer drawings or pages, or ask a shorter question."
    )
