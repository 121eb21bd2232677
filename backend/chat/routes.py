"""HTTP routes of conversations, of the verification of values, and of the protocol document."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from backend.chat import conversation_export as transfer
from backend.chat.dependencies import Conversations, LibrarySheets, Turns, Verification
from backend.chat.prompt.prompt_sheets import Attachment, Sheets, check_attachment
from backend.chat.protocol.asyncapi import protocol_document
from backend.chat.protocol.client_frames import DrawingReference
from backend.chat.protocol.server_frames import (
    EvidenceItem,
    Shown,
    ToolStep,
    TurnUsage,
)
from backend.errors import DrawingChatError, NotFound
from backend.geometry import Box
from backend.requests.disconnect import unless_gone
from backend.requests.owner import Owner
from backend.storage.conversations import ConversationRow
from backend.storage.messages import MessageRow

router = APIRouter()

Limit = Annotated[int, Query(ge=1, le=500)]
Identifier = Annotated[str, Field(max_length=64)]
Cursor = Annotated[str, Field(max_length=128)]


class ConversationInfo(BaseModel):
    """A conversation in a list. Times are UTC seconds since 1970."""

    id: str
    title: str
    created_at: float
    updated_at: float


class ConversationList(BaseModel):
    """`next` is the `before` of the next page, null on the last."""

    items: list[ConversationInfo]
    next: str | None


class MessageInfo(BaseModel):
    """A question or an answer. While it streams, `text` holds the events up to `last_seq`."""

    id: str
    parent_id: str | None
    role: Literal["user", "assistant"]
    text: str
    status: Literal["complete", "streaming", "stopped", "interrupted", "failed"]
    turn_id: str | None
    drawings: list[DrawingReference]
    evidence: list[EvidenceItem]
    tools: list[ToolStep]
    usage: TurnUsage | None
    #: Of an answer; null for a question and for answers of older versions.
    answered_by: Literal["model", "sheet"] | None = None
    created_at: float
    last_seq: int | None = None
    shown: list[Shown] = Field(default_factory=list)


class ConversationDetail(ConversationInfo):
    """A conversation with the newest messages of all branches, oldest first.

    `next` is the `before` of the messages before these, null if there are none.
    """

    drawings: list[str]
    messages: list[MessageInfo]
    next: str | None


class NewConversation(BaseModel):
    """A new conversation; without a title it is named after its first question."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field("", max_length=255)


