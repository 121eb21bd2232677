"""Converts messages and images to the chat format that vLLM's renderer takes.

Uses the renderer's part types (`text`, `image_pil`) without importing vLLM.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PIL import Image

from backend.model.control_tokens import Escape
from backend.model.service import ImagePart, Images, Message, ModelImage


def chat_messages(
    messages: Sequence[Message], images: Images, escape_control_tokens: Escape, *, pixels: bool
) -> list[dict[str, Any]]:
    """The messages for the renderer. Without `pixels` the prompt can be counted, not answered."""
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
                else {"type": "text", "text": escape_control_tokens(part.text, message.role)}
                for part in message.parts
            ],
        }
        for message in messages
    ]


def template_arguments(messages: Sequence[Message]) -> dict[str, Any]:
    """Keyword arguments for the chat template: the generation prompt, and the tools if any."""
    tools = [dict(tool) for message in messages for tool in message.tools]
    return {"add_generation_prompt": True} | ({"tools": tools} if tools else {})


def _to_pillow(image: ModelImage) -> Image.Image:
    return Image.frombytes("RGB", (image.width, image.height), image.rgb)
