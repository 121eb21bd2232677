"""Decides whether the model or the sheet answers, computes the sheet's answer, and checks a model's
claims.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal

from backend.chat.prompt.prompt_sheets import Attachment
from backend.chat.protocol.server_frames import EvidenceItem, Says
from backend.chat.sheet_turns.gathering import SheetGathering
from backend.errors import NotFound
from backend.model.service import ModelStatus
from backend.sheet_answers.answerer import MarkedRegion, answer
from backend.sheet_answers.claims import Contradiction, contradictions
from backend.sheet_answers.reply import Reply

Answerer = Literal["model", "sheet"]
Mode = Literal["auto", "first", "off"]

#: Characters of an answer whose claims are checked.
MOST_CHECKED = 20_000


class SheetAnswering:
    """Answers from sheets. `is_sample` identifies, by hash, the drawings that the demo model can
    read.
    """

    def __init__(
        self, sheets: SheetGathering, mode: Mode, is_sample: Callable[[str], bool]
    ) -> None:
        self.sheets = sheets
        self._mode = mode
        self._is_sample = is_sample

    async def who_answers(
        self,
        owner: str,
        question: str,
        attachments: Sequence[Attachment],
        status: ModelStatus,
        wanted: Answerer | None,
    ) -> Answerer:
        """Choose model or sheet by the question, the model's state, the setting and the user's
        choice.
        """
        if wanted is not None:
            return wanted
        if self._mode == "off":
            return "model"
        ready = status.state in ("ready", "asleep")
        if ready and status.demo == "trained":
            known = await self._only_samples(owner, attachments)
            return "model" if known else "sheet"
        if ready and self._mode == "auto":
            return "model"
        if attachments and status.state in ("failed", "stopped"):
            return "sheet"
        reply = await self.reply(owner, question, attachments)
        return "sheet" if reply.certain and reply else "model"

    async def reply(self, owner: str, question: str, attachments: Sequence[Attachment]) -> Reply:
        """Return the sheet's answer, based on the text recognised so far."""
        sheets = await self.sheets.gather(owner, attachments)
        region = next((one for one in attachments if one.region is not None), None)
        marked = None
        if region is not None and region.region is not None:
            marked = MarkedRegion(region.drawing_id, region.page or 1, region.region)
        return await asyncio.to_thread(answer, question, sheets, marked)

    async def is_reading(self, owner: str, attachments: Sequence[Attachment]) -> bool:
        """Whether the text of one of the sheets is still being recognised."""
        return any(sheet.reading for sheet in await self.sheets.gather(owner, attachments))

    async def contradicted(
        self, owner: str, text: str, attachments: Sequence[Attachment]
    ) -> list[EvidenceItem]:
        """Return the claims of a model's answer that the sheets contradict."""
        if not attachments:
            return []
        sheets = await self.sheets.gather(owner, attachments)
        found = await asyncio.to_thread(contradictions, text[:MOST_CHECKED], sheets)
        return [_contradicted(one) for one in found]

    async def _only_samples(self, owner: str, attachments: Sequence[Attachment]) -> bool:
        for drawing_id in {one.drawing_id for one in attachments}:
            try:
                info = await self.sheets.info(owner, drawing_id)
            except NotFound:
                continue
            if not await asyncio.to_thread(self._is_sample, info.sha256):
                return False
        return True


def items_of(reply: Reply) -> list[EvidenceItem]:
    """Return the reply's values as evidence."""
    return [EvidenceItem.model_validate(one.to_json()) for one in reply.citations]


def _contradicted(one: Contradiction) -> EvidenceItem:
    box = None if one.says.box is None else tuple(one.says.box)
    says = Says(text=one.says.text, drawing=one.says.drawing, page=one.says.page, box=box)
    return EvidenceItem(
        text=one.text,
        start=one.start,
        end=one.end,
        status="contradicted",
        drawing=one.says.drawing,
        page=one.says.page,
        box=box,
        says=says,
    )