class TitleBody(BaseModel):
    """A new title."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(max_length=255)


class LookBody(BaseModel):
    """The value to verify: its `start` in the answer, in UTF-16 units."""

    model_config = ConfigDict(extra="forbid")

    start: int = Field(ge=0)


@router.post("/api/conversations", status_code=201)
async def create(
    owner: Owner, store: Conversations, body: NewConversation | None = None
) -> ConversationInfo:
    """Create an empty conversation. Asking without a conversation creates one too."""
    return _info(await store.create(owner, body.title.strip() if body else ""))


@router.get("/api/conversations")
async def newest(
    owner: Owner,
    store: Conversations,
    limit: Limit = 50,
    before: Cursor | None = None,
    q: Annotated[str, Query(max_length=200)] = "",
) -> ConversationList:
    """The newest first. `q` is a substring of the title or of a message; `before` is the `next` of
    the previous response, or the id of a conversation."""
    rows = await store.newest(owner, query=q, limit=limit + 1, before=before)
    more = rows[limit - 1].cursor if len(rows) > limit else None
    return ConversationList(items=[_info(row) for row in rows[:limit]], next=more)


@router.post("/api/conversations/import", status_code=201)
async def import_conversation(
    owner: Owner,
    sheets: LibrarySheets,
    store: Conversations,
    body: transfer.TransferredConversation,
) -> ConversationInfo:
    """Import an exported JSON file, with new ids. Missing drawings are left out."""
    rows = transfer.from_json(body)
    for row in rows:
        row.drawings[:] = [entry for entry in row.drawings if await _is_there(sheets, owner, entry)]
    return _info(await store.insert(owner, body.title, rows))


@router.get("/api/conversations/{conversation_id}")
async def detail(
    conversation_id: Identifier,
    owner: Owner,
    turns: Turns,
    store: Conversations,
    limit: Limit = 100,
    before: Identifier | None = None,
) -> ConversationDetail:
    """One conversation. Opening it prefills the prompt of its next question."""
    row = await store.get(owner, conversation_id)
    messages = await store.messages(owner, conversation_id, limit=limit + 1, before=before)
    page = messages[-limit:]
    if before is None and page and page[-1].role == "assistant":
        turns.prefill_conversation(owner, conversation_id, page[-1].id)
    return ConversationDetail(
        **_info(row).model_dump(),
        drawings=await store.drawings(owner, conversation_id),
        messages=[MessageInfo.model_validate(entry, from_attributes=True) for entry in page],
        next=page[0].id if len(messages) > limit else None,
    )


@router.patch("/api/conversations/{conversation_id}")
async def rename(
    conversation_id: Identifier, owner: Owner, store: Conversations, body: TitleBody
) -> ConversationInfo:
    """Change the title."""
    return _info(await store.rename(owner, conversation_id, body.title.strip()))


@router.delete("/api/conversations/{conversation_id}", status_code=204)
async def delete(
    conversation_id: Identifier, owner: Owner, turns: Turns, store: Conversations
) -> Response:
    """Delete it with all messages. A running answer is stopped first."""
    await store.get(owner, conversation_id)
    await turns.end_conversation(owner, conversation_id)
    await store.delete(owner, conversation_id)
    return Response(status_code=204)


@router.post(
    "/api/conversations/{conversation_id}/messages/{message_id}/look", response_model=EvidenceItem
)
async def look(
    conversation_id: Identifier,
    message_id: Identifier,
    body: LookBody,
    request: Request,
    owner: Owner,
    verification: Verification,
) -> EvidenceItem | Response:
    """Verify a value: the model reads its place again. Cancelled when the client disconnects."""
    looking = verification.verify(owner, conversation_id, message_id, body.start)
    return await unless_gone(request, looking)


@router.get(
    "/api/conversations/{conversation_id}/export",
    response_class=Response,
    responses={200: {"content": {"text/markdown": {}, "application/json": {}}}},
)
async def export(
    conversation_id: Identifier,
    owner: Owner,
    sheets: LibrarySheets,
    store: Conversations,
    format: Annotated[str, Query(pattern="^(md|json)$")] = "md",
    message_id: Identifier | None = None,
) -> Response:
    """Download it: `md` is the branch ending with `message_id` (by default the newest message),
    `json` the whole conversation."""
    row = await store.get(owner, conversation_id)
    messages = await store.messages(owner, conversation_id)
    headers = {"Content-Disposition": f'attachment; filename="conversation.{format}"'}
    if format == "json":
        return JSONResponse(transfer.to_json(row, messages), headers=headers)
    leaf = message_id or (messages[-1].id if messages else None)
    known = {message.id: message for message in messages}
    if leaf is not None and leaf not in known:
        raise NotFound("There is no such message in this conversation.")
    branch = []
    while leaf is not None:
        branch.append(known[leaf])
        leaf = known[leaf].parent_id
    branch.reverse()
    names, crops = await _images(sheets, owner, branch)
    text = transfer.to_markdown(row, branch, names, crops)
    return PlainTextResponse(text, headers=headers, media_type="text/markdown")


@router.get("/api/protocol")
async def protocol(request: Request) -> dict[str, Any]:
    """The WebSocket protocol as an AsyncAPI 3 document with JSON Schemas."""
    return protocol_document(request.url.netloc)


async def _images(
    sheets: Sheets, owner: str, branch: list[MessageRow]
) -> tuple[dict[str, str], dict[tuple[str, int, tuple[float, ...]], str]]:
    names: dict[str, str] = {}
    crops: dict[tuple[str, int, tuple[float, ...]], str] = {}
    for entry in (entry for message in branch for entry in message.drawings):
        try:
            names[entry["id"]] = (await sheets.info(owner, entry["id"])).name
            if entry.get("region"):
                page, region = entry.get("page") or 1, Box(*entry["region"])
                image = await sheets.crop(owner, entry["id"], page, region)
                crops[entry["id"], page, region] = await asyncio.to_thread(transfer.data_url, image)
        except DrawingChatError:  # deleted, or cannot be rendered: the text remains
            continue
    return names, crops


async def _is_there(sheets: Sheets, owner: str, entry: dict[str, Any]) -> bool:
    region = entry.get("region")
    attachment = Attachment(entry["id"], entry.get("page"), Box(*region) if region else None)
    try:
        await check_attachment(sheets, owner, attachment)
    except DrawingChatError:
        return False
    return True


def _info(row: ConversationRow) -> ConversationInfo:
    return ConversationInfo(
        id=row.id, title=row.title, created_at=row.created_at, updated_at=row.updated_at
    )
