"""Storing an accepted question: its conversation, the question, the empty answer and the turn."""

from __future__ import annotations

import time

from sqlalchemy import Connection, bindparam, case, insert, select, update

from backend.errors import BadRequest, NotFound
from backend.storage.tables import conversations, messages, new_id, turns
from backend.storage.turn_rows import ROOT, Question, TurnRow

#: Makes an answer sort after its question.
_ANSWER_DELAY_S = 0.001

_TOUCH_CONVERSATION = (
    update(conversations)
    .where(
        conversations.c.id == bindparam("conversation"),
        conversations.c.owner == bindparam("asker"),
    )
    .values(
        updated_at=bindparam("now"),
        title=case(
            (conversations.c.title == "", bindparam("first_title")), else_=conversations.c.title
        ),
    )
)
_NEWEST_ANSWER = (
    select(messages.c.id)
    .where(messages.c.conversation_id == bindparam("conversation"), messages.c.role == "assistant")
    .order_by(messages.c.created_at.desc())
    .limit(1)
)
_ROLE = select(messages.c.role).where(
    messages.c.id == bindparam("message"),
    messages.c.conversation_id == bindparam("conversation"),
)
_INSERT_CONVERSATION = insert(conversations)
_INSERT_MESSAGES = insert(messages)
_INSERT_TURN = insert(turns)


def insert_question(sql: Connection, question: Question) -> TurnRow:
    """Insert all rows of a new question.

    Raises `NotFound` for a conversation or parent that is not the owner's, `BadRequest` for a
    parent that is not an answer.
    """
    now = time.time()
    conversation_id = _conversation(sql, question, now)
    parent_id = _parent(sql, conversation_id, question.parent_id)
    row = TurnRow(new_id(), conversation_id, new_id(), new_id(), answered_by=question.answered_by)
    asked = {
        "id": row.question_id,
        "conversation_id": conversation_id,
        "parent_id": parent_id,
        "role": "user",
        "text": question.text,
        "status": "complete",
        "turn_id": None,
        "drawings": question.drawings,
        "answered_by": None,
        "created_at": now,
    }
    answer = {
        "id": row.answer_id,
        "conversation_id": conversation_id,
        "parent_id": row.question_id,
        "role": "assistant",
        "text": "",
        "status": "streaming",
        "turn_id": row.id,
        "drawings": [],
        "answered_by": row.answered_by,
        "created_at": now + _ANSWER_DELAY_S,
    }
    sql.execute(_INSERT_MESSAGES, [asked, answer])
    sql.execute(
        _INSERT_TURN,
        {
            "id": row.id,
            "conversation_id": conversation_id,
            "question_id": row.question_id,
            "answer_id": row.answer_id,
            "state": row.state,
            "options": question.options,
            "ask_id": question.ask_id,
            "answered_by": row.answered_by,
            "created_at": now,
        },
    )
    return row


def _conversation(sql: Connection, question: Question, now: float) -> str:
    """The id of the question's conversation: a new one, or its own, moved to the top."""
    if question.conversation_id is None:
        conversation_id = new_id()
        sql.execute(
            _INSERT_CONVERSATION,
            {
                "id": conversation_id,
                "owner": question.owner,
                "title": question.title,
                "created_at": now,
                "updated_at": now,
            },
        )
        return conversation_id
    touched = sql.execute(
        _TOUCH_CONVERSATION,
        {
            "conversation": question.conversation_id,
            "asker": question.owner,
            "now": now,
            "first_title": question.title,
        },
    )
    if touched.rowcount != 1:
        raise NotFound("There is no such conversation.")
    return question.conversation_id


def _parent(sql: Connection, conversation_id: str, wanted: str | None) -> str | None:
    if wanted == ROOT:
        return None
    if wanted is None:
        newest: str | None = sql.scalar(_NEWEST_ANSWER, {"conversation": conversation_id})
        return newest
    role = sql.scalar(_ROLE, {"message": wanted, "conversation": conversation_id})
    if role is None:
        raise NotFound("There is no such message in this conversation.")
    if role != "assistant":
        raise BadRequest("parent_id: a question follows an answer; name the answer before it.")
    return wanted
