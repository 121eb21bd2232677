"""Parses and writes tool calls in the Hermes format that Qwen3-VL was trained on, while streaming.

A call is `<tool_call>{"name": …, "arguments": {…}}</tool_call>`; its result is passed back between
`<tool_response>` tags. Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from backend.tools.tool_definition import Json, ToolError

OPEN, CLOSE = "<tool_call>", "</tool_call>"
ANSWER_OPEN, ANSWER_CLOSE = "<tool_response>", "</tool_response>"
#: Tags that must never appear in external text or in text shown to the user.
TAGS = (OPEN, CLOSE, ANSWER_OPEN, ANSWER_CLOSE, "<tools>", "</tools>")
#: A longer call is invalid: the longest valid ones have a few hundred characters.
MAX_CALL_CHARACTERS = 4000
#: Nesting depth of objects and lists; the tools' own arguments have two levels.
_MAX_DEPTH = 8
#: A partial tag at the very end that cannot be anything else, such as `<tool_`.
_TELLTALE = 6

_FIRST_TAG = re.compile("|".join(map(re.escape, TAGS)))
_END_OF_CALL = re.compile(f"{re.escape(OPEN)}|{re.escape(CLOSE)}")
_EXAMPLE = '{"name": "find_text", "arguments": {"query": "H7"}}'


@dataclass(frozen=True, slots=True)
class Call:
    """The content between the tags as written; `read_call` validates it."""

    body: str


class CallParser:
    """Splits an answer, received in chunks of any size, into text and calls.

    No part of a tag ever comes out as text, wherever the chunks are cut. White space before a call
    is dropped. A tool response invented by the model is dropped too.
    """

    def __init__(self) -> None:
        self._held = ""
        #: Inside a call, or inside a section that is dropped up to this tag.
        self._in_call = False
        self._swallowing: str | None = None

    def feed(self, piece: str) -> list[str | Call]:
        """Return the parts that are certain after this chunk, in order; texts are never empty."""
        self._held += piece
        found: list[str | Call] = []
        while self._step(found):
            continue
        return found

    def finish(self) -> list[str | Call]:
        """Return the remainder at the end: held-back text, or an unclosed call."""
        held, self._held = self._held, ""
        if self._swallowing:
            return []
        if self._in_call:
            self._in_call = False
            return [Call(held)]
        start = _beginning_of_tag(held)
        if len(held) - start >= _TELLTALE:
            held = held[:start]
        return [held] if held else []

    def _step(self, found: list[str | Call]) -> bool:
        """Consume one tag; False if more input is needed first."""
        if self._swallowing:
            return self._swallow(self._swallowing)
        if self._in_call:
            return self._call(found)
        return self._text(found)

    def _text(self, found: list[str | Call]) -> bool:
        tag = _FIRST_TAG.search(self._held)
        if tag is None:
            end = len(self._held[: _beginning_of_tag(self._held)].rstrip())
            if end:
                found.append(self._held[:end])
                self._held = self._held[end:]
            return False
        before, self._held = self._held[: tag.start()], self._held[tag.end() :]
        if tag[0] == OPEN:
            self._in_call = True
            before = before.rstrip()
        else:  # replaced by a space, so that its surroundings cannot form a tag
            before += " "
            self._swallowing = ANSWER_CLOSE if tag[0] == ANSWER_OPEN else None
        if before:
            found.append(before)
        return True

    def _call(self, found: list[str | Call]) -> bool:
        tag = _END_OF_CALL.search(self._held)
        if tag is None:
            if len(self._held) <= MAX_CALL_CHARACTERS:
                return False
            found.append(Call(self._held[:MAX_CALL_CHARACTERS]))
            self._in_call, self._swallowing = False, CLOSE
            return True
        found.append(Call(self._held[: tag.start()][:MAX_CALL_CHARACTERS]))
        self._held = self._held[tag.end() :]
        self._in_call = tag[0] == OPEN  # a second call began before the first was closed
        return True

    def _swallow(self, until: str) -> bool:
        end = self._held.find(until)
        if end < 0:
            self._held = self._held[-len(until) :]
            return False
        self._held = self._held[end + len(until) :]
        self._swallowing = None
        return True


def read_call(body: str) -> tuple[str, Json]:
    """Name and arguments of a call. Raises `ToolError` with a correct example."""
    if len(body) >= MAX_CALL_CHARACTERS:
        raise ToolError(f"The call is too long. Write it like {_EXAMPLE}.")
    values = _load(body)
    if not isinstance(values, dict) or not isinstance(values.get("name"), str):
        raise ToolError(f"A call must be a JSON object with name and arguments, like {_EXAMPLE}.")
    arguments = values.get("arguments", {})
    if isinstance(arguments, str):  # encoded twice, as some models do
        arguments = _load(arguments)
    if not isinstance(arguments, dict) or _depth(arguments) > _MAX_DEPTH:
        raise ToolError(f"“arguments” must be a plain JSON object, like in {_EXAMPLE}.")
    return values["name"], arguments


def write_call(name: str, arguments: Json) -> str:
    """The body of a call, in the model's own format."""
    call = json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)
    return f"\n{call}\n"


def spoken(text: str, bodies: Iterable[str]) -> str:
    """An assistant message as it appears in a prompt: its text, then its calls."""
    calls = [f"{OPEN}{defused(body)}{CLOSE}" for body in bodies]
    return "\n".join([*([defused(text)] if text else []), *calls])


def defused(text: str) -> str:
    """`text` with a space in each tag of this format: still readable, but no longer a tag."""
    while _FIRST_TAG.search(text):
        text = _FIRST_TAG.sub(lambda tag: f"< {tag[0][1:]}", text)
    return text


def _beginning_of_tag(text: str) -> int:
    """The index of a possible unfinished tag; the length of the text if there is none."""
    start = text.rfind("<")
    piece = text[start:]
    if start >= 0 and any(tag.startswith(piece) for tag in TAGS):
        return start
    return len(text)


def _load(text: str) -> Any:
    def refuse(constant: str) -> float:
        raise ValueError(f"{constant} is not JSON")

    try:
        # A lone surrogate, written as \ud800, can be neither stored nor sent.
        clean = json.dumps(json.loads(text), ensure_ascii=False).encode(errors="replace")
        return json.loads(clean, parse_constant=refuse)  # 1e999 is parsed as infinity
    except (ValueError, RecursionError):
        raise ToolError(f"The call is not valid JSON. Write it like {_EXAMPLE}.") from None


def _depth(value: Any) -> int:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, parts), default=0)
