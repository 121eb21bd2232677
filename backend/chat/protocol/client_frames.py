"""Frames from the client: ask, stop, resume, prefill, ping; and parsing them."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from backend.chat.protocol.frame_types import (
    MAX_DRAWINGS_PER_QUESTION,
    MAX_QUESTION_CHARACTERS,
    MOST,
    NUMBER,
    Frame,
    Identifier,
    Real,
    without_nul,
)
from backend.errors import InvalidFrame


class DrawingReference(Frame):
    """A drawing attached to a question. Without `page`: all pages; without `region`: the page."""

    id: Identifier
    page: Annotated[int, Field(ge=1), NUMBER] | None = None
    region: tuple[Real, Real, Real, Real] | None = None


class AskOptions(Frame):
    """How to answer; by default the server's. `max_tokens` is limited to the room left in the
    model's window. `answer_by` asks the model or the sheet itself, whoever would answer by
    default."""

    max_tokens: Annotated[int, Field(ge=1, le=MOST), NUMBER] | None = None
    temperature: Annotated[float, Field(ge=0, le=2), NUMBER] | None = None
    top_p: Annotated[float, Field(gt=0, le=1), NUMBER] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63), NUMBER] | None = None
    answer_by: Literal["model", "sheet"] | None = None


class Ask(Frame):
    """A question. `id` is chosen by the client and returned in `accepted` and in `error`.

    An `id` of at least 16 characters, such as a UUID, makes the question idempotent: sent again
    after a lost connection, it returns the same `accepted` and the turn's events from the first.
    `parent_id` is the answer it follows: null for the newest of the conversation, `root` for a
    new branch at the top. To ask again, use the `parent_id` of the first question.
    """

    type: Literal["ask"]
    id: Identifier
    conversation_id: Identifier | None = None
    parent_id: Identifier | None = None
    text: Annotated[
        str,
        Field(min_length=1, max_length=MAX_QUESTION_CHARACTERS),
        AfterValidator(without_nul),
    ]
    drawings: list[DrawingReference] = Field(
        default_factory=list, max_length=MAX_DRAWINGS_PER_QUESTION
    )
    options: AskOptions = AskOptions()


class Stop(Frame):
    """Stop a turn, by `turn_id` or by the `id` of its `ask`."""

    type: Literal["stop"]
    turn_id: Identifier | None = None
    id: Identifier | None = None


class Resume(Frame):
    """Send the turn's events after `after_seq`, then continue live."""

    type: Literal["resume"]
    turn_id: Identifier
    after_seq: Annotated[int, Field(ge=0, le=MOST), NUMBER] = 0


class WatchPrefill(Frame):
    """Report the prefilled prompts with `prefill` frames, now and at each change."""

    type: Literal["prefill"]
    id: Identifier | None = None


class Ping(Frame):
    """Answered with `pong`."""

    type: Literal["ping"]
    id: Identifier | None = None


ClientFrame = Annotated[Ask | Stop | Resume | WatchPrefill | Ping, Field(discriminator="type")]

_client_frames: TypeAdapter[Ask | Stop | Resume | WatchPrefill | Ping] = TypeAdapter(ClientFrame)


def parse_client_frame(text: str) -> Ask | Stop | Resume | WatchPrefill | Ping:
    """Parse one client frame. Raises `InvalidFrame` with a message for its sender."""
    try:
        return _client_frames.validate_json(text)
    except ValidationError as error:
        raise InvalidFrame(_first_problem(error)) from None
    except (ValueError, RecursionError):
        raise InvalidFrame("The frame is not valid JSON.") from None


def id_of(text: str) -> str | None:
    """The `id` of a frame that could not be parsed, for the error sent back."""
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
