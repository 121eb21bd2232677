"""Short ways to ask a vision service, and pictures to ask about."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from backend.model.service import (
    Delta,
    ImagePart,
    Message,
    ModelImage,
    Role,
    Sampling,
    TextPart,
    Usage,
    VisionService,
)
from tests.server_process import HANG_SECONDS


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    text: str
    usage: Usage


def noise(width: int, height: int, seed: int = 0) -> ModelImage:
    """A picture that differs from that of any other seed."""
    rgb = random.Random(seed).randbytes(width * height * 3)  # noqa: S311
    return ModelImage(hashlib.sha256(rgb).hexdigest(), width, height, rgb)


def say(role: Role, *parts: str | ModelImage) -> Message:
    """A message of texts and pictures."""
    return Message(
        role,
        tuple(TextPart(part) if isinstance(part, str) else ImagePart(part.key) for part in parts),
    )


def keyed(*images: ModelImage) -> dict[str, ModelImage]:
    """Pictures as a stream takes them."""
    return {image.key: image for image in images}


async def ask(
    service: VisionService,
    *parts: str | ModelImage,
    messages: list[Message] | None = None,
    shown: tuple[ModelImage, ...] = (),
    request_id: str = "ask",
    json_schema: Mapping[str, Any] | None = None,
    **sampling: Any,
) -> Answer:
    """Ask one question (or a whole conversation) to its end."""
    wanted = Sampling(**{"max_tokens": 16, **sampling})
    conversation = [say("user", *parts)] if messages is None else messages
    images = keyed(*shown, *(part for part in parts if isinstance(part, ModelImage)))
    texts: list[str] = []
    usages: list[Usage] = []
    stream = service.stream(
        conversation, images, wanted, request_id=request_id, json_schema=json_schema
    )
    async with aclosing(stream) as items:
        async for item in items:
            if isinstance(item, Delta):
                assert item.text and not usages
                texts.append(item.text)
            else:
                usages.append(item)
    (usage,) = usages
    return Answer("".join(texts), usage)


async def until_free(service: VisionService) -> None:
    """Wait until the engine holds no request."""
    async with asyncio.timeout(HANG_SECONDS):
        while service.requests_in_flight():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def until_state(service: VisionService, state: str, seconds: float) -> None:
    """Wait until the service tells `state`."""
    reached = asyncio.Event()
    remove = service.on_status(lambda now: reached.set() if now.state == state else None)
    try:
        if service.status().state != state:
            async with asyncio.timeout(seconds):
                await reached.wait()
    finally:
        remove()
