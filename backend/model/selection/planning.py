"""Which variant, on how many GPUs, with which window: the plan, or a clear no. Pure.

Tries the variants from the most exact down, and for each the fewest GPUs on which it is
comfortable; what a person has set is never changed. Knows `memory.py`'s sums, no file and no
engine.
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
    kv_bytes_per_token,
    memory_on,
    picture_tokens,
    split_problem,
    weights_per_rank,
)
from backend.model.selection.plan import Plan
from backend.model.selection.plan_wording import cannot_divide, explained, gib, refused_by, shortage

#: The window that a chat about drawings wants.
WANTED_WINDOW = 32_768
#: Text of a page beside its picture, and of a question with its answer: tokens, generous.
PAGE_TEXT = 1_500
TURN_TOKENS = 700
#: What the engine is set to do at once, from the most comfortable: tokens of a step, pixels.
_EFFORTS = ((8192, 4_194_304), (4096, 4_194_304), (4096, 2_097_152), (2048, 2_097_152))
_TENSOR = (1, 2, 4, 8)


def make_plan(
    checkpoints: Sequence[Checkpoint],
    gpus: Sequence[Gpu],
    given: Mapping[str, Any] | None = None,
    smaller: Sequence[Checkpoint] = (),
) -> Plan:
    """The best of `checkpoints` (most exact first) on these GPUs, or a no with a way out.

    `given`: settings that the person has fixed, by their names. `smaller`: other models that may
    be suggested, largest first.
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
    """The same model with lighter weights, else the largest that is lighter."""
    lighter = [one for one in others if one.weights.total < 0.97 * checkpoint.weights.total]
    same = [one for one in lighter if one.architecture == checkpoint.architecture]
    for one in sorted(same, key=lambda one: -one.weights.total) or lighter:
        return one.name
    return None


def _best(checkpoint: Checkpoint, gpus: Sequence[Gpu], given: Mapping[str, Any]) -> Plan | None:
    """The fewest GPUs with room for two full windows, else those with the longest one."""
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
    """The ways to divide the model over up to `count` GPUs: fewest first, then tensor first."""
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
    """The most comfortable work with the wanted window on these GPUs, else the longest window."""
    plans = []
    for tokens, pixels in _EFFORTS:
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
    """Bytes of one key or value; the KV cache has the type of the weights unless it is told."""
    kept = str(given.get("kv_cache_dtype") or given.get("dtype"))
    return 1 if kept.startswith("fp8") else 4 if kept == "float32" else 2


def _settled(
    checkpoint: Checkpoint,
    gpus: Sequence[Gpu],
    split: Split,
    work: Work,
    given: Mapping[str, Any],
) -> Plan:
    """Window, sequences and pictures for this work."""
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
    image = picture_tokens(checkpoint, work.image_pixels)
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
    pages = max(0, (window - TURN_TOKENS) // (image + PAGE_TEXT))
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
        turns=max(0, (window - image - PAGE_TEXT) // TURN_TOKENS),
    )


def plan_on_processor(
    checkpoint: Checkpoint, settings: Mapping[str, Any], *, total: int, free: int
) -> Plan:
    """What a machine without a GPU gives: the settings as they are, and whether there is room.

    `total` and `free`: bytes of main memory; `settings` has `cpu_kvcache_gb` and the window's.
    """
    split = Split(int(settings["tensor_parallel_size"]), int(settings["pipeline_parallel_size"]))
    kv_cache = int(settings["cpu_kvcache_gb"]) * GIB
    weights = weights_per_rank(checkpoint, split)
    each = kv_bytes_per_token(checkpoint, split)
    window, kv_tokens = int(settings["max_model_len"]), kv_cache // each
    needed = (weights + kv_cache) * split.ranks
    problem = None
    if needed > free:
        problem = f"{gib(needed)} of main memory are needed and {gib(free)} are free."
    elif kv_tokens < window:
        problem = f"The KV cache holds {kv_tokens:,} tokens, the window has {window:,}."
    image = picture_tokens(checkpoint, int(settings["image_max_pixels"]))
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
        pages=max(0, (window - TURN_TOKENS) // (image + PAGE_TEXT)),
        turns=max(0, (window - image - PAGE_TEXT) // TURN_TOKENS),
        why=("There is no GPU: the model runs on the processor, in main memory.",),
        problem=problem,
        change=problem and "Set DRAWING_CHAT_CPU_KVCACHE_GB.",
    )


def utilization(gpus: Sequence[Gpu]) -> float:
    """The share of each GPU that the engine may take, in hundredths.

    vLLM refuses to start where less than `utilization × total` is free, so what a desktop or a
    CAD session holds now comes off.
    """
    share = min((gpu.free - MARGIN_BYTES) / gpu.total for gpu in gpus)
    return max(0.01, int(100 * min(MOST_UTILIZATION, share)) / 100)


def _window_wanted(checkpoint: Checkpoint, given: Mapping[str, Any]) -> int:
    return int(given.get("max_model_len", min(WANTED_WINDOW, checkpoint.architecture.longest)))
