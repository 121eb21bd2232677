"""Frames from the server: hello, model, the frames of turns, drawings and prefills, errors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from backend.chat.protocol.frame_types import PROTOCOL_VERSION, Box, Frame


class ModelProgress(Frame):
    """Progress of loading; `eta_s` in seconds, null while unknown."""

    phase: str
    done: float
    total: float
    unit: str
    eta_s: float | None


class ModelInfo(Frame):
    """The body of `/api/model`, also pushed at each change."""

    state: Literal[
        "stopped", "downloading", "loading", "warming", "ready", "asleep", "restarting", "failed"
    ]
    model: str
    progress: ModelProgress | None = None
    limits: dict[str, int] = Field(default_factory=dict)
    plan: dict[str, Any] | None = None
    error: str | None = None
    demo: Literal["random", "trained"] | None = None
    #: True if questions and drawings are sent to a model server on another machine.
    leaves_machine: bool = False


class Hello(Frame):
    type: Literal["hello"] = "hello"
    protocol: int = PROTOCOL_VERSION
    version: str
    model: ModelInfo


class ModelFrame(Frame):
    type: Literal["model"] = "model"
    model: ModelInfo


class Pong(Frame):
    type: Literal["pong"] = "pong"
    id: str | None = None


class Accepted(Frame):
    """The question is stored. `message_id` is the answer's message; `answered_by` tells whether
    the model answers, or code from the sheet's text and tables."""

    type: Literal["accepted"] = "accepted"
    id: str
    turn_id: str
    conversation_id: str
    message_id: str
    question_id: str
    queue_position: int = Field(ge=0)
    answered_by: Literal["model", "sheet"] = "model"


class DeltaFrame(Frame):
    type: Literal["delta"] = "delta"
    turn_id: str
    seq: int = Field(ge=1)
    text: str


class ReasoningFrame(Frame):
    type: Literal["reasoning"] = "reasoning"
    turn_id: str
    seq: int = Field(ge=1)
    text: str


class NoteCode(Frame):
    """A note as a code and the values of its sentence."""

    code: str
    values: dict[str, str | int]


class ToolStep(Frame):
    """A tool call in an answer. `step` counts the calls of a turn from 1.

    `at` is the UTF-16 offset of the call in the answer. `result` is set with `done`, `error` with
    `failed`. The result of a crop is `{drawing, page, region}`, of `find_text` `{items: [{text,
    box, page, drawing}], found}`, otherwise the tool's own JSON; `note_codes` are the codes of its
    `notes`, in the same order.
    """

    step: int = Field(1, ge=1)
    name: str
    state: Literal["running", "done", "failed"]
    arguments: dict[str, Any]
    result: dict[str, Any] | None = None
    error: str | None = None
    at: int = Field(0, ge=0)
    note_codes: list[NoteCode | None] = Field(default_factory=list)


class ToolFrame(ToolStep):
    """A tool call: `running`, then `done` or `failed`."""

    type: Literal["tool"] = "tool"
    turn_id: str
    seq: int = Field(ge=1)


class EvidencePlace(Frame):
    """A place of a value on a sheet."""

    drawing: str
    page: int
    box: Box


class ComputedBy(Frame):
    """The tool call that computed a value, with its inputs."""

    tool: str
    arguments: dict[str, Any]


class Says(Frame):
    """What the sheet says where an answer claims something else."""

    text: str
    drawing: str
    page: int | None = None
    box: Box | None = None


