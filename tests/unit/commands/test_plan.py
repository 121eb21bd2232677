"""`plan`, `models` and `models advise`: output and exit status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backend import cli
from backend.model.selection.advice import Costs, compare
from backend.model.selection.gpus import GIB, Gpu

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without GPUs and with an empty cache, whatever this one has."""
    monkeypatch.setattr("backend.commands.plan.installed_gpus", lambda: [])
    monkeypatch.setattr("backend.commands.plan.has_nvidia_gpu", lambda: False)
    monkeypatch.setenv("DRAWING_CHAT_DOWNLOAD_DIR", str(tmp_path / "cache"))


def printed(capsys: Output, *argv: str, status: int = 0) -> tuple[str, str]:
    try:
        assert cli.main(argv) == status
    except SystemExit as ended:
        assert ended.code == status
    output = capsys.readouterr()
    return output.out, output.err


def test_a_plan_gives_reasons(capsys: Output) -> None:
    out, _ = printed(capsys, "plan", "--model", "qwen3-vl:30b", "--gpu-memory", "48GiB")
    assert "Qwen3-VL-30B-A3B-Instruct-FP8 (FP8)\nfits" in out
    assert "weights                     30.0 GiB" in out
    assert "BF16 does not fit: it needs 59.1 GiB" in out
    # Not what the demo model proposes for itself, which is the model on this machine.
    assert "image_max_pixels           4,194,304" in out


def test_a_rejected_plan_ends_with_a_suggestion(capsys: Output) -> None:
    asked = ("plan", "--model", "qwen3-vl:32b-fp8", "--gpu-memory", "24")
    out, err = printed(capsys, *asked, status=1)
    assert "DOES NOT FIT" in out and "Settings" not in out
    assert "36.8 GiB" in err and "or use 2 such GPUs" in err


def test_a_plan_as_json_counts_the_gpus(capsys: Output) -> None:
    asked = ("plan", "--model", "qwen3-vl:30b-fp8", "--gpus", "4", "--gpu-memory", "24", "--json")
    plan: dict[str, Any] = json.loads(printed(capsys, *asked)[0])
    assert plan["fits"] and plan["settings"]["tensor_parallel_size"] == 2
    assert sum(plan["memory"].values()) == 24 * GIB


