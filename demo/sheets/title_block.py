"""The frame with zone letters (ISO 5457) and the title block (ISO 7200) of a sheet.

The fields of the block are recorded as facts.
"""

from __future__ import annotations

import random

from demo.fonts import text_width
from demo.sheets import values
from demo.sheets.shapes import NARROW, Ring, Stroke
from demo.sheets.sheet import Fact, Sheet, Style

LEFT_MARGIN, MARGIN = 20.0, 10.0
BLOCK_WIDTH = 180.0
ROW = 12.0
BLOCK_HEIGHT = 4 * ROW

LABELS: dict[str, tuple[str, str]] = {
    "title": ("Title", "Benennung"),
    "number": ("Drawing no.", "Zeichnungs-Nr."),
    "revision": ("Rev.", "Änd."),
    "material": ("Material", "Werkstoff"),
    "mass": ("Mass", "Masse"),
    "scale": ("Scale", "Maßstab"),
    "units": ("Units", "Einheit"),
    "sheet": ("Sheet", "Blatt"),
    "drawn": ("Drawn", "Gezeichnet"),
    "approved": ("Approved", "Geprüft"),
    "date": ("Date", "Datum"),
    "tolerance": ("General tolerance", "Allgemeintol."),
    "finish": ("Surface", "Oberfläche"),
    "projection": ("Projection", "Projektion"),
    "company": ("", ""),
}

#: Rows from the top; each cell is a field and its width. Each row sums to 180.
LAYOUTS: tuple[tuple[tuple[tuple[str, float], ...], ...], ...] = (
    (
        (("company", 66), ("title", 114)),
        (("material", 66), ("number", 78), ("revision", 36)),
        (("tolerance", 66), ("finish", 44), ("scale", 34), ("mass", 36)),
        (("drawn", 66), ("date", 58), ("sheet", 28), ("projection", 28)),
    ),
    (
        (("title", 110), ("material", 70)),
        (("number", 74), ("revision", 30), ("scale", 30), ("mass", 46)),
        (("drawn", 62), ("approved", 62), ("date", 56)),
        (("tolerance", 68), ("finish", 46), ("sheet", 34), ("projection", 32)),
    ),
    (
        (("material", 64), ("mass", 44), ("scale", 34), ("sheet", 38)),
        (("drawn", 64), ("date", 56), ("tolerance", 60)),
        (("company", 64), ("number", 82), ("revision", 34)),
        (("units", 30), ("projection", 34), ("title", 116)),
    ),
    (
        (("drawn", 60), ("title", 120)),
        (("approved", 60), ("material", 64), ("scale", 28), ("sheet", 28)),
        (("date", 60), ("number", 84), ("revision", 36)),
        (("finish", 60), ("tolerance", 72), ("mass", 48)),
    ),
)


#: The title block of plain sheets.
PLAIN_ROW = 14.0
PLAIN_LAYOUT: tuple[tuple[tuple[str, float], ...], ...] = (
    (("title", 108), ("material", 72)),
    (("number", 72), ("revision", 24), ("scale", 34), ("mass", 50)),
    (("drawn", 72), ("date", 70), ("sheet", 38)),
)


def block_height(style: Style) -> float:
    """Height of the title block in millimetres."""
    return PLAIN_ROW * len(PLAIN_LAYOUT) if style.plain else BLOCK_HEIGHT


def add_frame(sheet: Sheet) -> None:
    """Draw the trimmed edge, drawing frame, zone letters and centring marks."""
    left, bottom = LEFT_MARGIN, MARGIN
    right, top = sheet.width - MARGIN, sheet.height - MARGIN
    outer = 5.0
    _rectangle(sheet, left, bottom, right, top, 0.7)
    _rectangle(sheet, left - outer, bottom - outer, right + outer, top + outer, NARROW)
    size = 3.0
    columns = max(2, round((right - left) / 50 / 2) * 2)
    rows = max(2, round((top - bottom) / 50 / 2) * 2)
    for column in range(columns):
        x = left + (right - left) * (column + 0.5) / columns
        for y in (bottom - outer / 2 - size / 2, top + outer / 2 - size / 2):
            sheet.letter(x, y, str(column + 1), size, anchor="middle")
        if column:
            edge = left + (right - left) * column / columns
            sheet.shapes.append(Stroke(((edge, bottom - outer), (edge, bottom)), NARROW))
            sheet.shapes.append(Stroke(((edge, top), (edge, top + outer)), NARROW))
    for row in range(rows):
        y = top - (top - bottom) * (row + 0.5) / rows - size / 2
        for x in (left - outer / 2, right + outer / 2):
            sheet.letter(x, y, "ABCDEFGHJKLM"[row], size, anchor="middle")
        if row:
            edge = top - (top - bottom) * row / rows
            sheet.shapes.append(Stroke(((left - outer, edge), (left, edge)), NARROW))
            sheet.shapes.append(Stroke(((right, edge), (right + outer, edge)), NARROW))


