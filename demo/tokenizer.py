"""The demo model's tokenizer: bytes, some technical words, and Qwen3-VL's special tokens.

Any UTF-8 text survives encoding and decoding unchanged.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

CHAT_TEMPLATE = Path(__file__).with_name("chat_template.jinja")

END_OF_TURN = "<|im_end|>"
PADDING = "<|endoftext|>"
IMAGE = "<|image_pad|>"
VIDEO = "<|video_pad|>"
VISION_START = "<|vision_start|>"
VISION_END = "<|vision_end|>"
SPECIAL_TOKENS = (
    PADDING,
    "<|im_start|>",
    END_OF_TURN,
    VISION_START,
    VISION_END,
    "<|vision_pad|>",
    IMAGE,
    VIDEO,
)

#: Each word becomes a token, alone and after a space, so that random answers contain words.
WORDS = (
    "the of is and in on at to a with for not all from see as per this that are hole bore shaft "
    "thread flange plate bracket cover spacer bushing pin key groove chamfer radius diameter "
    "length width height depth angle edge face axis centre surface roughness finish weld "
    "tolerance dimension limit fit scale sheet page view section detail title block revision note "
    "number material steel part list item quantity drawing date name weight unit inch general "
    "largest smallest upper lower left right top bottom inner outer deep through clear shown "
    "found"
).split()


def build_tokenizer() -> PreTrainedTokenizerFast:
    """Build the tokenizer; always the same tokens in the same order."""
    from tokenizers import pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: number for number, letter in enumerate(alphabet)}
    merges: list[tuple[str, str]] = []
    space = "Ġ"  # a space in a byte-level vocabulary
    for word in WORDS:
        _add_word(word, vocabulary, merges)
        _add_word(space + word, vocabulary, merges, whole=word)
    return tokenizer_of(vocabulary, merges)


def tokenizer_of(
    vocabulary: dict[str, int], merges: list[tuple[str, str]], phrases: tuple[str, ...] = ()
) -> PreTrainedTokenizerFast:
    """A byte-level tokenizer with this vocabulary, followed by the special tokens and by whole
    `phrases`, each of which is always one token."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    # Added before the phrases, whose ids follow those of the special tokens.
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in SPECIAL_TOKENS]
    )
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in phrases])
    make: Any = PreTrainedTokenizerFast  # untyped in transformers
    fast: PreTrainedTokenizerFast = make(
        tokenizer_object=tokenizer,
        eos_token=END_OF_TURN,
        pad_token=PADDING,
        additional_special_tokens=[t for t in SPECIAL_TOKENS if t not in (END_OF_TURN, PADDING)],
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = CHAT_TEMPLATE.read_text(encoding="utf-8")
    return fast


def _add_word(
    text: str, vocabulary: dict[str, int], merges: list[tuple[str, str]], whole: str = ""
) -> None:
    """Merges that build `text` letter by letter, or from its first letter and `whole`."""
    start, pieces = text[0], [whole] if whole else list(text[1:])
    for piece in pieces:
        if start + piece not in vocabulary:
            vocabulary[start + piece] = len(vocabulary)
            merges.append((start, piece))
        start += piece
