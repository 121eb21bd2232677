"""Grades the values of one answer against the sheets while it streams.

The sheets' text is indexed while the model writes its first words, never before them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from backend.chat.prompt.prompt_sheets import SEARCHED_PAGES, Attachment, Sheets
from backend.chat.protocol.server_frames import EvidenceItem
from backend.errors import NotFound
from backend.evidence.grading.grader import Region, grade
from backend.evidence.index.sheet_index import PageText, SheetIndex
from backend.evidence.parsing.answer_reader import AnswerReader, Value
from backend.evidence.parsing.tool_values import Computed

logger = logging.getLogger(__name__)

#: Characters that are parsed together: parsing by line is cheaper than by token, and marks the
#: values soon enough.
READ_CHARACTERS = 60

LoadIndex = Callable[[], Awaitable[SheetIndex]]


class EvidenceReader:
    """Parses an answer delta by delta and returns each value once, graded.

    If grading fails, the answer continues without it.
    """

    def __init__(
        self, load: LoadIndex, region: Region | None, computed: Sequence[Computed] = ()
    ) -> None:
        self._answer = AnswerReader()
        self._region = region
        self._looked_at: Region | None = None
        self._computed = list(computed)
        self._unread: list[str] = []
        self._unread_characters = 0
        self._waiting: list[Value] = []
        self._failed = False
        self._loading = asyncio.ensure_future(load())

    def feed(self, delta: str) -> list[EvidenceItem]:
        """The newly graded values; values wait until the index is loaded."""
        self._unread.append(delta)
        self._unread_characters += len(delta)
        if self._failed or self._unread_characters < READ_CHARACTERS:
            return []
        self._read()
        return self._grade() if self._loading.done() else []

    def add(self, computed: Computed) -> None:
        """A tool has computed a value; later values may be derived from it."""
        self._computed.append(computed)

    def look_at(self, region: Region) -> None:
        """The model has viewed this region: of several places the nearest one is meant."""
        self._looked_at = region

    async def finish(self, *, cut: bool = False) -> list[EvidenceItem]:
        """The remaining values at the end of the answer. `cut`: the answer was stopped or hit its
        length limit, so a number at its very end may be incomplete and is not graded."""
        if self._failed:
            return []
        self._read()
        self._waiting += self._answer.finish(cut=cut)
        if self._waiting:
            await asyncio.wait({self._loading})
        return self._grade()

    def close(self) -> None:
        """End the loading of the index, if it still runs."""
        self._loading.cancel()

    def _read(self) -> None:
        self._waiting += self._answer.feed("".join(self._unread))
        self._unread.clear()
        self._unread_characters = 0

    def _grade(self) -> list[EvidenceItem]:
        if not self._waiting:
            return []
        values, self._waiting = self._waiting, []
        try:
            index = self._loading.result()
            graded = grade(values, index, self._region, self._computed, self._looked_at)
            if not index.pages:  # only the tools' results remain to check against
                graded = [one for one in graded if one.status == "computed"]
            return [EvidenceItem.model_validate(one.item()) for one in graded]
        except Exception:
            logger.exception("The values of an answer could not be graded")
            self._failed = True
            return []


async def load_index(sheets: Sheets, owner: str, attachments: Sequence[Attachment]) -> SheetIndex:
    """A search index of the drawings' text, built in a thread: of the first pages of each and of
    the pages named."""
    pages: list[PageText] = []
    for drawing_id in dict.fromkeys(attachment.drawing_id for attachment in attachments):
        try:
            info = await sheets.info(owner, drawing_id)
        except NotFound:
            continue  # deleted since
        named = {one.page for one in attachments if one.drawing_id == drawing_id}
        for page in info.pages:
            if page.number > SEARCHED_PAGES and page.number not in named:
                continue
            items = await sheets.text(owner, drawing_id, page.number)
            pages.append(PageText.of(drawing_id, page, items))
    return await asyncio.to_thread(SheetIndex, pages)


def region_of(attachments: Sequence[Attachment]) -> Region | None:
    """The first region attached to the question, or None."""
    for attachment in attachments:
        if attachment.region is not None:
            return Region(attachment.drawing_id, attachment.page or 1, attachment.region)
    return None
