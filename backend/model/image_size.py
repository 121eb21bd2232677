"""Computes the size at which the model sees an image, and how many tokens it takes.

Pure arithmetic, identical to `smart_resize` in qwen_vl_utils and transformers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from backend.errors import BadProportions, ContextTooLong
from backend.model.service import ImagePart, Images, Message

#: One Qwen3-VL token covers 32×32 pixels: patches of 16 pixels, merged two by two.
TOKEN_EDGE = 32
#: Qwen2.5-VL and Qwen2-VL have patches of 14 pixels.
OLDER_TOKEN_EDGE = 28
SMALLEST_SIDE = 32
LARGEST_ASPECT = 200


def fit_to_budget(
    width: int, height: int, min_pixels: int, max_pixels: int, factor: int = TOKEN_EDGE
) -> tuple[int, int]:
    """The size in pixels to which the model's processor scales an image.

    Both sides are multiples of `factor`, the aspect ratio is kept as closely as that allows, and
    the area ends up between `min_pixels` and `max_pixels`. Two kinds of strip exceed `max_pixels`:
    a strip whose short side would round to 0 keeps one `factor` (as in transformers; qwen_vl_utils
    returns a side of 0), and the sides of a strip that is scaled up are rounded up.
    Raises `BadProportions` for a side under 32 pixels or an aspect ratio over 200: such images
    have crashed engines.
    """
    if min(width, height) < SMALLEST_SIDE:
        raise BadProportions(
            f"The image is {width}×{height} pixels; the model needs {SMALLEST_SIDE} on each side."
        )
    if max(width, height) > LARGEST_ASPECT * min(width, height):
        raise BadProportions(
            f"The image is {width}×{height} pixels; the long side may be at most "
            f"{LARGEST_ASPECT} times the short one."
        )
    fitted_width = max(factor, round(width / factor) * factor)
    fitted_height = max(factor, round(height / factor) * factor)
    if fitted_width * fitted_height > max_pixels:
        shrink = math.sqrt((height * width) / max_pixels)
        fitted_width = max(factor, math.floor(width / shrink / factor) * factor)
        fitted_height = max(factor, math.floor(height / shrink / factor) * factor)
    elif fitted_width * fitted_height < min_pixels:
        grow = math.sqrt(min_pixels / (height * width))
        fitted_width = math.ceil(width * grow / factor) * factor
        fitted_height = math.ceil(height * grow / factor) * factor
    return fitted_width, fitted_height


def image_tokens(width: int, height: int, edge: int = TOKEN_EDGE) -> int:
    """Tokens of an image whose size came from `fit_to_budget` with `factor` = `edge`."""
    return (width // edge) * (height // edge)


def tokens_by(limits: Mapping[str, int], width: int, height: int) -> int:
    """Tokens of an image for a model with these limits (as in `/api/model`).

    Raises `BadProportions`.
    """
    edge = limits.get("image_token_edge", TOKEN_EDGE)
    least, most = limits.get("image_min_pixels", 0), limits.get("image_max_pixels", width * height)
    return tokens_within(width, height, least, most, edge)


def tokens_within(width: int, height: int, min_pixels: int, max_pixels: int, edge: int) -> int:
    """Tokens of an image after the model's processor has scaled it to this pixel budget.

    Raises `BadProportions`.
    """
    return image_tokens(*fit_to_budget(width, height, min_pixels, max_pixels, edge), edge)


def tokens_per_image(
    messages: Sequence[Message],
    images: Images,
    *,
    min_pixels: int,
    max_pixels: int,
    limit: int,
    edge: int,
) -> list[int]:
    """Tokens of each image in prompt order; `edge` is the side of one token in pixels.

    Raises `BadProportions`, and `ContextTooLong` for more than `limit` images.
    """
    keys = [part.key for m in messages for part in m.parts if isinstance(part, ImagePart)]
    if len(keys) > limit:
        raise ContextTooLong(
            f"The question comes with {len(keys)} images; at most {limit} fit. "
            "Remove some, or raise DRAWING_CHAT_IMAGES_PER_PROMPT."
        )
    used = [images[key] for key in keys]
    return [tokens_within(one.width, one.height, min_pixels, max_pixels, edge) for one in used]


def token_edge_of(model: str) -> int:
    """The side of one image token, guessed from the model's name when there is no engine to ask."""
    older = re.search(r"(?i)qwen-?2(?:[._]?5)?-?vl", model)
    return OLDER_TOKEN_EDGE if older else TOKEN_EDGE
