"""The steps of one answer: what the model says, which tools it calls, what it is asked next.

Parts a step's stream into text for people and calls, runs the calls one after the other, and adds
both to the prompt of the next step. Knows no sockets and nothing of an engine's life and death.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from backend.chat.answer_grading import EvidenceReader
from backend.chat.prompt.context_window import wanted_room
from backend.chat.prompt.prompt_builder import Prompt, ToolScope
from backend.chat.prompt.prompt_notes import Note
from backend.chat.protocol.frames import Shown
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

#: Calls in one answer. After that the model is asked to answer with what it has.
MOST_CALLS = 6
LAST_CALL = "That was the last tool call of this answer. Answer now with what you have."
NO_SCOPE = ToolScope((), (), 0, 0)
#: Stands in a frame for a call that names no tool.
NO_TOOL = "tool_call"


class Steps:
    """Begins with a question's prompt; each `go_on` makes it the prompt of the next step."""

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
        #: What the person should know of how it went.
        self.notes: list[Note] = []
        #: True when the answer ended for want of room, with a tool still to be called.
        self.full = False
        self._scope = prompt.tools or NO_SCOPE
        self._toolbox = toolbox if prompt.tools is not None else None
        self._service = service
        self._turn = turn
        self._evidence = evidence
        self._room = prompt.sampling.max_tokens
        self._count = 0
        self._said_before = False
        self._begin()

    def _begin(self) -> None:
        self._parser = CallParser()
        self._said: list[str] = []
        self._calls: list[str] = []
        #: True once the model goes on talking instead of waiting for its tools.
        self.overrun = False

    @property
    def calling(self) -> bool:
        """True while the model waits for tools: the answer is not complete."""
        return bool(self._calls)

    def feed(self, piece: str) -> str:
        """The part of a piece of the stream that is text for people."""
        if self._toolbox is None:
            return piece
        return self._take(self._parser.feed(piece))

    def close(self) -> str:
        """The stream of this step has ended: the text that was held back."""
        return self._take(self._parser.finish()) if self._toolbox is not None else ""

    async def go_on(self, usage: Usage) -> bool:
        """Run the calls of the step that has ended and prepare the next; False when there is
        none, because the answer is complete or has no room left."""
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
        text = hermes.spoken("".join(self._said).strip(), bodies[:left])
        self.messages.append(Message("assistant", (TextPart(text),)))
        for body in bodies[:left]:
            self.messages.append(await self._answer(body))
        self._said_before = self._said_before or bool(self._said)
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
        if self._said_before and not self._said:  # a new paragraph after the tools
            text = text.lstrip()
            self._said += [text] if text else []
            return f"\n\n{text}" if text else ""
        self._said += [text] if text else []
        return text

    async def _answer(self, body: str) -> Message:
        """Run one call; the message that answers it."""
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
        """A tool's answer that fits into the window. Raises `ToolError`."""
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
        """What the result means for the evidence, and for what the person is told."""
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
        """Clamp what the next step may write; False where the window is full."""
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
