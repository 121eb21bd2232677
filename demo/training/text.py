"""Token ids of a lesson, laid out like the chat template, with labels only on answers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from demo.tokenizer import IMAGE, PADDING, VISION_END, VISION_START
from demo.training.alphabet import TOKEN
from demo.training.lesson import Image, Lesson
from demo.training.vocabulary import build_trained_tokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast


class Tokens:
    """The trained model's tokenizer, with a cache for recurring pieces."""

    def __init__(self) -> None:
        self.tokenizer: PreTrainedTokenizerFast = build_trained_tokenizer()
        self.padding = self._id(PADDING)
        self._known: dict[str, list[int]] = {}

    def _id(self, token: str) -> int:
        number = self.tokenizer.convert_tokens_to_ids(token)
        if not isinstance(number, int):
            raise ValueError(f"{token} is not one token")
        return number

    @cached_property
    def _image_ids(self) -> tuple[int, int, int]:
        return self._id(VISION_START), self._id(IMAGE), self._id(VISION_END)

    def encode(self, text: str) -> list[int]:
        """Ids of a piece of a prompt."""
        ids = self._known.get(text)
        if ids is None:
            ids = self.tokenizer.encode(text, add_special_tokens=False)
            if len(self._known) < 20_000:
                self._known[text] = ids
        return ids

    def conversation(self, lesson: Lesson) -> tuple[list[int], list[int]]:
        """Ids and labels (-100 except for answers and their end tokens)."""
        ids: list[int] = []
        labels: list[int] = []

        def masked(part: list[int]) -> None:
            ids.extend(part)
            labels.extend([-100] * len(part))

        if lesson.system:
            masked(self.encode(f"<|im_start|>system\n{lesson.system}<|im_end|>\n"))
        for turn in lesson.turns:
            text = "<|im_start|>user\n"
            for part in turn.before:
                if isinstance(part, Image):
                    masked(self.encode(text))
                    text = ""
                    start, pad, end = self._image_ids
                    height, width = part.pixels.shape
                    masked([start, *[pad] * ((height // TOKEN) * (width // TOKEN)), end])
                else:
                    text += part
            masked(self.encode(f"{text}{turn.question}<|im_end|>\n<|im_start|>assistant\n"))
            answer = self.encode(f"{turn.answer}<|im_end|>")
            ids.extend(answer)
            labels.extend(answer)
            masked(self.encode("\n"))
        return ids, labels
