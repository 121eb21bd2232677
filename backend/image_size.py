"""How large the model sees a picture, and how many tokens that takes.

Pure arithmetic, the same as `smart_resize` of qwen_vl_utils and transformers; knows no pixels.
"""

from __future__ import annotations

import math

from backend.errors import BadProportions

#: One token covers 32×32 pixels: patches of 16 pixels, merged two by two.
TOKEN_EDGE = 32
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


def image_tokens(width: int, height: int) -> int:
    """Tokens of a picture whose size came from `fit_to_budget`."""
    return (width // TOKEN_EDGE) * (height // TOKEN_EDGE)
