"""The WebSocket protocol, version 1: typed frames and their parsing, without any I/O.

Shared by the server, the clients, the tests, the protocol document and the page's types.
Coordinates are canvas pixels, `[x, y, width, height]`, origin top left.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

from backend.errors import InvalidFrame

PROTOCOL_VERSION = 1
MAX_FRAME_BYTES = 64 * 1024
MAX_QUESTION_CHARACTERS = 16_000
MAX_DRAWINGS_PER_QUESTION = 16
#: An `ask`'s id of so many characters or more, a UUID for example, belongs to no other question.
UNIQUE_ID_CHARACTERS = 16
#: The largest whole number that every client can write.
MOST = 2**53 - 1


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a NUL character is not text")
    return text


def _number(value: Any) -> Any:
    if isinstance(value, str | bool):
        raise ValueError("a number is needed, without quotes")
    return value


Box = tuple[float, float, float, float]
#: What clients send as numbers is nothing that could be read as one. Comes after the bounds, so
#: that these are in the JSON Schema.
NUMBER = BeforeValidator(_number)
Real = Annotated[float, NUMBER]
Identifier = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_without_nul)]


class Frame(BaseModel):
    """Base of all frames: unknown keys are an error, so that typing errors are seen."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


# ── Client to server ──────────────────────────────────────────────────────────────────────


class DrawingReference(Frame):
    """A drawing attached to a question. Without `page`: all pages; without `region`: the page."""

    id: Identifier
    page: Annotated[int, Field(ge=1), NUMBER] | None = None
    region: tuple[Real, Real, Real, Real] | None = None


class AskOptions(Frame):
    """How to answer; left out: the server's defaults. More `max_tokens` than the window has room
    for are as many as it has."""

    max_tokens: Annotated[int, Field(ge=1, le=MOST), NUMBER] | None = None
    temperature: Annotated[float, Field(ge=0, le=2), NUMBER] | None = None
    top_p: Annotated[float, Field(gt=0, le=1), NUMBER] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63), NUMBER] | None = None


class Ask(Frame):
    """A question. `id` is the client's own; it comes back in `accepted` and in `error`.

    An `id` of 16 characters or more, such as a UUID, is remembered: sent again after a broken
    line, the same question gives the same `accepted` and the turn's events from the first, not a
    second answer.
    `parent_id` is the answer that it follows: null for the newest of the conversation, `root`
    for a new branch at the top. Asking again is asking with the first question's `parent_id`.
    """

    type: Literal["ask"]
    id: Identifier
    conversation_id: Identifier | None = None
    parent_id: Identifier | None = None
    text: Annotated[
        str,
        Field(min_length=1, max_length=MAX_QUESTION_CHARACTERS),
        AfterValidator(_without_nul),
    ]
    drawings: list[DrawingReference] = Field(
        default_factory=list, max_length=MAX_DRAWINGS_PER_QUESTION
    )
    options: AskOptions = AskOptions()


class Stop(Frame):
    """Stop a turn, named by `turn_id` or by the `ask`'s `id`."""

    type: Literal["stop"]
    turn_id: Identifier | None = None
    id: Identifier | None = None


class Resume(Frame):
    """Send the turn's events after `after_seq`, then go on live."""

    type: Literal["resume"]
    turn_id: Identifier
    after_seq: Annotated[int, Field(ge=0, le=MOST), NUMBER] = 0


class WatchPrefill(Frame):
    """Tell with `prefill` frames what the model has read ahead, now and at each change."""

    type: Literal["prefill"]
    id: Identifier | None = None


class Ping(Frame):
    """Answered with `pong`."""

    type: Literal["ping"]
    id: Identifier | None = None


ClientFrame = Annotated[Ask | Stop | Resume | WatchPrefill | Ping, Field(discriminator="type")]

# ── Server to client ──────────────────────────────────────────────────────────────────────


class ModelProgress(Frame):
    """How far loading is; `eta_s` in seconds, null while it is not known."""

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
    #: True where questions and drawings go to a model server on another machine.
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
    """The question is stored. `message_id` is the answer's message."""

    type: Literal["accepted"] = "accepted"
    id: str
    turn_id: str
    conversation_id: str
    message_id: str
    question_id: str
    queue_position: int = Field(ge=0)


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
    """A note as a code and the values that its sentence has."""

    code: str
    values: dict[str, str | int]


