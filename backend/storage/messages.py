"""Reading and inserting the messages of a conversation, inside a transaction of the caller.

Streaming answers get the text and tools of the events stored so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import accumulate
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    func,
    insert,
    literal,
    select,
    tuple_,
)

from backend.errors import NotFound
from backend.storage.tables import conversations, events, messages, new_id
from backend.storage.turn_rows import tool_calls


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message. `last_seq` is set while it streams: `text` has the deltas up to that event."""

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
    answered_by: str | None = None
    created_at: float = 0.0
    last_seq: int | None = None
    shown: list[dict[str, Any]] = field(default_factory=list)


_STORED = [entry.name for entry in fields(MessageRow) if entry.name in messages.c]
_BRANCH_COLUMNS = ("id", "parent_id", "role", "text", "status", "drawings", "tools")

_MESSAGES = (
    select(*(messages.c[name] for name in _STORED))
    .where(messages.c.conversation_id == bindparam("conversation"))
    .order_by(messages.c.created_at.desc(), messages.c.id.desc())
)
_leaf = (
    select(messages.c.id, messages.c.parent_id, literal(0).label("depth"))
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .where(messages.c.id == bindparam("message"), conversations.c.owner == bindparam("owner"))
    .cte("branch", recursive=True)
)
_branch = _leaf.union_all(
    select(messages.c.id, messages.c.parent_id, _leaf.c.depth + 1).join(
        _leaf, messages.c.id == _leaf.c.parent_id
    )
)
_BRANCH = (
    select(*(messages.c[name] for name in _BRANCH_COLUMNS))
    .join(_branch, _branch.c.id == messages.c.id)
    .order_by(_branch.c.depth.desc())
)
_EVENTS = (
    select(events.c.seq, events.c.frame)
    .where(events.c.turn_id == bindparam("turn"))
    .order_by(events.c.seq)
)
_last = (
    select(events.c.turn_id, func.max(events.c.seq).label("seq"))
    .where(events.c.turn_id.in_(bindparam("turns", expanding=True)))
    .group_by(events.c.turn_id)
    .subquery()
)
_LAST_FRAMES = select(events.c.turn_id, events.c.frame).join(
    _last, (events.c.turn_id == _last.c.turn_id) & (events.c.seq == _last.c.seq)
)


def read_messages(
    sql: Connection, conversation_id: str, *, limit: int | None, before: str | None
) -> list[MessageRow]:
    """The newest `limit` messages of all branches before the message `before`, oldest first.

    Raises `NotFound` for an unknown `before`.
    """
    query = _MESSAGES
    if before is not None:
        query = query.where(_older_than(sql, conversation_id, before))
    if limit is not None:
        query = query.limit(limit)
    found = sql.execute(query, {"conversation": conversation_id})
    rows = [MessageRow(**row) for row in found.mappings()]
    turns = [row.turn_id for row in rows if row.role == "assistant" and row.turn_id]
    ends = sql.execute(_LAST_FRAMES, {"turns": turns}) if turns else ()
    shown = {turn: frame.get("shown", []) for turn, frame in ends}
    rows = [replace(row, shown=shown.get(row.turn_id, [])) for row in rows]
    return [_with_streamed_text(sql, row) for row in reversed(rows)]


def read_branch(sql: Connection, owner: str, message_id: str) -> list[MessageRow]:
    """The messages from the conversation's first to this one: what a prompt is made of, without
    evidence, usage and times. Empty for a message that is not the owner's."""
    found = sql.execute(_BRANCH, {"message": message_id, "owner": owner})
    return [
        MessageRow(identifier, parent_id, role, text, status, drawings=drawings, tools=tools)
        for identifier, parent_id, role, text, status, drawings, tools in found
    ]


def insert_messages(
    sql: Connection, conversation_id: str, rows: Sequence[MessageRow], now: float
) -> None:
    """Insert messages from elsewhere, in their order, parents first.

    They get new ids; their times are kept as long as they rise.
    """
    new_ids = {row.id: new_id() for row in rows}
    times = accumulate(
        (row.created_at or now for row in rows),
        lambda before, given: max(given, before + 0.001),
    )
    values = [
        {
            "id": new_ids[row.id],
            "conversation_id": conversation_id,
            "parent_id": new_ids.get(row.parent_id or ""),
            "role": row.role,
            "text": row.text,
            "status": row.status,
            "turn_id": None,
            "drawings": row.drawings,
            "evidence": row.evidence,
            "tools": row.tools,
            "usage": row.usage,
            "created_at": created_at,
        }
        for row, created_at in zip(rows, times, strict=True)
    ]
    if values:
        sql.execute(insert(messages), values)


def _older_than(sql: Connection, conversation_id: str, message_id: str) -> ColumnElement[bool]:
    last = sql.execute(
        select(messages.c.created_at, messages.c.id).where(
            messages.c.id == message_id, messages.c.conversation_id == conversation_id
        )
    ).first()
    if last is None:
        raise NotFound("There is no such message.")
    return tuple_(messages.c.created_at, messages.c.id) < tuple_(*last)


def _with_streamed_text(sql: Connection, row: MessageRow) -> MessageRow:
    if row.status != "streaming" or row.turn_id is None:
        return row
    frames = [(seq, frame) for seq, frame in sql.execute(_EVENTS, {"turn": row.turn_id})]
    text = "".join(frame["text"] for _, frame in frames if frame["type"] == "delta")
    last_seq = frames[-1][0] if frames else 0
    tools = tool_calls(frame for _, frame in frames)
    return replace(row, text=text, tools=tools, last_seq=last_seq)
