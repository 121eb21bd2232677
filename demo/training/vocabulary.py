"""The trained model's vocabulary: bytes, frozen merges, special tokens, whole phrases.

Digits and capitals are never merged: values on a sheet are spelt character by character. The
fixed sentences of every prompt and the names of what is asked for are a token each: a long
prompt would take most of the training's time, and a name in a sentence is found as it is.
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
VOCABULARY_SIZE = 1472  # a multiple of 64 with room for 256 bytes, merges, special, phrases


@cache
def frozen_merges() -> tuple[tuple[str, str], ...]:
    """Pairs in order, letters written as byte-level vocabularies do."""
    lines = MERGES.read_text(encoding="utf-8").splitlines()
    return tuple((pair[0], pair[1]) for pair in (line.split(" ") for line in lines))


@cache
def frozen_phrases() -> tuple[str, ...]:
    """The phrases as the training saw them."""
    return tuple(json.loads(PHRASES.read_text(encoding="utf-8")))


def build_trained_tokenizer() -> PreTrainedTokenizerFast:
    """The tokenizer; the same tokens each time, in the same order."""
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
