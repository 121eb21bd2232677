"""Turns a model's name and this machine's GPUs into a plan and settings.

Combines the catalog, the disk cache, `nvidia-smi` and `planning`. Downloads nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from backend.config.demo_marker import read_marker
from backend.config.settings import GPU_MODEL, Settings, has_nvidia_gpu
from backend.errors import BadModel, SettingsError, UnknownModel
from backend.model.selection.catalog import MODELS
from backend.model.selection.checkpoint import Checkpoint, from_catalog, read_checkpoint
from backend.model.selection.gpus import DRIVER_BYTES, Gpu, installed_gpus, main_memory
from backend.model.selection.hub_repository import cached_folder
from backend.model.selection.memory_plan import Plan
from backend.model.selection.model_names import Choice, resolve
from backend.model.selection.planning import make_plan, plan_on_cpu

log = logging.getLogger(__name__)

#: The default model, by the name that lets the plan choose its precision.
GPU_FAMILY = "qwen3-vl:30b"
#: Settings that the plan chooses unless the user has set them.
PLANNED = (
    "tensor_parallel_size",
    "pipeline_parallel_size",
    "gpu_memory_utilization",
    "max_model_len",
    "max_num_seqs",
    "max_num_batched_tokens",
    "image_max_pixels",
    "images_per_prompt",
)

#: Settings that the plan does not choose but takes into account.
_CONSIDERED = ("kv_cache_dtype", "dtype", "cpu_offload_gb")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A requested model: its name, the settings that the user has fixed, and the cache folder."""

    name: str
    given: Mapping[str, Any]
    revision: str | None = None
    cache: Path | None = None


def wanted_by(settings: Settings) -> Wanted:
    """The model and the engine settings that were set explicitly, without defaults."""
    names = (*PLANNED, *_CONSIDERED)
    given = {key: getattr(settings, key) for key in names if key in settings.model_fields_set}
    given = {key: value for key, value in given.items() if value not in ("auto", 0)}
    return Wanted(settings.model, given, settings.revision, settings.download_dir)


def checkpoints_of(choice: Choice, wanted: Wanted) -> list[Checkpoint]:
    """A name's checkpoints, the most precise first; cached ones are read from disk.

    Raises `BadModel` if nothing is known about any of them.
    """
    if choice.folder is not None:
        kind = read_marker(choice.folder).get("kind")  # the name that the service uses
        return [read_checkpoint(choice.folder, f"demo-{kind}" if kind else None)]
    names = [variant.repository for variant in choice.variants] or [str(choice.repository)]
    found, unknown = [], None
    for index, repository in enumerate(names):
        folder = cached_folder(repository, wanted.revision, wanted.cache)
        try:
            if folder is not None:
                found.append(read_checkpoint(folder, repository))
            elif choice.variants:
                found.append(from_catalog(choice.variants[index]))
            else:
                raise BadModel(
                    f"Nothing is known about {repository} until it is downloaded. Run: "
                    f"drawing-chat download {repository}"
                )
        except BadModel as error:
            unknown = error
    if not found and unknown is not None:
        raise unknown
    return found


def plan_for(wanted: Wanted, gpus: Sequence[Gpu]) -> Plan:
    """The plan for these GPUs. Raises `BadModel` for an unusable name or checkpoint."""
    checkpoints = checkpoints_of(resolve(wanted.name), wanted)
    return make_plan(checkpoints, gpus, wanted.given, smaller_than(checkpoints[-1]))


def plan_without_gpu(wanted: Wanted, settings: Settings) -> Plan:
    """The plan for a machine without a GPU, which changes no settings."""
    checkpoint = checkpoints_of(resolve(wanted.name), wanted)[0]
    total, free = main_memory()
    return plan_on_cpu(checkpoint, settings.model_dump(), total=total, free=free)


def settled(settings: Settings, ours: Plan | None = None) -> tuple[Settings, Plan | None]:
    """Fill in the settings that were not given from a plan; returns both.

    `ours`: the plan of the running engine, which will have ended; its memory counts as free.

    There is no plan, and the settings are unchanged, if `plan` is `off`, for remote servers, and
    for a model of which nothing is known yet. Raises `SettingsError` for an unknown model name.
    """
    if settings.remote_urls:
        return settings, None
    if settings.model == GPU_MODEL and "model" not in settings.model_fields_set:
        # The precision was not chosen by the user: the plan picks the variant.
        settings = settings.model_copy(update={"model": GPU_FAMILY})
    try:
        choice = resolve(settings.model)
    except UnknownModel as error:
        raise SettingsError(f"DRAWING_CHAT_MODEL: {error}") from None
    name = choice.repository or str(choice.folder)
    if choice.repository is None and choice.variants:
        name = choice.variants[0].repository
    plain = settings.model_copy(update={"model": name})
    if settings.plan == "off":
        return plain, None
    gpus = _freed(installed_gpus() if has_nvidia_gpu() else [], ours)
    try:
        if not gpus:
            wanted = wanted_by(plain)
            return plain, None if has_nvidia_gpu() else plan_without_gpu(wanted, plain)
        plan = plan_for(wanted_by(settings), gpus)
    except BadModel as error:
        log.info("No plan: %s", error)
        return plain, None
    chosen: dict[str, Any] = dict(plan.settings) if plan.fits else {}
    if choice.folder is None:
        chosen["model"] = plan.checkpoint.name
    if plan.split.experts:
        chosen["engine_args"] = {"enable_expert_parallel": True} | settings.engine_args
    return plain.model_copy(update=chosen), plan


def _freed(gpus: list[Gpu], ours: Plan | None) -> list[Gpu]:
    """The GPUs with the memory of the engine of that plan counted as free."""
    if ours is None or not ours.gpus:
        return gpus
    share, ranks = float(ours.settings["gpu_memory_utilization"]), ours.split.ranks
    return [
        replace(gpu, free=min(gpu.total - DRIVER_BYTES, gpu.free + round(share * gpu.total)))
        if index < ranks
        else gpu
        for index, gpu in enumerate(gpus)
    ]


def smaller_than(checkpoint: Checkpoint) -> list[Checkpoint]:
    """Smaller checkpoints of the newest family, the largest first; for suggestions."""
    newest = [model for model in MODELS if model.family == MODELS[0].family]
    every = [from_catalog(variant) for model in newest for variant in model.variants()]
    fewer = [one for one in every if one.weights.total < 0.97 * checkpoint.weights.total]
    return sorted(fewer, key=lambda one: -one.architecture.parameters())
