"""Finding terms in a question: inflected, compounded, with particles, with typing errors.

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
from backend.sheet_answers.vocabulary import TERMS, Term

_WORD = re.compile(r"[^\W_]+(?:[-&+'][^\W_]+)*")
_HANGUL = re.compile(r"[가-힣]")
#: Endings that a word may have beyond its base form.
_ENDINGS = ("s", "es", "e", "en", "er", "em", "n", "ed", "d", "ing", "'s", "nen", "ern")
#: Shortest stem that is looked for inside a German compound.
_COMPOUND_STEM = 6


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the question: as written, folded, and where it stands (characters)."""

    text: str
    folded: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A term found in a question, with the numbers of its words."""

    term: Term
    words: tuple[int, ...]
    exact: bool

    @property
    def first(self) -> int:
        """The number of its first word."""
        return self.words[0]


def words_of(question: str) -> tuple[Word, ...]:
    """The words of a question."""
    return tuple(
        Word(match[0], fold_word(match[0]), match.start(), match.end())
        for match in _WORD.finditer(question)
    )


@lru_cache(maxsize=4096)
def fold_word(word: str) -> str:
    """Lower case; umlauts as two letters and ß as ss, so that both spellings meet."""
    folded = word.casefold()
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        folded = folded.replace(umlaut, letters)
    return folded


def find_terms(
    words: tuple[Word, ...], languages: Iterable[Language], taken: Iterable[int] = ()
) -> list[Match]:
    """The terms that a question names, each word used once: exact before similar, long before
    short, early before late. `taken` are numbers of words that mean something else."""
    wanted = tuple(languages)
    candidates = [
        (not exact, -length, start, number, language)
        for number, term in enumerate(TERMS)
        for language in wanted
        for phrase in term.phrases[language]
        for start, length, exact in _occurrences(words, phrase)
    ]
    used = set(taken)
    found: list[Match] = []
    for inexact, negative, start, number, _ in sorted(candidates):
        span = tuple(range(start, start - negative))
        if used.isdisjoint(span):
            used.update(span)
            found.append(Match(TERMS[number], span, not inexact))
    return sorted(found, key=lambda match: match.first)


def _occurrences(words: tuple[Word, ...], phrase: str) -> list[tuple[int, int, bool]]:
    """Where a phrase stands: first word, number of words, and whether without a typing error."""
    if _HANGUL.search(phrase):
        return _hangul(words, phrase.replace(" ", ""))
    parts = tuple(fold_word(part) for part in phrase.split())
    found = []
    for start in range(len(words) - len(parts) + 1):
        exact = True
        for offset, part in enumerate(parts):
            same = _same(words[start + offset].folded, part)
            if same is None:
                break
            exact = exact and same
        else:
            found.append((start, len(parts), exact))
    return found


def _hangul(words: tuple[Word, ...], phrase: str) -> list[tuple[int, int, bool]]:
    """Hangul is written with and without spaces, and particles follow without one."""
    found = []
    for start in range(len(words)):
        joined = ""
        for end in range(start, min(start + 4, len(words))):
            joined += words[end].folded
            at = joined.find(phrase)
            if at >= 0:
                if at < len(words[start].folded):
                    found.append((start, end - start + 1, True))
                break
    return found


@lru_cache(maxsize=65536)
def _same(word: str, stem: str) -> bool | None:
    """True for the same word, False for one with a typing error, None for another."""
    if word == stem:
        return True
    if len(stem) >= 3 and word.startswith(stem) and word[len(stem) :] in _ENDINGS:
        return True
    if len(stem) >= 4 and stem[-1] in "ey" and word.startswith(stem[:-1]):
        if word[len(stem) - 1 :] in ("ies", "ing", "ed", "en", "er", "em", "es", "n"):
            return True
    if len(stem) >= _COMPOUND_STEM and stem in word:
        return True
    if len(stem) >= 5 and not any(letter.isdigit() for letter in word):
        allowed = 2 if len(stem) >= 9 else 1
        for cut in ("", "s", "e", "en", "n", "es"):
            base = word.removesuffix(cut) if cut else word
            if abs(len(base) - len(stem)) <= allowed and base[:1] == stem[:1]:
                if OSA.distance(base, stem, score_cutoff=allowed) <= allowed:
                    return False
    return None
