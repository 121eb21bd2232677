"""What of the drawings a prompt gives the model, so that the page can show it: each picture at the
size it was sent, each text, with their tokens. Knows no prompt's order and no window.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from backend.chat.protocol.server_frames import Shown
from backend.drawing import Box
from backend.model.image_size import tokens_by
from backend.model.service import Message, ModelImage, TextPart, VisionService

#: Texts whose tokens are remembered: a sheet's text is the same in every prompt.
REMEMBERED_TEXTS = 1024


@dataclass(frozen=True, slots=True)
class Given:
    """A picture or a text of a page, as a prompt has it. `region` is in canvas pixels, None the
    whole page; `left_out` counts the text items that had no room."""

    kind: Literal["overview", "region", "text"]
    drawing: str
    page: int
    region: Box | None = None
    image: ModelImage | None = None
    text: str = ""
    left_out: int = 0


class PromptReport:
    """Tells what was given and what it costs in one model's tokens."""

    def __init__(self, service: VisionService) -> None:
        self._service = service
        self._counted: OrderedDict[str, int] = OrderedDict()

    async def shown(self, given: Iterable[Given]) -> tuple[Shown, ...]:
        """In the same order. Raises what `VisionService.count_tokens` does."""
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
        """As the model counts them, without the frame that every message has."""
        return await self._count(text) - await self._count("")

    async def _count(self, text: str) -> int:
        if text not in self._counted:
            message = Message("user", (TextPart(text),))
            self._counted[text] = (await self._service.count_tokens([message], {})).tokens
            if len(self._counted) > REMEMBERED_TEXTS:
                self._counted.popitem(last=False)
        self._counted.move_to_end(text)
        return self._counted[text]
