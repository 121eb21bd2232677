"""The tool calls of earlier answers in later prompts: compact, and always the same.

Computed results are kept verbatim, so that the prefix cache holds; images that a tool returned
are not repeated. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

from backend.evidence.parsing.folding import utf16_offsets
from backend.evidence.parsing.tool_values import Computed
from backend.model.service import Message, TextPart
from backend.tools import hermes
from backend.tools.engineering_tools import TOOLS
from backend.tools.sheet_tools import SHEET_TOOLS

#: Kept of the texts that were found, or read in a region.
KEPT_CHARACTERS = 1000
SEEN = "The picture was shown then; call again to see it."


def answered(text: str, calls: Sequence[dict[str, Any]]) -> tuple[Message, ...]:
    """An earlier answer as messages: its text, split at its tool calls, and their results.

    Malformed calls, and calls without any text after them, are left out.
    """
    offsets = utf16_offsets(text)
    messages: list[Message] = []
    begin = 0
    for call in calls:
        if call["name"] not in TOOLS and call["name"] not in SHEET_TOOLS:
            continue
        end = _character(offsets, call["at"])
        if not text[end:].strip():
            break
        body = hermes.write_call(call["name"], call["arguments"])
        messages.append(_say(hermes.spoken(text[begin:end].strip(), [body])))
        messages.append(Message("tool", (TextPart(_remembered(call)),)))
        begin = end
    rest = text[begin:].strip() if messages else text
    return (*messages, _say(hermes.defused(rest)))


def computed(calls: Iterable[dict[str, Any]]) -> tuple[Computed, ...]:
    """The values that tools computed in these answers."""
    return tuple(
        Computed.from_tool(call["name"], call["arguments"], call["result"])
        for call in calls
        if call["name"] in TOOLS and call["state"] == "done" and call["result"] is not None
    )


def _remembered(call: dict[str, Any]) -> str:
    result = call["result"]
    if call["state"] != "done" or result is None:
        return _json({"error": call["error"] or "It was not done."})
    if call["name"] in TOOLS:
        return _json(result)
    if call["name"] == "find_text":
        items = [item for item in _list(result.get("items")) if isinstance(item, dict)]
        texts = list(dict.fromkeys(str(item.get("text")) for item in items))
        return _json({"found": result.get("found"), "texts": _within(texts)})
    if "text" not in result:
        return _json({"note": SEEN})
    return _json({"text": _within([*map(str, _list(result["text"]))]), "note": SEEN})


def _within(lines: Sequence[str]) -> list[str]:
    """The first lines, up to the limit."""
    lengths = accumulate(map(len, lines))
    return [line for line, length in zip(lines, lengths, strict=True) if length <= KEPT_CHARACTERS]


def _list(value: Any) -> list[Any]:
    """A list in a result; an imported conversation may have anything in its place."""
    return value if isinstance(value, list) else []


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _say(text: str) -> Message:
    return Message("assistant", (TextPart(text),))


def _character(offsets: Sequence[int], at: int) -> int:
    """The position of the character at a UTF-16 offset, the end for one past it."""
    return next((place for place, offset in enumerate(offsets) if offset >= at), len(offsets) - 1)