class EvidenceItem(Frame):
    """A value of the answer and its place. `start`, `end`: UTF-16 offsets in the answer.

    `places` lists all places if there are several, the nearest first. `read` is the reading of a
    verification, empty if it found no such value. `says` is the sheet's own notation where it
    differs (`Ø25` for a bare 25); of a `contradicted` claim or denial it is the sheet's statement
    and its place. `from` is the text that a `computed` limit follows from.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    status: Literal[
        "found", "computed", "by_eye", "not_found", "confirmed", "disputed", "contradicted"
    ]
    source: Literal["vector", "ocr", "symbol", "markup", "note", "standard"] | None = None
    drawing: str | None = None
    page: int | None = None
    box: Box | None = None
    computed_by: ComputedBy | None = None
    places: list[EvidencePlace] = Field(default_factory=list)
    read: str | None = None
    says: str | Says | None = None
    follows_from: str | None = Field(default=None, alias="from")


class EvidenceFrame(Frame):
    type: Literal["evidence"] = "evidence"
    turn_id: str
    seq: int = Field(ge=1)
    items: list[EvidenceItem]


class TurnUsage(Frame):
    """Token counts of the engine."""

    prompt_tokens: int
    cached_tokens: int
    image_tokens: int
    completion_tokens: int


class Timing(Frame):
    """Milliseconds since the question was accepted."""

    queue_ms: float
    ttft_ms: float | None
    total_ms: float


class Shown(Frame):
    """A part of a page as the model received it: an image, or text.

    `region` is in canvas pixels, null for the whole page; `width`, `height` are the pixels of the
    image as sent, null for text; `tokens` is the size in the prompt; `left_out` counts the text
    items that did not fit.
    """

    kind: Literal["overview", "region", "text"]
    drawing: str
    page: int
    region: Box | None = None
    width: int | None = None
    height: int | None = None
    tokens: int
    left_out: int = 0


class Done(Frame):
    type: Literal["done"] = "done"
    turn_id: str
    seq: int = Field(ge=1)
    finish_reason: Literal["stop", "length"]
    usage: TurnUsage
    timing: Timing
    #: What the model was shown and what did not fit into the prompt, in English sentences.
    notes: list[str] = Field(default_factory=list)
    #: The same notes in the same order, for other languages.
    note_codes: list[NoteCode] = Field(default_factory=list)
    #: The images and texts of the prompt, in its order, then those that tools returned.
    shown: list[Shown] = Field(default_factory=list)


class Stopped(Frame):
    type: Literal["stopped"] = "stopped"
    turn_id: str
    seq: int = Field(ge=1)
    usage: TurnUsage | None = None
    timing: Timing | None = None
    shown: list[Shown] = Field(default_factory=list)


class DrawingFrame(Frame):
    """Recognition of a scanned page is running (`reading`) or has ended; then `text_source` is
    `ocr`, or `none` if no text was found."""

    type: Literal["drawing"] = "drawing"
    id: str
    page: int
    text_source: Literal["vector", "ocr", "none"]
    reading: bool = False


class Beginning(Frame):
    """The prefix of a prompt: of a first question about a drawing (all of it or its `page`), or
    of the next question after the answer `message_id` in a conversation.

    `preparing`: its prefill waits or runs; `ready`: it is in the cache, so an answer starts at
    once; `none`: it is not in the cache, or no longer.
    """

    drawing: str | None = None
    page: int | None = None
    conversation_id: str | None = None
    message_id: str | None = None
    state: Literal["preparing", "ready", "none"]


class PrefillFrame(Frame):
    """The prefilled prompts; first all of them, then changes. Sent after a `prefill` request."""

    type: Literal["prefill"] = "prefill"
    items: list[Beginning]


class ErrorFrame(Frame):
    """With `turn_id` and `seq` it ends that turn; without them, only one frame has failed.

    `id` is the id of the question or of the frame, or if that has none, of its turn.
    """

    type: Literal["error"] = "error"
    code: str
    message: str
    id: str | None = None
    turn_id: str | None = None
    seq: int | None = Field(None, ge=1)
    retry_after_s: float | None = None


ServerFrame = Annotated[
    Hello
    | ModelFrame
    | Pong
    | Accepted
    | DeltaFrame
    | ReasoningFrame
    | ToolFrame
    | EvidenceFrame
    | Done
    | Stopped
    | DrawingFrame
    | PrefillFrame
    | ErrorFrame,
    Field(discriminator="type"),
]


def encode(frame: Frame) -> str:
    """The frame as the JSON text that is sent and stored. An `error` omits empty fields."""
    return frame.model_dump_json(exclude_none=isinstance(frame, ErrorFrame))
