"""Verification of one value of an answer: the model reads its place again, in a separate prompt.

It is not told the value, so that it cannot agree with itself; the evidence rules compare.
`evidence.grading.verify_value` chooses the spots and judges the readings.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, contextmanager, suppress
from typing import Any

from PIL import Image
from pydantic import ValidationError

from backend.chat.prompt.prompt_builder import attachments_of
from backend.chat.prompt.prompt_sheets import Sheets, page_of
from backend.chat.protocol.server_frames import EvidenceItem, EvidencePlace
from backend.chat.verification_prompt import MAX_TOKENS, SYSTEM, question, readings_in
from backend.drawing import PageInfo
from backend.errors import (
    Busy,
    Conflict,
    EngineError,
    EngineRestarting,
    ModelNotReady,
    NotFound,
)
from backend.evidence.grading.grader import Region
from backend.evidence.grading.verify_value import (
    MOST_TILES,
    Spot,
    boxes_in,
    judge,
    region_spots,
    spot_around,
    tiles,
    value_at,
)
from backend.evidence.parsing.answer_reader import Value
from backend.evidence.parsing.value import Kind
from backend.geometry import Box
from backend.model.service import (
    Delta,
    ImagePart,
    Message,
    ModelImage,
    Sampling,
    TextPart,
    VisionService,
)
from backend.storage.answer_evidence import AnswerEvidence, AnswerRow
from backend.storage.conversations import ConversationStore
from backend.storage.database import Database

#: Concurrent verifications of all owners; each holds a slot at the engine.
MOST_AT_ONCE = 4
#: Keys of a tool's result that name a part of a page.
_PLACE = ("drawing", "page", "region")

Slot = Callable[[str], AbstractAsyncContextManager[None]]


class Verifier:
    """Verifies values of stored answers. `slot(owner)` waits for a slot at the engine."""

    def __init__(
        self, database: Database, sheets: Sheets, service: VisionService, slot: Slot
    ) -> None:
        self._answers = AnswerEvidence(database)
        self._conversations = ConversationStore(database)
        self._sheets = sheets
        self._service = service
        self._engine_slot = slot
        self._running: set[tuple[str, int]] = set()

    async def verify(
        self, owner: str, conversation_id: str, message_id: str, start: int
    ) -> EvidenceItem:
        """Verify the value that starts at `start` (UTF-16) and store the result with the answer.

        Raises `NotFound` (answer, value or drawing), `Conflict` for a value that needs no
        verification, `Busy`, `ModelNotReady`, `EngineRestarting` or `EngineError`. Cancelling it
        frees the engine and changes nothing.
        """
        self._check_ready()
        answer = await self._answers.get(owner, conversation_id, message_id)
        item = _item_at(answer, start)
        # In a thread, as all parsing here: an imported answer may be long.
        value = await asyncio.to_thread(value_at, answer.text, item.start, item.end)
        if value is None:
            raise Conflict("This value cannot be verified: it is not a dimension, note or number.")
        with self._exclusive(message_id, start):
            spots = await self._spots(owner, message_id, answer, item)
            async with self._engine_slot(owner):
                renewed = await self._verify_at(owner, item, value, spots)
            values = renewed.model_dump(mode="json")
            await self._answers.renew(owner, conversation_id, message_id, values)
        return renewed

    def _check_ready(self) -> None:
        status = self._service.status()
        if status.state == "restarting":
            raise EngineRestarting("The model is being restarted.", retry_after_s=30)
        if status.state not in ("ready", "asleep"):
            raise ModelNotReady(f"The model is {status.state}. Try again when it is ready.")

    @contextmanager
    def _exclusive(self, message_id: str, start: int) -> Iterator[None]:
        if (message_id, start) in self._running:
            raise Busy("This value is already being verified.", retry_after_s=5)
        if len(self._running) >= MOST_AT_ONCE:
            raise Busy("Other values are being verified. Try again in a moment.", retry_after_s=5)
        self._running.add((message_id, start))
        try:
            yield
        finally:
            self._running.discard((message_id, start))

    async def _verify_at(
        self, owner: str, item: EvidenceItem, value: Value, spots: Sequence[Spot]
    ) -> EvidenceItem:
        readings: list[str] = []
        for spot in spots:
            found = await self._read(owner, spot, value.kind)
            verdict = await asyncio.to_thread(judge, value, found)
            if verdict.confirmed:
                return item.model_copy(update=_seen(item, spot, verdict.read))
            readings += found
        nearest = await asyncio.to_thread(judge, value, readings)
        status = "confirmed" if nearest.confirmed else "disputed"
        return item.model_copy(update={"status": status, "read": nearest.read})

    async def _read(self, owner: str, spot: Spot, kind: Kind) -> list[str]:
        """The model's readings in a spot; empty if it can read nothing."""
        image = await self._sheets.crop(owner, spot.drawing, spot.page, spot.box)
        if spot.turned:
            image = await asyncio.to_thread(_turned, image)
        text, schema = question(kind, narrow=spot.narrow)
        messages = (SYSTEM, Message("user", (ImagePart(image.key), TextPart("\n" + text))))
        stream = self._service.stream(
            messages,
            {image.key: image},
            Sampling(max_tokens=MAX_TOKENS, temperature=0.0),
            request_id=f"look-{secrets.token_hex(16)}",
            json_schema=schema,
        )
        answer = ""
        async with aclosing(stream):
            async for part in stream:
                if isinstance(part, Delta):
                    answer += "" if part.reasoning else part.text
                elif part.finish_reason == "abort":
                    raise EngineError("The engine aborted this verification. Try again.")
        return readings_in(answer)

    async def _spots(
        self, owner: str, message_id: str, answer: AnswerRow, item: EvidenceItem
    ) -> list[Spot]:
        """The spots to read: the value's place; else the regions of the question, of the model's
        tools or of its text; else the sheets, in tiles."""
        if item.drawing and item.page and item.box:
            page = page_of(await self._sheets.info(owner, item.drawing), item.page)
            if item.source is None:  # the area in which an earlier verification read it
                return tiles(item.drawing, page, Box(*item.box))
            return [spot_around(item.drawing, page, Box(*item.box))]
        branch = await self._conversations.path(owner, message_id)
        asked = attachments_of(branch[-2].drawings) if len(branch) > 1 else []
        attached = [one for message in branch for one in attachments_of(message.drawings)]
        pages: dict[tuple[str, int], PageInfo] = {}
        for attachment in attached:
            try:
                info = await self._sheets.info(owner, attachment.drawing_id)
            except NotFound:
                continue  # deleted since
            wanted = [one for one in info.pages if attachment.page in (None, one.number)]
            pages |= {(info.id, one.number): one for one in wanted}
        if not pages:
            raise NotFound("The drawing of this answer has been deleted.")
        regions = [
            Region(one.drawing_id, one.page or 1, one.region) for one in asked if one.region
        ] + _regions_of_tools(answer.tools)
        if not regions and len(pages) == 1:
            ((drawing, number), page) = next(iter(pages.items()))
            pointed = boxes_in(answer.text, item.start, page)[:1]
            regions = [Region(drawing, number, box) for box in pointed]
        if spots := region_spots(regions, pages):
            return spots
        chosen = list(pages.items())[:MOST_TILES]
        return [
            spot
            for (drawing, _), page in chosen
            for spot in tiles(drawing, page, most=MOST_TILES // len(chosen))
        ]


def _item_at(answer: AnswerRow, start: int) -> EvidenceItem:
    if answer.status == "streaming":
        raise Conflict("The answer is still being written. Try again when it is complete.")
    found = next((one for one in answer.evidence if one["start"] == start), None)
    if found is None:
        raise NotFound("The answer has no value at this place.")
    item = EvidenceItem.model_validate(found)
    if item.status == "computed" or (item.status == "found" and item.source == "vector"):
        raise Conflict(
            "This value needs no verification: it was computed, or it is in the file's own text."
        )
    return item


def _seen(item: EvidenceItem, spot: Spot, read: str) -> dict[str, Any]:
    """The changes by a confirming reading: a value without a place gets the area it was read in."""
    change: dict[str, Any] = {"status": "confirmed", "read": read}
    if item.box is None:
        box = tuple(round(part, 1) for part in spot.box)
        change |= {"drawing": spot.drawing, "page": spot.page, "box": box}
    return change


def _regions_of_tools(calls: Sequence[dict[str, Any]]) -> list[Region]:
    """The regions that the model's tools read; an imported result may contain anything."""
    regions = []
    for call in calls:
        result = call.get("result") or {}
        values = {"box" if key == "region" else key: result.get(key) for key in _PLACE}
        with suppress(ValidationError):
            place = EvidencePlace.model_validate(values)
            regions.append(Region(place.drawing, place.page, Box(*place.box)))
    return regions


def _turned(model_image: ModelImage) -> ModelImage:
    """The image rotated clockwise by 90°, so that text reading upwards becomes upright."""
    image = Image.frombytes("RGB", (model_image.width, model_image.height), model_image.rgb)
    turned = image.transpose(Image.Transpose.ROTATE_270)
    key = hashlib.sha256(f"{model_image.key} turned".encode()).hexdigest()
    return ModelImage(key, turned.width, turned.height, turned.tobytes())
