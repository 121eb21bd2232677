"""Lessons with questions: a line of text, a few labelled fields, a whole sheet, a region of one."""

from __future__ import annotations

import random
from collections.abc import Callable

from backend.image_size import fit_to_budget
from demo.fonts import text_width
from demo.sheets import values
from demo.sheets.layout import make_sheet, plain_style
from demo.sheets.title_block import BLOCK_WIDTH, MARGIN, PLAIN_LAYOUT, block_height
from demo.training import questions
from demo.training.canvas import Canvas
from demo.training.glyphs import snippet
from demo.training.lesson import Image, Lesson, Turn
from demo.training.prompts import as_product, misread, short
from demo.training.sheet_image import SHEET_SIZE, View, Written, draw_sheet, sheet_canvas

#: Pixels of one picture in the demo's settings; a picture below the least is scaled up.
LEAST_PIXELS, MOST_PIXELS = 65_536, 200_000
DPI = (150, 300)  # of the canvas from which a region is cut
FONT = "Vera"
KINDS = ("plate", "flange", "shaft")
IN_BLOCK = tuple(key for row in PLAIN_LAYOUT for key, _ in row)


def line(rng: random.Random) -> Lesson:
    """One text that nearly fills the picture: "what does it say here?"."""
    cap = rng.uniform(9.5, 14)
    text, wanted = "", rng.choice((1, 16, 16, 16))
    while len(text) < wanted:
        piece = snippet(rng) if rng.random() < 0.4 else _value(rng)
        text = " ".join(f"{text} {piece}".split())
    span = text_width(FONT, cap, text)
    width = 32 * max(2, int((span + rng.uniform(4, 40)) // 32 + 1))
    height = 32 if rng.random() < 0.8 else 64
    canvas = Canvas(width, height)
    x = rng.uniform(1, max(1.0, width - span - 2))
    canvas.text(x, rng.uniform(cap + 1, height - cap * 0.35), text, FONT, cap)
    language = rng.choice(questions.LANGUAGES)
    return short(_image(canvas, rng), [Turn(questions.READ[language][0], text)])


def block(rng: random.Random) -> Lesson:
    """The title block alone, as large as in the overview, asked field by field."""
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
    """A whole sheet in the product's words, with many questions, some for what is not on it.

    `text`: with the text that a PDF brings, or that was read from a scan, with errors; without,
    the values stand in the picture alone.
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
    """A rectangle of a sheet at full resolution; `product`: with the sheet and all words."""
    drawing = make_sheet(rng, rng.choice(KINDS), plain_style(rng))
    overview, written = sheet_canvas(drawing, rng)
    stated = [item for item in written if item.key in questions.NAMES]
    chosen = rng.choice(stated)
    across, down = SHEET_SIZE[0] / drawing.width, SHEET_SIZE[1] / drawing.height
    left, top, right, bottom = chosen.box
    box = (
        max(0.0, left - rng.uniform(2, 30)),
        max(0.0, top - rng.uniform(2, 14)),
        min(float(SHEET_SIZE[0]), right + rng.uniform(2, 30)),
        min(float(SHEET_SIZE[1]), bottom + rng.uniform(2, 8)),
    )
    dots = rng.uniform(*DPI) / 25.4
    native = [
        max(33, round((box[2] - box[0]) / across * dots)),
        max(33, round((box[3] - box[1]) / down * dots)),
    ]
    width, height = fit_to_budget(native[0], native[1], LEAST_PIXELS, MOST_PIXELS)
    view = View(
        box[0] / across,
        drawing.height - box[1] / down,
        width / ((box[2] - box[0]) / across),
        height / ((box[3] - box[1]) / down),
    )
    canvas = Canvas(width, height)
    draw_sheet(drawing, canvas, view)
    inside = [item for item in written if _within(item, box)]
    named = [item for item in inside if item.key in questions.NAMES]
    language = rng.choice(questions.LANGUAGES)
    if len(named) == 1 and rng.random() < 0.7:
        turns = [Turn(rng.choice(questions.READ[language]), chosen.text)]
    else:
        turns = [_turn(rng, item.key, item.text, language) for item in named[:3]]
    picture = _image(canvas, rng)
    if not product:
        return short(picture, turns)
    texts = written if rng.random() < 0.4 else None
    return as_product(rng, _image(overview, rng), turns, texts, (picture, box, inside))


def _within(item: Written, box: tuple[float, float, float, float]) -> bool:
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
