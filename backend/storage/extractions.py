"""What was extracted from drawings, what people corrected in it, and the balloons on the sheet.

Every query names the owner. Knows rows only; not what a table or a correction means. All goes
with the drawing by cascade.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.errors import NotFound
from backend.storage.database import Database
from backend.storage.tables import Balloon, Drawing, Extraction, ExtractionCorrection, new_id


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """Who wrote what over a cell and when; `value` None takes the correction back."""

    row: str
    column: str
    value: str | None
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class BalloonRow:
    """A dimension's number, which it keeps; `x`, `y` (canvas pixels) where it was moved to."""

    row: str
    number: int
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True, slots=True)
class StoredExtraction:
    """A result as it came, the corrections since (the latest of each cell) and the balloons."""

    result: dict[str, Any]
    created_at: float
    corrections: tuple[CorrectionRow, ...]
    balloons: tuple[BalloonRow, ...]


class Extractions:
    """Reads and writes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, owner: str, drawing_id: str, kind: str) -> StoredExtraction | None:
        """The last result of a kind; None where there is none, or no such drawing."""
        async with self._database.read() as session:
            row = await session.scalar(
                select(Extraction)
                .join(Drawing, Drawing.id == Extraction.drawing_id)
                .where(Drawing.owner == owner, Extraction.drawing_id == drawing_id)
                .where(Extraction.kind == kind)
            )
            if row is None:
                return None
            corrections = await _corrections(session, drawing_id, kind)
            balloons = await _balloons(session, drawing_id)
            return StoredExtraction(row.result, row.created_at, corrections, balloons)

    async def save(
        self,
        owner: str,
        drawing_id: str,
        kind: str,
        result: dict[str, Any],
        numbered: Sequence[str] = (),
    ) -> None:
        """Keep a result in the place of an earlier one.

        The rows of `numbered` get balloons: known ones keep their numbers, new ones come after
        the last. Raises `NotFound` when the drawing has gone meanwhile.
        """
        async with self._database.write() as session:
            await _owned(session, owner, drawing_id)
            await session.merge(
                Extraction(drawing_id=drawing_id, kind=kind, result=result, created_at=time.time())
            )
            known = {
                balloon.row: balloon.number for balloon in await _balloons(session, drawing_id)
            }
            last = max(known.values(), default=0)
            for row in numbered:
                if row not in known:
                    last += 1
                    session.add(Balloon(drawing_id=drawing_id, row=row, number=last))

    async def correct(
        self, owner: str, drawing_id: str, kind: str, row: str, column: str, value: str | None
    ) -> CorrectionRow:
        """Write over a cell; earlier corrections of it stay in the history. Raises `NotFound`."""
        made = ExtractionCorrection(
            id=new_id(),
            drawing_id=drawing_id,
            kind=kind,
            row=row,
            column=column,
            value=value,
            by=owner,
            at=time.time(),
        )
        async with self._database.write(durable=True) as session:
            await _owned(session, owner, drawing_id)
            session.add(made)
            return CorrectionRow(row, column, value, owner, made.at)

    async def history(self, owner: str, drawing_id: str, kind: str) -> list[CorrectionRow]:
        """Every correction of a kind, oldest first; empty where the drawing is not the owner's."""
        async with self._database.read() as session:
            query = (
                select(ExtractionCorrection)
                .join(Drawing, Drawing.id == ExtractionCorrection.drawing_id)
                .where(Drawing.owner == owner, ExtractionCorrection.drawing_id == drawing_id)
                .where(ExtractionCorrection.kind == kind)
                .order_by(ExtractionCorrection.at, ExtractionCorrection.id)
            )
            return [_correction(each) for each in await session.scalars(query)]

    async def move_balloon(
        self, owner: str, drawing_id: str, row: str, place: tuple[float, float] | None
    ) -> BalloonRow:
        """Move a balloon to a point of the canvas, or back beside its dimension (None).

        Raises `NotFound`.
        """
        async with self._database.write() as session:
            await _owned(session, owner, drawing_id)
            found = await session.get(Balloon, (drawing_id, row))
            if found is None:
                raise NotFound("There is no balloon for this dimension.")
            found.x, found.y = place or (None, None)
            return BalloonRow(found.row, found.number, found.x, found.y)


async def _owned(session: AsyncSession, owner: str, drawing_id: str) -> None:
    found = await session.scalar(
        select(Drawing.id).where(Drawing.owner == owner, Drawing.id == drawing_id)
    )
    if found is None:
        raise NotFound("There is no such drawing. It may have been deleted.")


async def _corrections(
    session: AsyncSession, drawing_id: str, kind: str
) -> tuple[CorrectionRow, ...]:
    query = (
        select(ExtractionCorrection)
        .where(ExtractionCorrection.drawing_id == drawing_id, ExtractionCorrection.kind == kind)
        .order_by(ExtractionCorrection.at, ExtractionCorrection.id)
    )
    latest = {(each.row, each.column): _correction(each) for each in await session.scalars(query)}
    return tuple(one for one in latest.values() if one.value is not None)


def _correction(row: ExtractionCorrection) -> CorrectionRow:
    return CorrectionRow(row.row, row.column, row.value, row.by, row.at)


async def _balloons(session: AsyncSession, drawing_id: str) -> tuple[BalloonRow, ...]:
    query = select(Balloon).where(Balloon.drawing_id == drawing_id).order_by(Balloon.number)
    return tuple(
        BalloonRow(each.row, each.number, each.x, each.y) for each in await session.scalars(query)
    )
