"""The prompt text around a training image: mostly short, sometimes exactly the product's.

A long prompt costs time and teaches little. Still, the model must have seen it, and variations of
it, so that a changed sentence does not confuse it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from backend import geometry
from backend.chat.prompt import prompt_wording as prompt
from backend.drawing import DrawingInfo, PageInfo, TextItem
from demo.training.canvas import Box
from demo.training.lesson import Image, Lesson, Turn
from demo.training.sheet_image import Written

_NAMES = ("drawing", "sheet", "sample", "scan", "part", "plate", "flange", "shaft", "bracket")
_ENDINGS = (".pdf", ".png", ".tif", ".dxf")


def short(image: Image, turns: list[Turn]) -> Lesson:
    """The image, then the first question."""
    return Lesson((Turn(turns[0].question, turns[0].answer, (image, "\n")), *turns[1:]))


def as_product(
    rng: random.Random,
    image: Image,
    turns: list[Turn],
    written: list[Written] | None,
    regions: Sequence[tuple[Image, Box, list[Written]]] = (),
) -> Lesson:
    """System text, heading, overview, note and text of the sheet, question.

    `written` None: the sheet has no text in the file. `regions`: for each turn an image of a part
    of the sheet, its box in the overview's pixels and the texts inside; or none.
    """
    height, width = image.pixels.shape
    page = PageInfo(1, width, height, "vector" if written is not None else "none")
    name = rng.choice(_NAMES) + str(rng.choice(("", rng.randint(1, 999)))) + rng.choice(_ENDINGS)
    info = DrawingInfo("", name, "", 0, "", (page,))
    text = _text(written, page) if written is not None else ""
    before: list[str | Image] = [
        prompt.sheet_heading(info, page),
        image,
        prompt.SHEET_NOTE + (text or prompt.NO_TEXT),
    ]
    asked = list(turns)
    for place, (crop, (left, top, right, bottom), inside) in enumerate(regions):
        box = geometry.Box(left, top, right - left, bottom - top)
        words = _text(inside, page) if written is not None else ""
        parts: tuple[str | Image, ...] = (
            prompt.region_heading(info, page, box),
            crop,
            f"\nText in this region:\n{words}" if words else "\n",
        )
        asked[place] = replace(asked[place], before=parts)
    asked[0] = replace(asked[0], before=(*before, *asked[0].before))
    return Lesson(tuple(asked), _system(rng))


def _system(rng: random.Random) -> str:
    """The product's system text, or a part of it."""
    if rng.random() < 0.6:
        return prompt.SYSTEM_TEXT
    lines = prompt.SYSTEM_TEXT.split("\n")
    return "\n".join(line for line in lines if rng.random() < 0.6) or lines[0]


def _text(written: list[Written], page: PageInfo) -> str:
    items = [
        TextItem(item.text, geometry.Box(x0, y0, x1 - x0, y1 - y0))
        for item in sorted(written, key=lambda item: (round(item.box[3] / 6), item.box[0]))
        for x0, y0, x1, y1 in [item.box]
    ]
    return prompt.sheet_text(items, page, 100_000)[0]


def misread(rng: random.Random, written: list[Written]) -> list[Written]:
    """The texts as recognised in a scan: some are missing, some are wrong."""
    signs = "0123456789ABCDEFGHIJKLMNOPRSTUVWXYZ.,-:/ "
    result = []
    for item in written:
        if rng.random() < 0.25:
            continue
        text = item.text
        if rng.random() < 0.4:
            place = rng.randrange(len(text))
            text = text[:place] + rng.choice(signs) + text[place + rng.randint(0, 1) :]
        result.append(Written(item.key, text, item.box))
    return result
