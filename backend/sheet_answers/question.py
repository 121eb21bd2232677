"""Parses a question: its language, its subjects, and the words that were not understood."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from backend.evidence.index.zone_names import named_zones
from backend.evidence.parsing.folding import fold
from backend.evidence.parsing.grammar import read
from backend.evidence.parsing.value import Span
from backend.sheet_answers.languages import Language, language_of
from backend.sheet_answers.term_matching import TYPING_ERROR, Match, Word, find_terms, words_of
from backend.sheet_answers.vocabulary.stop_words import STOP_WORDS

MOST_ZONES = 3
_QUOTED = re.compile(r"[\"“„‘«]([^\"”“’»]{2,})[\"”“’»]|(?<!\w)'([^']{2,})'(?!\w)")
_HANGUL = re.compile(r"[가-힣]")
_ITEM = re.compile(
    r"(?:item|balloon|position|pos\.?|part|find number|teil|number|no\.?|nr\.?|nummer"
    r"|항목|부품|풍선|품번)"
    r"\s*(?:no\.?|nr\.?|number|nummer|번호)?\s*#?\s*(\d{1,3})(?![\d.,]*\d|\w)|(\d{1,3})\s*번",
    re.IGNORECASE,
)
#: A number by itself: not part of a word, a class, a ratio or a fraction.
_BARE = re.compile(
    r"(?<![\w.,:/±+-])(\d+(?:[.,]\d+)?)(?=\s*(?:mm|in)?\b(?![\w:/])|[\s?!.,)가-힣]|$)"
)


@dataclass(frozen=True)
class Question:
    """The parsed question, independent of any sheet."""

    text: str
    language: Language
    words: tuple[Word, ...]
    matches: tuple[Match, ...]
    #: Values named in the question, such as `Ø20 H7` or `M8`.
    values: tuple[Span, ...]
    #: Plain numbers in it, such as the 20 of "the 20 dimension".
    numbers: tuple[Decimal, ...]
    #: Zones of the frame in the question, such as C4.
    zones: tuple[str, ...]
    #: A text in quotation marks.
    quoted: str | None
    #: The number of an item or balloon.
    item: str | None
    #: Words with a meaning that no term explains.
    unknown: tuple[str, ...] = field(default=())

    def names(self, kind: str) -> list[str]:
        """Return the names of the terms of one kind, each once, in the question's order."""
        found = (match.term.name for match in self.matches if match.term.kind == kind)
        return list(dict.fromkeys(found))

    def has(self, kind: str, *names: str) -> bool:
        """Whether one of these terms occurs."""
        return any(name in names for name in self.names(kind))


def read_question(text: str, language: Language = "en") -> Question:
    """Parse a question. `language` is the fallback if its words do not decide."""
    text = " ".join(text.split())
    zones = tuple(named_zones(text, MOST_ZONES))
    words = words_of(text)
    values = tuple(span for span in read(fold(text), words=False) if _is_value(span, text))
    taken = {
        number
        for number, word in enumerate(words)
        if any(word.start < span.end and span.start < word.end for span in values)
        or word.text.upper().replace("-", "") in zones
    }
    spoken, matches = _terms(text, words, taken, language)
    explained = {number for match in matches for number in match.words} | taken
    quoted = _QUOTED.search(text)
    item = _ITEM.search(text)
    unknown = [
        word.text
        for number, word in enumerate(words)
        if number not in explained and not is_plain(word)
    ]
    unknown += [match.rest for match in matches if _has_meaning(match.rest)]
    return Question(
        text,
        spoken,
        words,
        matches,
        values,
        _numbers(text),
        zones,
        next(filter(None, quoted.groups()), None) if quoted else None,
        next(filter(None, item.groups()), None) if item else None,
        tuple(unknown),
    )


def _terms(
    text: str, words: tuple[Word, ...], taken: set[int], default: Language
) -> tuple[Language, tuple[Match, ...]]:
    """Return the question's language and its terms. If it has only technical words, their language
    decides.
    """
    spoken = language_of(text)
    if spoken is not None:
        languages: tuple[Language, ...] = (spoken,) if spoken == "en" else (spoken, "en")
        return spoken, tuple(find_terms(words, languages, taken))
    others: tuple[Language, ...] = ("en", "de") if default != "de" else ("de", "en")
    found = {one: tuple(find_terms(words, (one,), taken)) for one in others}

    def explained(one: Language) -> tuple[int, int]:
        misspelled = sum(match.quality == TYPING_ERROR for match in found[one])
        return (sum(len(match.words) for match in found[one]), -misspelled)

    best = max(others, key=explained)
    if explained(best) == explained(others[0]):
        best = others[0]
    if default == "ko" and not explained(best)[0]:
        return default, ()
    return best, found[best]


def _numbers(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(match[1].replace(",", ".")) for match in _BARE.finditer(text))


def _is_value(span: Span, text: str) -> bool:
    """Whether a span of the question is a value and no word."""
    return any(sign.isdigit() for sign in text[span.start : span.end])


def _has_meaning(rest: str) -> bool:
    return bool(rest) and not is_plain(Word(rest, rest, 0, len(rest)))


def is_plain(word: Word) -> bool:
    """Whether a word has no meaning of its own in a question."""
    if word.folded in STOP_WORDS or word.text.casefold() in STOP_WORDS or word.text.isdigit():
        return True
    if _HANGUL.search(word.text):
        return any(word.text.startswith(stop) for stop in _KOREAN_STOPS)
    return len(word.text) == 1


_KOREAN_STOPS = tuple(word for word in STOP_WORDS if _HANGUL.search(word) and len(word) > 1)
