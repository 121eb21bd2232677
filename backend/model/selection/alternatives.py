"""Suggests the smallest change that makes a rejected plan fit, and improvements to one that fits.

Repeats the planning with one change at a time, the least costly first. `best` is the planner's
function for the best plan of a checkpoint on some GPUs with given settings, or None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from backend.model.selection.checkpoint import Checkpoint
from backend.model.selection.gpus import Gpu, same_kind
from backend.model.selection.memory import MARGIN_BYTES
from backend.model.selection.memory_plan import Plan
from backend.model.selection.plan_wording import FP8_CAPABILITY, gib, refused_by

Best = Callable[[Checkpoint, Sequence[Gpu], Mapping[str, Any]], Plan | None]


def smallest_change(
    best: Best,
    checkpoints: Sequence[Checkpoint],
    gpus: Sequence[Gpu],
    given: Mapping[str, Any],
    smaller: Sequence[Checkpoint],
) -> str | None:
    """The least costly change that fits: settings, then free memory, then the model or GPUs."""
    if words := _without(best, checkpoints, gpus, given):
        return words
    if "kv_cache_dtype" not in given and all(gpu.capability >= FP8_CAPABILITY for gpu in gpus):
        if _any_fits(best, checkpoints, gpus, {**given, "kv_cache_dtype": "fp8"}):
            return "Set DRAWING_CHAT_KV_CACHE_DTYPE=fp8, which halves the KV cache."
    most_free = _by_free_memory(gpus)
    for made in (best(one, most_free, given) for one in checkpoints):
        if made is not None and made.fits and (words := _visible_devices(made.gpus)):
            return words[0].upper() + words[1:]
    if refused := refused_by(gpus, given):
        return refused[1]
    emptied = [replace(gpu, free=gpu.total - MARGIN_BYTES) for gpu in gpus]
    if _any_fits(best, checkpoints, emptied, given):
        return (
            f"Close other programs on the GPU; they use {gib(max(g.total - g.free for g in gpus))}."
        )
    options = []
    for one in smaller:
        if _any_fits(best, [one], gpus, {}):
            options.append(f"use {one.name}")
            break
    for count in (2, 4, 8):
        if count > len(gpus) and _any_fits(best, checkpoints, same_kind(gpus, count), given):
            options.append(f"use {count} such GPUs")
            break
    if not options:
        return None
    words = ", or ".join(options)
    return words[0].upper() + words[1:] + "."


def hints(
    best: Best, plan: Plan, wanted: int, gpus: Sequence[Gpu], given: Mapping[str, Any]
) -> list[str]:
    """Optional improvements; `wanted`: the context window that the plan aimed for."""
    found = []
    if (
        plan.settings["max_model_len"] < wanted
        and "kv_cache_dtype" not in given
        and min(gpu.capability for gpu in plan.gpus) >= FP8_CAPABILITY
    ):
        found.append("DRAWING_CHAT_KV_CACHE_DTYPE=fp8 doubles the tokens in the KV cache.")
    other = best(plan.checkpoint, _by_free_memory(gpus), given)
    if other is not None and other.fits:
        fewer = other.split.ranks < plan.split.ranks
        more = other.split.ranks == plan.split.ranks and other.kv_tokens > 1.5 * plan.kv_tokens
        if (fewer or more) and (hint := _visible_devices(other.gpus)):
            found.append(f"The GPUs differ; to use the better ones, {hint}")
    return found


def _without(
    best: Best, checkpoints: Sequence[Checkpoint], gpus: Sequence[Gpu], given: Mapping[str, Any]
) -> str | None:
    """Which settings to remove, so that the plan chooses them: one if that is enough, else all."""
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
            return f"Remove {left}."
        return f"Remove {left}; the plan then fits with {', '.join(values)}."
    return None


def _any_fits(
    best: Best, checkpoints: Sequence[Checkpoint], gpus: Sequence[Gpu], given: Mapping[str, Any]
) -> bool:
    """Whether any checkpoint fits."""
    plans = (best(one, gpus, given) for one in checkpoints)
    return any(plan is not None and plan.fits for plan in plans)


def _by_free_memory(gpus: Sequence[Gpu]) -> list[Gpu]:
    """The GPUs by free memory, the largest first; equal ones in their order."""
    return sorted(gpus, key=lambda gpu: -gpu.free)


def _visible_devices(gpus: Sequence[Gpu]) -> str | None:
    """How to make the engine use these GPUs; None if they have no numbers."""
    if not all(gpu.number for gpu in gpus):
        return None
    numbers = ",".join(gpu.number for gpu in gpus)
    names = ", ".join(f"{gpu.name} with {gib(gpu.free)} free" for gpu in gpus)
    return f"set CUDA_VISIBLE_DEVICES={numbers} ({names})."
