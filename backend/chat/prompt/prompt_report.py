"""Reports the images and texts of a prompt to the person: each as sent, with its tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cachetools import LRUCache

from backend.chat.protocol.server_frames import Shown
from backend.geometry import Box
from backend.model.image_size import tokens_by
from backend.model.service import Message, ModelImage, TextPart, VisionService

#: Texts whose token counts are cached: a sheet's text is the same in every prompt.
MAX_COUNTED_TEXTS = 1024


@dataclass(frozen=True, slots=True)
class Given:
    """An image or text of a page in a prompt. `region` is in canvas pixels, None for the whole
    page; `left_out` counts the text items that did not fit."""

    kind: Literal["overview", "region", "text"]
    drawing: str
    page: int
    region: Box | None = None
    image: ModelImage | None = None
    text: str = ""
    left_out: int = 0


class PromptReport:
    """Reports what the model was given, with token counts of one model."""

    def __init__(self, service: VisionService) -> None:
        self._service = service
        self._counted: LRUCache[str, int] = LRUCache(MAX_COUNTED_TEXTS)

    async def shown(self, given: Iterable[Given]) -> tuple[Shown, ...]:
        """One entry each, in order. Raises the errors of `VisionService.count_tokens`."""
        return tuple([await self._one(each) for each in given])

    async def _one(self, given: Given) -> Shown:
        image = given.image
        return Shown(
            kind=given.kind,
            drawing=given.drawing,
            page=given.page,
            region=given.region,
            width=image and image.width,
            height=image and image.height,
            tokens=tokens_by(self._service.status().limits, image.width, image.height)
            if image
            else await self._text_tokens(given.text),
            left_out=given.left_out,
        )

    async def _text_tokens(self, text: str) -> int:
        """The model's count, without the tokens around every message."""
        return await self._count(text) - await self._count("")

    async def _count(self, text: str) -> int:
        tokens = self._counted.get(text)
        if tokens is None:
            message = Message("user", (TextPart(text),))
            tokens = (await self._service.count_tokens([message], {})).tokens
            self._counted[text] = tokens
        return tokens
