"""One sheet's tables against its ground truth: counts, and the faults in words. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.extraction.tables.table import Kind, Row, Table

Truth = Mapping[str, Any]
Cells = dict[str, str | None]

_PEOPLE = {"drawn", "checked", "approved"}
#: A row whose cell of these is unsure counts as missing.
_DECIDING = ("value", "nominal", "smallest", "largest", "upper", "lower", "fit")
_UNITS = {**dict.fromkeys(("millimeters", "millimeter", "millimetres", "millimetri"), "mm"),
          **dict.fromkeys(("inches", "inch", '"'), "in")}  # fmt: skip
_CLOSE = 1e-6


@dataclass
class Score:
    """Counts by name, and the faults in words."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def has_harm(self) -> bool:
        """Whether something is wrong, not only missing."""
        return any(self.counts[name] for name in ("fields wrong", "wrong size", "false rows"))


def score(truth: Truth, tables: Mapping[Kind, Table]) -> Score:
    """Hold every table of a drawing against its truth."""
    result = Score()
    _fields(truth, tables["title_block"], result)
    _dimensions(truth, tables["dimensions"], result)
    lists: tuple[Kind, ...] = ("bom", "revisions")
    for kind in lists:
        _cells(kind, truth.get(kind, ()), tables[kind], result)
    return result


def _sure(table: Table, result: Score) -> list[Cells]:
    kept = []
    for row in table.rows:
        if _is_unsure(row):
            result.counts["unsure"] += 1
        else:
            kept.append({name: cell.value for name, cell in row.cells.items()})
    return kept


def _is_unsure(row: Row) -> bool:
    return any(row.cells[name].status == "unsure" for name in _DECIDING if name in row.cells)


def _fields(truth: Truth, table: Table, result: Score) -> None:
    found = {row["field"]: row["value"] for row in _sure(table, result) if row.get("value")}
    wanted = {name: text for name, text in truth["fields"].items() if name not in _PEOPLE}
    result.counts["fields"] += len(wanted)
    for name, text in wanted.items():
        said = found.get(name)
        if said is None:
            result.faults.append(f"{name} {text!r} is missing")
        elif _same_field(name, text, said):
            result.counts["fields right"] += 1
        else:
            result.counts["fields wrong"] += 1
            result.faults.append(f"{name} is {text!r}, read {said!r}")
    for name in sorted(set(found) - set(wanted) - _PEOPLE - {None}, key=str):
        result.counts["fields wrong"] += 1
        result.faults.append(f"{name} {found[name]!r} is not on the sheet")


def _same_field(name: str, truth: str, said: str) -> bool:
    for way in str(truth).split("|"):
        if _plain(way) == _plain(said):
            return True
        if name == "units" and _unit(way) == _unit(said):
            return True
        if name == "sheet" and re.findall(r"\d+", way) == re.findall(r"\d+", said):
            return True
        if name in ("general_tolerance", "mass") and _letters(way) == _letters(said):
            return True
    return False


def _plain(text: str) -> str:
    spaced = re.sub(r"\s*([:/-])\s*", r"\1", text)
    return " ".join(spaced.split()).casefold().rstrip(".")


def _letters(text: str) -> str:
    return re.sub(r"[^0-9.a-z]", "", _plain(text))


def _unit(text: str) -> str:
    return _UNITS.get(_plain(text), _plain(text))


def _dimensions(truth: Truth, table: Table, result: Score) -> None:
    rows = _sure(table, result)
    wanted: Sequence[Truth] = truth["dimensions"]
    pairs = sorted(
        (len(list(_faults(one, row))), place, number)
        for place, one in enumerate(wanted)
        for number, row in enumerate(rows)
        if _same_size(one, row)
    )
    match: dict[int, int] = {}
    for _, place, number in pairs:
        if place not in match and number not in match.values():
            match[place] = number
    result.counts["dimensions"] += len(wanted)
    result.counts["found"] += len(match)
    for place, one in enumerate(wanted):
        if place not in match:
            result.faults.append(f"{one['kind']} {_said(one)} is missing")
            continue
        faults = list(_faults(one, rows[match[place]]))
        result.counts["whole"] += not faults
        result.counts["wrong size"] += any(hard for hard, _ in faults)
        result.faults += [f"{one['kind']} {_said(one)}: {fault}" for _, fault in faults]
    if truth.get("dimensions_complete", True):
        for number, row in enumerate(rows):
            if number not in match.values() and row.get("kind") != "roughness":
                result.counts["false rows"] += 1
                result.faults.append(f"{row.get('text')!r} is no dimension")


def _said(truth: Truth) -> str:
    if truth["nominal"] is None:
        return f"{truth.get('smallest')} to {truth.get('largest')}"
    return str(truth["nominal"])


def _same_size(truth: Truth, row: Cells) -> bool:
    if truth["nominal"] is None:
        return row.get("nominal") is None and all(
            _same_number(truth.get(name), row.get(name)) for name in ("smallest", "largest")
        )
    return row.get("nominal") is not None and _same_number(truth["nominal"], row["nominal"])


def _same_number(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    try:
        return abs(float(one) - float(other)) < _CLOSE
    except ValueError:
        return str(one) == str(other)


def _faults(truth: Truth, row: Cells) -> Iterator[tuple[bool, str]]:
    """What differs; true where the size is another one for it."""
    kind = row.get("kind")
    if kind != truth["kind"] and not (truth.get("reference") and kind == "reference"):
        yield False, f"the kind is read as {kind}"
    if str(row.get("count") or 1) != str(truth.get("count", 1)):
        yield False, f"the count is {truth.get('count', 1)}, read {row.get('count')}"
    if (row.get("fit") or "") != truth.get("fit", ""):
        yield True, f"the class is {truth.get('fit', 'none')}, read {row.get('fit')}"
    if "upper" in truth:
        said = row.get("upper"), row.get("lower")
        if not (_same_number(truth["upper"], said[0]) and _same_number(truth["lower"], said[1])):
            yield True, f"the tolerance is {truth['upper']}/{truth['lower']}, read {said}"
    elif row.get("tolerance_by") == "stated" and not set(truth) & {"smallest", "largest", "fit"}:
        yield True, "a tolerance that nobody wrote"
    if truth["nominal"] is not None and {"smallest", "largest"} & set(truth):
        if not all(
            _same_number(truth.get(name), row.get(name)) for name in ("smallest", "largest")
        ):
            yield True, "other limits"


def _cells(kind: Kind, wanted: Sequence[Mapping[str, str]], table: Table, result: Score) -> None:
    seen = [
        {_plain(text) for text in row.values() if text} for row in _sure(table, result)
    ]  # fmt: skip
    for one in wanted:
        texts = {_plain(str(text)) for text in one.values() if text}
        best = max((len(texts & row) for row in seen), default=0)
        result.counts[f"{kind} cells"] += len(texts)
        result.counts[f"{kind} cells right"] += best
        if best < len(texts):
            result.faults.append(f"{kind}: {dict(one)} is missing or in part")
