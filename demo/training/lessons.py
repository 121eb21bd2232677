"""Lessons with questions: a line of text, a few labelled fields, a whole sheet, a region of one."""

from __future__ import annotations

import random
from collections.abc import Callable

from backend import geometry
from backend.drawing import PageInfo
from backend.drawings.images.regions import crop_size
from demo.fonts import text_width
from demo.sheets import values
from demo.sheets.layout import make_sheet, plain_style
from demo.sheets.sheet import Sheet
from demo.sheets.title_block import BLOCK_WIDTH, MARGIN, PLAIN_LAYOUT, block_height
from demo.training import questions
from demo.training.canvas import Box, Canvas
from demo.training.glyphs import snippet
from demo.training.lesson import Image, Lesson, Turn
from demo.training.prompts import as_product, misread, short
from demo.training.sheet_image import SHEET_SIZE, View, Written, draw_sheet, sheet_canvas

#: Pixel limits of an image in the demo's settings; smaller images are scaled up.
LEAST_PIXELS, MOST_PIXELS = 1024, 200_000
#: The lettering of a region is hardly larger than the overview's (44 dpi): the model reads one
#: size.
REGION_DPI = 60
CANVAS_DPI = (150, 300)  # for a scan and for a vector page
FONT = "Vera"
KINDS = ("plate", "flange", "shaft")
IN_BLOCK = tuple(key for row in PLAIN_LAYOUT for key, _ in row)


