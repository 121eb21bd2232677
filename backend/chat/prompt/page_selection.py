"""Selects the pages of a long drawing that a question is about, by its words. Pure."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)?")
_NAMED_PAGE = re.compile(
    r"\b(?:pages?|sheets?|seiten?|blatt|blätter|p\.|s\.)\s*(\d{1,5})", re.IGNORECASE
)


def choose_pages(question: str, pages: Mapping[int, Sequence[str]], most: int) -> list[int]:
    """At most `most` page numbers, in order: named pages first, then those that share rare words.

    A word on every page has no weight. Deterministic: the same question and pages give the same
    choice in every later prompt.
    """
    named = [int(number) for number in _NAMED_PAGE.findall(question) if int(number) in pages]
    words_of = {number: _words(" ".join(lines)) for number, lines in pages.items()}
    asked = _words(question)
    scores: dict[int, float] = {}
    for word in asked:
        holders = [number for number, words in words_of.items() if word in words]
        weight = math.log(len(pages) / len(holders)) if holders else 0.0
        for number in holders:
            scores[number] = scores.get(number, 0.0) + weight
    best = sorted(
        (number for number, score in scores.items() if score > 0),
        key=lambda number: (-scores[number], number),
    )
    return sorted(list(dict.fromkeys(named + best))[:most])


def _words(text: str) -> set[str]:
    normal = unicodedata.normalize("NFKC", text).casefold()
    return {word for word in _WORD.findall(normal) if len(word) > 1}
