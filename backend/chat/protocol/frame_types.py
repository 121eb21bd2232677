"""The WebSocket protocol, version 1: limits, and types that the frames of both sides use.

Frames are typed and parsed without any I/O, for the server, the clients, the tests, the protocol
document and the page's types. Coordinates are canvas pixels, `[x, y, width, height]`, origin top
left.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

PROTOCOL_VERSION = 1
MAX_FRAME_BYTES = 64 * 1024
MAX_QUESTION_CHARACTERS = 16_000
MAX_DRAWINGS_PER_QUESTION = 16
#: An `ask`'s id of at least this length, for example a UUID, is taken to be unique.
UNIQUE_ID_CHARACTERS = 16
#: The largest integer that every client can represent.
MOST = 2**53 - 1


def without_nul(text: str) -> str:
    """Refuse NUL characters, which not every store can hold."""
    if "\x00" in text:
        raise ValueError("NUL characters are not allowed")
    return text


def _number(value: Any) -> Any:
    if isinstance(value, str | bool):
        raise ValueError("a number is required, without quotes")
    return value


Box = tuple[float, float, float, float]
#: Refuses strings and booleans in place of numbers. Placed after the bounds, which then appear in
#: the JSON Schema.
NUMBER = BeforeValidator(_number)
Real = Annotated[float, NUMBER]
Identifier = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(without_nul)]


class Frame(BaseModel):
    """Base of all frames: unknown keys are an error, so that typing errors are noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
