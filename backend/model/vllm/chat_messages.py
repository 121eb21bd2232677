"""From messages and pictures to the chat form that the engine's renderer takes.

Pure: knows the renderer's parts (`text`, `image_pil`), does not import vLLM. Here the model's
control tokens lose their power in any text that comes from outside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from PIL import Image

from backend.errors import ContextTooLong
from backend.model.image_size import tokens_within
from backend.model.service import ImagePart, Images, Message, ModelImage

#: What Qwen's tokenizers have a token of its own for when the model was trained to call tools.
TOOL_CALL = "<tool_call>"
#: What the chat templates of Qwen put around tools; neutralised whatever the tokenizer knows.
FORMAT_TAGS = (
    TOOL_CALL,
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
    "<tools>",
    "</tools>",
)


class Neutraliser:
    """Takes the power from a model's control tokens in a text.

    A tokenizer takes `<|im_end|>` in a question, a file name or a drawing's text for the real
    thing. One space after the first character makes it ordinary characters, which stay
    readable: `< |im_end|>`.
    """

    def __init__(self, control_tokens: Iterable[str]) -> None:
        # A vocabulary may hold whole phrases too; they have no power.
        known = {token for token in control_tokens if token.startswith("<")} | {*FORMAT_TAGS}
        tokens = sorted(known, key=len, reverse=True)
        powerful = [token for token in tokens if token.startswith("<|")]
        self._all = self._pattern(tokens)
        self._powerful = self._pattern(powerful)

    @staticmethod
    def _pattern(tokens: Sequence[str]) -> re.Pattern[str]:
        # Without tokens: a pattern that never matches.
        return re.compile("|".join(map(re.escape, tokens)) or r"(?!)")

    def __call__(self, text: str, role: str) -> str:
        """`text` as it may stand in a message of `role`.

        System and assistant messages keep tags like `<tool_call>`, which belong there; in a
        question, or in what a tool read from a drawing, they would be forged.
        """
        pattern = self._all if role in ("user", "tool") else self._powerful
        while pattern.search(text):  # taking one away can lay the next one open
            text = pattern.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)
        return text


def chat_messages(
    messages: Sequence[Message], images: Images, neutralise: Neutraliser, *, pixels: bool
) -> list[dict[str, Any]]:
    """The messages as the renderer takes them; without `pixels` for counting only."""
    return [
        {
            "role": message.role,
            "content": [
                {
                    "type": "image_pil",
                    "image_pil": _to_pillow(images[part.key]) if pixels else None,
                    "uuid": part.key,
                }
                if isinstance(part, ImagePart)
                else {"type": "text", "text": neutralise(part.text, message.role)}
                for part in message.parts
            ],
        }
        for message in messages
    ]


def picture_tokens(
    messages: Sequence[Message],
    images: Images,
    *,
    min_pixels: int,
    max_pixels: int,
    limit: int,
    edge: int,
) -> list[int]:
    """Tokens of each picture in the order of the prompt; `edge` is one token's side in pixels.

    Raises `BadProportions` for one that the model cannot take, `ContextTooLong` for more than
    `limit`.
    """
    keys = [part.key for m in messages for part in m.parts if isinstance(part, ImagePart)]
    if len(keys) > limit:
        raise ContextTooLong(
            f"The question comes with {len(keys)} pictures; at most {limit} fit. "
            "Take away some, or raise DRAWING_CHAT_IMAGES_PER_PROMPT."
        )
    shown = [images[key] for key in keys]
    return [tokens_within(p.width, p.height, min_pixels, max_pixels, edge) for p in shown]


def _to_pillow(image: ModelImage) -> Image.Image:
    return Image.frombytes("RGB", (image.width, image.height), image.rgb)
