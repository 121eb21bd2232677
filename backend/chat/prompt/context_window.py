"""Token budgets: where a conversation may be cut, and the room kept for the answer. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from backend.model.image_size import OLDER_TOKEN_EDGE
from backend.model.service import ImagePart, Images, Message, ModelImage, TextPart

#: Room for the answer; past turns are left out to provide it.
ANSWER_TOKENS = 512


def cut_points(sizes: Sequence[int], window: int) -> list[int]:
    """The numbers of oldest turns that may be left out, rising from 0 to all.

    In chunks of about a quarter of the window: a cut then lasts for many turns, so that the
    prompt's prefix, and with it the prefix cache, changes rarely. New turns never move an earlier
    cut.
    """
    points, chunk = [0], 0
    for index, size in enumerate(sizes, 1):
        chunk += size
        if chunk >= window // 4:
            points.append(index)
            chunk = 0
    if points[-1] != len(sizes):
        points.append(len(sizes))
    return points


def wanted_room(max_tokens: int, window: int, *, tools: bool = False) -> int:
    """Tokens to keep free for the answer as long as turns can be left out; with `tools` also for
    their results: a crop alone takes 1,000 tokens or more."""
    answer = min(max_tokens, ANSWER_TOKENS, window // 8)
    return answer + window // 8 if tools else answer


#: Upper bounds of the tokens a chat template adds to a message, and to the whole prompt.
_AROUND_MESSAGE, _AROUND_ALL = 64, 1024
#: Upper bound of the side of an image that is scaled up to the model's minimum.
_SMALL_SIDE = 512


def most_tokens(messages: Sequence[Message], images: Images) -> int:
    """An upper bound of a prompt's tokens: a byte tokenizer makes at most one token per byte."""
    total = _AROUND_ALL
    for message in messages:
        total += _AROUND_MESSAGE + sum(len(json.dumps(dict(tool))) for tool in message.tools)
        for part in message.parts:
            if isinstance(part, TextPart):
                total += len(part.text.encode(errors="replace"))
            elif isinstance(part, ImagePart):
                total += _most_image_tokens(images[part.key])
    return total


def _most_image_tokens(image: ModelImage) -> int:
    sides = image.width, image.height
    # of the models that are known the one that takes most
    across, down = (max(_SMALL_SIDE, side) // OLDER_TOKEN_EDGE + 2 for side in sides)
    return across * down
