"""A plan in words: why it is as it is, by how much it does not fit. Pure.

Knows the numbers of a plan, not how one is found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from backend.models.checkpoint import Checkpoint
from backend.models.gpus import GIB, Gpu
from backend.models.memory import LEAST_WINDOW, MOST_UTILIZATION, Split, split_problem

if TYPE_CHECKING:
    from backend.models.planning import Plan


def explained(plan: Plan, tried: Sequence[Plan]) -> Plan:
    """The plan with its reasons; `tried` has what was tried before it."""
    checkpoint, split, memory = plan.checkpoint, plan.split, plan.memory
    why = []
    for other in tried:
        if other is plan:
            break
        need = gib(other.memory.without_kv)
        short = "leaves too short a window" if other.fits else "does not fit"
        why.append(
            f"{other.checkpoint.precision} {short}: {need} before the first token on "
            f"{_cards(other.gpus)}."
        )
    spread = "one GPU" if split.ranks == 1 else f"{split.ranks} GPUs"
    why.append(
        f"{checkpoint.precision} has {gib(checkpoint.weights.total)} of weights: "
        f"{gib(memory.weights)} on each of {spread}."
        if split.ranks > 1
        else f"{checkpoint.precision} has {gib(memory.weights)} of weights on one GPU."
    )
    if split.experts:
        why.append("Whole experts go to each GPU, as their blocks cannot be cut.")
    share = plan.settings["gpu_memory_utilization"]
    if share < MOST_UTILIZATION:
        why.append(f"Other programs hold {gib(memory.taken)}: the engine takes {share:.0%}.")
    why.append(
        f"{gib(memory.kv_cache)} of KV cache at {plan.kv_bytes_per_token:,} bytes a token hold "
        f"{plan.kv_tokens:,} tokens: a window of {plan.settings['max_model_len']:,}."
    )
    if note := _slower(plan):
        why.append(note)
    return replace(plan, why=tuple(why))


def _slower(plan: Plan) -> str | None:
    oldest = min(gpu.capability for gpu in plan.gpus)
    if plan.checkpoint.precision == "FP8" and oldest < (8, 9):
        return "This GPU has no FP8 arithmetic: the weights are unpacked, which costs some speed."
    return None


def too_old(gpus: Sequence[Gpu]) -> str | None:
    """vLLM 0.32 wants compute capability 7.5 for any quantisation, and 8.0 for bfloat16."""
    oldest = min(gpu.capability for gpu in gpus)
    if oldest < (8, 0):
        return (
            f"The GPU's compute capability is {oldest[0]}.{oldest[1]}; bfloat16 needs 8.0 "
            "(Ampere, such as an RTX 3090 or A100)."
        )
    return None


def shortage(plan: Plan, given: Mapping[str, Any]) -> str:
    """By how much a plan does not fit; `given` are the settings that the person fixed."""
    memory, settings = plan.memory, plan.settings
    if old := too_old(plan.gpus):
        return old
    share = settings["gpu_memory_utilization"]
    gpu = min(plan.gpus, key=lambda one: one.free)
    if share * gpu.total > gpu.free:
        return (
            f"A share of {share:.0%} is {gib(share * gpu.total)}, and only {gib(gpu.free)} of "
            f"{gib(gpu.total)} are free."
        )
    window = given.get("max_model_len", LEAST_WINDOW)
    needed = memory.without_kv + int(window) * plan.kv_bytes_per_token
    allowed = memory.without_kv + memory.kv_cache
    return (
        f"{plan.checkpoint.name} needs {gib(needed)} on {_cards(plan.gpus)} "
        f"(weights {gib(memory.weights)}, work {gib(memory.without_kv - memory.weights)}, "
        f"{int(window):,} tokens of KV cache "
        f"{gib(int(window) * plan.kv_bytes_per_token)}); {gib(allowed)} can be used."
    )


def cannot_divide(checkpoint: Checkpoint, gpus: Sequence[Gpu], given: Mapping[str, Any]) -> str:
    """Why there is no way to divide the model as it was asked for."""
    split = Split(
        int(given.get("tensor_parallel_size", 1)), int(given.get("pipeline_parallel_size", 1))
    )
    if split.ranks > len(gpus):
        return f"{split.ranks} GPUs are asked for; there are {len(gpus)}."
    return f"{checkpoint.name}: {split_problem(checkpoint, split)}."


def _cards(gpus: Sequence[Gpu]) -> str:
    if len(gpus) == 1:
        return f"one {gpus[0].name} of {gib(gpus[0].total)}"
    return f"each of {len(gpus)} {gpus[0].name}s of {gib(gpus[0].total)}"


def gib(size: float) -> str:
    """Bytes for people, in GiB or, where that would be 0, in MiB."""
    if 0 < size < GIB / 10:
        return f"{size / 2**20:.1f} MiB"
    return f"{size / GIB:.1f} GiB"
