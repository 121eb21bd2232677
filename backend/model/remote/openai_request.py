"""A question in the form of OpenAI's chat API, and about how many tokens it has.

Pure, apart from the picture's PNG; knows no server.
"""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from PIL import Image

from backend.model.image_size import TOKEN_EDGE, fit_to_budget
from backend.model.service import ImagePart, Images, Message, ModelImage, PromptSize, Sampling
from backend.model.vllm.chat_messages import Neutraliser, picture_tokens

#: The control tokens of Qwen's tokenizers; a server's own cannot be asked for.
CONTROL_TOKENS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
#: How the chat templates of Qwen print tools. A server that was not started with a parser for
#: calls refuses `tools`; as text every server takes them, and the calls come back as text.
_TOOLS = (
    "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n{}\n"
    "</tools>\n\nFor each function call, return a json object with function name and arguments "
    'within <tool_call></tool_call> XML tags:\n<tool_call>\n{{"name": <function-name>, '
    '"arguments": <args-json-object>}}\n</tool_call>'
)
#: Tokens that a chat template puts around a message, a picture, a prompt; rounded up.
AROUND_MESSAGE, AROUND_IMAGE, AROUND_PROMPT = 6, 2, 16
_WORD_OR_SIGN = re.compile(r"[A-Za-z]+|\s+|.")

_neutralise = Neutraliser(CONTROL_TOKENS)


def estimated_tokens(text: str) -> int:
    """About how many tokens a text has, rather too many than too few.

    There is no tokenizer here. Counted as a byte-level BPE does at its worst on ordinary text:
    three letters of a word to a token, each digit and sign its own (Qwen's splits numbers into
    digits), half of the UTF-8 bytes of any other character, runs of white space one.
    """
    total = 0
    for found in _WORD_OR_SIGN.finditer(text):
        piece = found[0]
        if piece == " ":  # belongs to the word behind it
            continue
        if piece.isspace():
            total += 1
        else:
            total += ceil(len(piece) / 3) if piece.isascii() else ceil(len(piece.encode()) / 2)
    return total


def estimated_size(
    messages: Sequence[Message],
    images: Images,
    *,
    min_pixels: int,
    max_pixels: int,
    limit: int,
    edge: int = TOKEN_EDGE,
) -> PromptSize:
    """About the tokens of a prompt; a picture has one for each square of `edge` pixels.

    Raises `BadProportions` and `ContextTooLong` as `picture_tokens` does.
    """
    shown = picture_tokens(
        messages, images, min_pixels=min_pixels, max_pixels=max_pixels, limit=limit, edge=edge
    )
    text = sum(
        AROUND_MESSAGE + sum(estimated_tokens(part["text"]) for part in _texts(message))
        for message in messages
    )
    around = AROUND_PROMPT + AROUND_IMAGE * len(shown)
    return PromptSize(sum(shown) + text + around, sum(shown))


def chat_messages(
    messages: Sequence[Message], images: Images, *, min_pixels: int, max_pixels: int
) -> list[dict[str, Any]]:
    """The messages with their pictures as PNG in `data:` URLs, at the size the model sees.

    Blocks: a picture of 4 million pixels takes some 0.1 s.
    """
    told: list[dict[str, Any]] = []
    for message in messages:
        texts = iter(_texts(message))
        parts = [
            _image(images[part.key], min_pixels, max_pixels)
            if isinstance(part, ImagePart)
            else next(texts)
            for part in message.parts
        ]
        parts += texts
        if message.role == "tool" and told and told[-1].get("answers_calls"):
            told[-1]["content"] += parts
        elif message.role == "tool":
            told.append({"role": "user", "content": parts, "answers_calls": True})
        else:
            told.append({"role": message.role, "content": parts})
    return [{"role": one["role"], "content": _plain(one["content"])} for one in told]


def options(sampling: Sampling, json_schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """Keywords of `chat.completions.create`; what only vLLM knows is sent only where it is
    wanted, as paid services refuse it."""
    known: dict[str, Any] = {
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
    }
    if sampling.presence_penalty:
        known["presence_penalty"] = sampling.presence_penalty
    if sampling.frequency_penalty:
        known["frequency_penalty"] = sampling.frequency_penalty
    if sampling.seed is not None:
        known["seed"] = sampling.seed
    if sampling.stop:
        known["stop"] = list(sampling.stop)
    if json_schema is not None:
        schema = {"name": "answer", "schema": dict(json_schema)}
        known["response_format"] = {"type": "json_schema", "json_schema": schema}
    further: dict[str, Any] = {}
    if sampling.top_k > 0:
        further["top_k"] = sampling.top_k
    if sampling.repetition_penalty != 1.0:
        further["repetition_penalty"] = sampling.repetition_penalty
    if sampling.ignore_eos:
        further["ignore_eos"] = True
    return known | ({"extra_body": further} if further else {})


def _texts(message: Message) -> list[dict[str, str]]:
    """The texts of a message as they are sent, with its tools or its place as a call's answer."""
    texts = [
        _neutralise(part.text, message.role)
        for part in message.parts
        if not isinstance(part, ImagePart)
    ]
    if message.role == "tool" and texts:
        texts[0] = "<tool_response>\n" + texts[0]
        if isinstance(message.parts[-1], ImagePart):
            texts.append("")
        texts[-1] += "\n</tool_response>"
    if message.tools:
        lines = "\n".join(json.dumps(dict(tool), ensure_ascii=False) for tool in message.tools)
        texts.append(_TOOLS.format(lines))
    return [{"type": "text", "text": text} for text in texts]


def _plain(parts: list[dict[str, Any]]) -> str | list[dict[str, Any]]:
    """A message without pictures is one text, which every server understands."""
    if all(part["type"] == "text" for part in parts):
        return "".join(part["text"] for part in parts)
    return parts


def _image(model_image: ModelImage, min_pixels: int, max_pixels: int) -> dict[str, Any]:
    image = Image.frombytes("RGB", (model_image.width, model_image.height), model_image.rgb)
    size = fit_to_budget(model_image.width, model_image.height, min_pixels, max_pixels)
    if size != image.size:
        image = image.resize(size, Image.Resampling.BICUBIC)
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    url = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    return {"type": "image_url", "image_url": {"url": url}}
