"""Answers questions about dimensions: those of a kind, the largest, the tightest, how
many, limits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation

from backend.extraction.tables.table import Field, Row
from backend.sheet_answers.names import name_of
from backend.sheet_answers.phrases import phrase
from backend.sheet_answers.reply import Reply
from backend.sheet_answers.sheet import Sheet
from backend.sheet_answers.topics.nearest import (
    deny_or_offer_feature,
    deny_or_offer_field,
    feature_places,
)

#: The most rows that one answer lists.
MOST_ROWS = 20
_DEPTH = re.compile(r"[↧⌵]|\b(?:deep|depth|dp|tief|tiefe)\b|깊이", re.IGNORECASE)
_THICKNESS = re.compile(
    r"(?<!\w)[tT]\s?=|\b(?:thk|thick|thickness|dick|dicke)\b|두께", re.IGNORECASE
)
_HOLE_WORDS = re.compile(
    r"\b(?:thru|through|hole|bore|drill|ream|cbore|csk|bohr|durch|senk)|[⌴⌵]|관통|드릴",
    re.IGNORECASE,
)
_HOLE_FIT = re.compile(r"[A-Z]{1,2}\d")
#: Kinds of rows that a general tolerance does not limit.
_WITHOUT_LIMITS = ("thread", "geometric", "roughness", "weld", "reference")
_ROUND = ("diameter", "spherical diameter")
_GENERAL = ("ISO 2768", "general", "title block")


def _has(row: Row, column: str) -> bool:
    return bool(row.value(column))


def _says(row: Row, pattern: re.Pattern[str]) -> bool:
    return bool(pattern.search(row.value("text") or ""))


#: The rows of the dimension table for each feature.
FEATURES: dict[str, Callable[[Row], bool]] = {
    "diameter": lambda row: row.value("kind") in _ROUND,
    "hole": lambda row: is_hole(row) is not False,
    "radius": lambda row: row.value("kind") in ("radius", "spherical radius"),
    "thread": lambda row: row.value("kind") == "thread",
    "fit": lambda row: _has(row, "fit"),
    "angle": lambda row: row.value("kind") == "angle",
    "chamfer": lambda row: row.value("kind") == "chamfer",
    "depth": lambda row: row.value("kind") == "depth" or _says(row, _DEPTH),
    "roughness": lambda row: row.value("kind") == "roughness",
    "geometric": lambda row: row.value("kind") == "geometric",
    "tolerance": lambda row: has_own_tolerance(row),
    "limits": lambda row: has_own_tolerance(row),
    "linear": lambda row: row.value("kind") == "linear",
    "thickness": lambda row: row.value("kind") == "thickness" or _says(row, _THICKNESS),
    "weld": lambda row: row.value("kind") == "weld",
    "dimension": lambda row: row.value("kind") not in ("geometric", "roughness", "weld"),
}  # fmt: skip


def is_hole(row: Row) -> bool | None:
    """Whether a row is a hole; None for a diameter that could also be a shaft's."""
    text, fit = row.value("text") or "", row.value("fit") or ""
    if row.value("kind") == "thread":
        return True
    if row.value("kind") not in _ROUND:
        return False
    if fit:
        return bool(_HOLE_FIT.match(fit))
    if count_of(row) > 1 or _DEPTH.search(text) or _HOLE_WORDS.search(text):
        return True
    return None


def has_own_tolerance(row: Row) -> bool:
    """Whether the row's tolerance is written at the dimension rather than a general one."""
    by = row.value("tolerance_by") or ""
    return (_has(row, "smallest") or _has(row, "upper") or _has(row, "lower")) and not any(
        by.startswith(start) for start in _GENERAL if not _has(row, "fit")
    )


def rows_of(sheet: Sheet, features: Sequence[str], rows: Sequence[Row] | None = None) -> list[Row]:
    """Return the rows of these features; of several (`tolerance` of `diameter`) those of all."""
    every = sheet.rows("dimensions") if rows is None else rows
    chosen = [name for name in features if name != "dimension"] or ["dimension"]
    kinds = [name for name in chosen if name not in ("tolerance", "limits", "fit", "depth")]
    if "hole" in kinds:  # a threaded hole is a thread, and a hole's diameter a hole
        kinds = ["thread"] if "thread" in kinds else [one for one in kinds if one != "diameter"]
    narrowing = [name for name in chosen if name in ("tolerance", "limits", "fit")]
    found = [row for row in every if not kinds or any(FEATURES[name](row) for name in kinds)]
    if "depth" in chosen:
        deep = [row for row in found if FEATURES["depth"](row)]
        found = deep or [row for row in every if FEATURES["depth"](row)]
    return [row for row in found if all(FEATURES[name](row) for name in narrowing)]


def answer_rows(reply: Reply, sheet: Sheet, features: Sequence[str], rows: Sequence[Row]) -> None:
    """List dimensions, each as written with its limits and zone."""
    if not rows:
        none_of(reply, sheet, features)
        return
    sure, unsure = _sure_holes(features, rows)
    _list(reply, sheet, sure)
    _maybe_holes(reply, sheet, unsure)
    _may_be_missing(reply, sheet)


