"""Lessons with questions: a line of text, a few labelled fields, a whole sheet, a region of one."""

from __future__ import annotations

import random
from collections.abc import Callable

from backend.image_size import fit_to_budget
from demo.fonts import FACES, text_width
from demo.sheets import values
from demo.sheets.layout import make_sheet
from demo.sheets.title_block import LABELS
from demo.training import questions
from demo.training.canvas import Canvas
from demo.training.glyphs import snippet
from demo.training.lesson import Image, Lesson, Turn
from demo.training.prompts import as_product, short
from demo.training.sheet_image import SHEET_SIZE, View, Written, draw_sheet, sheet_canvas

#: Pixels of one picture in the demo's settings; a picture below the least is scaled up.
LEAST_PIXELS, MOST_PIXELS = 65_536, 210_000
CANVAS_PER_MM = 300 / 25.4


def line(rng: random.Random) -> Lesson:
    """One text that nearly fills the picture: "what does it say here?"."""
    font, cap = rng.choice(FACES).name, rng.uniform(8, rng.choice((13, 13, 24)))
    text = snippet(rng) if rng.random() < 0.5 else _value(rng, rng.choice(list(LABELS)))
    span = text_width(font, cap, text)
    width = 32 * max(2, int((span + rng.uniform(4, 50)) // 32 + 1))
    height = 32 * max(1, int((cap * 1.5 + rng.uniform(0, 30)) // 32 + 1))
    canvas = Canvas(width, height)
    x = rng.uniform(1, max(1.0, width - span - 2))
    canvas.text(x, rng.uniform(cap + 1, height - cap * 0.35), text, font, cap)
    language = rng.choice(questions.LANGUAGES)
    turn = Turn(rng.choice(questions.READ[language]), text.strip())
    return short(rng, _image(canvas, rng), [turn])


def fields(rng: random.Random) -> Lesson:
    """A few cells of a title block: asked one by one, and for what is not there."""
    font, german = rng.choice(FACES).name, rng.random() < 0.4
    keys = rng.sample(questions.TITLE_BLOCK, rng.randint(2, 5))
    columns = rng.choice((1, 1, 2))
    rows = -(-len(keys) // columns)
    cap, label_cap = rng.uniform(8.5, 13), rng.uniform(4.5, 6.5)
    pitch = cap + label_cap + rng.uniform(6, 12)
    across = rng.uniform(115, 150) * cap / 10
    width = 32 * int((across * columns + rng.uniform(8, 40)) // 32 + 1)
    height = 32 * int((pitch * rows + rng.uniform(6, 30)) // 32 + 1)
    canvas = Canvas(width, height)
    left, top = rng.uniform(2, width - across * columns), rng.uniform(2, height - pitch * rows)
    facts: dict[str, str] = {}
    for place, key in enumerate(keys):
        x, y = left + across * (place % columns), top + pitch * (place // columns)
        text = _value(rng, key)
        fitting = cap * (across - 8) / max(text_width(font, cap, text), 1)
        canvas.line([(x, y), (x + across, y), (x + across, y + pitch), (x, y + pitch), (x, y)], 0.5)
        canvas.text(x + 2, y + label_cap + 2, LABELS[key][german], font, label_cap)
        canvas.text(x + 4.5, y + pitch - 3.3, text, font, min(cap, fitting))
        facts[key] = text
    absent = [key for key in questions.TITLE_BLOCK if key not in facts]
    asked = [*facts, *rng.sample(absent, 1)]
    rng.shuffle(asked)
    turns = [_turn(rng, key, facts.get(key), None) for key in asked]
    if rng.random() < 0.3:
        language = rng.choice(questions.LANGUAGES)
        words = "\n".join(f"{LABELS[key][german]}: {text}" for key, text in facts.items())
        place = rng.randrange(len(turns) + 1)
        turns.insert(place, Turn(rng.choice(questions.TRANSCRIBE[language]), words))
    return short(rng, _image(canvas, rng), turns)


def sheet(rng: random.Random, product: bool = False) -> Lesson:
    """A whole sheet with many questions, some for what is not on it.

    `product`: with all the words that the product puts around it.
    """
    drawing = make_sheet(rng)
    canvas, written = sheet_canvas(drawing, rng)
    present = {fact.key: fact.value for fact in drawing.facts if fact.key in questions.NAMES}
    dims = [key for key in questions.DIMENSIONS if key in present]
    block = [key for key in questions.TITLE_BLOCK if key in present]
    absent = [key for key in questions.NAMES if key not in present]
    asked = dims + rng.sample(block, min(6, len(block))) + rng.sample(absent, 2)
    rng.shuffle(asked)
    turns = [_turn(rng, key, present.get(key), None) for key in asked]
    if rng.random() < 0.25:
        turns.append(_where(rng, rng.choice([item for item in written if item.key in present])))
    image = _image(canvas, rng)
    if not product:
        return short(rng, image, turns)
    return as_product(rng, image, turns, written if rng.random() < 0.4 else None)


def region(rng: random.Random, product: bool = False) -> Lesson:
    """A rectangle of a sheet at full resolution; `product`: with the sheet and all words."""
    drawing = make_sheet(rng)
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
    native = [
        max(33, round((box[2] - box[0]) / across * CANVAS_PER_MM)),
        max(33, round((box[3] - box[1]) / down * CANVAS_PER_MM)),
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
        return short(rng, picture, turns)
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


def _where(rng: random.Random, item: Written) -> Turn:
    language = rng.choice(questions.LANGUAGES)
    box = questions.box_answer(item.text, item.box, *SHEET_SIZE)
    return Turn(questions.where(rng, item.key, language), box)


def _value(rng: random.Random, key: str) -> str:
    kind = rng.choice(sorted(values.TITLES))
    makers: dict[str, Callable[[], str]] = {
        "title": lambda: rng.choice(rng.choice(values.TITLES[kind])),
        "number": lambda: values.drawing_number(rng),
        "revision": lambda: values.revision(rng),
        "material": lambda: rng.choice(sorted(values.MATERIALS)),
        "mass": lambda: f"{round(10 ** rng.uniform(-2, 2), 2):g} kg".replace(".", rng.choice(".,")),
        "scale": lambda: rng.choice(("1:1", "1:2", "2:1", "1:5", "5:1", "1:10")),
        "units": lambda: "mm",
        "sheet": lambda: f"{(n := rng.randint(1, 4))}/{rng.randint(n, 6)}",
        "date": lambda: values.date(rng),
        "tolerance": lambda: rng.choice(values.GENERAL_TOLERANCES),
        "finish": lambda: rng.choice(values.FINISHES),
        "company": lambda: rng.choice(values.COMPANIES),
        "projection": lambda: f"Ø{rng.randint(3, 200)} {rng.choice(values.HOLE_FITS)}",
    }
    return makers.get(key, lambda: values.person(rng))()


def _image(canvas: Canvas, rng: random.Random) -> Image:
    return Image(canvas.pixels(rng), canvas.targets)