class ToolStep(Frame):
    """A call of a tool while answering. `step` counts the calls of a turn from 1.

    `at` is the UTF-16 offset in the answer where it was called. `result` comes with `done`,
    `error` with `failed`. Of a crop the result is `{drawing, page, region}`, of `find_text`
    `{items: [{text, box, page, drawing}], found}`, else the tool's own JSON; `note_codes` are
    the codes of its `notes`, in the same order.
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
    """The model calls a tool, or has its answer: `running`, then `done` or `failed`."""

    type: Literal["tool"] = "tool"
    turn_id: str
    seq: int = Field(ge=1)


class EvidencePlace(Frame):
    """One of the places where a value stands."""

    drawing: str
    page: int
    box: Box


class ComputedBy(Frame):
    """The tool call that gave a computed value, with its inputs."""

    tool: str
    arguments: dict[str, Any]


class EvidenceItem(Frame):
    """A value of the answer and where it stands. `start`, `end`: UTF-16 offsets in the answer.

    `places` are all its places where there are several, the nearest first. `read` is what a
    second look read, empty where it could read nothing like it.
    """

    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    status: Literal["found", "computed", "by_eye", "not_found", "confirmed", "disputed"]
    source: Literal["vector", "ocr"] | None = None
    drawing: str | None = None
    page: int | None = None
    box: Box | None = None
    computed_by: ComputedBy | None = None
    places: list[EvidencePlace] = Field(default_factory=list)
    read: str | None = None


class EvidenceFrame(Frame):
    type: Literal["evidence"] = "evidence"
    turn_id: str
    seq: int = Field(ge=1)
    items: list[EvidenceItem]


class TurnUsage(Frame):
    """Tokens as the engine counted them."""

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
    """What the model was given of a page: a picture at the size it was sent, or a text.

    `region` is the part of the page in canvas pixels, null the whole page; `width`, `height` are
    the picture's pixels as sent, null for a text; `tokens` is its cost in the prompt; `left_out`
    counts text items that had no room.
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
    #: What the model was shown and what was left out of the prompt, in words for the person.
    notes: list[str] = Field(default_factory=list)
    #: The same notes, in their order, for words in another language.
    note_codes: list[NoteCode] = Field(default_factory=list)
    #: The same as pictures and texts, in the prompt's order; with what a tool looked at last.
    shown: list[Shown] = Field(default_factory=list)


class Stopped(Frame):
    type: Literal["stopped"] = "stopped"
    turn_id: str
    seq: int = Field(ge=1)
    usage: TurnUsage | None = None
    timing: Timing | None = None
    shown: list[Shown] = Field(default_factory=list)


class DrawingFrame(Frame):
    """The text of a scanned page is being read in the background (`reading`), or that has ended:
    it is `ocr` then, or `none` was found."""

    type: Literal["drawing"] = "drawing"
    id: str
    page: int
    text_source: Literal["vector", "ocr", "none"]
    reading: bool = False


class Beginning(Frame):
    """The beginning of a prompt: of a first question about a drawing, all of it or its `page`, or
    of the next question after the answer `message_id` in a conversation.

    `preparing`: it waits, or the model is reading it; `ready`: the model has read it, a question
    is answered at once; `none`: it is not read ahead, or no longer.
    """

    drawing: str | None = None
    page: int | None = None
    conversation_id: str | None = None
    message_id: str | None = None
    state: Literal["preparing", "ready", "none"]


class PrefillFrame(Frame):
    """What the model has read ahead; first all, then what has changed. Only where asked for."""

    type: Literal["prefill"] = "prefill"
    items: list[Beginning]


class ErrorFrame(Frame):
    """With `turn_id` and `seq` it ends that turn; without, only the named frame has failed.

    `id` is that of the question, of the frame, or where that has none the id of its turn.
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

_client_frames: TypeAdapter[Ask | Stop | Resume | WatchPrefill | Ping] = TypeAdapter(ClientFrame)


def encode(frame: Frame) -> str:
    """The frame as the JSON text that is sent and stored. An `error` names only what it is
    about."""
    return frame.model_dump_json(exclude_none=isinstance(frame, ErrorFrame))


def parse_client_frame(text: str) -> Ask | Stop | Resume | WatchPrefill | Ping:
    """Read one client frame. Raises `InvalidFrame` with a message for its sender."""
    try:
        return _client_frames.validate_json(text)
    except ValidationError as error:
        raise InvalidFrame(_first_problem(error)) from None
    except (ValueError, RecursionError):
        raise InvalidFrame("The frame is not valid JSON.") from None


def id_of(text: str) -> str | None:
    """The `id` of a frame that could not be read, so that its sender can be told which it was."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    found = values.get("id") if isinstance(values, dict) else None
    return (
        found if isinstance(found, str) and 0 < len(found) <= 64 and found.isprintable() else None
    )


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in problem["loc"]) or "frame"
    return f"{place}: {problem['msg'].removeprefix('Value error, ')}."
