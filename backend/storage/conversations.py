"""Conversations and their messages: list, search, read in pages, rename, remove, copy in.

Every query names the owner; what belongs to another is as if it were not there.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

from sqlalchemy import Select, delete, func, insert, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import NotFound
from backend.storage.database import Database
from backend.storage.pagination import cursor_of, place_of
from backend.storage.tables import Conversation, Event, Message, new_id
from backend.storage.turns import tool_calls

_BRANCH = """
    WITH RECURSIVE branch (id, parent_id, depth) AS (
        SELECT messages.id, messages.parent_id, 0
        FROM messages JOIN conversations ON conversations.id = messages.conversation_id
        WHERE messages.id = ? AND conversations.owner = ?
        UNION ALL
        SELECT messages.id, messages.parent_id, depth + 1
        FROM messages JOIN branch ON messages.id = branch.parent_id
    )
    SELECT messages.id, messages.parent_id, role, text, status, drawings, tools
    FROM branch JOIN messages ON messages.id = branch.id
    ORDER BY depth DESC"""


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation without its messages."""

    id: str
    title: str
    created_at: float
    updated_at: float

    @property
    def cursor(self) -> str:
        """The `before` of what follows it in a list."""
        return cursor_of(self.updated_at, self.id)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message. `last_seq` is set while it streams: `text` holds the deltas up to there."""

    id: str
    parent_id: str | None
    role: str
    text: str
    status: str
    turn_id: str | None = None
    drawings: list[dict[str, Any]] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    tools: list[dict[str, Any]] = field(default_factory=list)
    usage: dict[str, Any] | None = None
    created_at: float = 0.0
    last_seq: int | None = None
    shown: list[dict[str, Any]] = field(default_factory=list)


class ConversationStore:
    """Reads and writes conversations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, owner: str, title: str) -> ConversationRow:
        """A new, empty conversation."""
        now = time.time()
        row = Conversation(id=new_id(), owner=owner, title=title, created_at=now, updated_at=now)
        async with self._database.write() as session:
            session.add(row)
        return _conversation_row(row)

    async def newest(
        self, owner: str, *, query: str = "", limit: int = 50, before: str | None = None
    ) -> list[ConversationRow]:
        """The newest first, after the conversation `before`, which is its cursor or its id;
        `query` is part of title or text. Raises `BadRequest`, `NotFound`."""
        wanted = (
            select(Conversation)
            .where(Conversation.owner == owner)
            .order_by(Conversation.updated_at.desc(), Conversation.id.desc())
            .limit(limit)
        )
        if query.strip():
            wanted = wanted.where(_mentions(query.strip()))
        async with self._database.read() as session:
            if before:
                place = place_of(before)
                if place is None:
                    last = await _owned(session, owner, before)
                    place = last.updated_at, last.id
                here = tuple_(Conversation.updated_at, Conversation.id)
                wanted = wanted.where(here < tuple_(*place))
            return [_conversation_row(row) for row in await session.scalars(wanted)]

    async def get(self, owner: str, conversation_id: str) -> ConversationRow:
        """One conversation; `NotFound` where it is not the owner's."""
        async with self._database.read() as session:
            return _conversation_row(await _owned(session, owner, conversation_id))

    async def messages(
        self,
        owner: str,
        conversation_id: str,
        *,
        limit: int | None = None,
        before: str | None = None,
    ) -> list[MessageRow]:
        """The newest `limit` messages of all branches before the message `before`, oldest first.

        A streaming answer has the text of the events stored so far.
        """
        query = (
            select(Message)
            .where(Message.conversation_id == conversation_id)
            .order_by(Message.created_at.desc(), Message.id.desc())
        )
        async with self._database.read() as session:
            await _owned(session, owner, conversation_id)
            if before is not None:
                query = query.where(await _older_than(session, conversation_id, before))
            if limit is not None:
                query = query.limit(limit)
            rows = [_message_row(row) for row in await session.scalars(query)]
            shown = await _shown(session, [row.turn_id for row in rows if row.role == "assistant"])
            rows = [replace(row, shown=shown.get(row.turn_id, [])) for row in rows]
            return [await _with_streamed_text(session, row) for row in reversed(rows)]

    async def path(self, owner: str, message_id: str) -> list[MessageRow]:
        """The branch from the conversation's first message to this one, both included: what a
        prompt is made of, without evidence, usage and times.

        Read for every question, so in one visit of the database's thread.
        """

        def read(sql: sqlite3.Connection) -> list[tuple[Any, ...]]:
            return sql.execute(_BRANCH, (message_id, owner)).fetchall()

        rows = await self._database.run_read(read)
        if not rows:
            raise NotFound("There is no such message.")
        return [
            MessageRow(
                identifier,
                parent_id,
                role,
                text,
                status,
                drawings=json.loads(drawings),
                tools=json.loads(tools),
            )
            for identifier, parent_id, role, text, status, drawings, tools in rows
        ]

    async def drawings(self, owner: str, conversation_id: str) -> list[str]:
        """The ids of the drawings that were attached, in the order of their first use."""
        query = (
            select(Message.drawings)
            .join(Conversation, Conversation.id == Message.conversation_id)
            .where(Message.conversation_id == conversation_id, Conversation.owner == owner)
            .where(Message.role == "user")
            .order_by(Message.created_at)
        )
        async with self._database.read() as session:
            attached = await session.scalars(query)
            return list(dict.fromkeys(item["id"] for items in attached for item in items))

    async def rename(self, owner: str, conversation_id: str, title: str) -> ConversationRow:
        """Set the title."""
        async with self._database.write() as session:
            row = await _owned(session, owner, conversation_id)
            row.title = title
        return _conversation_row(row)

    async def delete(self, owner: str, conversation_id: str) -> None:
        """Remove it with its messages, turns and events."""
        async with self._database.write() as session:
            row = await _owned(session, owner, conversation_id)
            await session.execute(delete(Conversation).where(Conversation.id == row.id))

    async def insert(
        self, owner: str, title: str, messages: Sequence[MessageRow]
    ) -> ConversationRow:
        """A conversation with messages from elsewhere, in their order, parents first.

        They get new ids; their times are kept where they rise.
        """
        now = time.time()
        row = Conversation(id=new_id(), owner=owner, title=title, created_at=now, updated_at=now)
        new_ids = {message.id: new_id() for message in messages}
        times = accumulate(
            (message.created_at or now for message in messages),
            lambda before, given: max(given, before + 0.001),
        )
        values = [
            {
                "id": new_ids[message.id],
                "conversation_id": row.id,
                "parent_id": new_ids.get(message.parent_id or ""),
                "role": message.role,
                "text": message.text,
                "status": message.status,
                "turn_id": None,
                "drawings": message.drawings,
                "evidence": message.evidence,
                "tools": message.tools,
                "usage": message.usage,
                "created_at": created_at,
            }
            for message, created_at in zip(messages, times, strict=True)
        ]
        async with self._database.write(durable=True) as session:
            session.add(row)
            await session.flush()
            if values:
                await session.execute(insert(Message), values)
        return _conversation_row(row)


