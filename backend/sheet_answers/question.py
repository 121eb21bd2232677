"""A question, read: its language, what it asks about, and which words were not understood."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from backend.evidence.parsing.folding import fold
from backend.evidence.parsing.grammar import read
from backend.evidence.parsing.value import Span
from backend.sheet_answers.languages import Language, language_of
from backend.sheet_answers.matching import Match, Word, find_terms, words_of
from backend.sheet_answers.vocabulary import STOP_WORDS

_QUOTED = re.compile(r"[\"“„'‘«]([^\"”“'’»]{2,})[\"”“'’»]")
_HANGUL = re.compile(r"[가-힣]")
#: Kinds of values that a question can name to mean one place of the sheet, or a standard's table.
_NAMED_VALUES = ("fit", "thread", "size", "dimension", "tolerance", "number", "angle")


@dataclass(frozen=True)
class Question:
    """What a question says, independent of any sheet."""

    text: str
    language: Language
    words: tuple[Word, ...]
    matches: tuple[Match, ...]
    #: Values named in the question, such as `Ø20 H7` or `M8`.
    values: tuple[Span, ...]
    #: Zones of the frame named in it, such as C4.
    zones: tuple[str, ...]
    #: A text in quotation marks.
    quoted: str | None
    #: Words with a meaning that no term explains.
    unknown: tuple[str, ...] = field(default=())

    def names(self, kind: str) -> list[str]:
        """The names of the terms of one kind, each once, in the question's order."""
        found = (match.term.name for match in self.matches if match.term.kind == kind)
        return list(dict.fromkeys(found))

    def has(self, kind: str, *names: str) -> bool:
        """Whether one of these terms occurs."""
        return any(name in names for name in self.names(kind))


def read_question(text: str, language: Language = "en", zones: tuple[str, ...] = ()) -> Question:
    """Read a question. `language` is assumed where the words do not tell; `zones` are those that
    the question names, see `evidence.index.zone_names`."""
    text = " ".join(text.split())
    spoken = language_of(text, language)
    words = words_of(text)
    values = tuple(span for span in read(fold(text), words=False) if _is_value(span, text))
    in_values = {
        number
        for number, word in enumerate(words)
        for span in values
        if word.start < span.end and span.start < word.end
    }
    in_zones = {
        number for number, word in enumerate(words) if word.text.upper().replace("-", "") in zones
    }
    languages: tuple[Language, ...] = (spoken,) if spoken == "en" else (spoken, "en")
    matches = tuple(find_terms(words, languages, in_values | in_zones))
    explained = {number for match in matches for number in match.words} | in_values | in_zones
    quoted = _QUOTED.search(text)
    unknown = tuple(
        word.text
        for number, word in enumerate(words)
        if number not in explained and not _is_plain(word)
    )
    return Question(
        text, spoken, words, matches, values, zones, quoted[1] if quoted else None, unknown
    )


def _is_value(span: Span, text: str) -> bool:
    """Whether a span of the question is a value that stands for itself."""
    return any(sign.isdigit() for sign in text[span.start : span.end])


def _is_plain(word: Word) -> bool:
    if word.folded in STOP_WORDS or word.text.casefold() in STOP_WORDS or word.text.isdigit():
        return True
    if _HANGUL.search(word.text):
        return any(len(stop) > 1 and word.text.startswith(stop) for stop in _KOREAN_STOPS)
    return len(word.text) == 1


_KOREAN_STOPS = tuple(word for word in STOP_WORDS if _HANGUL.search(word))
