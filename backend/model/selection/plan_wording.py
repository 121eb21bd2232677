"""A plan in words: why it is as it is, by how much it does not fit. Pure.

Knows the numbers of a plan, not how one is found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from backend.model.selection.checkpoint import Checkpoint
from backend.model.selection.gpus import GIB, Gpu
from backend.model.selection.memory import LEAST_WINDOW, MOST_UTILIZATION, Split, split_problem
from backend.model.selection.plan import Plan

#: Compute capabilities from which on there are: any kernels, bfloat16, FP8.
LEAST_CAPABILITY = (7, 5)
BFLOAT16_CAPABILITY = (8, 0)
FP8_CAPABILITY = (8, 9)


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
    why += _notes(plan)
    return replace(plan, why=tuple(why))


def _notes(plan: Plan) -> list[str]:
    """What these GPUs do differently."""
    oldest = min(gpu.capability for gpu in plan.gpus)
    notes = []
    if plan.checkpoint.precision == "FP8" and oldest < FP8_CAPABILITY:
        notes.append(
            "This GPU has no FP8 arithmetic: the weights are unpacked, which costs some speed."
        )
    if oldest < BFLOAT16_CAPABILITY:
        notes.append(
            "This GPU has no bfloat16: the engine computes in float16, for which the model was not "
            "trained. Hold its first answers against sheets that you know."
        )
    return notes


def refused_by(gpus: Sequence[Gpu], given: Mapping[str, Any]) -> tuple[str, str] | None:
    """Why vLLM 0.32 will not work on GPUs of this age, whatever their memory; what would help.

    Its PyTorch is built with CUDA 13, which begins at compute capability 7.5; so do its kernels
    for FP8, AWQ and GPTQ weights. Below 8.0 `dtype` `auto` becomes float16. A KV cache in FP8 is
    for 8.9 and newer (`TritonAttentionImpl`); before, FlashInfer could, for which a CUDA toolkit
    would have to be installed.
    """
    oldest = min(gpu.capability for gpu in gpus)
    has = f"The GPU's compute capability is {oldest[0]}.{oldest[1]}"
    if oldest < LEAST_CAPABILITY:
        return (
            f"{has}; the engine needs 7.5 (Turing, such as a Quadro RTX 6000) or newer.",
            "Use another GPU, or a model server on another machine (DRAWING_CHAT_REMOTE_URLS).",
        )
    if oldest < BFLOAT16_CAPABILITY and given.get("dtype") == "bfloat16":
        return f"{has}; bfloat16 needs 8.0.", "Leave DRAWING_CHAT_DTYPE out: it is float16 then."
    kept = str(given.get("kv_cache_dtype", ""))
    if kept == "bfloat16" and oldest < BFLOAT16_CAPABILITY:
        return f"{has}; bfloat16 needs 8.0.", "Leave DRAWING_CHAT_KV_CACHE_DTYPE out."
    if kept.startswith("fp8") and oldest < FP8_CAPABILITY:
        return (
            f"{has}; a KV cache in FP8 needs 8.9 (Ada, such as an RTX 4090) or newer.",
            "Leave DRAWING_CHAT_KV_CACHE_DTYPE out.",
        )
    return None


def shortage(plan: Plan, given: Mapping[str, Any]) -> str:
    """By how much a plan does not fit; `given` are the settings that the person fixed."""
    memory, settings = plan.memory, plan.settings
    if refused := refused_by(plan.gpus, given):
        return refused[0]
    share = settings["gpu_memory_utilization"]
    gpu = min(plan.gpus, key=lambda one: one.free - share * one.total)
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
