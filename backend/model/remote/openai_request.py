"""Converts a prompt to a request of OpenAI's chat API, and estimates its tokens."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from PIL import Image

from backend.model.control_tokens import ControlTokens
from backend.model.image_size import TOKEN_EDGE, fit_to_budget, tokens_per_image
from backend.model.service import ImagePart, Images, Message, ModelImage, PromptSize, Sampling

#: The control tokens of Qwen's tokenizers; the API does not tell those of a server's model.
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
#: The way Qwen's chat templates print tools. A server without a tool-call parser rejects `tools`;
#: as text every server accepts them, and returns the calls as text.
_TOOLS = (
    "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>\n{}\n"
    "</tools>\n\nFor each function call, return a json object with function name and arguments "
    'within <tool_call></tool_call> XML tags:\n<tool_call>\n{{"name": <function-name>, '
    '"arguments": <args-json-object>}}\n</tool_call>'
)
#: Tokens that a chat template adds to a message, an image and a prompt; rounded up.
AROUND_MESSAGE, AROUND_IMAGE, AROUND_PROMPT = 6, 2, 16
_WORD_OR_SIGN = re.compile(r"[A-Za-z]+|\s+|.")

_escape_control_tokens = ControlTokens(CONTROL_TOKENS).escape


def estimated_tokens(text: str) -> int:
    """Estimate the tokens of a text conservatively, without a tokenizer.

    Approximates the worst case of a byte-level BPE on ordinary text: a token per three letters of
    a word, per digit and per sign (Qwen's tokenizer splits numbers into digits), per two UTF-8
    bytes of any other character, and per run of white space.
    """
    total = 0
    for found in _WORD_OR_SIGN.finditer(text):
        piece = found[0]
        if piece == " ":  # part of the next word's token
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
    """Estimate the tokens of a prompt; an image takes one per square of `edge` pixels.

    Raises `BadProportions` and `ContextTooLong` as `tokens_per_image` does.
    """
    per_image = tokens_per_image(
        messages, images, min_pixels=min_pixels, max_pixels=max_pixels, limit=limit, edge=edge
    )
    text = sum(
        AROUND_MESSAGE + sum(estimated_tokens(part["text"]) for part in _texts(message))
        for message in messages
    )
    around = AROUND_PROMPT + AROUND_IMAGE * len(per_image)
    return PromptSize(sum(per_image) + text + around, sum(per_image))


def chat_messages(
    messages: Sequence[Message], images: Images, *, min_pixels: int, max_pixels: int
) -> list[dict[str, Any]]:
    """The messages, with images as PNG `data:` URLs at the size that the model sees.

    Blocks for about 0.1 s per image of 4 million pixels.
    """
    sent: list[dict[str, Any]] = []
    for message in messages:
        texts = iter(_texts(message))
        parts = [
            _image(images[part.key], min_pixels, max_pixels)
            if isinstance(part, ImagePart)
            else next(texts)
            for part in message.parts
        ]
        parts += texts
        if message.role == "tool" and sent and sent[-1].get("answers_calls"):
            sent[-1]["content"] += parts
        elif message.role == "tool":
            sent.append({"role": "user", "content": parts, "answers_calls": True})
        else:
            sent.append({"role": message.role, "content": parts})
    return [{"role": one["role"], "content": _plain(one["content"])} for one in sent]


def options(sampling: Sampling, json_schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """Keyword arguments for `chat.completions.create`. Options that only vLLM supports are sent
    only if they are set, because paid services reject them."""
    standard: dict[str, Any] = {
        "max_tokens": sampling.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
    }
    if sampling.presence_penalty:
        standard["presence_penalty"] = sampling.presence_penalty
    if sampling.frequency_penalty:
        standard["frequency_penalty"] = sampling.frequency_penalty
    if sampling.seed is not None:
        standard["seed"] = sampling.seed
    if sampling.stop:
        standard["stop"] = list(sampling.stop)
    if json_schema is not None:
        schema = {"name": "answer", "schema": dict(json_schema)}
        standard["response_format"] = {"type": "json_schema", "json_schema": schema}
    extra: dict[str, Any] = {}
    if sampling.top_k > 0:
        extra["top_k"] = sampling.top_k
    if sampling.repetition_penalty != 1.0:
        extra["repetition_penalty"] = sampling.repetition_penalty
    if sampling.ignore_eos:
        extra["ignore_eos"] = True
    return standard | ({"extra_body": extra} if extra else {})


def _texts(message: Message) -> list[dict[str, str]]:
    """A message's texts, with its tools, or wrapped as the response to a tool call."""
    texts = [
        _escape_control_tokens(part.text, message.role)
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
    """A message without images becomes one text, which every server accepts."""
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
