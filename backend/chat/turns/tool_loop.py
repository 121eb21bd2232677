"""The tool loop of one answer: the model's text, its tool calls, and the prompt of the next step.

Separates a step's stream into text and calls, runs the calls one after the other, and appends
both to the prompt of the next step.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from backend.chat.answer_grading import EvidenceReader
from backend.chat.prompt.context_window import wanted_room
from backend.chat.prompt.prompt_builder import Prompt, ToolScope
from backend.chat.prompt.prompt_notes import Note
from backend.chat.protocol.server_frames import Shown
from backend.chat.turns.turn import Turn
from backend.evidence.grading.grader import Region
from backend.evidence.parsing.tool_values import Computed
from backend.model.image_size import tokens_by
from backend.model.service import (
    ImagePart,
    Message,
    ModelImage,
    TextPart,
    Usage,
    VisionService,
)
from backend.tools import hermes
from backend.tools.engineering_tools import TOOLS
from backend.tools.hermes import Call, CallParser
from backend.tools.sheet_tools import Looked
from backend.tools.tool_definition import Json, ToolError
from backend.tools.toolbox import Toolbox

#: Tool calls in one answer. After the last one the model is asked for its answer.
MOST_CALLS = 6
LAST_CALL = "That was the last tool call of this answer. Answer now with what you have."
NO_SCOPE = ToolScope((), (), 0, 0)
#: The name in the frame of a call without a tool's name.
NO_TOOL = "tool_call"


class ToolLoop:
    """Starts with a question's prompt; each `next_step` makes it the prompt of the next step."""

    def __init__(
        self,
        prompt: Prompt,
        toolbox: Toolbox | None,
        *,
        service: VisionService,
        turn: Turn,
        evidence: EvidenceReader | None,
    ) -> None:
        self.messages = list(prompt.messages)
        self.images: dict[str, ModelImage] = dict(prompt.images)
        self.sampling = prompt.sampling
        #: Notes for the person about this answer.
        self.notes: list[Note] = []
        #: True if the window was full while a tool call was pending.
        self.full = False
        self._scope = prompt.tools or NO_SCOPE
        self._toolbox = toolbox if prompt.tools is not None else None
        self._service = service
        self._turn = turn
        self._evidence = evidence
        self._room = prompt.sampling.max_tokens
        self._count = 0
        self._answered_before = False
        self._begin()

    def _begin(self) -> None:
        self._parser = CallParser()
        self._text: list[str] = []
        self._calls: list[str] = []
        #: True once the model continues its text instead of waiting for its tools.
        self.overrun = False

    @property
    def calling(self) -> bool:
        """True while tool calls are pending: the answer is not complete."""
        return bool(self._calls)

    def feed(self, chunk: str) -> str:
        """The part of a chunk of the stream that is text for the person."""
        if self._toolbox is None:
            return chunk
        return self._take(self._parser.feed(chunk))

    def close(self) -> str:
        """The stream of this step has ended: the text held back until now."""
        return self._take(self._parser.finish()) if self._toolbox is not None else ""

    async def next_step(self, usage: Usage) -> bool:
        """Run the calls of the ended step and prepare the next one; False if there is none,
        because the answer is complete or no room is left."""
        self._room -= usage.completion_tokens
        bodies, left = self._calls, MOST_CALLS - self._count
        if not bodies:
            return False
        if left <= 0:
            self.notes.append(Note("too_many_calls", most=MOST_CALLS))
        if left <= 0 or self._room <= 0 or usage.finish_reason == "length":
            self._calls = []
            self.full = left > 0
            return False
        text = hermes.spoken("".join(self._text).strip(), bodies[:left])
        self.messages.append(Message("assistant", (TextPart(text),)))
        for body in bodies[:left]:
            self.messages.append(await self._answer(body))
        self._answered_before = self._answered_before or bool(self._text)
        self._begin()
        return await self._fit()

    def _take(self, found: list[str | Call]) -> str:
        text = ""
        for one in found:
            if isinstance(one, Call):
                self._calls.append(one.body)
            elif self._calls:
                self.overrun = self.overrun or bool(one.strip())
            else:
                text += one
        if self._answered_before and not self._text:  # a new paragraph after the tool calls
            text = text.lstrip()
            self._text += [text] if text else []
            return f"\n\n{text}" if text else ""
        self._text += [text] if text else []
        return text

    async def _answer(self, body: str) -> Message:
        """Run one call; returns the message with its result."""
        self._count += 1
        name, arguments = NO_TOOL, dict[str, Any]()
        try:
            name, arguments = hermes.read_call(body)
            name = name[:64]
            self._turn.add_tool(self._count, name, "running", arguments)
            looked = await self._run(name, arguments)
        except ToolError as error:
            self._turn.add_tool(self._count, name, "failed", arguments, error=str(error))
            return self._message(Looked({}, json.dumps({"error": str(error)}, ensure_ascii=False)))
        self._turn.add_tool(self._count, name, "done", arguments, looked.result)
        self._note(name, arguments, looked)
        return self._message(looked)

    async def _run(self, name: str, arguments: Json) -> Looked:
        """A tool's result, if it fits into the window. Raises `ToolError`."""
        if self._toolbox is None:
            raise ToolError("There are no tools.")
        looked = await self._toolbox.call(name, arguments)
        messages = [*self.messages, self._message(looked)]
        images = self.images
        if looked.image is not None:
            images = {**images, looked.image.key: looked.image}
            if _image_count(messages) > self._scope.most_images:
                raise ToolError(
                    f"No more than {self._scope.most_images} pictures fit. Answer with what you "
                    "have, or find the text."
                )
        size = await self._service.count_tokens(messages, images)
        if size.tokens + wanted_room(self._room, self._scope.window) > self._scope.window:
            raise ToolError(
                "The window has no room left for this result. Answer with what you have."
            )
        self.images = images
        return looked

    def _message(self, looked: Looked) -> Message:
        texts = [looked.text] if looked.text else []
        if self._count == MOST_CALLS:
            texts.append(LAST_CALL)
        if looked.image is None:
            return Message("tool", (TextPart("\n".join(texts)),))
        image = ImagePart(looked.image.key)
        text = "\n".join(["", *texts])
        return Message("tool", (image, TextPart(text)) if texts else (image,))

    def _note(self, name: str, arguments: Json, looked: Looked) -> None:
        """Report the result to the evidence and to the turn."""
        if self._evidence is not None:
            if name in TOOLS:
                self._evidence.add(Computed.from_tool(name, arguments, looked.result))
            if looked.region is not None:
                self._evidence.look_at(Region(*looked.region))
        if looked.image is not None and looked.region is not None:
            drawing, page, region = looked.region
            width, height = looked.image.width, looked.image.height
            self._turn.saw(
                [
                    Shown(
                        kind="region",
                        drawing=drawing,
                        page=page,
                        region=region,
                        width=width,
                        height=height,
                        tokens=tokens_by(self._service.status().limits, width, height),
                        left_out=0,
                    )
                ]
            )

    async def _fit(self) -> bool:
        """Limit the length of the next step's text; False if the window is full."""
        size = await self._service.count_tokens(self.messages, self.images)
        room = min(self._room, self._scope.window - size.tokens)
        if room < 1:
            self.notes.append(Note("window_full"))
            self.full = True
            return False
        self.sampling = replace(self.sampling, max_tokens=room)
        return True


def _image_count(messages: list[Message]) -> int:
    return sum(isinstance(part, ImagePart) for message in messages for part in message.parts)
