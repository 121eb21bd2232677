"""Export of conversations as Markdown and JSON, and import of the JSON.

Does not know HTTP or the database.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from backend.chat.protocol.client_frames import DrawingReference
from backend.chat.protocol.server_frames import EvidenceItem, ToolStep, TurnUsage
from backend.errors import BadRequest
from backend.model.service import ModelImage
from backend.storage.conversations import ConversationRow
from backend.storage.messages import MessageRow
from backend.storage.turn_rows import CUT_SHORT

MAX_MESSAGES = 10_000
MAX_TEXT_CHARACTERS = 400_000
#: Maximum side of a crop in an exported file, in pixels; it is only an illustration.
CROP_PIXELS = 1024
#: Maximum length of a tool's arguments or result in Markdown; JSON has them in full.
TOOL_CHARACTERS = 400


class TransferredMessage(BaseModel):
    """A message in an exported file. Unknown keys of later versions are ignored."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(min_length=1, max_length=64)
    parent_id: str | None = None
    role: Literal["user", "assistant"]
    text: str = Field(max_length=MAX_TEXT_CHARACTERS)
    status: Literal["complete", "streaming", "stopped", "interrupted", "failed"] = "complete"
    drawings: list[DrawingReference] = Field(default_factory=list, max_length=64)
    evidence: list[EvidenceItem] = Field(default_factory=list, max_length=10_000)
    tools: list[ToolStep] = Field(default_factory=list, max_length=100)
    usage: TurnUsage | None = None
    answered_by: Literal["model", "sheet"] | None = None
    created_at: FiniteFloat = 0.0


class TransferredConversation(BaseModel):
    """An exported conversation, all branches."""

    model_config = ConfigDict(extra="ignore")

    format: Literal["drawing-chat-conversation"] = "drawing-chat-conversation"
    version: Literal[1] = 1
    title: str = Field(max_length=255)
    messages: list[TransferredMessage] = Field(max_length=MAX_MESSAGES)


def to_json(conversation: ConversationRow, messages: Sequence[MessageRow]) -> dict[str, Any]:
    """The whole conversation as plain values."""
    return TransferredConversation(
        title=conversation.title,
        messages=[
            TransferredMessage.model_validate(message, from_attributes=True) for message in messages
        ],
    ).model_dump(mode="json")


def from_json(conversation: TransferredConversation) -> list[MessageRow]:
    """The messages of a file, parents first. Raises `BadRequest` if they do not form a tree of
    questions and answers."""
    roles: dict[str, str] = {}
    rows = []
    for message in conversation.messages:
        before = None if message.parent_id is None else roles.get(message.parent_id, "")
        wanted = ("assistant", None) if message.role == "user" else ("user",)
        if before not in wanted or message.id in roles:
            raise BadRequest(
                f"messages: {message.id} does not follow an earlier "
                f"{'answer' if message.role == 'user' else 'question'} of the file."
            )
        roles[message.id] = message.role
        values = message.model_dump(mode="json")
        if values["status"] == "streaming":
            values["status"] = "interrupted"
        for step in values["tools"]:
            if step["state"] == "running":
                step |= {"state": "failed", "error": CUT_SHORT}
        rows.append(MessageRow(**values))
    return rows


def to_markdown(
    conversation: ConversationRow,
    branch: Sequence[MessageRow],
    names: Mapping[str, str],
    crops: Mapping[tuple[str, int, tuple[float, ...]], str],
) -> str:
    """One branch as Markdown. `names` of drawings by id; `crops` as data URLs by place."""
    when = datetime.fromtimestamp(conversation.updated_at, UTC)
    blocks = [f"# {conversation.title or 'Conversation'}", f"*{when:%Y-%m-%d %H:%M} UTC*"]
    for message in branch:
        if message.role == "user":
            blocks.append("## Question")
            blocks += [_attachment(entry, names, crops) for entry in message.drawings]
        else:
            ending = "" if message.status == "complete" else f" ({message.status})"
            source = " from the sheet" if message.answered_by == "sheet" else ""
            blocks.append(f"## Answer{source}{ending}")
            if message.tools:
                blocks.append("\n".join(_tool(step, names) for step in message.tools))
        blocks.append(message.text)
    return "\n\n".join(blocks) + "\n"


def data_url(model_image: ModelImage) -> str:
    """A small PNG of an image. Slow: call it off the event loop."""
    image = Image.frombytes("RGB", (model_image.width, model_image.height), model_image.rgb)
    image.thumbnail((CROP_PIXELS, CROP_PIXELS))
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _attachment(
    entry: Mapping[str, Any],
    names: Mapping[str, str],
    crops: Mapping[tuple[str, int, tuple[float, ...]], str],
) -> str:
    name = names.get(entry["id"], "a deleted drawing")
    page, region = entry.get("page"), entry.get("region")
    line = f"- {name}" + (f", page {page}" if page else "")
    if not region:
        return line
    line += ", region " + ", ".join(f"{value:g}" for value in region)
    crop = crops.get((entry["id"], page or 1, tuple(region)))
    return f"{line}\n\n![Region of {_plain(name)}]({crop})" if crop else line


def _tool(step: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """A tool call as one line of a list."""
    line = f"- {_code(step['name'])} {_code(_json(step['arguments']))}: "
    result = step["result"]
    if step["state"] != "done" or result is None:
        return line + _code(step["error"] or step["state"])
    if "region" in result:
        name = _plain(names.get(str(result.get("drawing")), "a deleted drawing"))
        return f"{line}{name}, page {result.get('page')}, region {_code(_json(result['region']))}"
    return line + _code(_json(result))


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= TOOL_CHARACTERS else text[:TOOL_CHARACTERS] + "…"


def _code(text: str) -> str:
    """The text as inline code, whatever it contains."""
    plain = " ".join(text.replace("`", "'").split())
    return f"`{plain}`"


def _plain(name: str) -> str:
    return "".join(character for character in name if character not in "[]()<>\n\r")
