"""Finds title block fields that are recognisable without a label, anywhere on the sheet.

These are the class of a general tolerance, the sheet's unit, the projection, and deviations by the
number of decimals.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from backend.drawing import TextItem
from backend.evidence.parsing.folding import fold
from backend.extraction.tables.block_tolerances import place_tolerances
from backend.extraction.tables.sheet_page import SheetPage
from backend.extraction.tables.table import Field
from backend.extraction.tables.unlabelled import rows_within

#: Statements that need no label of their own.
_ANYWHERE: dict[str, re.Pattern[str]] = {
    "units": re.compile(
        r"(?i)(?:dimensions|dims\.?|maße|all dim\w*|cotes|quote|dimensioni|medidas|cotas|maten|mått"
        r"|wymiary)\b.{0,20}?\b(millimet(?:er|re)s?|millimètres|millimetri|milímetros|mm|inch"
        r"(?:es)?|zoll"
        r"|pollici|pouces|pulgadas)\b"
        r"|(?:단위|単位|单位)\s*[:;：]?\s*(mm|inch)"
    ),
    "general_tolerance": re.compile(
        r"(?i)(?<![\w.])((?:(?:DIN|EN|KS B|BS|NF|UNI|SS|JIS|NBN)[ -]){0,2}(?:ISO[ -]?)"
        r"(?:2768(?:\s?-\s?1(?!\d))?(?:\s?[-–]\s?|\s?)(?-i:[fmcv][HKL]?|(?:fein|mittel|grob"
        r"|fine|medium|coarse)))(?!\w)"
        r"|(?:DIN|EN|BS|NF)[ -]?(?:EN[ -])?(?:7168|22768)(?:\s?-\s?1)?[ -]*(?:fein|mittel|grob"
        r"|[fmcv][HKLSTR]?)?(?!\w)"
        r"|JIS B ?0405(?:\s?[-–]\s?|\s)?[fmcv]?(?!\w)|GB/T ?1804(?:-\d{4})?(?:\s?[-–]\s?"
        r"|\s)?[fmcv]?(?!\w)"
        r"|KS B 0412(?:\s?[-–]\s?|\s)?[fmcv]?(?!\w)|(?:ГОСТ|GOST) ?30893\.1(?:\s?[-–]\s?"
        r"|\s)?[fmcv]?(?!\w)"
        r"|ISO[ -]?22081(?!\d)|H1[0-8]\s?[,;]\s?h1[0-8]\s?[,;]\s?±\s?(?:IT|t)\s?1?\d\s?/\s?2)"
    ),
    "projection": re.compile(r"(?i)\b((?:first|third|1st|3rd)[ -]angle)\b|(제?\s?[13]각법)"),
}  # fmt: skip


def stated_fields(page: SheetPage, runs: Sequence[TextItem]) -> dict[str, Field]:
    """Return the fields that the runs state, each by the first run that states it."""
    found = {name: _elsewhere(page, runs, pattern) for name, pattern in _ANYWHERE.items()}
    return {name: field for name, field in found.items() if field is not None}


def _elsewhere(page: SheetPage, runs: Sequence[TextItem], pattern: re.Pattern[str]) -> Field | None:
    for run in runs:
        if match := pattern.search(fold(run.text)):
            said = next(part for part in match.groups() if part)
            return page.field([run], said)
    return None


def add_place_tolerances(
    page: SheetPage, runs: Sequence[TextItem], found: dict[str, Field]
) -> None:
    """Add general tolerances by the number of decimals, which take several lines."""
    known = found.get("general_tolerance")
    if known is not None and known.value and re.search(r"2768|7168|0405|1804", known.value):
        return
    rows = [
        row for row in rows_within(runs)
        if place_tolerances(fold(row.text)).says_anything
    ]  # fmt: skip
    said = " ".join(row.text for row in rows)
    if rows and place_tolerances(fold(said)):
        text = re.sub(r"(?i)^\s*tolerances?\s*:?\s*", "", said)
        found["general_tolerance"] = page.field([run for row in rows for run in row.runs], text)
