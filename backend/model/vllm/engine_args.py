"""Converts our settings to engine arguments and environment variables, and checks them early.

Uses the names of vLLM's `AsyncEngineArgs` without importing vLLM.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from backend.config.demo_marker import FILE_NAME, read_marker
from backend.config.settings import DEMO_CHECKPOINT, Settings, has_nvidia_gpu
from backend.errors import SettingsError
from backend.model.service import DemoKind

#: Variables for which `engine_environment` has only a default: a value that is set already wins.
ENV_DEFAULTS = ("VLLM_LOGGING_LEVEL", "VLLM_HOST_IP", "CUDA_DEVICE_ORDER")


def model_name(settings: Settings) -> str:
    """The model's name for display; never a path."""
    if kind := demo_kind(settings):
        return f"demo-{kind}"
    return Path(settings.model).name if is_local(settings.model) else settings.model


def is_local(model: str) -> bool:
    """Whether `model` is a folder on this machine (existing or not) and not a name on the hub."""
    return model.startswith(("/", ".", "~")) or model.count("/") != 1 or Path(model).is_dir()


def demo_kind(settings: Settings) -> DemoKind | None:
    """The kind of the demo checkpoint, `random` or `trained`; None for any other model."""
    if not is_local(settings.model):
        return None
    kind = read_marker(_folder(settings)).get("kind")
    return kind if kind in ("random", "trained") else None


def model_problem(settings: Settings) -> str | None:
    """What is wrong with a local model folder, checked before the start; None if nothing."""
    if not is_local(settings.model):
        return None
    folder, name = _folder(settings), model_name(settings)
    if folder == DEMO_CHECKPOINT and not (folder / FILE_NAME).is_file():
        return "The demo model is missing. Restore it with: git checkout -- demo/model"
    if not folder.is_dir():
        return f"There is no model folder {name}. Check DRAWING_CHAT_MODEL."
    if not (folder / "config.json").is_file():
        return (
            f"The folder {name} contains no checkpoint (no config.json). Check DRAWING_CHAT_MODEL."
        )
    return None


def engine_args(settings: Settings, on_gpu: bool | None = None) -> dict[str, Any]:
    """Keyword arguments for `AsyncEngineArgs`; `settings.engine_args` override the others."""
    on_gpu = has_nvidia_gpu() if on_gpu is None else on_gpu
    model = str(_folder(settings)) if is_local(settings.model) else settings.model
    arguments: dict[str, Any] = {
        "model": model,
        "served_model_name": model_name(settings),
        "revision": settings.revision,
        "quantization": settings.quantization,
        "dtype": settings.dtype,
        "tensor_parallel_size": settings.tensor_parallel_size,
        "pipeline_parallel_size": settings.pipeline_parallel_size,
        "max_model_len": settings.max_model_len,
        "max_num_seqs": settings.max_num_seqs,
        "max_num_batched_tokens": settings.max_num_batched_tokens,
        "kv_cache_dtype": settings.kv_cache_dtype,
        "trust_remote_code": settings.trust_remote_code,
        "enable_prefix_caching": True,
        # Questions run before prefills.
        "scheduling_policy": "priority",
        "limit_mm_per_prompt": {"image": settings.images_per_prompt, "video": 0},
        # `max_pixels` reportedly has no effect; `size` does. Its values are areas.
        "mm_processor_kwargs": {
            "size": {
                "shortest_edge": settings.image_min_pixels,
                "longest_edge": settings.image_max_pixels,
            }
        },
        # Otherwise a model may emit endless white space when it is to write JSON.
        "structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True},
    }
    if settings.download_dir is not None:
        arguments["download_dir"] = str(settings.download_dir)
    if on_gpu:
        if settings.idle_sleep_minutes:
            arguments["enable_sleep_mode"] = True
        arguments["enforce_eager"] = settings.enforce_eager
        arguments["gpu_memory_utilization"] = settings.gpu_memory_utilization
        if settings.cpu_offload_gb:
            arguments["cpu_offload_gb"] = settings.cpu_offload_gb
        if settings.tensor_parallel_size > 1:
            arguments["mm_encoder_tp_mode"] = "data"
    else:
        # On a machine that only runs the demo, compiling takes longer than it saves.
        arguments["enforce_eager"] = True
        # Cache of preprocessed images; vLLM's default of 4 GiB may be half of the main memory.
        arguments["mm_processor_cache_gb"] = 1
    return arguments | settings.engine_args


def check_sleep(settings: Settings, on_gpu: bool | None = None) -> None:
    """Raise `SettingsError` if sleep is configured for an engine that cannot sleep.

    vLLM on a CPU keeps its memory in any case, and remote servers are not under our control.
    """
    if not settings.idle_sleep_minutes:
        return
    reason = ""
    if settings.remote_urls:
        reason = "the model servers in DRAWING_CHAT_REMOTE_URLS cannot be put to sleep"
    elif not (has_nvidia_gpu() if on_gpu is None else on_gpu):
        reason = "an engine without an NVIDIA GPU cannot sleep"
    if reason:
        raise SettingsError(
            f"DRAWING_CHAT_IDLE_SLEEP_MINUTES={settings.idle_sleep_minutes:g}: {reason}. "
            "Remove this setting."
        )


def refuse_unknown(arguments: Mapping[str, Any], known: Collection[str]) -> None:
    """Raise `SettingsError` for an argument that the installed vLLM does not have."""
    unknown = sorted(set(arguments) - set(known))
    if unknown:
        raise SettingsError(
            f"DRAWING_CHAT_ENGINE_ARGS: AsyncEngineArgs has no {', '.join(unknown)}."
        )


def engine_environment(
    settings: Settings, cores: Collection[int], on_gpu: bool | None = None
) -> dict[str, str]:
    """Environment variables for vLLM; `cores` are the CPU cores that it may use."""
    environment = {
        # Drawings are confidential: no usage data may leave the machine.
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        # A child forked from a process with threads and a running event loop can hang.
        "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
        "VLLM_LOGGING_LEVEL": "WARNING",
        # The engine's processes communicate on this machine only.
        "VLLM_HOST_IP": "127.0.0.1",
        # Number GPUs as nvidia-smi and the plan do; CUDA's default puts the fastest first.
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
    }
    if not (has_nvidia_gpu() if on_gpu is None else on_gpu):
        # Its warnings only concern speed on a CPU.
        environment["VLLM_LOGGING_LEVEL"] = "ERROR"
        environment["VLLM_CPU_KVCACHE_SPACE"] = str(settings.cpu_kvcache_gb)
        ranks = settings.tensor_parallel_size * settings.pipeline_parallel_size
        if ranks > 1:
            environment["VLLM_CPU_OMP_THREADS_BIND"] = _bind(sorted(cores), ranks)
    return environment


def _bind(cores: list[int], ranks: int) -> str:
    """The cores for each rank in vLLM's format: `0,1|2,3`."""
    if len(cores) < ranks:
        raise SettingsError(
            f"DRAWING_CHAT_TENSOR_PARALLEL_SIZE: {ranks} ranks need as many CPU cores; only "
            f"{len(cores)} are available."
        )
    share = len(cores) // ranks
    parts = (cores[rank * share : (rank + 1) * share] for rank in range(ranks))
    return "|".join(",".join(map(str, part)) for part in parts)


def _folder(settings: Settings) -> Path:
    return Path(settings.model).expanduser().absolute()
