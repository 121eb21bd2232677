"""Attention as three plain matrix products: on a CPU with bfloat16 three times as fast as torch's.

Every text row starts at its first token and is padded on the right, so the causal mask is the only
mask.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import torch
from torch import nn
from transformers import AttentionInterface, AttentionMaskInterface

NAME = "plain"


def attend(
    module: nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float = 1.0,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """`[batch, heads, length, width]` to `[batch, length, heads, width]`."""
    kind = query.device.type
    if torch.is_autocast_enabled(kind):
        half = torch.get_autocast_dtype(kind)
        query, key, value = query.to(half), key.to(half), value.to(half)
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key, value = key.repeat_interleave(groups, 1), value.repeat_interleave(groups, 1)
    with torch.autocast(kind, enabled=False):
        scores = (query * scaling) @ key.transpose(-1, -2)
        if getattr(module, "is_causal", False):
            scores = scores + _later(scores.shape[-1], scores.dtype, scores.device)
        mixed = scores.softmax(-1) @ value
    return mixed.transpose(1, 2).contiguous(), None


@cache
def _later(length: int, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
    return torch.full((length, length), float("-inf"), dtype=dtype, device=device).triu(1)


def _no_mask(*_: Any, **__: Any) -> None:
    return None


def register() -> None:
    """Register it with transformers under `NAME`."""
    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, _no_mask)
