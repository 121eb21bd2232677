"""From our settings to the engine's: arguments, environment, and what can be refused early.

Pure: knows the names in vLLM's AsyncEngineArgs, does not import vLLM.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from backend.config.demo_marker import FILE_NAME, read_marker
from backend.config.settings import DEMO_CHECKPOINT, Settings, has_nvidia_gpu
from backend.errors import SettingsError
from backend.model.service import DemoKind

#: What `engine_environment` only proposes: a value that is set already stays.
ENV_DEFAULTS = ("VLLM_LOGGING_LEVEL", "VLLM_HOST_IP", "CUDA_DEVICE_ORDER")


def model_name(settings: Settings) -> str:
    """What the model is called towards people: never a path."""
    if kind := demo_kind(settings):
        return f"demo-{kind}"
    return Path(settings.model).name if is_local(settings.model) else settings.model


def is_local(model: str) -> bool:
    """True for a folder on this machine, there or not; False for a name on the hub."""
    return model.startswith(("/", ".", "~")) or model.count("/") != 1 or Path(model).is_dir()


def demo_kind(settings: Settings) -> DemoKind | None:
    """What the project's own checkpoint is, `random` or `trained`; None for any other model."""
    if not is_local(settings.model):
        return None
    kind = read_marker(_folder(settings)).get("kind")
    return kind if kind in ("random", "trained") else None


def model_problem(settings: Settings) -> str | None:
    """What is wrong with a local model folder, before anything is started; None if nothing."""
    if not is_local(settings.model):
        return None
    folder, name = _folder(settings), model_name(settings)
    if folder == DEMO_CHECKPOINT and not (folder / FILE_NAME).is_file():
        return "The demo model is missing. It comes with the project: git checkout -- demo/model"
    if not folder.is_dir():
        return f"There is no folder {name} with a model. Check DRAWING_CHAT_MODEL."
    if not (folder / "config.json").is_file():
        return f"The folder {name} holds no checkpoint (no config.json). Check DRAWING_CHAT_MODEL."
    return None


def engine_args(settings: Settings, on_gpu: bool | None = None) -> dict[str, Any]:
    """Keyword arguments for `AsyncEngineArgs`; `settings.engine_args` win over all others."""
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
        # A question goes before the prefill of an upload.
        "scheduling_policy": "priority",
        "limit_mm_per_prompt": {"image": settings.images_per_prompt, "video": 0},
        # `max_pixels` is reported not to take effect; `size` does. Areas, in spite of the names.
        "mm_processor_kwargs": {
            "size": {
                "shortest_edge": settings.image_min_pixels,
                "longest_edge": settings.image_max_pixels,
            }
        },
        # Or a model may emit whitespace for ever where JSON is asked for.
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
        # Compiling takes longer than it saves on a machine that only runs the demo.
        arguments["enforce_eager"] = True
        # Pictures as the model takes them, kept for the next question: vLLM's 4 GiB are half of
        # the memory that such a machine may have.
        arguments["mm_processor_cache_gb"] = 1
    return arguments | settings.engine_args


def check_sleep(settings: Settings, on_gpu: bool | None = None) -> None:
    """Raise `SettingsError` where an engine is to sleep that cannot: vLLM on a processor keeps its
    memory whatever it is told, and a server that already runs is not ours."""
    if not settings.idle_sleep_minutes:
        return
    reason = ""
    if settings.remote_urls:
        reason = "the model servers of DRAWING_CHAT_REMOTE_URLS keep their memory"
    elif not (has_nvidia_gpu() if on_gpu is None else on_gpu):
        reason = "an engine without an NVIDIA GPU cannot sleep"
    if reason:
        raise SettingsError(
            f"DRAWING_CHAT_IDLE_SLEEP_MINUTES={settings.idle_sleep_minutes:g}: {reason}. "
            "Leave it out."
        )


def refuse_unknown(arguments: Mapping[str, Any], known: Collection[str]) -> None:
    """Raise `SettingsError` for an argument that this vLLM does not have."""
    unknown = sorted(set(arguments) - set(known))
    if unknown:
        raise SettingsError(
            f"DRAWING_CHAT_ENGINE_ARGS: AsyncEngineArgs has no {', '.join(unknown)}."
        )


def engine_environment(
    settings: Settings, cores: Collection[int], on_gpu: bool | None = None
) -> dict[str, str]:
    """Environment variables that vLLM reads. `cores`: the processor cores that may be used."""
    environment = {
        # Drawings are secrets: nothing about their use leaves the machine.
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        # A forked child of a process with threads and a running loop can hang.
        "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
        "VLLM_LOGGING_LEVEL": "WARNING",
        # The parts of the engine talk to each other on this machine only.
        "VLLM_HOST_IP": "127.0.0.1",
        # As nvidia-smi counts them, and with it the plan; CUDA would put the fastest first.
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
    }
    if not (has_nvidia_gpu() if on_gpu is None else on_gpu):
        # Its warnings are about speed on a processor, which nobody expects.
        environment["VLLM_LOGGING_LEVEL"] = "ERROR"
        environment["VLLM_CPU_KVCACHE_SPACE"] = str(settings.cpu_kvcache_gb)
        ranks = settings.tensor_parallel_size * settings.pipeline_parallel_size
        if ranks > 1:
            environment["VLLM_CPU_OMP_THREADS_BIND"] = _bind(sorted(cores), ranks)
    return environment


def _bind(cores: list[int], ranks: int) -> str:
    """Which cores each rank takes, as vLLM wants it: `0,1|2,3`."""
    if len(cores) < ranks:
        raise SettingsError(
            f"DRAWING_CHAT_TENSOR_PARALLEL_SIZE: {ranks} ranks need as many processor cores; "
            f"{len(cores)} may be used here."
        )
    share = len(cores) // ranks
    parts = (cores[rank * share : (rank + 1) * share] for rank in range(ranks))
    return "|".join(",".join(map(str, part)) for part in parts)


def _folder(settings: Settings) -> Path:
    return Path(settings.model).expanduser().absolute()
