"""Generates `merges.txt` and `phrases.json`, the vocabulary, from the fixed words of all prompts.

    python -m demo.training.make_merges

Run it only before a new training: a trained checkpoint needs the merges it was trained with.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter

from backend.chat.prompt import prompt_wording as prompt
from demo.tokenizer import SPECIAL_TOKENS
from demo.training import questions
from demo.training.vocabulary import MERGES, PHRASES, VOCABULARY_SIZE

#: Lower-case words and Hangul, with the preceding blank; never digits, capitals or symbols.
_PIECE = re.compile(" ?[a-zäöüß]+| ?[가-힣]+")
_MERGES = 864
#: Parts of the product's headings, and endings of file names.
_HEADINGS = (
    ", page 1 of 1, whole sheet:",
    " in thousandths of the sheet, at full resolution:",
    "Text in this region:",
    "Drawing “",
    "Region of “",
    ".pdf",
    ".png",
)
_WORDS = (
    "Drawing page of whole sheet Region thousandths full resolution Text in this region "
    "the is not and with for from that see view note notes drawing number material title block"
)


def learn(texts: list[str], count: int) -> list[tuple[str, str]]:
    """The `count` most useful merges, in byte-level letters. Deterministic."""
    words: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        for piece in _PIECE.findall(text):
            words[tuple(_letters(piece))] += 1
    merges: list[tuple[str, str]] = []
    while len(merges) < count:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, times in words.items():
            for pair in itertools.pairwise(word):
                pairs[pair] += times
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = Counter({_merged(word, best): times for word, times in words.items()})
    return merges


def _letters(text: str) -> str:
    from tokenizers import pre_tokenizers

    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return "".join(piece for piece, _ in level.pre_tokenize_str(text))


def _merged(word: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    result: list[str] = []
    place = 0
    while place < len(word):
        if word[place : place + 2] == pair:
            result.append(word[place] + word[place + 1])
            place += 2
        else:
            result.append(word[place])
            place += 1
    return tuple(result)


def phrases() -> list[str]:
    """The phrases that become one token: roles, the product's fixed sentences, parts of questions.

    A phrase without blanks must be ASCII: a byte-level decoder treats other letters as bytes.
    """
    texts = ["user\n", "assistant\n", "system\n", *prompt.SYSTEM_TEXT.split("\n")]
    texts += re.split(r"(?<=[.:])\s", prompt.SHEET_NOTE.strip())
    texts += [prompt.NO_TEXT.strip(), *_HEADINGS, *questions.key_phrases()]
    return [text for text in dict.fromkeys(texts) if text.isascii() or not _in_one_word(text)]


def _in_one_word(text: str) -> bool:
    from tokenizers import pre_tokenizers

    return set(text) <= set(pre_tokenizers.ByteLevel.alphabet())


def main() -> None:
    """Write both files."""
    fixed = [prompt.SYSTEM_TEXT, prompt.SHEET_NOTE, prompt.NO_TEXT, _WORDS]
    merges = learn(fixed * 3 + questions.all_texts() * 2, _MERGES)
    merges += [(pair[0], pair[1]) for pair in map(_letters, "Ø±×°")]  # two bytes each
    MERGES.write_text("".join(f"{a} {b}\n" for a, b in merges), encoding="utf-8")
    words = phrases()
    PHRASES.write_text(json.dumps(words, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    size = 256 + len(merges) + len(SPECIAL_TOKENS) + len(words)
    print(f"{size} of {VOCABULARY_SIZE} tokens")


if __name__ == "__main__":
    main()
