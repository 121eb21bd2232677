"""Collects every term that a question is searched for."""

from __future__ import annotations

from backend.sheet_answers.vocabulary.features import FEATURES
from backend.sheet_answers.vocabulary.fields import FIELDS
from backend.sheet_answers.vocabulary.term import Term
from backend.sheet_answers.vocabulary.topics import MEASURES, TOPICS

TERMS: tuple[Term, ...] = (*FIELDS, *FEATURES, *MEASURES, *TOPICS)
