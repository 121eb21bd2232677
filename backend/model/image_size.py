"""How large the model sees a picture, and how many tokens that takes.

Pure arithmetic, the same as `smart_resize` of qwen_vl_utils and transformers; knows no pixels.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from backend.errors import BadProportions

#: One token of Qwen3-VL covers 32×32 pixels: patches of 16 pixels, merged two by two.
TOKEN_EDGE = 32
#: Of Qwen2.5-VL and Qwen2-VL: patches of 14 pixels.
OLDER_TOKEN_EDGE = 28
SMALLEST_SIDE = 32
LARGEST_ASPECT = 200


def fit_to_budget(
    width: int, height: int, min_pixels: int, max_pixels: int, factor: int = TOKEN_EDGE
) -> tuple[int, int]:
    """The size, in pixels, to which the model's processor scales a picture.

    Both sides are multiples of `factor`, the proportions are kept as far as that allows, and the
    area is brought between `min_pixels` and `max_pixels`. Two kinds of strip end above
    `max_pixels`: one whose short side would vanish keeps one `factor` there (as in transformers;
    qwen_vl_utils returns a side of 0), and one that is scaled up has its sides rounded up.
    Raises `BadProportions` for a side under 32 pixels or an aspect ratio over 200: such pictures
    have killed engines.
    """
    if min(width, height) < SMALLEST_SIDE:
        raise BadProportions(
            f"The picture is {width}×{height} pixels; the model needs {SMALLEST_SIDE} on each side."
        )
    if max(width, height) > LARGEST_ASPECT * min(width, height):
        raise BadProportions(
            f"The picture is {width}×{height} pixels: one side may be at most "
            f"{LARGEST_ASPECT} times the other."
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
    """Tokens of a picture whose size came from `fit_to_budget` with that `factor`."""
    return (width // edge) * (height // edge)


def tokens_by(limits: Mapping[str, int], width: int, height: int) -> int:
    """Tokens of a picture for a model with these limits, as `/api/model` has them.

    Raises what `fit_to_budget` does.
    """
    edge = limits.get("image_token_edge", TOKEN_EDGE)
    least, most = limits.get("image_min_pixels", 0), limits.get("image_max_pixels", width * height)
    return tokens_within(width, height, least, most, edge)


def tokens_within(width: int, height: int, min_pixels: int, max_pixels: int, edge: int) -> int:
    """Tokens of a picture once the model's processor has brought it into that budget.

    Raises what `fit_to_budget` does.
    """
    return image_tokens(*fit_to_budget(width, height, min_pixels, max_pixels, edge), edge)


def token_edge_of(model: str) -> int:
    """What one token's side is for a model of that name, where there is nobody to ask."""
    older = re.search(r"(?i)qwen-?2(?:[._]?5)?-?vl", model)
    return OLDER_TOKEN_EDGE if older else TOKEN_EDGE