def answer_extreme(
    reply: Reply, sheet: Sheet, features: Sequence[str], rows: Sequence[Row], measure: str
) -> None:
    """Answer with the largest, smallest or tightest of some rows; several if they are equal."""
    size = _width if measure == "tightest" else _nominal
    sure, unsure = _sure_holes(features, rows)
    measured = [(value, row) for row in sure if (value := size(row)) is not None]
    doubtful = [row for _, row in measured if not is_certain(row)]
    measured = [(value, row) for value, row in measured if is_certain(row)]
    if not measured:
        if unsure:
            _maybe_holes(reply, sheet, unsure)
        else:
            none_of(reply, sheet, ["tolerance"] if measure == "tightest" else features)
        return
    pick = max if measure == "largest" else min
    best = pick(value for value, _ in measured)
    chosen = [row for value, row in measured if value == best]
    for row in chosen[:4]:
        reply.line("- " if len(chosen) > 1 else "")
        cite_row(reply, sheet, row)
        if measure == "tightest":
            unit = row.value("unit") or "mm"
            width = f"{best.normalize():f}"
            reply.say(phrase(reply.language, "tightest", width=width, unit=unit))
    larger = [row for row in unsure if _beyond(_nominal(row), best, measure)]
    _maybe_holes(reply, sheet, larger)
    reply.certain = reply.certain and not doubtful
    _may_be_missing(reply, sheet)


def answer_overall(reply: Reply, sheet: Sheet, rows: Sequence[Row]) -> None:
    """Answer with the largest length on the sheet, and say that it is only that."""
    lengths = [row for row in rows if row.value("kind") == "linear" and is_certain(row)]
    sizes = [(value, row) for row in lengths if (value := _nominal(row)) is not None]
    if not sizes:
        none_of(reply, sheet, ["linear"])
        return
    reply.line()
    cite_row(reply, sheet, max(sizes, key=lambda pair: pair[0])[1])
    reply.say(phrase(reply.language, "longest"))
    _may_be_missing(reply, sheet)


def answer_count(reply: Reply, sheet: Sheet, features: Sequence[str], rows: Sequence[Row]) -> None:
    """Count features, with callouts multiplied by their counts, and list them."""
    sure, unsure = _sure_holes(features, rows)
    if not sure and not unsure:
        none_of(reply, sheet, features)
        return
    if sure:
        total = sum(count_of(row) for row in sure)
        what = name_of(reply.language, telling(features))
        reply.line(phrase(reply.language, "count_of", count=total, what=what))
        reply.say(phrase(reply.language, "in_callouts", count=len(sure)))
        _list(reply, sheet, sure)
    _maybe_holes(reply, sheet, unsure)
    _may_be_missing(reply, sheet)


def answer_limits(reply: Reply, sheet: Sheet, rows: Sequence[Row]) -> None:
    """Answer with the limits of particular dimensions, and the rule behind them."""
    bare = []
    for row in rows[:MOST_ROWS]:
        reply.line("- " if len(rows) > 1 else "")
        cite_row(reply, sheet, row)
        if not _has(row, "smallest") and not _has(row, "largest"):
            reply.say(" – " + phrase(reply.language, "no_own_tolerance"))
            bare.append(row)
    if bare and any(row.value("kind") not in _WITHOUT_LIMITS for row in bare):
        reply.say(".")
        general = sheet.title("general_tolerance")
        if general is not None:
            reply.say(phrase(reply.language, "general_is"))
            reply.cell(general, sheet.drawing)
        else:
            deny_or_offer_field(reply, sheet, "general_tolerance")


def _list(reply: Reply, sheet: Sheet, rows: Sequence[Row]) -> None:
    for row in rows[:MOST_ROWS]:
        reply.line("- ")
        cite_row(reply, sheet, row)
    if len(rows) > MOST_ROWS:
        reply.line(phrase(reply.language, "and_more", count=len(rows) - MOST_ROWS))


