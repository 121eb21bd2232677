"""The stored evidence of finished answers: read for a verification, and replaced by its result.

Every query names the owner. Does not know what evidence means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from backend.errors import NotFound
from backend.storage.database import Database
from backend.storage.tables import conversations, messages

_ANSWER = (
    select(messages.c.text, messages.c.status, messages.c.evidence, messages.c.tools)
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .where(
        messages.c.id == bindparam("answer"),
        messages.c.conversation_id == bindparam("conversation"),
        messages.c.role == "assistant",
        conversations.c.owner == bindparam("owner"),
    )
)
_REPLACE_EVIDENCE = update(messages).where(messages.c.id == bindparam("answer"))


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """The text and the values of an answer, and the tool calls that led to it."""

    text: str
    status: str
    evidence: list[dict[str, Any]]
    tools: list[dict[str, Any]]


class AnswerEvidence:
    """Reads and replaces the values of answers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, owner: str, conversation_id: str, message_id: str) -> AnswerRow:
        """One answer. Raises `NotFound` if it is not an answer in a conversation of the owner."""
        return await self._database.read(lambda sql: _find(sql, owner, conversation_id, message_id))

    async def renew(
        self, owner: str, conversation_id: str, message_id: str, item: dict[str, Any]
    ) -> None:
        """Replace the value that has the offsets of `item`. Raises `NotFound`.

        Read and written in one transaction: verifications of other values are kept.
        """

        def write(sql: Connection) -> None:
            items = [
                item if (one["start"], one["end"]) == (item["start"], item["end"]) else one
                for one in _find(sql, owner, conversation_id, message_id).evidence
            ]
            sql.execute(_REPLACE_EVIDENCE, {"answer": message_id, "evidence": items})

        await self._database.write(write, durable=True)


def _find(sql: Connection, owner: str, conversation_id: str, message_id: str) -> AnswerRow:
    key = {"answer": message_id, "conversation": conversation_id, "owner": owner}
    row = sql.execute(_ANSWER, key).first()
    if row is None:
        raise NotFound("There is no such answer in this conversation.")
    return AnswerRow(*row)
