"""The page has words in its languages for every sentence that is kept with a drawing or a table,
and for the notes of the standards' tables."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path

import backend.engineering
import backend.extraction
from backend.drawings.formats import sniff, warnings

SENTENCES = Path(__file__).parents[1] / "frontend" / "src" / "i18n" / "sentences.ts"
REFUSALS = SENTENCES.with_name("refusals.ts")
#: A sentence for people: words, and an end or a value at the end.
SENTENCE = re.compile(r"[A-Z{].* .*[.}]", re.DOTALL)


def sentences_of(module: object) -> set[str]:
    return {
        value
        for name, value in vars(module).items()
        if name.isupper() and not name.startswith("_")
        if isinstance(value, str) and SENTENCE.fullmatch(value)
    }


def keys_of(table: Path) -> set[str]:
    return set(re.findall(r'^    en: "(.*)",$', table.read_text("utf-8"), re.MULTILINE))


def test_the_page_knows_every_sentence() -> None:
    said = sentences_of(warnings)
    for package in (backend.engineering, backend.extraction):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            said |= sentences_of(importlib.import_module(module.name))
    assert len(said) > 25
    assert keys_of(SENTENCES) == said


def test_the_page_knows_why_a_file_is_not_taken() -> None:
    page = keys_of(REFUSALS)
    refused = {reason for _, _, reason in sniff._REFUSED}
    assert len(page) > 5
    assert page <= refused | {sniff._OFFICE, sniff._CAMERA}
    assert {sniff._CAD, sniff._DWG, sniff._ARCHIVE} <= page
