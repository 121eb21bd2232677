"""Estimates of tokens without a tokenizer."""

from __future__ import annotations

import pytest

from backend.model.remote.openai_request import estimated_tokens


# What Qwen's tokenizers do with such texts is known from their rules: each digit is a token of its
# own, a sign at most one, a space belongs to the word behind it.
@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("", 0),
        ("12345.67", 8),
        ("Ø38 H12", 6),
        ("{[()]}", 3),
        ("\n\n\n", 1),
        ("MATERIAL", 2),
        ("größer", 3),
        ("图面", 2),
    ],
)
def test_it_is_rather_too_many(text: str, least: int) -> None:
    # A byte-level tokenizer can never need more tokens than there are bytes.
    assert least <= estimated_tokens(text) <= len(text.encode())


def test_prose_is_not_counted_by_the_letter() -> None:
    prose = "The largest bore is at the left side of the flange. " * 20
    assert estimated_tokens(prose) < len(prose) / 2
