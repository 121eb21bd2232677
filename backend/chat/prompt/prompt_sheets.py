"""Renders sheets as parts of a prompt, through an interface to the drawings.

A page becomes a heading, an overview, a constant note and text, always the same for the same
page.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol

from backend.chat.prompt import prompt_wording as prompt
from backend.chat.prompt.page_selection import choose_pages
from backend.chat.prompt.prompt_notes import Note
from backend.chat.prompt.prompt_report import Given
from backend.drawing import DrawingInfo, PageInfo, TextItem
from backend.errors import BadRegion, NotFound
from backend.evidence.index.sheet_index import PageText
from backend.evidence.index.zone_names import named_zones
from backend.evidence.index.zones import zones_of
from backend.geometry import Box
from backend.model.service import ImagePart, ModelImage, TextPart

Part = TextPart | ImagePart

#: Pages that a question about a whole document may add as images.
CHOSEN_PAGES = 2
#: Zones of the frame that a question may add as images.
NAMED_ZONES = 2
#: Pages of a long document whose text the model is given; pages are chosen from all of them.
SEARCHED_PAGES = 64


class Sheets(Protocol):
    """The drawings of an owner; `DrawingLibrary` is one. Unknown ids raise `NotFound`."""

    async def info(self, owner: str, drawing_id: str) -> DrawingInfo:
        """Name and pages."""

    async def overview(self, owner: str, drawing_id: str, page: int) -> ModelImage:
        """The whole page within the pixel budget."""

    async def crop(self, owner: str, drawing_id: str, page: int, region: Box) -> ModelImage:
        """A region (canvas pixels) at full resolution."""

    async def text(self, owner: str, drawing_id: str, page: int) -> list[TextItem]:
        """The page's text in reading order."""

    async def all_text(self, owner: str, drawing_id: str) -> dict[int, list[TextItem]]:
        """Every page's text, by number."""

    async def find(self, owner: str, drawing_id: str, page: int, query: str) -> list[TextItem]:
        """The texts of the page that hold `query`, after normalisation."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A drawing attached to a question; no page means all, no region the whole page."""

    drawing_id: str
    page: int | None = None
    region: Box | None = None


@dataclass
class Rendered:
    """The parts that attachments add to a prompt: sheets that stay, and parts of one question."""

    sheets: list[Part] = field(default_factory=list)
    question: list[Part] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    #: The contents of `sheets` and of `question`, reported to the person.
    given_sheets: list[Given] = field(default_factory=list)
    given_question: list[Given] = field(default_factory=list)