def _mentions(query: str) -> Any:
    escaped = query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = f"%{escaped}%"
    in_text = select(Message.conversation_id).where(Message.text.ilike(pattern, escape="\\"))
    return or_(Conversation.title.ilike(pattern, escape="\\"), Conversation.id.in_(in_text))


async def _owned(session: AsyncSession, owner: str, conversation_id: str) -> Conversation:
    query: Select[Conversation] = select(Conversation).where(
        Conversation.id == conversation_id, Conversation.owner == owner
    )
    found = await session.scalar(query)
    if found is None:
        raise NotFound("There is no such conversation.")
    return found


async def _older_than(session: AsyncSession, conversation_id: str, message_id: str) -> Any:
    last = await session.scalar(
        select(Message).where(Message.id == message_id, Message.conversation_id == conversation_id)
    )
    if last is None:
        raise NotFound("There is no such message.")
    return tuple_(Message.created_at, Message.id) < tuple_(last.created_at, last.id)


async def _shown(
    session: AsyncSession, turns: Sequence[str | None]
) -> dict[str | None, list[dict[str, Any]]]:
    """What the model was given in these turns, as the last frame of each has it."""
    last = (
        select(Event.turn_id, func.max(Event.seq).label("seq"))
        .where(Event.turn_id.in_([turn for turn in turns if turn]))
        .group_by(Event.turn_id)
        .subquery()
    )
    ends = select(Event.turn_id, Event.frame).join(
        last, (Event.turn_id == last.c.turn_id) & (Event.seq == last.c.seq)
    )
    return {turn: frame.get("shown", []) for turn, frame in await session.execute(ends)}


async def _with_streamed_text(session: AsyncSession, row: MessageRow) -> MessageRow:
    if row.status != "streaming" or row.turn_id is None:
        return row
    events = await session.execute(
        select(Event.seq, Event.frame).where(Event.turn_id == row.turn_id).order_by(Event.seq)
    )
    frames = [(seq, frame) for seq, frame in events]
    text = "".join(frame["text"] for _, frame in frames if frame["type"] == "delta")
    last_seq = frames[-1][0] if frames else 0
    tools = tool_calls(frame for _, frame in frames)
    return replace(row, text=text, tools=tools, last_seq=last_seq)


def _conversation_row(row: Conversation) -> ConversationRow:
    return ConversationRow(row.id, row.title, row.created_at, row.updated_at)


def _message_row(row: Message) -> MessageRow:
    return MessageRow(
        row.id,
        row.parent_id,
        row.role,
        row.text,
        row.status,
        row.turn_id,
        row.drawings,
        row.evidence,
        row.tools,
        row.usage,
        row.created_at,
    )
