"""The tables, as SQLAlchemy declares them. Every row leads to an owner.

Times are UTC seconds since 1970. Identifiers are 128 random bits in hexadecimal. Nothing here
is special to SQLite.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def new_id() -> str:
    """128 random bits: not to be guessed."""
    return secrets.token_hex(16)


class Base(DeclarativeBase):
    """Base of all tables."""


class Drawing(Base):
    """An uploaded file of one owner. The bytes lie in the blob folder under `sha256`."""

    __tablename__ = "drawings"
    __table_args__ = (
        UniqueConstraint("owner", "sha256"),
        Index("ix_drawings_owner_created", "owner", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(255))
    format: Mapped[str] = mapped_column(String(16))
    media_type: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    warnings: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[float] = mapped_column(default=time.time)


class Page(Base):
    """A page's frozen canvas, in pixels."""

    __tablename__ = "pages"

    drawing_id: Mapped[str] = mapped_column(
        ForeignKey("drawings.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    width: Mapped[int]
    height: Mapped[int]
    dpi: Mapped[float | None]
    label: Mapped[str | None] = mapped_column(String(255))
    text_source: Mapped[str] = mapped_column(String(8))


class PageText(Base):
    """A page's text items, in reading order, as a JSON list."""

    __tablename__ = "page_texts"

    drawing_id: Mapped[str] = mapped_column(
        ForeignKey("drawings.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class Conversation(Base):
    """A tree of messages."""

    __tablename__ = "conversations"
    __table_args__ = (Index("ix_conversations_owner_updated", "owner", "updated_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    owner: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(255), default="")
    created_at: Mapped[float] = mapped_column(default=time.time)
    updated_at: Mapped[float] = mapped_column(default=time.time)


class Message(Base):
    """A question or an answer. An answer's `text` is exactly what its deltas add up to."""

    __tablename__ = "messages"
    __table_args__ = (Index("ix_messages_conversation", "conversation_id", "created_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    #: Not CASCADE: SQLite cascades at most 1,000 levels deep, a long chat has more.
    parent_id: Mapped[str | None] = mapped_column(
        ForeignKey("messages.id", ondelete="SET NULL"), index=True
    )
    role: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[str] = mapped_column(String(16))
    turn_id: Mapped[str | None] = mapped_column(String(32), index=True)
    #: What was attached: a list of `{id, page, region}`; no foreign key, a drawing may go.
    drawings: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    #: The calls of tools while answering, each as it ended.
    tools: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
    usage: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[float] = mapped_column(default=time.time)


class Turn(Base):
    """One question being answered: the job, whose events are its log."""

    __tablename__ = "turns"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), index=True
    )
    question_id: Mapped[str] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), index=True
    )
    answer_id: Mapped[str] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[str] = mapped_column(String(16), index=True)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    #: The client's own id of the question, where it is one that no other question has.
    ask_id: Mapped[str | None] = mapped_column(String(64), index=True)
    created_at: Mapped[float] = mapped_column(default=time.time)


class Event(Base):
    """One numbered frame of a turn, as it was sent. Never merged, never renumbered."""

    __tablename__ = "events"

    turn_id: Mapped[str] = mapped_column(
        ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(primary_key=True)
    frame: Mapped[dict[str, Any]] = mapped_column(JSON)


class Extraction(Base):
    """The last result of extracting one kind of table from a drawing, as JSON."""

    __tablename__ = "extractions"

    drawing_id: Mapped[str] = mapped_column(
        ForeignKey("drawings.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[float] = mapped_column(default=time.time)


class ExtractionCorrection(Base):
    """What a person wrote over a cell; the latest counts, null takes it back."""

    __tablename__ = "extraction_corrections"
    __table_args__ = (Index("ix_extraction_corrections", "drawing_id", "kind", "at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    drawing_id: Mapped[str] = mapped_column(ForeignKey("drawings.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    row: Mapped[str] = mapped_column(String(64))
    column: Mapped[str] = mapped_column(String(32))
    value: Mapped[str | None] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[float] = mapped_column(default=time.time)


class Balloon(Base):
    """A dimension's number on the sheet; `x`, `y` in canvas pixels where it was moved."""

    __tablename__ = "balloons"

    drawing_id: Mapped[str] = mapped_column(
        ForeignKey("drawings.id", ondelete="CASCADE"), primary_key=True
    )
    row: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[int]
    x: Mapped[float | None]
    y: Mapped[float | None]
