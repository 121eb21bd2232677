"""Explains a plan in sentences: the reasons for its choices, or why it does not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from backend.model.selection.checkpoint import Checkpoint
from backend.model.selection.gpus import GIB, Gpu
from backend.model.selection.memory import LEAST_WINDOW, MOST_UTILIZATION, Split, split_problem
from backend.model.selection.memory_plan import Plan

#: Lowest compute capabilities for any of vLLM's kernels, for bfloat16 and for FP8.
LEAST_CAPABILITY = (7, 5)
BFLOAT16_CAPABILITY = (8, 0)
FP8_CAPABILITY = (8, 9)


def explained(plan: Plan, tried: Sequence[Plan]) -> Plan:
    """The plan with its reasons; `tried` contains the plans that were tried before it."""
    checkpoint, split, memory = plan.checkpoint, plan.split, plan.memory
    why = []
    for other in tried:
        if other is plan:
            break
        need = gib(other.memory.without_kv)
        reason = "leaves too short a context window" if other.fits else "does not fit"
        why.append(
            f"{other.checkpoint.precision} {reason}: it needs {need} without any KV cache on "
            f"{_cards(other.gpus)}."
        )
    why.append(
        f"The {checkpoint.precision} weights take {gib(checkpoint.weights.total)}: "
        f"{gib(memory.weights)} on each of {split.ranks} GPUs."
        if split.ranks > 1
        else f"The {checkpoint.precision} weights take {gib(memory.weights)} on one GPU."
    )
    if split.experts:
        why.append("Each GPU gets whole experts, because their quantised blocks cannot be split.")
    share = plan.settings["gpu_memory_utilization"]
    if share < MOST_UTILIZATION:
        why.append(f"Other programs use {gib(memory.taken)}, so the engine takes only {share:.0%}.")
    why.append(
        f"The KV cache of {gib(memory.kv_cache)} holds {plan.kv_tokens:,} tokens of "
        f"{plan.kv_bytes_per_token:,} bytes; the context window is "
        f"{plan.settings['max_model_len']:,} tokens."
    )
    why += _notes(plan)
    return replace(plan, why=tuple(why))


def _notes(plan: Plan) -> list[str]:
    """Notes on what older GPUs lack."""
    oldest = min(gpu.capability for gpu in plan.gpus)
    notes = []
    if plan.checkpoint.precision == "FP8" and oldest < FP8_CAPABILITY:
        notes.append(
            "This GPU has no FP8 arithmetic, so the weights are unpacked, at some cost in speed."
        )
    if oldest < BFLOAT16_CAPABILITY:
        notes.append(
            "This GPU has no bfloat16, so the engine computes in float16, for which the model was "
            "not trained. Check its first answers on sheets that you know."
        )
    return notes


def refused_by(gpus: Sequence[Gpu], given: Mapping[str, Any]) -> tuple[str, str] | None:
    """Why vLLM 0.32 cannot work on GPUs this old, whatever their memory, and what would help.

    Its PyTorch is built with CUDA 13, which starts at compute capability 7.5, as do its kernels
    for FP8, AWQ and GPTQ weights. Below 8.0 `dtype` `auto` becomes float16. A KV cache in FP8
    needs 8.9 (`TritonAttentionImpl`); on older GPUs FlashInfer could do it, but needs a CUDA
    toolkit.
    """
    oldest = min(gpu.capability for gpu in gpus)
    has = f"The GPU's compute capability is {oldest[0]}.{oldest[1]}"
    if oldest < LEAST_CAPABILITY:
        return (
            f"{has}; the engine needs 7.5 (Turing, such as a Quadro RTX 6000) or newer.",
            "Use another GPU, or a model server on another machine (DRAWING_CHAT_REMOTE_URLS).",
        )
    if oldest < BFLOAT16_CAPABILITY and given.get("dtype") == "bfloat16":
        return f"{has}; bfloat16 needs 8.0.", "Remove DRAWING_CHAT_DTYPE; the type is then float16."
    kept = str(given.get("kv_cache_dtype", ""))
    if kept == "bfloat16" and oldest < BFLOAT16_CAPABILITY:
        return f"{has}; bfloat16 needs 8.0.", "Remove DRAWING_CHAT_KV_CACHE_DTYPE."
    if kept.startswith("fp8") and oldest < FP8_CAPABILITY:
        return (
            f"{has}; a KV cache in FP8 needs 8.9 (Ada, such as an RTX 4090) or newer.",
            "Remove DRAWING_CHAT_KV_CACHE_DTYPE.",
        )
    return None


def shortage(plan: Plan, given: Mapping[str, Any]) -> str:
    """Why a plan does not fit, with figures; `given`: the settings that the user has fixed."""
    memory, settings = plan.memory, plan.settings
    if refused := refused_by(plan.gpus, given):
        return refused[0]
    share = settings["gpu_memory_utilization"]
    gpu = min(plan.gpus, key=lambda one: one.free - share * one.total)
    if share * gpu.total > gpu.free:
        return (
            f"The configured share of {share:.0%} is {gib(share * gpu.total)}, but only "
            f"{gib(gpu.free)} of {gib(gpu.total)} are free."
        )
    window = given.get("max_model_len", LEAST_WINDOW)
    needed = memory.without_kv + int(window) * plan.kv_bytes_per_token
    allowed = memory.without_kv + memory.kv_cache
    return (
        f"{plan.checkpoint.name} needs {gib(needed)} on {_cards(plan.gpus)} "
        f"({gib(memory.weights)} for weights, {gib(memory.without_kv - memory.weights)} for "
        f"activations and runtime, {gib(int(window) * plan.kv_bytes_per_token)} for a KV "
        f"cache of {int(window):,} tokens), but only {gib(allowed)} can be used."
    )


def cannot_divide(checkpoint: Checkpoint, gpus: Sequence[Gpu], given: Mapping[str, Any]) -> str:
    """Why the model cannot be split as configured."""
    split = Split(
        int(given.get("tensor_parallel_size", 1)), int(given.get("pipeline_parallel_size", 1))
    )
    if split.ranks > len(gpus):
        return f"{split.ranks} GPUs are configured, but only {len(gpus)} found."
    return f"{checkpoint.name}: {split_problem(checkpoint, split)}."


def _cards(gpus: Sequence[Gpu]) -> str:
    if len(gpus) == 1:
        return f"one {gpus[0].name} of {gib(gpus[0].total)}"
    return f"each of {len(gpus)} {gpus[0].name}s of {gib(gpus[0].total)}"


def gib(size: float) -> str:
    """Format bytes in GiB, or in MiB if that would show as 0."""
    if 0 < size < GIB / 10:
        return f"{size / 2**20:.1f} MiB"
    return f"{size / GIB:.1f} GiB"
