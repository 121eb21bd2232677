"""Plans which variant of a model runs on how many GPUs, with which context window.

Tries the variants from the most precise down, each on the fewest GPUs with enough room. Settings
that the user has fixed are never changed. Pure: computes with `memory.py`, reads nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from backend.model.selection.alternatives import hints, smallest_change
from backend.model.selection.checkpoint import Checkpoint, as_loaded
from backend.model.selection.gpus import GIB, Gpu
from backend.model.selection.memory import (
    LEAST_WINDOW,
    MARGIN_BYTES,
    MOST_UTILIZATION,
    Memory,
    Split,
    Work,
    image_tokens,
    kv_bytes_per_token,
    memory_on,
    split_problem,
    weights_per_rank,
)
from backend.model.selection.memory_plan import Plan
from backend.model.selection.plan_wording import cannot_divide, explained, gib, refused_by, shortage

#: The context window to aim for, in tokens.
WANTED_WINDOW = 32_768
#: Tokens of a page's text beside its image, and of a question with its answer; rounded up.
PAGE_TEXT = 1_500
TURN_TOKENS = 700
#: Tokens per engine step and pixels per image, from the fastest to the most economical.
_BUDGETS = ((8192, 4_194_304), (4096, 4_194_304), (4096, 2_097_152), (2048, 2_097_152))
_TENSOR = (1, 2, 4, 8)


def make_plan(
    checkpoints: Sequence[Checkpoint],
    gpus: Sequence[Gpu],
    given: Mapping[str, Any] | None = None,
    smaller: Sequence[Checkpoint] = (),
) -> Plan:
    """The best plan for `checkpoints` (most precise first), or a rejected one with suggestions.

    `given`: settings that the user has fixed, by name. `smaller`: other models that may be
    suggested, largest first.
    """
    given = dict(given or {})
    checkpoints = [as_loaded(one, given.get("dtype")) for one in checkpoints]
    plan = _choose(checkpoints, gpus, given, smaller)
    return replace(plan, next_smaller=_next_smaller(plan.checkpoint, [*checkpoints, *smaller]))


def _choose(
    checkpoints: Sequence[Checkpoint],
    gpus: Sequence[Gpu],
    given: Mapping[str, Any],
    smaller: Sequence[Checkpoint],
) -> Plan:
    tried = [best for one in checkpoints if (best := _best(one, gpus, given))]
    if not tried:
        reason = cannot_divide(checkpoints[0], gpus, given)
        return replace(
            _attempt(checkpoints[0], gpus[:1], Split(), given),
            fits=False,
            problem=reason,
            change=smallest_change(_best, checkpoints, gpus, given, smaller),
        )
    fitting = [plan for plan in tried if plan.fits]
    for plan in fitting:
        if plan.settings["max_model_len"] >= _window_wanted(plan.checkpoint, given):
            return _with_hints(explained(plan, tried), gpus, given)
    if fitting:
        longest = max(fitting, key=lambda p: p.settings["max_model_len"])
        return _with_hints(explained(longest, tried), gpus, given)
    nearest = max(tried, key=lambda plan: plan.memory.kv_cache)
    change = smallest_change(_best, checkpoints, gpus, given, smaller)
    return replace(nearest, problem=shortage(nearest, given), change=change)


def _with_hints(plan: Plan, gpus: Sequence[Gpu], given: Mapping[str, Any]) -> Plan:
    wanted = _window_wanted(plan.checkpoint, given)
    return replace(plan, why=(*plan.why, *hints(_best, plan, wanted, gpus, given)))


def _next_smaller(checkpoint: Checkpoint, others: Sequence[Checkpoint]) -> str | None:
    """The same model with smaller weights, otherwise the largest of the smaller models."""
    lighter = [one for one in others if one.weights.total < 0.97 * checkpoint.weights.total]
    same = [one for one in lighter if one.architecture == checkpoint.architecture]
    for one in sorted(same, key=lambda one: -one.weights.total) or lighter:
        return one.name
    return None


def _best(checkpoint: Checkpoint, gpus: Sequence[Gpu], given: Mapping[str, Any]) -> Plan | None:
    """The plan with the fewest GPUs that hold two full windows, else with the longest window."""
    plans = [
        _attempt(checkpoint, gpus[: split.ranks], split, given)
        for split in _splits(checkpoint, len(gpus), given)
    ]
    for plan in plans:
        if plan.fits and plan.kv_tokens >= 2 * _window_wanted(checkpoint, given):
            return plan
    if not plans:
        return None
    return max(plans, key=lambda p: (p.fits, p.settings["max_model_len"], p.memory.kv_cache))


def _splits(checkpoint: Checkpoint, count: int, given: Mapping[str, Any]) -> Iterator[Split]:
    """Splits over up to `count` GPUs: fewest GPUs first, tensor parallel before pipeline."""
    tensors = [int(given["tensor_parallel_size"])] if "tensor_parallel_size" in given else _TENSOR
    pipes = [int(given["pipeline_parallel_size"])] if "pipeline_parallel_size" in given else _TENSOR
    ways = [(t, p) for p in pipes for t in tensors if t * p <= count]
    for tensor, pipeline in sorted(ways, key=lambda way: (way[0] * way[1], way[1])):
        for experts in (False, True):
            split = Split(tensor, pipeline, experts and tensor > 1)
            if split_problem(checkpoint, split) is None:
                yield split
                break


def _attempt(
    checkpoint: Checkpoint, gpus: Sequence[Gpu], split: Split, given: Mapping[str, Any]
) -> Plan:
    """The largest budget that leaves the wanted window, otherwise the one with the longest."""
    plans = []
    for tokens, pixels in _BUDGETS:
        work = Work(
            batched_tokens=int(given.get("max_num_batched_tokens", tokens)),
            sequences=int(given.get("max_num_seqs", 64)),
            image_pixels=int(given.get("image_max_pixels", pixels)),
            kv_element_bytes=_element_bytes(given),
        )
        plan = _settled(checkpoint, gpus, split, work, given)
        if plan.fits and plan.settings["max_model_len"] >= _window_wanted(checkpoint, given):
            return plan
        plans.append(plan)
    return max(plans, key=lambda p: (p.fits, p.settings["max_model_len"], p.memory.kv_cache))


def _element_bytes(given: Mapping[str, Any]) -> int:
    """Bytes of one key or value; by default the KV cache has the type of the weights."""
    kept = str(given.get("kv_cache_dtype") or given.get("dtype"))
    return 1 if kept.startswith("fp8") else 4 if kept == "float32" else 2


def _settled(
    checkpoint: Checkpoint,
    gpus: Sequence[Gpu],
    split: Split,
    work: Work,
    given: Mapping[str, Any],
) -> Plan:
    """The plan for one budget: window, sequences and images."""
    share = float(given.get("gpu_memory_utilization", utilization(gpus)))
    tightest = min(gpus, key=lambda gpu: gpu.total)
    free = min(gpu.free for gpu in gpus)
    memory = memory_on(
        checkpoint,
        split,
        work,
        offloaded=round(float(given.get("cpu_offload_gb", 0)) * GIB),
        total=tightest.total,
        free=free,
        allowed=min(int(share * tightest.total), free),
    )
    each = kv_bytes_per_token(checkpoint, split, work.kv_element_bytes)
    kv_tokens = max(0, memory.kv_cache // each)
    wanted = _window_wanted(checkpoint, given)
    fixed = "max_model_len" in given
    window = wanted if fixed else min(wanted, kv_tokens // 1024 * 1024)
    per_image = image_tokens(checkpoint, work.image_pixels)
    least = window if fixed else LEAST_WINDOW
    refused = any(share * gpu.total > gpu.free for gpu in gpus) or bool(refused_by(gpus, given))
    settings = {
        "tensor_parallel_size": split.tensor,
        "pipeline_parallel_size": split.pipeline,
        "gpu_memory_utilization": share,
        "max_model_len": window,
        "max_num_seqs": int(given.get("max_num_seqs", max(4, min(64, kv_tokens // 2048)))),
        "max_num_batched_tokens": work.batched_tokens,
        "image_max_pixels": work.image_pixels,
        "images_per_prompt": int(
            given.get("images_per_prompt", max(1, min(16, (window - PAGE_TEXT) // 1024)))
        ),
    }
    pages = max(0, (window - TURN_TOKENS) // (per_image + PAGE_TEXT))
    return Plan(
        fits=kv_tokens >= least and not refused,
        checkpoint=checkpoint,
        gpus=tuple(gpus),
        split=split,
        settings=settings,
        memory=memory,
        kv_bytes_per_token=each,
        kv_tokens=kv_tokens,
        pages=pages,
        turns=max(0, (window - per_image - PAGE_TEXT) // TURN_TOKENS),
    )


def plan_on_cpu(
    checkpoint: Checkpoint, settings: Mapping[str, Any], *, total: int, free: int
) -> Plan:
    """The plan for a machine without a GPU: unchanged settings, and whether they fit.

    `total` and `free`: bytes of main memory.
    """
    split = Split(int(settings["tensor_parallel_size"]), int(settings["pipeline_parallel_size"]))
    kv_cache = int(settings["cpu_kvcache_gb"]) * GIB
    weights = weights_per_rank(checkpoint, split)
    each = kv_bytes_per_token(checkpoint, split)
    window, kv_tokens = int(settings["max_model_len"]), kv_cache // each
    needed = (weights + kv_cache) * split.ranks
    problem = None
    if needed > free:
        problem = f"The model needs {gib(needed)} of main memory; {gib(free)} are free."
    elif kv_tokens < window:
        problem = f"The KV cache holds {kv_tokens:,} tokens, but the context window is {window:,}."
    per_image = image_tokens(checkpoint, int(settings["image_max_pixels"]))
    memory = Memory(
        weights=weights * split.ranks,
        activations=0,
        encoder_cache=0,
        graphs=0,
        runtime=0,
        kv_cache=kv_cache * split.ranks,
        taken=total - free,
        spare=free - needed,
    )
    shown = ("max_model_len", "max_num_seqs", "image_max_pixels", "images_per_prompt")
    return Plan(
        fits=problem is None,
        checkpoint=checkpoint,
        gpus=(),
        split=split,
        settings={name: settings[name] for name in shown},
        memory=memory,
        kv_bytes_per_token=each,
        kv_tokens=kv_tokens,
        pages=max(0, (window - TURN_TOKENS) // (per_image + PAGE_TEXT)),
        turns=max(0, (window - per_image - PAGE_TEXT) // TURN_TOKENS),
        why=("There is no GPU: the model runs on the CPU, in main memory.",),
        problem=problem,
        change=problem and "Set DRAWING_CHAT_CPU_KVCACHE_GB.",
    )


def utilization(gpus: Sequence[Gpu]) -> float:
    """The share of each GPU that the engine may take, rounded down to hundredths.

    vLLM refuses to start unless `utilization × total` is free, so memory that a desktop or a CAD
    session uses now is subtracted.
    """
    share = min((gpu.free - MARGIN_BYTES) / gpu.total for gpu in gpus)
    return max(0.01, int(100 * min(MOST_UTILIZATION, share)) / 100)


def _window_wanted(checkpoint: Checkpoint, given: Mapping[str, Any]) -> int:
    return int(given.get("max_model_len", min(WANTED_WINDOW, checkpoint.architecture.longest)))
