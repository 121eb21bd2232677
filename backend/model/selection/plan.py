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
    """What to start with; `settings` are named as in `Settings`, the texts are for people.

    Where it does not fit, `problem` says by how much and `change` what would help; the figures
    are then those of the attempt that came nearest.
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
    #: What to try where loading fails in spite of the plan.
    next_smaller: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The `plan` of `/api/model` and of `--json`: bytes, tokens, pixels."""
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
