"""Finds terms in a question: inflected, compounded, with particles, with typing errors.

Latin words match by their beginning, German compounds also by their parts, Hangul by substring;
words of five letters and more also match with one typing error (two from nine letters on).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from backend.sheet_answers.languages import Language
from backend.sheet_answers.vocabulary.term import Term
from backend.sheet_answers.vocabulary.terms import TERMS

_WORD = re.compile(r"[^\W_]+(?:[-&+'’][^\W_]+)*")
_HANGUL = re.compile(r"[가-힣]")
#: Endings that a word may have beyond its base form.
_ENDINGS = ("s", "es", "e", "en", "er", "em", "n", "ed", "d", "ing", "'s", "’s", "nen", "ern")
#: Shortest stem that is searched inside a German compound, and shortest rest that has a meaning of
#: its own.
_COMPOUND_STEM, _REST = 5, 3
#: Match quality of a word, best first.
EXACT, INFLECTED, COMPOUND, TYPING_ERROR = range(4)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the question: as written, folded, and its place in characters."""

    text: str
    folded: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A term found in a question, with the numbers of its words.

    `rest` is the part of a compound that the term does not explain: `innen` of a bore's
    `Innendurchmesser`.
    """

    term: Term
    words: tuple[int, ...]
    quality: int
    rest: str = ""

    @property
    def first(self) -> int:
        """The number of its first word."""
        return self.words[0]


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    length: int
    quality: int
    letters: int
    rest: str = ""


def words_of(question: str) -> tuple[Word, ...]:
    """Return the words of a question."""
    return tuple(
        Word(match[0], fold_word(match[0]), match.start(), match.end())
        for match in _WORD.finditer(question)
    )


@lru_cache(maxsize=4096)
def fold_word(word: str) -> str:
    """Fold to lower case; umlauts as two letters, so that both spellings match. ß stays: Maße,
    Masse.
    """
    folded = word.lower()
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        folded = folded.replace(umlaut, letters)
    return folded


def find_terms(
    words: tuple[Word, ...], languages: Iterable[Language], taken: Iterable[int] = ()
) -> list[Match]:
    """Return the terms that a question names, each word used once: without typing errors before
    similar, long before short, early before late. `taken` are numbers of words with another
    meaning.
    """
    wanted = tuple(languages)
    candidates = [
        (_rank(found), number, found)
        for number, term in enumerate(TERMS)
        for language in wanted
        for phrase in term.phrases[language]
        for found in _occurrences(words, phrase)
    ]
    used = set(taken)
    matches: list[Match] = []
    for _, number, found in sorted(candidates, key=lambda one: one[:2]):
        span = tuple(range(found.start, found.start + found.length))
        if used.isdisjoint(span):
            used.update(span)
            matches.append(Match(TERMS[number], span, found.quality, found.rest))
    return sorted(matches, key=lambda match: match.first)


def _rank(found: _Found) -> tuple[int, int, int, int, int]:
    return (
        found.quality == TYPING_ERROR,
        -found.length,
        found.quality,
        -found.letters,
        found.start,
    )


def _occurrences(words: tuple[Word, ...], phrase: str) -> list[_Found]:
    if _HANGUL.search(phrase):
        return _hangul(words, phrase.replace(" ", ""))
    parts = tuple(fold_word(part) for part in phrase.split())
    found = []
    for start in range(len(words) - len(parts) + 1):
        worst, rest = EXACT, ""
        for offset, part in enumerate(parts):
            same = _same(words[start + offset].folded, part)
            if same is None:
                break
            worst, rest = max(worst, same[0]), rest or same[1]
        else:
            found.append(_Found(start, len(parts), worst, len(phrase), rest))
    return found


def _hangul(words: tuple[Word, ...], phrase: str) -> list[_Found]:
    """Match Hangul, which is written with and without spaces; particles follow without one."""
    found = []
    for start in range(len(words)):
        joined = ""
        for end in range(start, min(start + 4, len(words))):
            joined += words[end].folded
            at = joined.find(phrase)
            if at >= 0:
                if at < len(words[start].folded):
                    quality = EXACT if at == 0 else COMPOUND
                    length = end - start + 1
                    rest = joined[:at] if at >= 2 else ""
                    found.append(_Found(start, length, quality, 2 * len(phrase), rest))
                break
    return found


@lru_cache(maxsize=65536)
def _same(word: str, stem: str) -> tuple[int, str] | None:
    """Return the match quality of a word and the rest of a compound; None for another word."""
    if word == stem:
        return (EXACT, "")
    if len(stem) >= 3 and word.startswith(stem) and word[len(stem) :] in _ENDINGS:
        return (INFLECTED, "")
    if len(stem) >= 4 and stem[-1] in "ey" and word.startswith(stem[:-1]):
        if word[len(stem) - 1 :] in ("ies", "ing", "ed", "en", "er", "em", "es", "n"):
            return (INFLECTED, "")
    if len(stem) >= _COMPOUND_STEM and stem in word:
        rest = word.partition(stem)[0].strip("-")
        if not rest or len(rest) >= _REST:
            return (COMPOUND, rest)
    return (TYPING_ERROR, "") if _misspelled(word, stem) else None


def _misspelled(word: str, stem: str) -> bool:
    if len(stem) < 5 or any(letter.isdigit() for letter in word):
        return False
    allowed = 2 if len(stem) >= 9 else 1
    for ending in ("", "s", "e", "en", "n", "es"):
        base = word.removesuffix(ending) if ending else word
        near = abs(len(base) - len(stem)) <= allowed and base[:1] == stem[:1]
        if near and OSA.distance(base, stem, score_cutoff=allowed) <= allowed:
            return True
    return False