def _sure_holes(features: Sequence[str], rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Return the rows and, separately, the diameters that may be a shaft's if holes are
    asked for.
    """
    if "hole" not in features or "thread" in features or "depth" in features:
        return list(rows), []
    return (
        [row for row in rows if is_hole(row)],
        [row for row in rows if is_hole(row) is None],
    )


def _maybe_holes(reply: Reply, sheet: Sheet, rows: Sequence[Row]) -> None:
    if rows:
        reply.certain = False
        reply.line(phrase(reply.language, "maybe_holes"))
        _list(reply, sheet, rows)


def _beyond(value: Decimal | None, best: Decimal, measure: str) -> bool:
    if value is None or measure == "tightest":
        return False
    return value > best if measure == "largest" else value < best


def cite_row(reply: Reply, sheet: Sheet, row: Row) -> None:
    """Cite one dimension: as written, then its limits, its zone and its certainty."""
    text = row.cells.get("text") or row.cells.get("nominal")
    if text is None or not text.value:
        return
    reply.cell(_placed(text, row), sheet.drawing, text=_written(row))
    low, high = row.cells.get("smallest"), row.cells.get("largest")
    if low and high and low.value and high.value and is_certain(row):
        reply.say(": ")
        if row.value("fit"):
            _cite_deviations(reply, sheet, row)
        _cite_limits(reply, sheet, row, low, high)
    zone = row.value("zone") or sheet.zone_of(row.page, row.box)
    if zone:
        reply.say(phrase(reply.language, "in_zone", zone=zone))
    elif len(sheet.pages) > 1:
        reply.say(phrase(reply.language, "on_page", page=row.page))
    reply.qualify(text if is_certain(row) else _unsure(text))


def _cite_limits(reply: Reply, sheet: Sheet, row: Row, low: Field, high: Field) -> None:
    template = phrase(reply.language, "limits", low="\0", high="\1")
    before, rest = template.split("\0")
    between, after = rest.split("\1")
    reply.say(before)
    reply.cell(_placed(low, row), sheet.drawing)
    reply.say(between)
    reply.cell(_placed(high, row), sheet.drawing)
    unit = row.value("unit")
    reply.say(f"{after} {unit}" if unit else after)
    rule = row.value("tolerance_by")
    if rule and rule.startswith("general"):
        reply.say(f" ({name_of(reply.language, 'general_tolerance')})")
    elif rule and not rule.startswith("stated"):
        reply.say(phrase(reply.language, "by_rule", rule=rule))


def _cite_deviations(reply: Reply, sheet: Sheet, row: Row) -> None:
    """Cite the deviations of a tolerance class, such as `+0.021 / 0`."""
    upper, lower = row.cells.get("upper"), row.cells.get("lower")
    if upper and lower and upper.value and lower.value:
        reply.cell(_placed(upper, row), sheet.drawing)
        reply.say(" / ")
        reply.cell(_placed(lower, row), sheet.drawing)
        reply.say(", ")


def _written(row: Row) -> str:
    """Return the text as on the sheet, with the count if the text does not begin with it."""
    text = row.value("text") or row.value("nominal") or ""
    count = count_of(row)
    if count > 1 and not re.match(rf"\s*{count}\s*[xX×\-]|\(?{count}", text):
        return f"{count}× {text}"
    return text


def _placed(cell: Field, row: Row) -> Field:
    """Return the cell, with its row's place if it has none of its own."""
    if cell.box is not None:
        return cell
    return Field(cell.value, cell.status, row.box, row.page, cell.source, cell.note)


def _unsure(cell: Field) -> Field:
    return Field(cell.value, "by_eye", cell.box, cell.page, cell.source, cell.note)


def is_certain(row: Row) -> bool:
    """Whether the cells that decide a row were read with certainty."""
    decisive = ("nominal", "upper", "lower", "fit", "smallest", "largest", "value", "text")
    unsure = ("unsure", "disputed", "not_found", "by_eye")
    cells = (row.cells.get(column) for column in decisive)
    own = getattr(row, "status", None)
    return own not in unsure and not any(cell and cell.status in unsure for cell in cells)


def _nominal(row: Row) -> Decimal | None:
    for column in ("nominal", "largest"):
        if (value := decimal(row.value(column))) is not None:
            return value
    return None


def _width(row: Row) -> Decimal | None:
    if row.value("kind") in ("geometric", "angle") or not has_own_tolerance(row):
        return None
    low, high = decimal(row.value("smallest")), decimal(row.value("largest"))
    return None if low is None or high is None or high <= low else high - low


def count_of(row: Row) -> int:
    """Return how many features a row's callout applies to."""
    value = row.value("count") or "1"
    return int(value) if value.isdigit() else 1


def decimal(text: str | None) -> Decimal | None:
    """Return a cell's number."""
    try:
        return None if text is None else Decimal(text.replace(",", ".").lstrip("+"))
    except InvalidOperation:
        return None


def telling(features: Sequence[str]) -> str:
    """Return the feature that names the rows best."""
    names = [name for name in features if name not in ("dimension", "limits", "tolerance")]
    if "thread" in names:
        return "thread"
    return names[0] if names else (features[0] if features else "dimension")


def none_of(reply: Reply, sheet: Sheet, features: Sequence[str]) -> None:
    """Report that there is no such row, and offer the nearest. Signs such as Ø may be drawn and not
    written, so a question for a diameter is offered dimensions without a sign.
    """
    name = telling(features)
    plain = [row for row in sheet.rows("dimensions") if row.value("kind") == "linear"]
    drawn_sign = name in ("diameter", "hole", "radius", "thickness", "depth", "linear")
    if plain and drawn_sign and not feature_places(sheet, name):
        reply.certain = False
        what = name_of(reply.language, name)
        reply.line(phrase(reply.language, "unmarked", what=what))
        _list(reply, sheet, plain)
    else:
        deny_or_offer_feature(reply, sheet, name)
    _may_be_missing(reply, sheet)


def _may_be_missing(reply: Reply, sheet: Sheet) -> None:
    if sheet.recognised:
        reply.line(phrase(reply.language, "maybe_missing"))
