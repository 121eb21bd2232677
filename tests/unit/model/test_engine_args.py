"""Engine arguments and environment, and settings refused before the start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backend.config.settings import DEMO_CHECKPOINT, Settings
from backend.errors import SettingsError
from backend.model.vllm.engine_args import (
    check_sleep,
    demo_kind,
    engine_args,
    engine_environment,
    is_local,
    model_name,
    model_problem,
    refuse_unknown,
)

HUB = "Qwen/Qwen3-VL-30B-A3B-Instruct"


def settings(**values: Any) -> Settings:
    return Settings(**{"model": HUB, **values})


def demo(folder: Path, kind: str = "random") -> Settings:
    (folder / "config.json").write_text("{}")
    (folder / "demo.json").write_text(json.dumps({"kind": kind}))
    return settings(model=str(folder))


def test_the_pixel_budget_reaches_the_processor() -> None:
    arguments = engine_args(settings(image_min_pixels=70_000, image_max_pixels=900_000))
    assert arguments["mm_processor_kwargs"] == {
        "size": {"shortest_edge": 70_000, "longest_edge": 900_000}
    }


def test_questions_go_before_prefills_and_prefixes_are_kept() -> None:
    arguments = engine_args(settings(images_per_prompt=5))
    assert arguments["scheduling_policy"] == "priority"
    assert arguments["enable_prefix_caching"] is True
    assert arguments["limit_mm_per_prompt"] == {"image": 5, "video": 0}
    assert arguments["structured_outputs_config"]["disable_any_whitespace"] is True


def test_additional_engine_args_override_the_settings() -> None:
    further = {"enable_prefix_caching": False, "block_size": 64}
    arguments = engine_args(settings(engine_args=further))
    assert (arguments["enable_prefix_caching"], arguments["block_size"]) == (False, 64)


def test_gpu_arguments_are_set_only_with_a_gpu() -> None:
    wanted = settings(gpu_memory_utilization=0.8, tensor_parallel_size=2, cpu_offload_gb=4)
    on_gpu = engine_args(wanted, on_gpu=True)
    assert (on_gpu["gpu_memory_utilization"], on_gpu["cpu_offload_gb"]) == (0.8, 4)
    assert on_gpu["mm_encoder_tp_mode"] == "data"
    assert on_gpu["enforce_eager"] is False
    without = engine_args(wanted, on_gpu=False)
    assert "gpu_memory_utilization" not in without
    assert without["enforce_eager"] is True
    assert "mm_processor_cache_gb" not in on_gpu and without["mm_processor_cache_gb"] == 1


def test_an_unknown_engine_arg_is_named() -> None:
    with pytest.raises(SettingsError, match="no max_model_length"):
        refuse_unknown({"model": "m", "max_model_length": 5}, {"model", "max_model_len"})


def test_the_kv_cache_on_a_cpu() -> None:
    wanted = settings(cpu_kvcache_gb=3)
    assert engine_environment(wanted, {0}, on_gpu=False)["VLLM_CPU_KVCACHE_SPACE"] == "3"
    on_gpu = engine_environment(wanted, {0}, on_gpu=True)
    assert "VLLM_CPU_KVCACHE_SPACE" not in on_gpu
    assert on_gpu["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"


@pytest.mark.parametrize(
    ("ranks", "cores", "bind"),
    [(2, {0, 1}, "0|1"), (2, {4, 6, 5, 7, 9}, "4,5|6,7"), (1, {0, 1}, None)],
)
def test_each_rank_gets_its_own_cores(ranks: int, cores: set[int], bind: str | None) -> None:
    environment = engine_environment(settings(tensor_parallel_size=ranks), cores, on_gpu=False)
    assert environment.get("VLLM_CPU_OMP_THREADS_BIND") == bind


def test_more_ranks_than_cores_are_refused() -> None:
    with pytest.raises(SettingsError, match="2 ranks need"):
        engine_environment(settings(tensor_parallel_size=2), {0}, on_gpu=False)


@pytest.mark.parametrize(
    ("model", "local"),
    [(HUB, False), ("/models/qwen", True), ("./qwen", True), ("~/qwen", True), ("qwen", True)],
)
def test_a_folder_or_a_name_on_the_hub(model: str, local: bool) -> None:
    assert is_local(model) is local


def test_a_model_name_is_never_a_path(tmp_path: Path) -> None:
    assert model_name(settings()) == HUB
    assert model_name(settings(model="/models/my-qwen")) == "my-qwen"
    assert model_name(demo(tmp_path)) == "demo-random"
    assert demo_kind(settings()) is None


def test_a_valid_folder_has_no_problem(tmp_path: Path) -> None:
    assert model_problem(demo(tmp_path)) is None
    assert model_problem(settings()) is None


def test_a_missing_folder_is_reported_without_its_path(tmp_path: Path) -> None:
    problem = model_problem(settings(model=str(tmp_path / "gone")))
    assert problem is not None
    assert "gone" in problem and "DRAWING_CHAT_MODEL" in problem
    assert str(tmp_path) not in problem


def test_a_folder_without_a_checkpoint_is_reported(tmp_path: Path) -> None:
    problem = model_problem(settings(model=str(tmp_path)))
    assert problem is not None and "config.json" in problem


def test_a_missing_demo_checkpoint_names_the_command_to_restore_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.model.vllm.engine_args.DEMO_CHECKPOINT", tmp_path / "checkpoint")
    problem = model_problem(settings(model=str(tmp_path / "checkpoint")))
    assert problem is not None and "git checkout -- demo/model" in problem
    assert (DEMO_CHECKPOINT / "config.json").is_file()


def test_sleep_mode_is_enabled_only_if_configured() -> None:
    assert "enable_sleep_mode" not in engine_args(settings(), on_gpu=True)
    wanted = settings(idle_sleep_minutes=30)
    assert engine_args(wanted, on_gpu=True)["enable_sleep_mode"] is True
    assert "enable_sleep_mode" not in engine_args(wanted, on_gpu=False)


def test_sleep_is_refused_for_engines_that_cannot_sleep() -> None:
    check_sleep(settings(), on_gpu=False)
    check_sleep(settings(idle_sleep_minutes=30), on_gpu=True)
    with pytest.raises(SettingsError, match=r"SLEEP_MINUTES=30: .* without an NVIDIA GPU"):
        check_sleep(settings(idle_sleep_minutes=30), on_gpu=False)
    remote = settings(idle_sleep_minutes=0.5, remote_urls=["http://127.0.0.1:8001"])
    with pytest.raises(
        SettingsError, match=r"=0\.5: the model servers in .* cannot be put to sleep"
    ):
        check_sleep(remote, on_gpu=True)