def test_the_users_settings_are_in_the_plan(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAWING_CHAT_MAX_MODEL_LEN", "65536")
    monkeypatch.setenv("DRAWING_CHAT_KV_CACHE_DTYPE", "fp8")
    asked = ("plan", "--model", "qwen3-vl:30b-fp8", "--gpu-memory", "80", "--json")
    plan = json.loads(printed(capsys, *asked)[0])
    assert plan["settings"]["max_model_len"] == 65_536
    assert plan["kv_bytes_per_token"] == 98_304 / 2


def test_this_machines_gpus_are_used(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    here = [Gpu("NVIDIA RTX A6000", 48 * GIB, 40 * GIB, (8, 6))] * 2
    monkeypatch.setattr("backend.commands.plan.installed_gpus", lambda: here)
    out, _ = printed(capsys, "plan", "--model", "qwen3-vl:30b", "--gpus", "1")
    assert "FP8" in out and "Other programs use 8.0 GiB" in out
    out, _ = printed(capsys, "plan", "--model", "qwen3-vl:30b")
    assert "BF16" in out and "tensor_parallel_size               2" in out


def test_a_hidden_gpu_is_reported(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.commands.plan.has_nvidia_gpu", lambda: True)
    _, err = printed(capsys, "plan", "--model", "qwen3-vl:2b", status=1)
    assert "CUDA_VISIBLE_DEVICES" in err


def test_compute_capability_matters(capsys: Output) -> None:
    asked = ("plan", "--model", "qwen3-vl:8b-fp8", "--gpu-memory", "24", "--gpu-capability")
    assert "no FP8 arithmetic" in printed(capsys, *asked, "8.6")[0]
    assert "no FP8 arithmetic" not in printed(capsys, *asked, "12.0")[0]
    assert "needs 7.5" in printed(capsys, *asked, "6.1", status=1)[1]
    assert "such as 8.6" in printed(capsys, *asked, "Ampere", status=2)[1]


@pytest.mark.parametrize(
    ("argv", "status", "told"),
    [
        (("plan", "--model", "qwen3-vl:14b"), 1, "qwen3-vl:8b"),
        (("plan", "--model", "qwen3-vl:8b", "--gpu-memory", "lots"), 1, "24GiB"),
        (("plan", "--gpus", "2"), 1, "--gpus 2 --gpu-memory 24GiB"),
        (("plan", "--gpus", "0"), 2, "a number from 1 to 64"),
        (("plan", "--model", "someone/Else", "--gpu-memory", "24"), 1, "download someone/Else"),
        (("plan", "--model", "/no/such", "--gpu-memory", "24"), 1, "No such file"),
        (("models", "advise", "production"), 1, "To plan for one"),
        (("models", "advise", "winning"), 2, "invalid choice"),
        (
            ("models", "advise", "quality", "--gpu-memory", "24", "--api-price", "1"),
            2,
            "--hardware-price, --months, --watts, --power-price",
        ),
    ],
)
def test_refusals_say_what_to_do(
    argv: tuple[str, ...], status: int, told: str, capsys: Output
) -> None:
    assert told in printed(capsys, *argv, status=status)[1]


def test_models_are_listed_with_what_fits(capsys: Output) -> None:
    rows = json.loads(printed(capsys, "models", "--gpu-memory", "24", "--json")[0])
    fits = {row["repository"]: row["fits"] for row in rows}
    assert fits["Qwen/Qwen3-VL-30B-A3B-Instruct"] is False
    assert fits["QuantTrio/Qwen3-VL-30B-A3B-Instruct-AWQ"] is True
    assert fits["cyankiwi/Qwen3-VL-8B-Instruct-AWQ-4bit"] is True
    assert fits["Qwen/Qwen2.5-VL-7B-Instruct"] is True
    assert fits["Qwen/Qwen2.5-VL-72B-Instruct"] is False
    licences = {row["repository"]: row["licence"] for row in rows}
    assert licences["Qwen/Qwen2.5-VL-3B-Instruct-AWQ"] == "Qwen Research"
    assert {licences[row["repository"]] for row in rows if row["name"] == "qwen3-vl:8b"} == {
        "Apache-2.0"
    }
    out, _ = printed(capsys, "models")
    assert [line for line in out.splitlines() if line.endswith("licence: Qwen")]
    assert "qwen3-vl:235b" in out and "There is no NVIDIA GPU here" in out


@pytest.mark.parametrize(
    ("use", "size", "chosen"),
    [
        ("production", "48", "Qwen/Qwen3-VL-30B-A3B-Instruct-FP8"),
        ("quality", "48", "Qwen/Qwen3-VL-32B-Instruct-FP8"),
        ("quality", "80", "Qwen/Qwen3-VL-32B-Instruct"),
        ("development", "24", "Qwen/Qwen3-VL-4B-Instruct"),
        ("memory", "80", "Qwen/Qwen3-VL-2B-Instruct-FP8"),
        ("memory", "5.4", "cyankiwi/Qwen3-VL-2B-Instruct-AWQ-4bit"),
        ("private", "24", "QuantTrio/Qwen3-VL-30B-A3B-Instruct-AWQ"),
    ],
)
def test_each_use_has_a_recommendation(use: str, size: str, chosen: str, capsys: Output) -> None:
    asked = ("models", "advise", use, "--gpu-memory", size, "--json")
    advice = json.loads(printed(capsys, *asked)[0])
    assert advice["plan"]["model"] == chosen
    assert any(line.startswith("Quantisation") for line in advice["reasons"])


def test_hardware_options_work_before_and_after_advise(capsys: Output) -> None:
    before = printed(capsys, "models", "--gpu-memory", "48", "--gpus", "1", "advise", "quality")
    after = printed(capsys, "models", "advise", "quality", "--gpu-memory", "48", "--gpus", "1")
    assert before == after and "32B-Instruct-FP8" in before[0]


def test_4_bits_are_compared_with_a_higher_precision(capsys: Output) -> None:
    out, _ = printed(capsys, "models", "advise", "production", "--gpu-memory", "24")
    assert "production: QuantTrio/Qwen3-VL-30B-A3B-Instruct-AWQ" in out
    assert "Qwen/Qwen3-VL-8B-Instruct-FP8 in FP8 fits too" in out
    out, _ = printed(capsys, "models", "advise", "production", "--gpu-memory", "48")
    assert "fits too" not in out


def test_it_is_reported_if_nothing_fits(capsys: Output) -> None:
    out, _ = printed(capsys, "models", "advise", "memory", "--gpu-memory", "2", status=1)
    assert out.startswith("memory: Nothing fits") and "does not fit" in out


def test_the_break_even_is_computed_from_the_users_prices(capsys: Output) -> None:
    costs = Costs(api=0.5, hardware=7200, months=36, watts=400, kwh=0.25)
    assert costs.monthly == pytest.approx(273)
    assert costs.break_even == pytest.approx(546e6)
    assert "an average of 207.8 tokens per second" in compare(costs, None)[0]
    assert "costs more" in compare(costs, 500e6)[1]
    assert "costs less" in compare(costs, 600e6)[1]
    prices = "--api-price 0.5 --hardware-price 7200 --months 36 --watts 400 --power-price 0.25"
    asked = ("models", "advise", "production", "--gpu-memory", "48", *prices.split())
    assert "up to 546.0 million tokens per month" in printed(capsys, *asked)[0]
