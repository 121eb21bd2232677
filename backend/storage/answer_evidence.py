"""The stored evidence of finished answers: read with what a second look needs, and renewed.

Every query names the owner. Plain SQL, a whole transaction in one visit of the database's
thread. Does not know what evidence says.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from backend.errors import NotFound
from backend.storage.database import Database

_ANSWER = """
    SELECT messages.text, messages.status, messages.evidence, messages.tools
    FROM messages JOIN conversations ON conversations.id = messages.conversation_id
    WHERE messages.id = ? AND messages.conversation_id = ? AND conversations.owner = ?
      AND messages.role = 'assistant'"""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer's text and values, and the calls of tools that led to it."""

    text: str
    status: str
    evidence: list[dict[str, Any]]
    tools: list[dict[str, Any]]


class AnswerEvidence:
    """Reads and renews the values of answers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, owner: str, conversation_id: str, message_id: str) -> AnswerRow:
        """One answer; `NotFound` where it is not an answer in a conversation of the owner."""

        def read(sql: sqlite3.Connection) -> AnswerRow:
            text, status, evidence, tools = _find(sql, owner, conversation_id, message_id)
            return AnswerRow(text, status, json.loads(evidence), json.loads(tools))

        return await self._database.run_read(read)

    async def renew(
        self, owner: str, conversation_id: str, message_id: str, item: dict[str, Any]
    ) -> None:
        """Put `item` in the place of the value with its offsets. Raises `NotFound`.

        Read and written in one transaction: looks at other values of the answer are kept.
        """

        def write(sql: sqlite3.Connection) -> None:
            _, _, evidence, _ = _find(sql, owner, conversation_id, message_id)
            items = [
                item if (one["start"], one["end"]) == (item["start"], item["end"]) else one
                for one in json.loads(evidence)
            ]
            sql.execute(
                "UPDATE messages SET evidence = ? WHERE id = ?", (json.dumps(items), message_id)
            )

        await self._database.run_write(write, durable=True)


def _find(
    sql: sqlite3.Connection, owner: str, conversation_id: str, message_id: str
) -> tuple[str, str, str, str]:
    row: tuple[str, str, str, str] | None = sql.execute(
        _ANSWER, (message_id, conversation_id, owner)
    ).fetchone()
    if row is None:
        raise NotFound("There is no such answer in this conversation.")
    return row
