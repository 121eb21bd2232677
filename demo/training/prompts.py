"""The words around a training image: mostly few, at times exactly those of the product.

A long prompt costs time and teaches little; still the model must have seen it, and variations
of it, so that a changed sentence does not confuse it.
"""

from __future__ import annotations

import random

from backend.chat import prompt
from backend.sheet import DrawingFacts, PageFacts, TextItem
from demo.training.lesson import Image, Lesson, Turn
from demo.training.sheet_image import Written

_NAMES = ("drawing", "sheet", "sample", "scan", "part", "plate", "flange", "shaft", "bracket")
_ENDINGS = (".pdf", ".png", ".tif", ".dxf")


def short(image: Image, turns: list[Turn]) -> Lesson:
    """The picture, then the first question."""
    return Lesson((Turn(turns[0].question, turns[0].answer, (image, "\n")), *turns[1:]))


def as_product(
    rng: random.Random,
    image: Image,
    turns: list[Turn],
    written: list[Written] | None,
    region: tuple[Image, tuple[float, float, float, float], list[Written]] | None = None,
) -> Lesson:
    """System text, heading, overview, note and text of the sheet, question.

    `written` None: the sheet has no text in the file. `region`: a picture of a part of the
    sheet, its box in the overview's pixels and the texts inside.
    """
    height, width = image.pixels.shape
    page = PageFacts(1, width, height, "vector" if written is not None else "none")
    name = rng.choice(_NAMES) + str(rng.choice(("", rng.randint(1, 999)))) + rng.choice(_ENDINGS)
    facts = DrawingFacts("", name, "", 0, "", (page,))
    text = _text(written, page) if written is not None else ""
    before: list[str | Image] = [
        prompt.sheet_heading(facts, page),
        image,
        prompt.SHEET_NOTE + (text or prompt.NO_TEXT),
    ]
    if region is not None:
        picture, (left, top, right, bottom), inside = region
        box = (left, top, right - left, bottom - top)
        before += [prompt.region_heading(facts, page, box), picture]
        words = _text(inside, page) if written is not None else ""
        before.append(f"\nText in this region:\n{words}" if words else "\n")
    first = Turn(turns[0].question, turns[0].answer, tuple(before))
    return Lesson((first, *turns[1:]), _system(rng))


def _system(rng: random.Random) -> str:
    """The product's, or a part of it."""
    if rng.random() < 0.6:
        return prompt.SYSTEM_TEXT
    lines = prompt.SYSTEM_TEXT.split("\n")
    return "\n".join(line for line in lines if rng.random() < 0.6) or lines[0]


def _text(written: list[Written], page: PageFacts) -> str:
    items = [
        TextItem(item.text, (x0, y0, x1 - x0, y1 - y0))
        for item in sorted(written, key=lambda item: (round(item.box[3] / 6), item.box[0]))
        for x0, y0, x1, y1 in [item.box]
    ]
    return prompt.sheet_text(items, page, 100_000)[0]


def misread(rng: random.Random, written: list[Written]) -> list[Written]:
    """The texts as a program reads them from a scan: some are missing, some are wrong."""
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
