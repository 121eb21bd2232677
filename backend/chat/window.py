"""Fitting a conversation into the model's window: what is left out, what room is left. Pure."""

from __future__ import annotations

from collections.abc import Sequence

#: Room that an answer should have before earlier exchanges are given up for it.
ANSWER_TOKENS = 512


def cut_points(sizes: Sequence[int], window: int) -> list[int]:
    """Numbers of oldest exchanges that may be left out, rising from 0 to all.

    Chunks of about a quarter of the window: a cut then holds for many turns, so that the
    prompt's beginning, and with it the prefix cache, changes rarely. New exchanges never move
    an earlier cut.
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
    """Tokens to keep free for the answer while there is something to leave out; with `tools`
    also for what they bring, where a crop alone takes 1,000 and more."""
    answer = min(max_tokens, ANSWER_TOKENS, window // 8)
    return answer + window // 8 if tools else answer
