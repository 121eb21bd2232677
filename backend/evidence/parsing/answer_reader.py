"""Finds the values of an answer, also while it is still being written.

Offsets are UTF-16 code units of the raw answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from backend.evidence.parsing.answer_markup import plain
from backend.evidence.parsing.folding import utf16_offsets
from backend.evidence.parsing.grammar import read
from backend.evidence.parsing.value import Kind, Reading

#: A finished word of prose; text before it no longer depends on text after it.
_PROSE = re.compile(
    r"(?:(?<=[\s(,;:*])|^)([A-Za-zÀ-ÿ]*[a-zß-ÿ][A-Za-zÀ-ÿ]*|[가-힣]{2,})(?=[\s,;:!?)]|\.\s)"
)
#: Words that belong to the number before them.
_HANGING = re.compile(
    r"(?i)(?:with|having|mit|einer?|der|tol|toleran|dia|durch|radi|degree|grad|inch|zoll|mm|milli"
    r"|micr|mikro|sheet|of|von|in$|fine|pitch|steig|피치|직경|지름|반지름|반경|인치|밀리|마이크로|공차|도)"
)
_SHORTEST_LATIN = 4
#: Signs after which a number that was cut off may continue.
_DECIMAL_SIGNS = (".", ",")


@dataclass(frozen=True, slots=True)
class Value:
    """A value of an answer: the text as written, its UTF-16 offsets and its reading."""

    text: str
    start: int
    end: int
    kind: Kind
    reading: Reading


def find_values(answer: str) -> list[Value]:
    """Return all values in order, without overlaps. `settled_until` tells which are final."""
    offsets, text = utf16_offsets(answer), plain(answer)
    values = []
    for span in read(text.text):
        start, end = text.place(span.start, span.end)
        written = answer[start:end]
        if written.count("{") == written.count("}") + 1 and answer[end : end + 1] == "}":
            end += 1
        values.append(
            Value(answer[start:end], offsets[start], offsets[end], span.reading.kind, span.reading)
        )
    return values


def settled_until(answer: str) -> int:
    """Return the UTF-16 offset up to which more text can no longer change the values found."""
    return utf16_offsets(answer)[_settled(answer)]


def _settled(answer: str) -> int:
    line_start = max(answer.rfind("\n"), answer.rfind("|")) + 1
    settled = line_start
    for match in _PROSE.finditer(answer, line_start):
        word = match[1]
        if _HANGING.match(word) or (word.isascii() and len(word) < _SHORTEST_LATIN):
            continue
        settled = match.start()
    return settled


class AnswerReader:
    """Reads an answer delta by delta and returns each value once, when it is final.

    Keeps only the line that is still open, so that a long answer costs no more than a short one.
    """

    def __init__(self) -> None:
        self._tail = ""
        self._base = 0  # UTF-16 offset of the tail
        self._given = 0  # UTF-16 offset up to which values were returned

    def feed(self, delta: str) -> list[Value]:
        """Return the values that have become final with this delta."""
        self._tail += delta
        values = self._take(_settled(self._tail))
        cut = self._tail.rfind("\n") + 1
        self._base += utf16_offsets(self._tail[:cut])[-1]
        self._tail = self._tail[cut:]
        return values

    def finish(self, *, cut: bool = False) -> list[Value]:
        """Return the remaining values at the end of the answer. `cut`: it was stopped, so a value
        at its very end may be incomplete.
        """
        values = self._take(len(self._tail))
        if cut:
            end = self._base + utf16_offsets(self._tail)[-1]
            open_end = end - (self._tail[-1:] in _DECIMAL_SIGNS)
            values = [
                value for value in values
                if value.end < open_end or (value.end < end and not value.text[-1].isdigit())
            ]  # fmt: skip
        self._base += utf16_offsets(self._tail)[-1]
        self._tail = ""
        return values

    def _take(self, settled: int) -> list[Value]:
        limit = self._base + utf16_offsets(self._tail[:settled])[-1]
        if limit <= self._given:
            return []
        values = [
            replace(value, start=value.start + self._base, end=value.end + self._base)
            for value in find_values(self._tail)
        ]
        final = [value for value in values if self._given <= value.start and value.end <= limit]
        self._given = limit
        return final
