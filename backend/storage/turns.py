"""Turns in the database: accepted questions, event logs, ends, and the turns a crash left open.

Every query names the owner. Statements are built once: they run for every question and every
batch of events. Does not know sockets, engines or how events are made.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from sqlalchemy import Connection, Text, bindparam, func, insert, select, type_coerce, update

from backend.errors import BadRequest, NotFound
from backend.storage.database import Database
from backend.storage.questions import insert_question
from backend.storage.tables import conversations, events, messages, turns
from backend.storage.turn_rows import Ending, Question, TurnEvents, TurnRow, tool_calls

#: Most frames, and about the most characters, that `events` returns at once: a watcher that
#: reads nothing must not hold a whole answer.
_MAX_FRAMES = 500
_MAX_CHARACTERS = 128 * 1024

_TURN = (
    turns.c.id,
    turns.c.conversation_id,
    turns.c.question_id,
    turns.c.answer_id,
    turns.c.state,
    turns.c.answered_by,
)
# Frames are stored and returned as the text that was sent, without a round trip through JSON.
_INSERT_EVENT = insert(events).values(
    turn_id=bindparam("turn"), seq=bindparam("number"), frame=bindparam("text", type_=Text)
)
_FRAMES = (
    select(type_coerce(events.c.frame, Text))
    .where(events.c.turn_id == bindparam("turn"), events.c.seq > bindparam("after_seq"))
    .order_by(events.c.seq)
)
_SOME_FRAMES = _FRAMES.limit(_MAX_FRAMES)
_LAST_SEQ = select(func.max(events.c.seq)).where(events.c.turn_id == bindparam("turn"))
_OWNED_TURN = (
    select(*_TURN)
    .join(conversations, conversations.c.id == turns.c.conversation_id)
    .where(turns.c.id == bindparam("turn"), conversations.c.owner == bindparam("owner"))
)
_ASKED_TURN = (
    select(*_TURN, messages.c.text)
    .join(conversations, conversations.c.id == turns.c.conversation_id)
    .join(messages, messages.c.id == turns.c.question_id)
    .where(turns.c.ask_id == bindparam("ask_id"), conversations.c.owner == bindparam("owner"))
)
_OPEN_TURNS = select(*_TURN).where(turns.c.state == "streaming")
_END_ANSWER = update(messages).where(messages.c.id == bindparam("answer"))
_END_TURN = update(turns).where(turns.c.id == bindparam("turn")).values(state=bindparam("status"))
_TOUCH_CONVERSATION = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"))
    .values(updated_at=bindparam("now"))
)


class TurnStore:
    """Reads and writes turns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(self, question: Question) -> TurnRow:
        """Store question, empty answer and turn; they have reached the disk on return.

        Raises `NotFound` for a conversation or parent that is not the owner's, `BadRequest`
        for a parent that is not an answer, and the errors of `Database.write`.
        """
        return await self._database.write(lambda sql: insert_question(sql, question), durable=True)

    async def save(self, batch: Sequence[TurnEvents]) -> None:
        """Append events of many turns in one commit; a batch with an ending is durable."""
        rows = [
            {"turn": entry.turn.id, "number": seq, "text": frame}
            for entry in batch
            for seq, frame in enumerate(entry.frames, entry.first_seq)
        ]
        endings = [(entry.turn, entry.ending) for entry in batch if entry.ending is not None]

        def save(sql: Connection) -> None:
            if rows:
                sql.execute(_INSERT_EVENT, rows)
            for turn, ending in endings:
                _end(sql, turn, ending)

        await self._database.write(save, durable=bool(endings))

    async def find(self, owner: str, turn_id: str) -> TurnRow:
        """One turn. Raises `NotFound` if it is not the owner's."""
        return await self._database.read(lambda sql: _find(sql, owner, turn_id))

    async def find_asked(self, owner: str, ask_id: str) -> tuple[TurnRow, str] | None:
        """The owner's turn whose question had this id, and the question's text."""

        def read(sql: Connection) -> tuple[TurnRow, str] | None:
            found = sql.execute(_ASKED_TURN, {"ask_id": ask_id, "owner": owner}).first()
            return None if found is None else (TurnRow(*found[:-1]), found[-1])

        return await self._database.read(read)

    async def events(self, owner: str, turn_id: str, after_seq: int) -> list[str]:
        """Some of the frames after `after_seq`, as sent, in order; empty after the last one.

        Raises `NotFound`, and `BadRequest` for an `after_seq` past the last event.
        """

        def read(sql: Connection) -> list[str]:
            _find(sql, owner, turn_id)
            frames: list[str] = []
            characters = 0
            with sql.execute(_SOME_FRAMES, {"turn": turn_id, "after_seq": after_seq}) as found:
                for (frame,) in found:
                    frames.append(frame)
                    characters += len(frame)
                    if characters >= _MAX_CHARACTERS:
                        break
            if not frames:
                last = sql.scalar(_LAST_SEQ, {"turn": turn_id}) or 0
                if after_seq > last:
                    raise BadRequest(f"after_seq: the turn's last event is {last}.")
            return frames

        return await self._database.read(read)

    async def interrupt_unfinished(self, code: str, message: str) -> int:
        """End the turns that a crash left open with an `error` event; returns their number.

        Called before any turn runs. The answers keep the text of their stored events.
        """

        def interrupt(sql: Connection) -> int:
            open_turns = [TurnRow(*values) for values in sql.execute(_OPEN_TURNS)]
            for turn in open_turns:
                _interrupt(sql, turn, code, message)
            return len(open_turns)

        return await self._database.write(interrupt, durable=True)


def _find(sql: Connection, owner: str, turn_id: str) -> TurnRow:
    values = sql.execute(_OWNED_TURN, {"turn": turn_id, "owner": owner}).first()
    if values is None:
        raise NotFound("There is no such turn.")
    return TurnRow(*values)


def _end(sql: Connection, turn: TurnRow, ending: Ending) -> None:
    sql.execute(
        _END_ANSWER,
        {
            "answer": turn.answer_id,
            "text": ending.text,
            "status": ending.status,
            "usage": ending.usage,
            "evidence": ending.evidence,
            "tools": ending.tools,
        },
    )
    sql.execute(_END_TURN, {"turn": turn.id, "status": ending.status})
    sql.execute(_TOUCH_CONVERSATION, {"conversation": turn.conversation_id, "now": time.time()})


def _interrupt(sql: Connection, turn: TurnRow, code: str, message: str) -> None:
    stored = sql.scalars(_FRAMES, {"turn": turn.id, "after_seq": 0})
    frames = [json.loads(frame) for frame in stored]
    text = "".join(frame["text"] for frame in frames if frame["type"] == "delta")
    evidence = [item for frame in frames if frame["type"] == "evidence" for item in frame["items"]]
    seq = len(frames) + 1
    last = {"type": "error", "turn_id": turn.id, "seq": seq, "code": code, "message": message}
    sql.execute(_INSERT_EVENT, {"turn": turn.id, "number": seq, "text": json.dumps(last)})
    tools = tool_calls(frames, cut_short=True)
    _end(sql, turn, Ending("interrupted", text, evidence=evidence, tools=tools))
