"""Fits a prompt into the model's window and its limit of images, by leaving out past turns.

Counts with the engine's own tokenizer before the engine is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.chat.prompt.context_window import cut_points, most_tokens, wanted_room
from backend.chat.prompt.prompt_layout import PromptLayout
from backend.errors import ContextTooLong
from backend.model.service import ImagePart, Message, PromptSize, VisionService


@dataclass(frozen=True, slots=True)
class FittedPrompt:
    """The messages without the first `cut` past turns. `size` is as the engine counts it, or an
    upper bound if the prompt fits in any case."""

    messages: tuple[Message, ...]
    size: PromptSize
    cut: int


async def fit_prompt(
    layout: PromptLayout,
    service: VisionService,
    *,
    max_tokens: int,
    window: int,
    most_images: int,
) -> FittedPrompt:
    """Leave out as few of the oldest turns as the window and the image limit require.

    A prompt that fits in any case is not counted: counting would render it once more. Raises
    `ContextTooLong` for too many images.
    """
    messages = layout.messages(0)
    most = most_tokens(messages, layout.images)
    room = wanted_room(max_tokens, window, tools=bool(layout.system.tools))
    if most + max(max_tokens, room) <= window and _images(messages) <= most_images:
        return FittedPrompt(messages, PromptSize(most, 0), 0)
    points = cut_points([turn.size for turn in layout.past], window)
    for cut in points[:-1]:
        messages = layout.messages(cut)
        if _images(messages) <= most_images:
            size = await service.count_tokens(messages, layout.images)
            if size.tokens + room <= window:
                return FittedPrompt(messages, size, cut)
    messages = layout.messages(points[-1])
    if (images := _images(messages)) > most_images:
        raise ContextTooLong(
            f"The question needs {images} images; the model accepts {most_images} at once. "
            "Attach fewer drawings or regions, or start a new conversation."
        )
    return FittedPrompt(messages, await service.count_tokens(messages, layout.images), points[-1])


def _images(messages: tuple[Message, ...]) -> int:
    return sum(isinstance(part, ImagePart) for message in messages for part in message.parts)
