"""Settings at a start: those of the user, completed by the plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backend.config.settings import DEMO_CHECKPOINT, Settings
from backend.errors import SettingsError
from backend.model.selection import choice
from backend.model.selection.choice import settled
from backend.model.selection.gpus import GIB, Gpu, hypothetical_gpus, main_memory
from backend.model.vllm.engine_args import engine_args, model_name


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Gpu]:
    """The GPUs of this machine, to be changed by a test; none at first."""
    gpus: list[Gpu] = []
    monkeypatch.setattr(choice, "installed_gpus", lambda: gpus)
    monkeypatch.setattr(choice, "has_nvidia_gpu", lambda: bool(gpus))
    monkeypatch.setenv("DRAWING_CHAT_DOWNLOAD_DIR", str(tmp_path))
    return gpus


def settings(model: str = "qwen3-vl:30b", **values: Any) -> Settings:
    return Settings(model=model, **values)


def test_a_family_name_becomes_the_variant_that_fits(machine: list[Gpu]) -> None:
    machine += hypothetical_gpus(1, 48 * GIB)
    chosen, plan = settled(settings())
    assert plan is not None and plan.fits
    assert chosen.model == "Qwen/Qwen3-VL-30B-A3B-Instruct-FP8"
    assert chosen.max_num_seqs == plan.settings["max_num_seqs"] == 59
    assert engine_args(chosen, on_gpu=True)["max_model_len"] == 32_768


def test_the_default_model_comes_in_the_variant_that_fits(
    machine: list[Gpu], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.config.settings.has_nvidia_gpu", lambda: True)
    for size, chosen in ((80, "Qwen/Qwen3-VL-30B-A3B-Instruct"), (24, "QuantTrio/")):
        machine[:] = hypothetical_gpus(1, size * GIB)
        assert settled(Settings())[0].model.startswith(chosen)
    # Who names the repository gets it, or a no.
    chosen_plan = settled(settings("Qwen/Qwen3-VL-30B-A3B-Instruct"))[1]
    assert chosen_plan is not None and not chosen_plan.fits


def test_memory_of_the_engine_to_be_replaced_counts_as_free(machine: list[Gpu]) -> None:
    machine += hypothetical_gpus(1, 48 * GIB)
    _, plan = settled(settings("qwen3-vl:30b-fp8"))
    assert plan is not None
    machine[:] = [Gpu("GPU", 48 * GIB, 4 * GIB)]
    _, without = settled(settings("qwen3-vl:8b"))
    _, after = settled(settings("qwen3-vl:8b"), plan)
    assert without is not None and not without.fits
    assert after is not None and after.fits


def test_given_settings_are_kept(machine: list[Gpu]) -> None:
    machine += hypothetical_gpus(2, 80 * GIB)
    chosen, plan = settled(settings(max_num_seqs=7, tensor_parallel_size=2, max_model_len=16_384))
    assert plan is not None and plan.fits
    assert (chosen.max_num_seqs, chosen.tensor_parallel_size) == (7, 2)
    assert chosen.max_model_len == 16_384
    assert chosen.model == "Qwen/Qwen3-VL-30B-A3B-Instruct"


def test_expert_parallel_is_enabled_when_needed(machine: list[Gpu]) -> None:
    machine += hypothetical_gpus(8, 48 * GIB)
    chosen, _ = settled(settings("qwen3-vl:235b-fp8", engine_args={"seed": 1}))
    arguments = engine_args(chosen, on_gpu=True)
    assert (arguments["enable_expert_parallel"], arguments["seed"]) == (True, 1)
    assert arguments["tensor_parallel_size"] == 8


def test_a_rejected_plan_leaves_the_settings_unchanged(machine: list[Gpu]) -> None:
    machine += hypothetical_gpus(1, 12 * GIB)
    chosen, plan = settled(settings("qwen3-vl:32b"))
    assert plan is not None and not plan.fits
    assert chosen.max_model_len == settings().max_model_len


def test_names_are_resolved_without_a_plan(machine: list[Gpu]) -> None:
    machine += hypothetical_gpus(1, 12 * GIB)
    chosen, plan = settled(settings("qwen3-vl:32b-fp8", plan="off"))
    assert (chosen.model, plan) == ("Qwen/Qwen3-VL-32B-Instruct-FP8", None)
    unknown, plan = settled(settings("someone/Own-VL"))
    assert (unknown.model, plan) == ("someone/Own-VL", None)


def test_a_name_that_does_not_exist_stops_the_start() -> None:
    with pytest.raises(SettingsError, match=r"DRAWING_CHAT_MODEL: .*qwen3-vl:8b"):
        settled(settings("Qwen3-VL-7B"))


def test_the_demo_model_has_its_usual_name() -> None:
    chosen = settings(str(DEMO_CHECKPOINT))
    plan = settled(chosen)[1]
    assert plan is not None and plan.as_json()["model"] == model_name(chosen) == "demo-trained"


def test_a_missing_folder_is_left_to_the_service(tmp_path: Path) -> None:
    chosen, plan = settled(settings(str(tmp_path / "gone")))
    assert (chosen.model, plan) == (str(tmp_path / "gone"), None)


def test_offloaded_weights_do_not_count(machine: list[Gpu]) -> None:
    machine += hypothetical_gpus(1, 24 * GIB)
    refused = settled(settings("qwen3-vl:30b-fp8"))[1]
    assert refused is not None and not refused.fits
    chosen, plan = settled(settings("qwen3-vl:30b-fp8", cpu_offload_gb=14))
    assert plan is not None and plan.fits
    assert plan.memory.weights == refused.memory.weights - 14 * GIB
    assert engine_args(chosen, on_gpu=True)["cpu_offload_gb"] == 14


def test_without_a_gpu_the_plan_reports_main_memory() -> None:
    chosen, plan = settled(settings("qwen3-vl:2b-bf16", cpu_kvcache_gb=4))
    assert plan is not None and plan.gpus == ()
    assert chosen.max_num_seqs == settings().max_num_seqs
    total, free = main_memory()
    assert 0 < free <= total
    assert plan.memory.total == pytest.approx(total)
