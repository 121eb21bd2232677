"""Tables extracted from drawings, people's corrections of them, and the balloons on the sheet.

Every query names the owner. Does not know what a table or a correction means. All rows are
deleted with their drawing by cascade.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from backend.errors import NotFound
from backend.storage.database import Database
from backend.storage.tables import balloons, drawings, extraction_corrections, extractions


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A correction of a cell: the new value, by whom and when. None withdraws the correction."""

    row: str
    column: str
    value: str | None
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class BalloonRow:
    """A dimension's permanent number; `x`, `y` in canvas pixels if the balloon was moved."""

    row: str
    number: int
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True, slots=True)
class StoredExtraction:
    """A result as extracted, the newest correction of each cell, and the balloons."""

    result: dict[str, Any]
    created_at: float
    corrections: tuple[CorrectionRow, ...]
    balloons: tuple[BalloonRow, ...]


_DRAWING = select(drawings.c.id).where(
    drawings.c.id == bindparam("drawing"), drawings.c.owner == bindparam("owner")
)
_EXTRACTION = (
    select(extractions.c.result, extractions.c.created_at)
    .join(drawings, drawings.c.id == extractions.c.drawing_id)
    .where(
        drawings.c.owner == bindparam("owner"),
        extractions.c.drawing_id == bindparam("drawing"),
        extractions.c.kind == bindparam("kind"),
    )
)
_CORRECTIONS = (
    select(
        extraction_corrections.c.row,
        extraction_corrections.c.column,
        extraction_corrections.c.value,
        extraction_corrections.c.by,
        extraction_corrections.c.at,
    )
    .join(drawings, drawings.c.id == extraction_corrections.c.drawing_id)
    .where(
        drawings.c.owner == bindparam("owner"),
        extraction_corrections.c.drawing_id == bindparam("drawing"),
        extraction_corrections.c.kind == bindparam("kind"),
    )
    .order_by(extraction_corrections.c.at, extraction_corrections.c.id)
)
_BALLOONS = (
    select(balloons.c.row, balloons.c.number, balloons.c.x, balloons.c.y)
    .where(balloons.c.drawing_id == bindparam("drawing"))
    .order_by(balloons.c.number)
)


class Extractions:
    """Reads and writes extracted tables, corrections and balloons."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, owner: str, drawing_id: str, kind: str) -> StoredExtraction | None:
        """The last result of a kind; None if there is no result or no such drawing."""
        key = {"owner": owner, "drawing": drawing_id, "kind": kind}

        def read(sql: Connection) -> StoredExtraction | None:
            row = sql.execute(_EXTRACTION, key).first()
            if row is None:
                return None
            newest = {(one.row, one.column): one for one in _corrections(sql, key)}
            corrections = tuple(one for one in newest.values() if one.value is not None)
            return StoredExtraction(*row, corrections, _balloons(sql, drawing_id))

        return await self._database.read(read)

    async def save(
        self,
        owner: str,
        drawing_id: str,
        kind: str,
        result: dict[str, Any],
        numbered: Sequence[str] = (),
    ) -> None:
        """Store a result, replacing an earlier one.

        The rows of `numbered` get balloons: known rows keep their numbers, new rows continue
        after the last. Raises `NotFound` if the drawing has been deleted.
        """
        key = {"drawing_id": drawing_id, "kind": kind}
        values = key | {"result": result, "created_at": time.time()}

        def write(sql: Connection) -> None:
            _check_owned(sql, owner, drawing_id)
            sql.execute(delete(extractions).filter_by(**key))
            sql.execute(insert(extractions), values)
            known = {balloon.row: balloon.number for balloon in _balloons(sql, drawing_id)}
            fresh = [row for row in dict.fromkeys(numbered) if row not in known]
            first = max(known.values(), default=0) + 1
            if fresh:
                sql.execute(
                    insert(balloons),
                    [
                        {"drawing_id": drawing_id, "row": row, "number": number}
                        for number, row in enumerate(fresh, first)
                    ],
                )

        await self._database.write(write)

    async def correct(
        self, owner: str, drawing_id: str, kind: str, row: str, column: str, value: str | None
    ) -> CorrectionRow:
        """Write over a cell; earlier corrections stay in the history. Raises `NotFound`."""
        correction = CorrectionRow(row, column, value, owner, time.time())
        values = {"drawing_id": drawing_id, "kind": kind, **asdict(correction)}

        def write(sql: Connection) -> None:
            _check_owned(sql, owner, drawing_id)
            sql.execute(insert(extraction_corrections), values)

        await self._database.write(write, durable=True)
        return correction

    async def history(self, owner: str, drawing_id: str, kind: str) -> list[CorrectionRow]:
        """Every correction of a kind, oldest first; empty if the drawing is not the owner's."""
        key = {"owner": owner, "drawing": drawing_id, "kind": kind}
        return await self._database.read(lambda sql: _corrections(sql, key))

    async def move_balloon(
        self, owner: str, drawing_id: str, row: str, place: tuple[float, float] | None
    ) -> BalloonRow:
        """Move a balloon to a point of the canvas, or back beside its dimension (None).

        Raises `NotFound`.
        """
        x, y = place or (None, None)
        move = update(balloons).filter_by(drawing_id=drawing_id, row=row).values(x=x, y=y)

        def write(sql: Connection) -> BalloonRow:
            _check_owned(sql, owner, drawing_id)
            if not sql.execute(move).rowcount:
                raise NotFound("There is no balloon for this dimension.")
            return next(one for one in _balloons(sql, drawing_id) if one.row == row)

        return await self._database.write(write)


def _check_owned(sql: Connection, owner: str, drawing_id: str) -> None:
    if sql.scalar(_DRAWING, {"drawing": drawing_id, "owner": owner}) is None:
        raise NotFound("There is no such drawing. It may have been deleted.")


def _corrections(sql: Connection, key: dict[str, str]) -> list[CorrectionRow]:
    return [CorrectionRow(*row) for row in sql.execute(_CORRECTIONS, key)]


def _balloons(sql: Connection, drawing_id: str) -> tuple[BalloonRow, ...]:
    return tuple(BalloonRow(*row) for row in sql.execute(_BALLOONS, {"drawing": drawing_id}))
