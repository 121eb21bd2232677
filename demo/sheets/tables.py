"""The revision table and parts list of a sheet, as ruled cells."""

from __future__ import annotations

import random
from collections.abc import Sequence

from demo.sheets import values
from demo.sheets.shapes import NARROW, WIDE, Stroke
from demo.sheets.sheet import Fact, Sheet

_REVISIONS = {
    "en": ("Rev.", "Change", "Date", "Name"),
    "de": ("Änd.", "Änderung", "Datum", "Name"),
}
_CHANGES = {
    "en": ("FIRST ISSUE", "HOLES ADDED", "TOLERANCE CHANGED", "MATERIAL CHANGED"),
    "de": ("ERSTAUSGABE", "BOHRUNGEN ERG.", "TOLERANZ GEAENDERT", "WERKSTOFF GEAENDERT"),
}
_PARTS = {
    "en": ("Item", "Qty", "Description", "Standard / Material"),
    "de": ("Pos.", "Menge", "Benennung", "Norm / Werkstoff"),
}
_BOUGHT = (
    ("HEX BOLT", "SECHSKANTSCHRAUBE", "ISO 4017"),
    ("WASHER", "SCHEIBE", "ISO 7089"),
    ("SOCKET SCREW", "ZYLINDERSCHRAUBE", "ISO 4762"),
    ("DOWEL PIN", "ZYLINDERSTIFT", "ISO 8734"),
    ("O-RING", "O-RING", "ISO 3601"),
    ("PARALLEL KEY", "PASSFEDER", "DIN 6885"),
)


def add_revisions(sheet: Sheet, rng: random.Random, right: float, top: float) -> float:
    """Add the revision table in the upper right corner, newest last; returns its lower edge."""
    language = sheet.style.language
    letters = "ABCDE"[: rng.randint(1, 3)]
    changes = _CHANGES[language]
    rows = [_REVISIONS[language]]
    for place, letter in enumerate(letters):
        change = changes[0] if place == 0 else rng.choice(changes[1:])
        rows.append((letter, change, values.date(rng), values.person(rng)))
    widths = (12.0, 52.0, 28.0, 28.0)
    bottom = _table(sheet, rows, widths, right - sum(widths), top, "revisions")
    sheet.facts.append(Fact("latest_revision", letters[-1], "revisions"))
    return bottom


def add_parts_list(
    sheet: Sheet, rng: random.Random, right: float, bottom: float, material: str
) -> float:
    """Add a parts list on top of the title block; returns its upper edge."""
    german = sheet.style.language == "de"
    bought = rng.sample(_BOUGHT, rng.randint(1, 4))
    made = rng.choice(values.TITLES[sheet.kind])[german]
    rows = [_PARTS[sheet.style.language], ("1", "1", made, material)]
    for place, (english, deutsch, standard) in enumerate(bought, 2):
        count = str(rng.choice((1, 2, 4, 6, 8)))
        rows.append((str(place), count, deutsch if german else english, standard))
    widths = (16.0, 18.0, 78.0, 68.0)
    top = bottom + ROW * len(rows)
    _table(sheet, rows, widths, right - sum(widths), top, "bom")
    sheet.facts.append(Fact("item_count", str(len(rows) - 1), "bom", float(len(rows) - 1)))
    return top


ROW = 7.0


def _table(
    sheet: Sheet,
    rows: Sequence[tuple[str, ...]],
    widths: tuple[float, ...],
    left: float,
    top: float,
    place: str,
) -> float:
    """Draw ruled cells from the top down; every cell below the heading becomes a fact."""
    right, bottom = left + sum(widths), top - ROW * len(rows)
    for number in range(len(rows) + 1):
        y = top - ROW * number
        weight = WIDE if number in (0, len(rows)) else NARROW
        sheet.shapes.append(Stroke(((left, y), (right, y)), weight))
    x = left
    for number in range(len(widths) + 1):
        weight = WIDE if number in (0, len(widths)) else NARROW
        sheet.shapes.append(Stroke(((x, top), (x, bottom)), weight))
        x += widths[number] if number < len(widths) else 0
    for number, row in enumerate(rows):
        x = left
        for column, (text, width) in enumerate(zip(row, widths, strict=True)):
            key = f"{place}_{number}_{column}" if number else ""
            sheet.letter(x + 1.5, top - ROW * (number + 1) + 1.9, text, 3.0, key=key)
            if key:
                sheet.facts.append(Fact(key, text, place))
            x += width
    return bottom
