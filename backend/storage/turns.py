"""Turns in the database: a question accepted, its event log, its end, and what a crash left.

Every query names the owner. These statements run for every question and every batch of events,
so they are plain SQL, a whole transaction in one visit of the database's thread. Does not know
sockets, engines or how events come about.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.errors import BadRequest, NotFound
from backend.storage.database import Database
from backend.storage.tables import new_id

#: `parent_id` of a question that begins a new branch at the top of its conversation.
ROOT = "root"
_EVENTS_AT_ONCE = 500
#: A watcher that reads nothing holds no more than this, and one event, of an answer.
_LETTERS_AT_ONCE = 128 * 1024
_TOOL_KEYS = ("step", "name", "state", "arguments", "result", "error", "at")
#: What a tool call says that its turn did not live to end.
CUT_SHORT = "The answer ended before this call."
#: An answer sorts after its question.
_LATER = 0.001

_INSERT_MESSAGE = """
    INSERT INTO messages (id, conversation_id, parent_id, role, text, status, turn_id, drawings,
                          evidence, usage, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, '[]', NULL, ?)"""
_INSERT_EVENT = "INSERT INTO events (turn_id, seq, frame) VALUES (?, ?, ?)"
_OWNED_TURN = """
    SELECT turns.id, turns.conversation_id, turns.question_id, turns.answer_id, turns.state
    FROM turns JOIN conversations ON conversations.id = turns.conversation_id
    WHERE turns.id = ? AND conversations.owner = ?"""
_ASKED_TURN = """
    SELECT turns.id, turns.conversation_id, turns.question_id, turns.answer_id, turns.state,
           messages.text
    FROM turns
    JOIN conversations ON conversations.id = turns.conversation_id
    JOIN messages ON messages.id = turns.question_id
    WHERE turns.ask_id = ? AND conversations.owner = ?"""


@dataclass(frozen=True, slots=True)
class Question:
    """What to store when a question is accepted. `title` names a conversation that has none.

    `parent_id` None continues at the newest answer, `ROOT` begins a branch at the top. `ask_id`
    is the id to find the turn by again, None where it may not be unique.
    """

    owner: str
    text: str
    conversation_id: str | None = None
    parent_id: str | None = None
    drawings: list[dict[str, Any]] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    title: str = ""
    ask_id: str | None = None


@dataclass(frozen=True, slots=True)
class TurnRow:
    """The identifiers of a stored turn."""

    id: str
    conversation_id: str
    question_id: str
    answer_id: str
    state: str = "streaming"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a turn ended: the answer's final row. `status` is one of the contract's."""

    status: str
    text: str
    usage: dict[str, Any] | None = None
    evidence: list[dict[str, Any]] = field(default_factory=list)
    tools: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TurnEvents:
    """New frames of one turn, and the ending where the last is terminal.

    A frame is the JSON text that is sent; their numbers are gapless from `first_seq`.
    """

    turn: TurnRow
    first_seq: int
    frames: Sequence[str]
    ending: Ending | None = None


class TurnStore:
    """Reads and writes turns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(self, question: Question) -> TurnRow:
        """Store question, empty answer and turn; they have reached the disk on return.

        Raises `NotFound` for a conversation or parent that is not the owner's, `BadRequest`
        for a parent that is not an answer, and what `Database.run_write` raises.
        """
        return await self._database.run_write(lambda sql: _accept(sql, question), durable=True)

    async def save(self, batch: Sequence[TurnEvents]) -> None:
        """Append events of many turns in one commit; a batch with an ending is durable."""
        rows = [
            (entry.turn.id, seq, frame)
            for entry in batch
            for seq, frame in enumerate(entry.frames, entry.first_seq)
        ]
        endings = [(entry.turn, entry.ending) for entry in batch if entry.ending is not None]

        def save(sql: sqlite3.Connection) -> None:
            sql.executemany(_INSERT_EVENT, rows)
            for turn, ending in endings:
                _end(sql, turn, ending)

        await self._database.run_write(save, durable=bool(endings))

    async def find(self, owner: str, turn_id: str) -> TurnRow:
        """The turn, if it is the owner's; else `NotFound`."""
        return await self._database.run_read(lambda sql: _find(sql, owner, turn_id))

    async def find_asked(self, owner: str, ask_id: str) -> tuple[TurnRow, str] | None:
        """The owner's turn whose question came under this id, and the question's text."""

        def read(sql: sqlite3.Connection) -> tuple[TurnRow, str] | None:
            found = sql.execute(_ASKED_TURN, (ask_id, owner)).fetchone()
            return None if found is None else (TurnRow(*found[:-1]), found[-1])

        return await self._database.run_read(read)

    async def events(self, owner: str, turn_id: str, after_seq: int) -> list[str]:
        """Some of the frames after `after_seq`, as sent, in order; empty where there are no more.

        Raises `NotFound`, and `BadRequest` for an `after_seq` past the last event.
        """

        def read(sql: sqlite3.Connection) -> list[str]:
            _find(sql, owner, turn_id)
            frames: list[str] = []
            letters = 0
            for frame in _frames(sql, turn_id, after_seq, _EVENTS_AT_ONCE):
                frames.append(frame)
                letters += len(frame)
                if letters >= _LETTERS_AT_ONCE:
                    break
            if not frames and after_seq > (last := _last_seq(sql, turn_id)):
                raise BadRequest(f"after_seq: the turn's last event is {last}.")
            return frames

        return await self._database.run_read(read)

    async def interrupt_unfinished(self, code: str, message: str) -> int:
        """End the turns that a crash left open with an `error` event; returns how many.

        Called before any turn runs. The answers keep the text of their stored events.
        """

        def interrupt(sql: sqlite3.Connection) -> int:
            open_turns = sql.execute(
                "SELECT id, conversation_id, question_id, answer_id, state FROM turns "
                "WHERE state = 'streaming'"
            ).fetchall()
            for values in open_turns:
                _interrupt(sql, TurnRow(*values), code, message)
            return len(open_turns)

        return await self._database.run_write(interrupt, durable=True)


