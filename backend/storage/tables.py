"""The tables of the database. Every row leads to an owner.

Times are UTC seconds since 1970. Identifiers are 128 random bits in hexadecimal. Nothing here
is specific to SQLite.
"""

from __future__ import annotations

import secrets
import time

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)


def new_id() -> str:
    """128 random bits, so that an id cannot be guessed."""
    return secrets.token_hex(16)


def _id() -> Column[str]:
    return Column("id", String(32), primary_key=True, default=new_id)


def _text(name: str, length: int, *, index: bool = False) -> Column[str]:
    return Column(name, String(length), nullable=False, index=index)


def _time(name: str) -> Column[float]:
    return Column(name, Double, nullable=False, default=time.time)


metadata = MetaData()

#: Uploaded files, each of one owner. The bytes are in the blob folder under `sha256`.
drawings = Table(
    "drawings",
    metadata,
    _id(),
    _text("owner", 64),
    _text("name", 255),
    _text("format", 16),
    _text("media_type", 64),
    Column("bytes", BigInteger, nullable=False),
    _text("sha256", 64, index=True),
    Column("warnings", JSON, nullable=False, default=list),
    _time("created_at"),
    UniqueConstraint("owner", "sha256"),
    Index("ix_drawings_owner_created", "owner", "created_at"),
)

#: The pages of drawings; the canvas is frozen at upload, in pixels.
pages = Table(
    "pages",
    metadata,
    Column("drawing_id", ForeignKey("drawings.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("dpi", Double),
    Column("label", String(255)),
    _text("text_source", 8),
)

#: The text items of a page in reading order, as a JSON list.
page_texts = Table(
    "page_texts",
    metadata,
    Column("drawing_id", ForeignKey("drawings.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("items", JSON, nullable=False),
)

#: Trees of messages.
conversations = Table(
    "conversations",
    metadata,
    _id(),
    _text("owner", 64),
    Column("title", String(255), nullable=False, default=""),
    _time("created_at"),
    _time("updated_at"),
    Index("ix_conversations_owner_updated", "owner", "updated_at"),
)

#: Questions and answers. The `text` of an answer is exactly the concatenation of its deltas.
messages = Table(
    "messages",
    metadata,
    _id(),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    # Not CASCADE: SQLite cascades at most 1,000 levels deep, and a long chat has more.
    Column("parent_id", ForeignKey("messages.id", ondelete="SET NULL"), index=True),
    _text("role", 16),
    Column("text", Text, nullable=False, default=""),
    _text("status", 16),
    Column("turn_id", String(32), index=True),
    # The attachments, a list of `{id, page, region}`. No foreign key: a drawing may be deleted.
    Column("drawings", JSON, nullable=False, default=list),
    Column("evidence", JSON, nullable=False, default=list),
    # The tool calls of an answer, each in its final state.
    Column("tools", JSON, nullable=False, default=list, server_default="[]"),
    Column("usage", JSON(none_as_null=True)),
    # Of an answer: `model` or `sheet`; null for answers of versions before there were both.
    Column("answered_by", String(8)),
    _time("created_at"),
    Index("ix_messages_conversation", "conversation_id", "created_at"),
)

#: Questions being answered. `ask_id` is the client's own id of the question, where it is unique.
turns = Table(
    "turns",
    metadata,
    _id(),
    Column(
        "conversation_id",
        ForeignKey("conversations.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column(
        "question_id", ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("answer_id", ForeignKey("messages.id", ondelete="CASCADE"), nullable=False, index=True),
    _text("state", 16, index=True),
    Column("options", JSON, nullable=False, default=dict),
    Column("ask_id", String(64), index=True),
    Column("answered_by", String(8), nullable=False, default="model", server_default="model"),
    _time("created_at"),
)

#: The numbered frames of turns, as they were sent. Never merged, never renumbered.
events = Table(
    "events",
    metadata,
    Column("turn_id", ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("frame", JSON, nullable=False),
)

#: The last result of each kind of table extracted from a drawing, as JSON.
extractions = Table(
    "extractions",
    metadata,
    Column("drawing_id", ForeignKey("drawings.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("result", JSON, nullable=False),
    _time("created_at"),
)

#: What people wrote over cells. The newest counts; a null `value` withdraws the correction.
extraction_corrections = Table(
    "extraction_corrections",
    metadata,
    _id(),
    Column("drawing_id", ForeignKey("drawings.id", ondelete="CASCADE"), nullable=False),
    _text("kind", 16),
    _text("row", 64),
    _text("column", 32),
    Column("value", Text),
    _text("by", 64),
    _time("at"),
    Index("ix_extraction_corrections", "drawing_id", "kind", "at"),
)

#: The numbers of dimensions on the sheet; `x`, `y` in canvas pixels where a balloon was moved.
balloons = Table(
    "balloons",
    metadata,
    Column("drawing_id", ForeignKey("drawings.id", ondelete="CASCADE"), primary_key=True),
    Column("row", String(64), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("x", Double),
    Column("y", Double),
)