def line(rng: random.Random) -> Lesson:
    """A text that nearly fills the image: "what does it say here?"."""
    cap = rng.choice((rng.uniform(9.5, 14), rng.uniform(14, 26)))
    text, wanted = "", rng.choice((1, 16, 16, 16))
    while len(text) < wanted:
        piece = snippet(rng) if rng.random() < 0.4 else _value(rng)
        text = " ".join(f"{text} {piece}".split())
    span = text_width(FONT, cap, text)
    width = 32 * max(2, int((span + rng.uniform(4, 40)) // 32 + 1))
    height = 32 if rng.random() < 0.8 and cap < 24 else 64
    canvas = Canvas(width, height)
    x = rng.uniform(1, max(1.0, width - span - 2))
    canvas.text(x, rng.uniform(cap + 1, height - cap * 0.35), text, FONT, cap)
    language = rng.choice(questions.LANGUAGES)
    return short(_image(canvas, rng), [Turn(questions.READ[language][0], text)])


def block(rng: random.Random) -> Lesson:
    """Only the title block, at the size it has in the overview, with questions field by field."""
    drawing = make_sheet(rng, rng.choice(KINDS), plain_style(rng))
    across, down = SHEET_SIZE[0] / drawing.width, SHEET_SIZE[1] / drawing.height
    canvas = Canvas(352, 96, stretch=across / down, least=rng.uniform(0.4, 1.1))
    left = drawing.width - MARGIN - BLOCK_WIDTH - rng.uniform(1, 352 / across - BLOCK_WIDTH - 1)
    top = MARGIN + block_height(drawing.style) + rng.uniform(1, 11)
    draw_sheet(drawing, canvas, View(left, top, across, down))
    present = {fact.key: fact.value for fact in drawing.facts if fact.key in questions.TITLE_BLOCK}
    empty = [key for key in IN_BLOCK if key not in present]
    asked = [*present, *empty, rng.choice(questions.DIMENSIONS)]
    rng.shuffle(asked)
    turns = [_turn(rng, key, present.get(key), None) for key in asked]
    return short(_image(canvas, rng), turns)


def sheet(rng: random.Random, text: bool = False) -> Lesson:
    """A whole sheet in the product's words, with many questions, some about absent values.

    `text`: with the text from a PDF, or recognised in a scan with errors; otherwise the values are
    only in the image.
    """
    drawing = make_sheet(rng, rng.choice(KINDS), plain_style(rng))
    canvas, written = sheet_canvas(drawing, rng)
    present = {fact.key: fact.value for fact in drawing.facts if fact.key in questions.NAMES}
    dims = [key for key in questions.DIMENSIONS if key in present]
    fields = [key for key in questions.TITLE_BLOCK if key in present]
    absent = [key for key in questions.NAMES if key not in present]
    asked = dims + rng.sample(fields, min(3, len(fields))) + rng.sample(absent, 2)
    rng.shuffle(asked)
    turns = [_turn(rng, key, present.get(key), None) for key in asked]
    if text and rng.random() < 0.5:
        written = misread(rng, written)
    return as_product(rng, _image(canvas, rng), turns, written if text else None)


def region(rng: random.Random, product: bool = False) -> Lesson:
    """Rectangles of a sheet, larger than in the overview. `product`: with the sheet and the full
    prompt, up to four in a row."""
    drawing = make_sheet(rng, rng.choice(KINDS), plain_style(rng))
    overview, written = sheet_canvas(drawing, rng)
    stated = [item for item in written if item.key in questions.NAMES]
    if not product:
        image, _, inside = cut_out(
            rng, drawing, written, rng.choice(stated), rng.choice(CANVAS_DPI)
        )
        return short(image, [_region_turn(rng, inside)])
    chosen = rng.sample(stated, min(len(stated), rng.choice((1, 2, 4, 4))))
    texts = written if rng.random() < 0.5 else None
    crops = [cut_out(rng, drawing, written, item, rng.choice(CANVAS_DPI)) for item in chosen]
    turns = [_region_turn(rng, inside) for _, _, inside in crops]
    return as_product(rng, _image(overview, rng), turns, texts, crops)


def cut_out(
    rng: random.Random, drawing: Sheet, written: list[Written], chosen: Written, dpi: int
) -> tuple[Image, Box, list[Written]]:
    """A rectangle around a text as the product crops it from a canvas of `dpi`, its box in the
    overview's pixels, and the texts inside."""
    across, down = SHEET_SIZE[0] / drawing.width, SHEET_SIZE[1] / drawing.height
    left, top, right, bottom = chosen.box
    wide = rng.choice((4.0, 12.0))
    box = (
        max(0.0, left - rng.uniform(1, wide) * across),
        max(0.0, top - rng.uniform(0.5, wide / 2) * down),
        min(float(SHEET_SIZE[0]), right + rng.uniform(1, wide) * across),
        min(float(SHEET_SIZE[1]), bottom + rng.uniform(0.5, wide / 2) * down),
    )
    page = PageInfo(1, 0, 0, "none", float(dpi))
    wide_mm, high_mm = (box[2] - box[0]) / across, (box[3] - box[1]) / down
    region = geometry.Box(0.0, 0.0, round(wide_mm * dpi / 25.4), round(high_mm * dpi / 25.4))
    width, height = crop_size(region, page, False, LEAST_PIXELS, MOST_PIXELS, REGION_DPI)
    view = View(box[0] / across, drawing.height - box[1] / down, width / wide_mm, height / high_mm)
    canvas = Canvas(width, height, stretch=view.across / view.down, least=rng.uniform(0.4, 1.1))
    draw_sheet(drawing, canvas, view)
    return _image(canvas, rng), box, [item for item in written if _within(item, box)]


def _region_turn(rng: random.Random, inside: list[Written]) -> Turn:
    """For a single value: what does it say? For several: one of them is asked by name."""
    named = [item for item in inside if item.key in questions.NAMES]
    language = rng.choice(questions.LANGUAGES)
    if len(named) == 1 and rng.random() < 0.85:
        return Turn(rng.choice(questions.READ[language]), named[0].text)
    item = rng.choice(named)
    return _turn(rng, item.key, item.text, language)


def _within(item: Written, box: Box) -> bool:
    x, y = (item.box[0] + item.box[2]) / 2, (item.box[1] + item.box[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _turn(rng: random.Random, key: str, value: str | None, language: str | None) -> Turn:
    language = language or rng.choice(questions.LANGUAGES)
    asked = questions.question(rng, key, language)
    if value is None:
        return Turn(asked, questions.ABSENT[language])
    return Turn(asked, questions.answer(key, value, language))


def _value(rng: random.Random) -> str:
    kind = rng.choice(KINDS)
    size = values.number_text(round(rng.uniform(2, 300), rng.choice((0, 0, 1))), rng.choice(".,"))
    makers: tuple[Callable[[], str], ...] = (
        lambda: rng.choice(rng.choice(values.TITLES[kind])),
        lambda: values.drawing_number(rng),
        lambda: values.revision(rng),
        lambda: rng.choice(sorted(values.MATERIALS)),
        lambda: f"{round(10 ** rng.uniform(-2, 2), 2):g} kg".replace(".", rng.choice(".,")),
        lambda: rng.choice(("1:1", "1:2", "2:1", "1:5")),
        lambda: f"{(n := rng.randint(1, 4))}/{rng.randint(n, 6)}",
        lambda: values.date(rng),
        lambda: values.person(rng),
        lambda: size,
        lambda: f"Ø{size} {rng.choice(values.HOLE_FITS + values.SHAFT_FITS)}",
        lambda: f"{rng.choice((3, 4, 6, 8))}×Ø{size}",
        lambda: f"{rng.choice('RØ')}{size}",
        lambda: rng.choice(values.THREADS),
    )
    return rng.choice(makers)()


def _image(canvas: Canvas, rng: random.Random) -> Image:
    return Image(canvas.pixels(rng), canvas.targets)