def tool_calls(
    frames: Iterable[dict[str, Any]], *, cut_short: bool = False
) -> list[dict[str, Any]]:
    """The tool calls that a turn's frames tell of, each in its newest state, in their order.

    `cut_short`: the turn has ended, what still runs will not.
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


def _accept(sql: sqlite3.Connection, question: Question) -> TurnRow:
    now = time.time()
    conversation_id = question.conversation_id or new_id()
    if question.conversation_id is None:
        sql.execute(
            "INSERT INTO conversations (id, owner, title, created_at, updated_at) "
            "VALUES (?, ?, ?, ?, ?)",
            (conversation_id, question.owner, question.title, now, now),
        )
    else:
        touched = sql.execute(
            "UPDATE conversations SET updated_at = ?, title = CASE title WHEN '' THEN ? ELSE title "
            "END WHERE id = ? AND owner = ?",
            (now, question.title, conversation_id, question.owner),
        )
        if touched.rowcount != 1:
            raise NotFound("There is no such conversation.")
    parent_id = _parent(sql, conversation_id, question.parent_id)
    row = TurnRow(new_id(), conversation_id, new_id(), new_id())
    drawings = json.dumps(question.drawings)
    asked = (row.question_id, conversation_id, parent_id, "user", question.text, "complete", None)
    answer = (row.answer_id, conversation_id, row.question_id, "assistant", "", "streaming", row.id)
    sql.execute(_INSERT_MESSAGE, (*asked, drawings, now))
    sql.execute(_INSERT_MESSAGE, (*answer, "[]", now + _LATER))
    sql.execute(
        "INSERT INTO turns (id, conversation_id, question_id, answer_id, state, options, "
        "ask_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.id,
            conversation_id,
            row.question_id,
            row.answer_id,
            row.state,
            json.dumps(question.options),
            question.ask_id,
            now,
        ),
    )
    return row


def _parent(sql: sqlite3.Connection, conversation_id: str, wanted: str | None) -> str | None:
    if wanted == ROOT:
        return None
    if wanted is None:
        newest = sql.execute(
            "SELECT id FROM messages WHERE conversation_id = ? AND role = 'assistant' "
            "ORDER BY created_at DESC LIMIT 1",
            (conversation_id,),
        ).fetchone()
        return newest[0] if newest else None
    parent = sql.execute(
        "SELECT role FROM messages WHERE id = ? AND conversation_id = ?", (wanted, conversation_id)
    ).fetchone()
    if parent is None:
        raise NotFound("There is no such message in this conversation.")
    if parent[0] != "assistant":
        raise BadRequest("parent_id: a question follows an answer; name the answer before it.")
    return wanted


def _end(sql: sqlite3.Connection, turn: TurnRow, ending: Ending) -> None:
    usage = None if ending.usage is None else json.dumps(ending.usage)
    sql.execute(
        "UPDATE messages SET text = ?, status = ?, usage = ?, evidence = ?, tools = ? WHERE id = ?",
        (
            ending.text,
            ending.status,
            usage,
            json.dumps(ending.evidence),
            json.dumps(ending.tools),
            turn.answer_id,
        ),
    )
    sql.execute("UPDATE turns SET state = ? WHERE id = ?", (ending.status, turn.id))
    sql.execute(
        "UPDATE conversations SET updated_at = ? WHERE id = ?", (time.time(), turn.conversation_id)
    )


def _interrupt(sql: sqlite3.Connection, turn: TurnRow, code: str, message: str) -> None:
    frames = [json.loads(frame) for frame in _frames(sql, turn.id, 0, -1)]
    text = "".join(frame["text"] for frame in frames if frame["type"] == "delta")
    evidence = [item for frame in frames if frame["type"] == "evidence" for item in frame["items"]]
    seq = len(frames) + 1
    last = {"type": "error", "turn_id": turn.id, "seq": seq, "code": code, "message": message}
    sql.execute(_INSERT_EVENT, (turn.id, seq, json.dumps(last)))
    tools = tool_calls(frames, cut_short=True)
    _end(sql, turn, Ending("interrupted", text, evidence=evidence, tools=tools))


def _find(sql: sqlite3.Connection, owner: str, turn_id: str) -> TurnRow:
    values = sql.execute(_OWNED_TURN, (turn_id, owner)).fetchone()
    if values is None:
        raise NotFound("There is no such turn.")
    return TurnRow(*values)


def _frames(sql: sqlite3.Connection, turn_id: str, after_seq: int, limit: int) -> Iterator[str]:
    """Frames in order; a negative `limit` is none."""
    found = sql.execute(
        "SELECT frame FROM events WHERE turn_id = ? AND seq > ? ORDER BY seq LIMIT ?",
        (turn_id, after_seq, limit),
    )
    return (frame for (frame,) in found)


def _last_seq(sql: sqlite3.Connection, turn_id: str) -> int:
    found = sql.execute("SELECT max(seq) FROM events WHERE turn_id = ?", (turn_id,)).fetchone()
    return found[0] or 0
