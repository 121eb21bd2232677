"""Pairs of sheets, made from a seed, with changes that are known.

Texts stand in fields of a wide grid, so that no change happens to touch another.
"""

from __future__ import annotations

import cmath
import math
import random
from dataclasses import dataclass, field
from typing import Literal

from backend.drawing import TextItem
from backend.evidence.parsing.folding import fold
from backend.geometry import Box

SIZE = (3508, 2480)
COLUMNS, ROWS = 9, 16
HEIGHT = 40.0
#: Where a text that changed and moved stands, beside its old place: between the rows of the grid.
ASIDE = (30.0, 62.0)
#: Words that a sheet repeats.
COMMON = ("R5", "2x45°", "Ø12 H7", "A", "1:2", "12,5")

#: kind, old text, new text
Said = tuple[str, str | None, str | None]


@dataclass
class Pair:
    """Two sheets and what was changed from one to the other; `turn`, `shift`: where the new one
    lies, as complex numbers."""

    old: list[TextItem]
    new: list[TextItem]
    new_size: tuple[int, int]
    turn: complex = 1
    shift: complex = 0
    planted: list[Said] = field(default_factory=list)


def text_at(text: str, x: float, y: float, angle: float = 0.0) -> TextItem:
    """A text with its left top corner at this place; 90 or 270 stands upright on its side."""
    sides = (len(text) * HEIGHT * 0.55, HEIGHT)
    box = Box(x, y, *(sides if angle % 180 == 0 else reversed(sides)))
    return TextItem(text, box, angle)


def laid(item: TextItem, turn: complex, shift: complex, text: str | None = None) -> TextItem:
    """The text on another canvas."""
    x, y, width, height = item.box
    centre = turn * complex(x + width / 2, y + height / 2) + shift
    scale = abs(turn)
    box: Box = Box(centre.real - width * scale / 2, centre.imag - height * scale / 2,
                width * scale, height * scale)  # fmt: skip
    angle = (item.angle + math.degrees(cmath.phase(turn))) % 360
    source: Literal["vector", "ocr"] = "ocr" if turn.imag else "vector"
    return TextItem(item.text if text is None else text, box, angle, source)


def make_pair(seed: int) -> Pair:
    """Sheets with some 80 texts each. Every second pair is shifted, every third scaled, every
    fourth turned a little, as a scan is; 2 to 4 changes of each kind."""
    chance = random.Random(f"pair/{seed}")  # noqa: S311 - drawings, not secrets
    fields = [(90.0 + 380 * column, 60.0 + 150 * row)
              for column in range(COLUMNS) for row in range(ROWS)]  # fmt: skip
    chance.shuffle(fields)
    old = [_item(chance, number, *fields.pop()) for number in range(80)]
    scale = chance.uniform(0.5, 2.2) if seed % 3 == 0 else 1.0
    degrees = chance.uniform(-2, 2) if seed % 4 == 0 else 0.0
    turn = cmath.rect(scale, math.radians(degrees))
    shift = complex(chance.uniform(-80, 80), chance.uniform(-80, 80)) if seed % 2 == 0 else 0j
    size = (round(SIZE[0] * scale), round(SIZE[1] * scale))
    pair = Pair(old, [], size, turn, shift)
    single = [item for item in old if item.text not in COMMON]
    several = [item for item in old if item.text in COMMON]
    counts = [chance.randint(2, 4) for _ in range(4)]
    chosen = chance.sample(single, sum(counts[:2])) + chance.sample(several, counts[2])
    fates = dict(zip(map(id, chosen), ["changed"] * counts[0] + ["moved"] * counts[1]
                     + ["removed"] * counts[2], strict=True))  # fmt: skip
    aside = next(item for item in single if id(item) not in fates and "Ø" in fold(item.text))
    fates[id(aside)] = "changed and moved"
    for item in old:
        fate = fates.get(id(item))
        if fate is None:
            pair.new.append(laid(item, turn, shift))
            continue
        if fate == "changed":
            said = _revised(item.text)
            pair.new.append(laid(text_at(said, *item.box[:2], item.angle), turn, shift))
        elif fate == "changed and moved":
            said = _revised(item.text)
            place = item.box[0] + ASIDE[0], item.box[1] + ASIDE[1]
            pair.new.append(laid(text_at(said, *place, item.angle), turn, shift))
        elif fate == "moved":
            said = item.text
            pair.new.append(laid(text_at(said, *fields.pop(), item.angle), turn, shift))
        pair.planted.append((fate, item.text, None if fate == "removed" else said))
    for number in range(counts[3]):
        item = text_at(f"NEW NOTE {seed}-{number}", *fields.pop())
        pair.new.append(laid(item, turn, shift))
        pair.planted.append(("added", None, item.text))
    chance.shuffle(pair.new)
    return pair


def _item(chance: random.Random, number: int, x: float, y: float) -> TextItem:
    kinds = ("Ø{n},5 H7", "M{n}x1,5", "{n}±0,1", "⌀{n}", "PART {n}", "R{n},25")
    common = chance.random() < 0.3
    text = chance.choice(COMMON) if common else chance.choice(kinds).format(n=100 + number)
    angle = chance.choice((0.0, 0.0, 0.0, 270.0))
    room = 0 if angle else 40
    return text_at(text, x + chance.uniform(0, room), y, angle if len(text) < 4 else 0.0)


def _revised(text: str) -> str:
    """The same text with another number or fit."""
    if "H7" in text:
        return text.replace("H7", "h7")
    digits = [at for at, sign in enumerate(text) if sign.isdigit()]
    last = digits[-1]
    return f"{text[:last]}{(int(text[last]) + 3) % 10}{text[last + 1 :]}"
