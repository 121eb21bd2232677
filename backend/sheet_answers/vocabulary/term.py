"""A subject of questions about a sheet, with its names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.sheet_answers.languages import Language

Phrases = Mapping[Language, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Term:
    """One subject with its names; phrases are words in their base form.

    `kind` groups terms: field, feature, measure, topic, ignored.
    """

    kind: str
    name: str
    phrases: Phrases


def term(kind: str, name: str, en: str, de: str, ko: str) -> Term:
    """Build a term from phrases separated by `|`."""
    languages: dict[Language, str] = {"en": en, "de": de, "ko": ko}
    return Term(
        kind,
        name,
        {
            language: tuple(phrase.strip() for phrase in phrases.split("|") if phrase.strip())
            for language, phrases in languages.items()
        },
    )
