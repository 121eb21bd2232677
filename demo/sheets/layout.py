"""Composes a sheet from a seed: paper, frame, title block, part, tables, notes."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Literal

from demo.fonts import FACES
from demo.sheets import values
from demo.sheets.parts import PARTS, Area
from demo.sheets.sheet import Fact, Sheet, Style
from demo.sheets.tables import add_parts_list, add_revisions
from demo.sheets.title_block import (
    LEFT_MARGIN,
    MARGIN,
    add_frame,
    add_title_block,
    block_height,
    title_fields,
)

Paper = Literal["A4", "A3"]
SIZES: dict[str, tuple[float, float]] = {"A4": (297.0, 210.0), "A3": (420.0, 297.0)}
SCALES: dict[str, tuple[tuple[int, int], ...]] = {
    "plate": ((1, 1), (1, 1), (1, 2), (1, 2), (1, 5), (2, 1)),
    "flange": ((1, 1), (1, 1), (1, 2), (1, 2), (1, 5), (2, 1)),
    "shaft": ((1, 1), (1, 1), (1, 2), (2, 1)),
    "bracket": ((1, 1), (1, 1), (1, 2), (2, 1)),
}


def make_sheet(
    rng: random.Random, kind: str | None = None, style: Style | None = None, paper: Paper = "A4"
) -> Sheet:
    """A landscape sheet; if `kind` and `style` are None they are random, but never plain.

    A4 has large lettering (5 mm; a plain sheet 7 mm, which the demo model can read in the
    overview); A3 has the usual 3.5 mm, a revision table and a parts list.
    """
    kind = kind or rng.choice(sorted(PARTS))
    style = style or make_style(rng)
    if paper == "A3":
        style = replace(style, lettering=3.5)
    sheet = Sheet(*SIZES[paper], style, kind, rng.choice(SCALES[kind]))
    add_frame(sheet)
    material = rng.choice(sorted(values.MATERIALS))
    right, bottom = sheet.width - MARGIN, MARGIN + block_height(style)
    top = sheet.height - MARGIN
    if paper == "A3":
        bottom = add_parts_list(sheet, rng, right, bottom, material)
        top = add_revisions(sheet, rng, right, top)
    area = Area(LEFT_MARGIN + 4, bottom + 3, right - 4, top - 5)
    part = PARTS[kind](sheet, rng, area)
    fields = title_fields(sheet, rng, part.volume * values.MATERIALS[material] / 1000)
    fields["material"] = material
    add_title_block(sheet, rng, fields)
    if not style.plain and rng.random() < 0.5:
        _notes(sheet, rng)
    return sheet


def make_style(rng: random.Random) -> Style:
    """Choose font, decimal sign, label language, text heights and line widths."""
    language = rng.choice(("en", "en", "de"))
    comma = rng.random() < (0.7 if language == "de" else 0.1)
    return Style(
        font=rng.choice(FACES).name,
        decimal="," if comma else ".",
        language=language,
        lettering=rng.choice((5.0, 5.0, 5.0, 5.5)),
        label=rng.choice((2.5, 2.5, 3.0)),
        weight=rng.choice((0.8, 1.0, 1.0, 1.3)),
    )


def plain_style(rng: random.Random) -> Style:
    """One font, 7 mm lettering: the sheets that the demo model reads."""
    language = rng.choice(("en", "de"))
    decimal = "," if language == "de" else "."
    return Style("Vera", decimal, language, lettering=7.0, label=3.0, plain=True)


def _notes(sheet: Sheet, rng: random.Random) -> None:
    """Add one or two notes at the left of the title block, in small lettering."""
    german = sheet.style.language == "de"
    size = 3.0
    y = MARGIN + 36.0
    for number, note in enumerate(rng.sample(values.NOTES, rng.choice((1, 2))), 1):
        text = f"{number}. {note[german]}".replace(".5", sheet.style.decimal + "5")
        sheet.letter(LEFT_MARGIN + 4, y, text, size, key=f"note_{number}")
        sheet.facts.append(Fact(f"note_{number}", text, "notes"))
        y -= 6
