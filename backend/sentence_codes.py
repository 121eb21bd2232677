"""Codes for the server's English sentences, so that a client can show them in another language.

A sentence is a template with `{places}` filled in. Its code and values are found by matching the
sentence against the templates, so that sentences which were stored before have codes too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

# pydantic needs this one before Python 3.12.
from typing_extensions import TypedDict

_PLACE = re.compile(r"\{(\w+)\}")


class CodedSentence(TypedDict):
    """A sentence as a stable code and the values in it."""

    code: str
    values: dict[str, str]


class SentenceCodes:
    """The codes of a set of templates, given as `{code: template}`."""

    def __init__(self, templates: Mapping[str, str]) -> None:
        self.templates = dict(templates)
        # "The model reads {value}." also matches longer sentences: try the most specific first.
        by_length = sorted(templates, key=lambda code: -len(_PLACE.sub("", templates[code])))
        self._patterns = [(code, _pattern(templates[code])) for code in by_length]

    def of(self, sentence: str) -> CodedSentence | None:
        """The code and the values of a sentence, or None if no template matches."""
        for code, pattern in self._patterns:
            found = pattern.fullmatch(sentence)
            if found:
                return CodedSentence(code=code, values=found.groupdict())
        return None

    def of_all(self, sentences: Iterable[str]) -> list[CodedSentence | None]:
        """The codes of several sentences, in the same order."""
        return [self.of(sentence) for sentence in sentences]


def _pattern(template: str) -> re.Pattern[str]:
    parts = _PLACE.split(template)
    source = [
        f"(?P<{part}>.*)" if index % 2 else re.escape(part) for index, part in enumerate(parts)
    ]
    return re.compile("".join(source), re.DOTALL)
