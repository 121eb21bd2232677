"""What would make a no a yes, and what a yes could have besides. Pure.

Tries the plan again with one thing changed, from the change that costs least; `best` is the
planner's: the best plan of one checkpoint on some GPUs under some given settings, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from backend.model.selection.checkpoint import Checkpoint
from backend.model.selection.gpus import Gpu, same_kind
from backend.model.selection.memory import MARGIN_BYTES
from backend.model.selection.plan import Plan
from backend.model.selection.plan_wording import FP8_CAPABILITY, gib, refused_by

Best = Callable[[Checkpoint, Sequence[Gpu], Mapping[str, Any]], Plan | None]


def smallest_change(
    best: Best,
    checkpoints: Sequence[Checkpoint],
    gpus: Sequence[Gpu],
    given: Mapping[str, Any],
    smaller: Sequence[Checkpoint],
) -> str | None:
    """What would make it a yes, from the change that costs least: settings, room, model, GPUs."""
    if words := _without(best, checkpoints, gpus, given):
        return words
    if "kv_cache_dtype" not in given and all(gpu.capability >= FP8_CAPABILITY for gpu in gpus):
        if _any_fits(best, checkpoints, gpus, {**given, "kv_cache_dtype": "fp8"}):
            return "Set DRAWING_CHAT_KV_CACHE_DTYPE=fp8, which halves the KV cache."
    roomiest = _roomiest(gpus)
    for made in (best(one, roomiest, given) for one in checkpoints):
        if made is not None and made.fits and (words := _choosing(made.gpus)):
            return words[0].upper() + words[1:]
    if refused := refused_by(gpus, given):
        return refused[1]
    emptied = [replace(gpu, free=gpu.total - MARGIN_BYTES) for gpu in gpus]
    if _any_fits(best, checkpoints, emptied, given):
        return (
            f"End other programs on the GPU: they hold {gib(max(g.total - g.free for g in gpus))}."
        )
    ways = []
    for one in smaller:
        if _any_fits(best, [one], gpus, {}):
            ways.append(f"use {one.name}")
            break
    for count in (2, 4, 8):
        if count > len(gpus) and _any_fits(best, checkpoints, same_kind(gpus, count), given):
            ways.append(f"use {count} such GPUs")
            break
    if not ways:
        return None
    words = ", or ".join(ways)
    return words[0].upper() + words[1:] + "."


def hints(
    best: Best, plan: Plan, wanted: int, gpus: Sequence[Gpu], given: Mapping[str, Any]
) -> list[str]:
    """What the person could have besides; `wanted` is the window that was wanted."""
    found = []
    if (
        plan.settings["max_model_len"] < wanted
        and "kv_cache_dtype" not in given
        and min(gpu.capability for gpu in plan.gpus) >= FP8_CAPABILITY
    ):
        found.append("DRAWING_CHAT_KV_CACHE_DTYPE=fp8 keeps twice as many tokens.")
    other = best(plan.checkpoint, _roomiest(gpus), given)
    if other is not None and other.fits:
        fewer = other.split.ranks < plan.split.ranks
        more = other.split.ranks == plan.split.ranks and other.kv_tokens > 1.5 * plan.kv_tokens
        if (fewer or more) and (hint := _choosing(other.gpus)):
            found.append(f"The GPUs differ; to take the better ones {hint}")
    return found


def _without(
    best: Best, checkpoints: Sequence[Checkpoint], gpus: Sequence[Gpu], given: Mapping[str, Any]
) -> str | None:
    """Which settings to leave to the plan: one of them if that is enough, else all."""
    each = [[name] for name in given]
    for names in each if len(each) == 1 else [*each, list(given)]:
        kept = {name: value for name, value in given.items() if name not in names}
        plans = [plan for one in checkpoints if (plan := best(one, gpus, kept)) and plan.fits]
        if not plans:
            continue
        settings = plans[0].settings
        values = [f"{name} {settings[name]}" for name in names if name in settings]
        left = " and ".join(f"DRAWING_CHAT_{name.upper()}" for name in names)
        if not values:
            return f"Leave {left} out."
        return f"Leave {left} to the plan: it fits with {', '.join(values)}."
    return None


def _any_fits(
    best: Best, checkpoints: Sequence[Checkpoint], gpus: Sequence[Gpu], given: Mapping[str, Any]
) -> bool:
    """Whether any of them fits; no words are made."""
    plans = (best(one, gpus, given) for one in checkpoints)
    return any(plan is not None and plan.fits for plan in plans)


def _roomiest(gpus: Sequence[Gpu]) -> list[Gpu]:
    """With the most free memory first; those that are alike in their order."""
    return sorted(gpus, key=lambda gpu: -gpu.free)


def _choosing(gpus: Sequence[Gpu]) -> str | None:
    """How to have the engine take these GPUs; None where they have no numbers."""
    if not all(gpu.number for gpu in gpus):
        return None
    numbers = ",".join(gpu.number for gpu in gpus)
    names = ", ".join(f"{gpu.name} with {gib(gpu.free)} free" for gpu in gpus)
    return f"set CUDA_VISIBLE_DEVICES={numbers} ({names})."
