"""Conversations and their messages: list, search, read in pages, rename, delete, import.

Every query names the owner; conversations of others do not exist for it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from backend.errors import NotFound
from backend.storage.database import Database
from backend.storage.messages import MessageRow, insert_messages, read_branch, read_messages
from backend.storage.pagination import cursor_of, place_of
from backend.storage.tables import conversations, messages, new_id

_COLUMNS = (
    conversations.c.id,
    conversations.c.title,
    conversations.c.created_at,
    conversations.c.updated_at,
)
_OWNED = select(*_COLUMNS).where(
    conversations.c.id == bindparam("conversation"), conversations.c.owner == bindparam("owner")
)
_NEWEST = (
    select(*_COLUMNS)
    .where(conversations.c.owner == bindparam("owner"))
    .order_by(conversations.c.updated_at.desc(), conversations.c.id.desc())
)
_ATTACHED = (
    select(messages.c.drawings)
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .where(
        messages.c.conversation_id == bindparam("conversation"),
        messages.c.role == "user",
        conversations.c.owner == bindparam("owner"),
    )
    .order_by(messages.c.created_at)
)


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation without its messages."""

    id: str
    title: str
    created_at: float
    updated_at: float

    @property
    def cursor(self) -> str:
        """The `before` that lists the conversations after this one."""
        return cursor_of(self.updated_at, self.id)


class ConversationStore:
    """Reads and writes conversations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, owner: str, title: str) -> ConversationRow:
        """A new, empty conversation."""
        row = _new(title)
        await self._database.write(lambda sql: _insert(sql, owner, row))
        return row

    async def newest(
        self, owner: str, *, query: str = "", limit: int = 50, before: str | None = None
    ) -> list[ConversationRow]:
        """The newest first, after the conversation `before` (its cursor or its id).

        `query` is a substring of the title or of a message. Raises `BadRequest`, `NotFound`.
        """
        wanted = _NEWEST.limit(limit)
        if query.strip():
            wanted = wanted.where(_mentions(query.strip()))

        def read(sql: Connection) -> list[ConversationRow]:
            page = wanted
            if before:
                place = place_of(before)
                if place is None:
                    last = _find(sql, owner, before)
                    place = last.updated_at, last.id
                here = tuple_(conversations.c.updated_at, conversations.c.id)
                page = page.where(here < tuple_(*place))
            return [ConversationRow(*row) for row in sql.execute(page, {"owner": owner})]

        return await self._database.read(read)

    async def get(self, owner: str, conversation_id: str) -> ConversationRow:
        """One conversation. Raises `NotFound` if it is not the owner's."""
        return await self._database.read(lambda sql: _find(sql, owner, conversation_id))

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

        def read(sql: Connection) -> list[MessageRow]:
            _find(sql, owner, conversation_id)
            return read_messages(sql, conversation_id, limit=limit, before=before)

        return await self._database.read(read)

    async def path(self, owner: str, message_id: str) -> list[MessageRow]:
        """The branch from the conversation's first message to this one, both included, without
        evidence, usage and times. Raises `NotFound`."""
        rows = await self._database.read(lambda sql: read_branch(sql, owner, message_id))
        if not rows:
            raise NotFound("There is no such message.")
        return rows

    async def drawings(self, owner: str, conversation_id: str) -> list[str]:
        """The ids of the attached drawings, in the order of their first use."""

        def read(sql: Connection) -> list[str]:
            key = {"conversation": conversation_id, "owner": owner}
            attached = sql.scalars(_ATTACHED, key)
            return list(dict.fromkeys(item["id"] for items in attached for item in items))

        return await self._database.read(read)

    async def rename(self, owner: str, conversation_id: str, title: str) -> ConversationRow:
        """Set the title. Raises `NotFound`."""

        def write(sql: Connection) -> ConversationRow:
            _find(sql, owner, conversation_id)
            renamed = update(conversations).where(conversations.c.id == conversation_id)
            sql.execute(renamed.values(title=title))
            return _find(sql, owner, conversation_id)

        return await self._database.write(write)

    async def delete(self, owner: str, conversation_id: str) -> None:
        """Delete it with its messages, turns and events. Raises `NotFound`."""

        def write(sql: Connection) -> None:
            _find(sql, owner, conversation_id)
            sql.execute(delete(conversations).where(conversations.c.id == conversation_id))

        await self._database.write(write)

    async def insert(self, owner: str, title: str, rows: Sequence[MessageRow]) -> ConversationRow:
        """A conversation with messages from elsewhere, in their order, parents first.

        They get new ids; their times are kept as long as they rise.
        """
        row = _new(title)

        def write(sql: Connection) -> None:
            _insert(sql, owner, row)
            insert_messages(sql, row.id, rows, row.created_at)

        await self._database.write(write, durable=True)
        return row


def _new(title: str) -> ConversationRow:
    now = time.time()
    return ConversationRow(new_id(), title, now, now)


def _insert(sql: Connection, owner: str, row: ConversationRow) -> None:
    values: dict[str, Any] = {
        "id": row.id,
        "owner": owner,
        "title": row.title,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
    sql.execute(insert(conversations), values)


def _find(sql: Connection, owner: str, conversation_id: str) -> ConversationRow:
    row = sql.execute(_OWNED, {"conversation": conversation_id, "owner": owner}).first()
    if row is None:
        raise NotFound("There is no such conversation.")
    return ConversationRow(*row)


def _mentions(query: str) -> ColumnElement[bool]:
    escaped = query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = f"%{escaped}%"
    in_text = select(messages.c.conversation_id).where(messages.c.text.ilike(pattern, escape="\\"))
    return or_(conversations.c.title.ilike(pattern, escape="\\"), conversations.c.id.in_(in_text))
