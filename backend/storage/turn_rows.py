"""The stored values of a turn: the accepted question, its numbered frames, its end. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

#: `parent_id` of a question that begins a new branch at the top of its conversation.
ROOT = "root"
#: The error of a tool call that was still running when its turn ended.
CUT_SHORT = "The answer ended before this call."
_TOOL_KEYS = ("step", "name", "state", "arguments", "result", "error", "at")


@dataclass(frozen=True, slots=True)
class Question:
    """A question to be stored. `title` names a conversation that has none.

    `parent_id` None continues at the newest answer, `ROOT` begins a branch at the top. `ask_id`
    is the client's id of the question, None where it may not be unique. `answered_by` is `model`
    or `sheet`.
    """

    owner: str
    text: str
    conversation_id: str | None = None
    parent_id: str | None = None
    drawings: list[dict[str, Any]] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    title: str = ""
    ask_id: str | None = None
    answered_by: str = "model"


@dataclass(frozen=True, slots=True)
class TurnRow:
    """The identifiers of a stored turn."""

    id: str
    conversation_id: str
    question_id: str
    answer_id: str
    state: str = "streaming"
    answered_by: str = "model"


@dataclass(frozen=True, slots=True)
class Ending:
    """The final content of an answer. `status` is one of the contract's."""

    status: str
    text: str
    usage: dict[str, Any] | None = None
    evidence: list[dict[str, Any]] = field(default_factory=list)
    tools: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TurnEvents:
    """New frames of one turn, and the ending if the last frame is terminal.

    A frame is the JSON text as sent; the numbers are gapless from `first_seq`.
    """

    turn: TurnRow
    first_seq: int
    frames: Sequence[str]
    ending: Ending | None = None


def tool_calls(
    frames: Iterable[dict[str, Any]], *, cut_short: bool = False
) -> list[dict[str, Any]]:
    """The tool calls in a turn's frames, in order, each in its newest state.

    With `cut_short` the turn has ended, and calls still running become failed.
    """
    calls: dict[int, dict[str, Any]] = {}
    for frame in frames:
        if frame["type"] == "tool":
            call = {key: frame[key] for key in _TOOL_KEYS}
            # Events stored by older versions have no codes.
            calls[frame["step"]] = {**call, "note_codes": frame.get("note_codes", [])}
    if cut_short:
        for call in calls.values():
            if call["state"] == "running":
                call |= {"state": "failed", "error": CUT_SHORT}
    return list(calls.values())
