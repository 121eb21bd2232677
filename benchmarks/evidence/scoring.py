"""Answers about sheets, graded and counted: which values are doubted, which pass."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from backend.evidence.grading.grader import Graded, grade
from backend.evidence.index.sheet_index import SheetIndex
from backend.evidence.parsing.answer_reader import find_values
from backend.evidence.parsing.folding import utf16_offsets
from benchmarks.evidence.callouts import Sheet
from benchmarks.evidence.planted import plant, plant_word, stands_elsewhere, word_elsewhere
from benchmarks.evidence.wording import FRAMES, spell

TRUE, ELSEWHERE = "true", "elsewhere"
#: Planted errors by name, as `plant` and `plant_word` make them.
PLANTED = ("wrong digit", "lost decimal", "swapped tolerance", "invented dimension", "wrong word")


@dataclass(frozen=True)
class Marked:
    """A value of an answer (UTF-16 offsets) whose truth is known.

    `kind` is `TRUE` or one of `PLANTED`; `elsewhere`: planted, but stands on the sheet by chance.
    """

    text: str
    kind: str
    elsewhere: bool = False
    start: int = 0
    end: int = 0

    @property
    def group(self) -> str:
        """The row of the report."""
        return ELSEWHERE if self.elsewhere else self.kind


@dataclass
class Score:
    """Counted values, by kind of sheet and group: graded found, or doubted."""

    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    doubted: Counter[tuple[str, str]] = field(default_factory=Counter)

    def kinds(self) -> list[str]:
        """The kinds of sheets."""
        return sorted({kind for kind, _ in (*self.found, *self.doubted)})

    def of(self, group: str, kind: str | None = None) -> tuple[int, int]:
        """Values graded found, and all; of one kind of sheet or of all."""
        kinds = self.kinds() if kind is None else [kind]
        found = sum(self.found[one, group] for one in kinds)
        return found, found + sum(self.doubted[one, group] for one in kinds)

    def planted(self) -> tuple[int, int]:
        """Planted errors that were graded found, and all, those that stand elsewhere left out."""
        pairs = [self.of(group) for group in PLANTED]
        return sum(found for found, _ in pairs), sum(count for _, count in pairs)


@dataclass(frozen=True)
class Mistake:
    """A true value that was doubted, or a planted one that passed."""

    sheet: str
    value: Marked
    seen: list[tuple[str, str]]


def answer(sheet: Sheet, rng: random.Random) -> tuple[str, list[Marked]]:
    """A text about the sheet and the values in it, in the order of the text."""
    language = rng.choice(("en", "en", "de", "ko"))
    values: list[Marked] = []
    for callout in rng.sample(sheet.callouts, min(4, len(sheet.callouts))):
        values.append(Marked(spell(callout, language, rng), TRUE))
    for word in rng.sample(sheet.words, min(1 if sheet.callouts else 4, len(sheet.words))):
        values.append(Marked(word, TRUE))
    planted = plant(sheet, rng)
    if planted is not None:
        kind, callout = planted
        values.append(Marked(spell(callout, language, rng), kind, stands_elsewhere(callout, sheet)))
    wrong = plant_word(sheet, rng) if not sheet.callouts or rng.random() < 0.4 else None
    if wrong is not None:
        values.append(Marked(wrong, "wrong word", word_elsewhere(wrong, sheet)))
    rng.shuffle(values)
    text, starts = "", []
    for value in values:
        before, after = rng.choice(FRAMES[language]).split("{}")
        starts.append(len(text) + len(before))
        text += before + value.text + after + rng.choice((".\n", ".\n\n", "\n"))
    offsets = utf16_offsets(text)
    return text, [
        replace(value, start=offsets[start], end=offsets[start + len(value.text)])
        for value, start in zip(values, starts, strict=True)
    ]


def score_answers(
    sheets: Sequence[Sheet], answers: int, rng: random.Random, score: Score
) -> Iterator[Mistake]:
    """Grade so many answers about the sheets in turn into `score`; gives what went wrong."""
    indices = [SheetIndex([sheet.page]) for sheet in sheets]
    for number in range(answers):
        sheet, index = sheets[number % len(sheets)], indices[number % len(sheets)]
        text, marked = answer(sheet, rng)
        graded = grade(find_values(text), index)
        for value in marked:
            passed = accepted(graded, value)
            (score.found if passed else score.doubted)[sheet.kind, value.group] += 1
            if passed != (value.kind == TRUE) and not value.elsewhere:
                seen = [(one.value.text, one.status) for one in _on(graded, value)]
                yield Mistake(sheet.name, value, seen)


def accepted(graded: Sequence[Graded], value: Marked) -> bool:
    """Whether a reader sees no doubt on the value: found, and nothing else on it."""
    statuses = [one.status for one in _on(graded, value)]
    return bool(statuses) and set(statuses) == {"found"}


def _on(graded: Sequence[Graded], value: Marked) -> list[Graded]:
    return [one for one in graded if one.value.start < value.end and value.start < one.value.end]
