"""A memory plan: the settings, GPUs and figures for one checkpoint. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.model.selection.checkpoint import Checkpoint
from backend.model.selection.gpus import Gpu
from backend.model.selection.memory import Memory, Split


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings to start with, named as in `Settings`, with figures and reasons.

    If it does not fit, `problem` explains why, `change` what would help, and the figures are those
    of the closest attempt.
    """

    fits: bool
    checkpoint: Checkpoint
    gpus: tuple[Gpu, ...]
    split: Split
    settings: Mapping[str, Any]
    memory: Memory
    kv_bytes_per_token: int
    kv_tokens: int
    pages: int
    turns: int
    why: tuple[str, ...] = ()
    problem: str | None = None
    change: str | None = None
    #: The model to try if loading fails in spite of the plan.
    next_smaller: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The `plan` in `/api/model` and `--json`; in bytes, tokens and pixels."""
        return {
            "fits": self.fits,
            "model": self.checkpoint.name,
            "precision": self.checkpoint.precision,
            "weights_known": "exact" if self.checkpoint.exact else "estimated",
            "gpus": [{"name": g.name, "total": g.total, "free": g.free} for g in self.gpus],
            "settings": dict(self.settings),
            "expert_parallel": self.split.experts,
            "memory": self.memory.parts(),
            "kv_bytes_per_token": self.kv_bytes_per_token,
            "kv_cache_tokens": self.kv_tokens,
            "pages_in_window": self.pages,
            "turns_in_window": self.turns,
            "why": list(self.why),
            "problem": self.problem,
            "change": self.change,
            "next_smaller": self.next_smaller,
        }
