"""The trained model's vocabulary: bytes, frozen merges, special tokens, whole phrases.

Digits and capitals are never merged: values on a sheet are spelt character by character. Each fixed
sentence of the prompt and each fact's name is one token: a long prompt would take most of the
training time, and a name is found in any sentence.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from demo.tokenizer import SPECIAL_TOKENS, tokenizer_of

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

MERGES = Path(__file__).with_name("merges.txt")
PHRASES = Path(__file__).with_name("phrases.json")
VOCABULARY_SIZE = 1472  # a multiple of 64 that fits 256 bytes, merges, special tokens, phrases


@cache
def frozen_merges() -> tuple[tuple[str, str], ...]:
    """Pairs in order, written as in byte-level vocabularies."""
    lines = MERGES.read_text(encoding="utf-8").splitlines()
    return tuple((pair[0], pair[1]) for pair in (line.split(" ") for line in lines))


@cache
def frozen_phrases() -> tuple[str, ...]:
    """The phrases used in training."""
    return tuple(json.loads(PHRASES.read_text(encoding="utf-8")))


def build_trained_tokenizer() -> PreTrainedTokenizerFast:
    """Build the tokenizer; always the same tokens in the same order."""
    from tokenizers import pre_tokenizers

    merges = list(frozen_merges())
    letters = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *(a + b for a, b in merges)]
    return tokenizer_of(
        {letter: number for number, letter in enumerate(letters)}, merges, frozen_phrases()
    )


def special_ids() -> dict[str, int]:
    """Ids of the special tokens: they follow bytes and merges."""
    first = 256 + len(frozen_merges())
    return {token: first + place for place, token in enumerate(SPECIAL_TOKENS)}