def add_title_block(sheet: Sheet, rng: random.Random, fields: dict[str, str]) -> float:
    """Draw one of the layouts at the bottom right; returns the y of its upper edge.

    Cells whose key is missing in `fields` stay empty. A fact is added for each value written.
    """
    plain = sheet.style.plain
    layout, height = (PLAIN_LAYOUT, PLAIN_ROW) if plain else (rng.choice(LAYOUTS), ROW)
    right, bottom = sheet.width - MARGIN, MARGIN
    left, top = right - BLOCK_WIDTH, bottom + height * len(layout)
    _rectangle(sheet, left, bottom, right, top, 0.5)
    for row, cells in enumerate(layout):
        y, x = top - height * (row + 1), left
        if row:
            sheet.shapes.append(Stroke(((left, y + height), (right, y + height)), NARROW))
        for place, (key, width) in enumerate(cells):
            if place:
                sheet.shapes.append(Stroke(((x, y), (x, y + height)), NARROW))
            _cell(sheet, key, (x, y, width, height), fields.get(key, ""))
            x += width
    return top


def _cell(sheet: Sheet, key: str, box: tuple[float, float, float, float], text: str) -> None:
    x, y, width, tall = box
    style = sheet.style
    label = LABELS[key][style.language == "de"]
    if label:
        sheet.letter(x + 1.2, y + tall - style.label - 1.0, label, style.label)
    if key == "projection":
        _first_angle(sheet, x + width / 2 + 2, y + 4.2)
        return
    if not text:
        return
    height = style.lettering
    fitting = height * (width - 4) / max(text_width(style.font, height, text), 0.1)
    size = min(height, fitting)
    sheet.letter(x + 2.5, y + 1.8, text, size, key=key)
    if key != "company":
        sheet.facts.append(Fact(key, text, "title_block"))


def _first_angle(sheet: Sheet, x: float, y: float) -> None:
    """Draw the ISO 5456-2 symbol for first angle projection, about 14 × 5 mm around `x`, `y`."""
    cone = ((x - 6, y - 1.3), (x - 6, y + 1.3), (x, y + 2.6), (x, y - 2.6), (x - 6, y - 1.3))
    sheet.shapes.append(Stroke(cone, NARROW))
    for radius in (1.3, 2.6):
        sheet.shapes.append(Ring((x + 5, y), radius, NARROW))
    sheet.shapes.append(Stroke(((x - 7, y), (x + 8.5, y)), NARROW, "centre"))


def title_fields(sheet: Sheet, rng: random.Random, mass_kg: float) -> dict[str, str]:
    """Values for every field; occasionally a few are left empty."""
    german = sheet.style.language == "de"
    fields = {
        "title": rng.choice(values.TITLES[sheet.kind])[german],
        "number": values.drawing_number(rng),
        "revision": values.revision(rng),
        "mass": values.number_text(_rounded(mass_kg), sheet.style.decimal) + " kg",
        "scale": sheet.scale_text,
        "units": "mm",
        "sheet": f"{(n := rng.randint(1, 4))}/{rng.randint(n, 6)}",
        "drawn": values.person(rng),
        "approved": values.person(rng),
        "date": values.date(rng),
        "tolerance": rng.choice(values.GENERAL_TOLERANCES),
        "finish": rng.choice(values.FINISHES),
        "company": rng.choice(values.COMPANIES),
    }
    for key in ("mass", "finish", "approved", "drawn", "date", "tolerance", "revision"):
        if rng.random() < 0.12:
            del fields[key]
    return fields


def _rounded(mass: float) -> float:
    return round(mass, 3 if mass < 0.1 else 2 if mass < 10 else 1)


def _rectangle(
    sheet: Sheet, left: float, bottom: float, right: float, top: float, weight: float
) -> None:
    corners = ((left, bottom), (right, bottom), (right, top), (left, top), (left, bottom))
    sheet.shapes.append(Stroke(corners, weight))
