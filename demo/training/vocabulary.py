"""The trained model's vocabulary: bytes, frozen merges of lower-case words, special tokens.

Digits and capitals are never merged: values on a sheet are spelt character by character.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from demo.tokenizer import SPECIAL_TOKENS, tokenizer_of

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

MERGES = Path(__file__).with_name("merges.txt")
VOCABULARY_SIZE = 1152  # a multiple of 64 with room for 256 bytes, the merges and special tokens


@cache
def frozen_merges() -> tuple[tuple[str, str], ...]:
    """Pairs in order, letters written as byte-level vocabularies do."""
    lines = MERGES.read_text(encoding="utf-8").splitlines()
    return tuple((pair[0], pair[1]) for pair in (line.split(" ") for line in lines))


def build_trained_tokenizer() -> PreTrainedTokenizerFast:
    """The tokenizer; the same tokens each time, in the same order."""
    from tokenizers import pre_tokenizers

    merges = list(frozen_merges())
    letters = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *(a + b for a, b in merges)]
    return tokenizer_of({letter: number for number, letter in enumerate(letters)}, merges)


def special_ids() -> dict[str, int]:
    """Ids of the special tokens: they follow bytes and merges."""
    first = 256 + len(frozen_merges())
    return {token: first + place for place, token in enumerate(SPECIAL_TOKENS)}