class SheetRenderer:
    """Renders the attachments of one branch in order, each page's overview only once."""

    def __init__(self, sheets: Sheets, owner: str, window: int, *, fenced: bool = False) -> None:
        self._sheets = sheets
        self._owner = owner
        self._fenced = fenced
        #: Tokens for the text of one sheet; the same in every prompt of this window.
        self._text_budget = window // 8
        self._pictured: set[tuple[str, int]] = set()
        self._texted: set[tuple[str, int]] = set()
        #: The sheets of the latest question with attachments.
        self._latest: list[tuple[DrawingInfo, PageInfo]] = []
        self.images: dict[str, ModelImage] = {}

    async def attach(self, attachments: list[Attachment], question: str) -> Rendered:
        """The parts that these attachments add to those of earlier questions."""
        rendered = Rendered()
        sheets: dict[tuple[str, int], tuple[DrawingInfo, PageInfo]] = {}
        for attachment in attachments:
            try:
                info = await self._sheets.info(self._owner, attachment.drawing_id)
                page = page_of(info, attachment.page)
            except NotFound:
                rendered.sheets.append(TextPart(prompt.GONE))
                rendered.notes.append(Note("drawing_deleted"))
                continue
            await self._attach(rendered, info, attachment, question)
            sheets[info.id, page.number] = info, page
        self._latest = list(sheets.values()) or self._latest
        await self._zones(question, rendered)
        return rendered

    async def _attach(
        self, rendered: Rendered, info: DrawingInfo, attachment: Attachment, question: str
    ) -> None:
        page = page_of(info, attachment.page)
        if (info.id, page.number) not in self._pictured:
            rendered.sheets += await self._sheet(info, page, rendered)
        if attachment.region is not None:
            rendered.question += await self._region(info, page, attachment.region, rendered)
        if attachment.page is None and len(info.pages) > 1:
            await self._other_pages(rendered, info, question)

    async def _sheet(self, info: DrawingInfo, page: PageInfo, rendered: Rendered) -> list[Part]:
        image = await self._sheets.overview(self._owner, info.id, page.number)
        items = await self._sheets.text(self._owner, info.id, page.number)
        text, left_out = prompt.sheet_text(items, page, self._text_budget)
        self._pictured.add((info.id, page.number))
        self._texted.add((info.id, page.number))
        rendered.notes.append(_shown(info, page, image))
        rendered.given_sheets += [
            Given("overview", info.id, page.number, image=image),
            Given("text", info.id, page.number, text=text, left_out=left_out),
        ]
        if left_out:
            cut = {"left_out": left_out, "items": len(items)}
            rendered.notes.append(Note("text_left_out", name=info.name, page=page.number, **cut))
        return [
            TextPart(prompt.sheet_heading(info, page)),
            self._image(image),
            TextPart(prompt.SHEET_NOTE + self._lines(text)),
        ]

    async def _zones(self, question: str, rendered: Rendered) -> None:
        """Add the zones that the question names, on the first of its sheets that have them."""
        names, room = named_zones(question, NAMED_ZONES), NAMED_ZONES
        for info, page in self._latest if names else ():
            if room == 0:
                break
            items = await self._sheets.text(self._owner, info.id, page.number)
            zones = await asyncio.to_thread(zones_of, PageText.of(info.id, page, items))
            for name in names:
                box = zones.box(name, page.width, page.height)
                if box is not None and room > 0:
                    heading = prompt.zone_heading(info, page, name, box)
                    rendered.question += await self._region(info, page, box, rendered, heading)
                    room -= 1

    async def _region(
        self,
        info: DrawingInfo,
        page: PageInfo,
        region: Box,
        rendered: Rendered,
        heading: str | None = None,
    ) -> list[Part]:
        image = await self._sheets.crop(self._owner, info.id, page.number, region)
        items = await self._sheets.text(self._owner, info.id, page.number)
        items = prompt.items_within(items, region)
        text, left_out = prompt.sheet_text(items, page, self._text_budget)
        sent = Box(*image.region) if image.region else region
        rendered.given_question += [
            Given("region", info.id, page.number, sent, image),
            Given("text", info.id, page.number, sent, text=text, left_out=left_out),
        ]
        return [
            TextPart(heading or prompt.region_heading(info, page, region)),
            self._image(image),
            TextPart(f"\nText in this region:\n{self._lines(text)}" if text else "\n"),
        ]

    async def _other_pages(self, rendered: Rendered, info: DrawingInfo, question: str) -> None:
        pages = info.pages[:SEARCHED_PAGES]
        texts = await self._sheets.all_text(self._owner, info.id)
        untold = [page for page in pages if (info.id, page.number) not in self._texted]
        if untold:
            rendered.sheets.append(TextPart(self._texts(info, untold, texts, rendered)))
            first, last = untold[0].number, untold[-1].number
            rendered.notes.append(Note("pages_by_text", name=info.name, first=first, last=last))
        if len(pages) < len(info.pages):
            rendered.notes.append(Note("pages_not_given", name=info.name, given=len(pages)))
        lines = {number: [item.text for item in items] for number, items in texts.items()}
        for number in await asyncio.to_thread(choose_pages, question, lines, CHOSEN_PAGES):
            if (info.id, number) not in self._pictured:
                page = info.pages[number - 1]
                rendered.question += await self._chosen(info, page, texts[number], rendered)

    def _texts(
        self,
        info: DrawingInfo,
        pages: list[PageInfo],
        texts: dict[int, list[TextItem]],
        rendered: Rendered,
    ) -> str:
        budget = self._text_budget // len(pages)
        blocks = []
        for page in pages:
            text, left_out = prompt.sheet_text(texts[page.number], page, budget)
            more = f"({left_out} further lines are left out.)\n" if left_out else ""
            blocks.append(f"{prompt.text_heading(info, page)}{self._lines(text)}{more}")
            rendered.given_sheets.append(
                Given("text", info.id, page.number, text=text, left_out=left_out)
            )
            self._texted.add((info.id, page.number))
        return "".join(blocks)

    async def _chosen(
        self, info: DrawingInfo, page: PageInfo, items: list[TextItem], rendered: Rendered
    ) -> list[Part]:
        image = await self._sheets.overview(self._owner, info.id, page.number)
        self._pictured.add((info.id, page.number))
        rendered.notes.append(_shown(info, page, image, chosen=True))
        rendered.given_question.append(Given("overview", info.id, page.number, image=image))
        parts: list[Part] = [
            TextPart(prompt.sheet_heading(info, page)),
            self._image(image),
            TextPart("\n"),
        ]
        if (info.id, page.number) not in self._texted:
            text, left_out = prompt.sheet_text(items, page, self._text_budget)
            heading = prompt.text_heading(info, page)
            parts.append(TextPart(f"{heading}{self._lines(text)}"))
            rendered.given_question.append(
                Given("text", info.id, page.number, text=text, left_out=left_out)
            )
        return parts

    def _lines(self, text: str) -> str:
        """A sheet's text in the form of the prompt."""
        if not text:
            return prompt.NO_TEXT
        return prompt.fenced(text) if self._fenced else text

    def _image(self, image: ModelImage) -> ImagePart:
        self.images[image.key] = image
        return ImagePart(image.key)


def page_of(info: DrawingInfo, number: int | None) -> PageInfo:
    """The page with this number, by default the first. Raises `NotFound`."""
    if not 1 <= (number or 1) <= len(info.pages):
        raise NotFound(f"“{info.name}” has no page {number}; it has {len(info.pages)}.")
    return info.pages[(number or 1) - 1]


async def check_attachment(sheets: Sheets, owner: str, attachment: Attachment) -> None:
    """Raise `NotFound` for an unknown drawing or page, `BadRegion` for a region off the sheet."""
    info = await sheets.info(owner, attachment.drawing_id)
    page = page_of(info, attachment.page)
    if attachment.region is None:
        return
    x, y, width, height = attachment.region
    inside = x < page.width and y < page.height and x + width > 0 and y + height > 0
    if width <= 0 or height <= 0 or not inside:
        raise BadRegion(
            "The region is empty or outside the sheet. Draw it within the "
            f"{page.width}×{page.height} pixels of the page."
        )


def _shown(info: DrawingInfo, page: PageInfo, image: ModelImage, *, chosen: bool = False) -> Note:
    suffix = "_chosen" if chosen else ""
    size = {"width": page.width, "height": page.height}
    if (image.width, image.height) == (page.width, page.height):
        return Note(f"sheet_full{suffix}", name=info.name, page=page.number, **size)
    seen = {"seen_width": image.width, "seen_height": image.height}
    return Note(f"sheet_overview{suffix}", name=info.name, page=page.number, **size, **seen)
