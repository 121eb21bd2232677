"""The memory plan: measured figures, vLLM's split rules, fitting and rejected plans."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend.errors import BadModel
from backend.model.selection.checkpoint import (
    Checkpoint,
    as_loaded,
    from_catalog,
    read_checkpoint,
    read_header,
)
from backend.model.selection.choice import smaller_than
from backend.model.selection.gpus import (
    GIB,
    Gpu,
    hypothetical_gpus,
    installed_gpus,
    read_gpus,
    read_parts,
    read_size,
)
from backend.model.selection.memory import (
    Split,
    kv_bytes_per_token,
    split_problem,
    weights_per_rank,
)
from backend.model.selection.memory_plan import Plan
from backend.model.selection.model_names import resolve
from backend.model.selection.planning import make_plan, plan_on_cpu


def known(name: str) -> list[Checkpoint]:
    return [from_catalog(variant) for variant in resolve(name).variants]


def plan(name: str, count: int, size: int, **given: Any) -> Plan:
    return make_plan(known(name), hypothetical_gpus(count, size * GIB), given, known("qwen3-vl:8b"))


# The figures that were measured


@pytest.mark.parametrize(
    ("name", "gigabytes"),
    [
        ("qwen3-vl:30b-bf16", (62.0, 62.2)),
        ("qwen3-vl:30b-fp8", (31.5, 32.5)),
        ("qwen3-vl:30b-q4", (17.0, 19.0)),
    ],
)
def test_weights_are_the_published_ones(name: str, gigabytes: tuple[float, float]) -> None:
    least, most = gigabytes
    assert least <= known(name)[0].weights.total / 1e9 <= most


@pytest.mark.parametrize(
    ("name", "count", "size", "fits"),
    [
        ("qwen3-vl:30b-bf16", 1, 80, True),
        ("qwen3-vl:30b-bf16", 1, 48, False),
        ("qwen3-vl:30b-bf16", 2, 48, True),
        ("qwen3-vl:30b-fp8", 1, 48, True),
        ("qwen3-vl:30b-fp8", 1, 32, False),
        ("qwen3-vl:30b-q4", 1, 24, True),
    ],
)
def test_each_variant_needs_the_known_number_of_gpus(
    name: str, count: int, size: int, fits: bool
) -> None:
    made = plan(name, count, size)
    assert made.fits is fits
    assert made.split.tensor == (count if fits else made.split.tensor)
    assert (made.problem is None) is fits
    assert (made.change is None) is fits


def test_a_window_of_32k_takes_3_gib() -> None:
    (checkpoint,) = known("qwen3-vl:30b-bf16")
    assert kv_bytes_per_token(checkpoint, Split()) * 32_768 == 3 * GIB
    assert kv_bytes_per_token(checkpoint, Split(), 1) * 32_768 == 1.5 * GIB
    assert kv_bytes_per_token(checkpoint, Split(tensor=4)) * 4 == 98_304
    # More ranks than KV heads: each rank keeps a whole head.
    assert kv_bytes_per_token(checkpoint, Split(tensor=8)) * 4 == 98_304
    assert kv_bytes_per_token(checkpoint, Split(pipeline=2)) * 2 == 98_304


@pytest.mark.parametrize(
    ("name", "split", "possible"),
    [
        ("qwen3-vl:30b-fp8", Split(2), True),
        ("qwen3-vl:30b-fp8", Split(4), False),
        ("qwen3-vl:30b-fp8", Split(4, experts=True), True),
        ("qwen3-vl:30b-bf16", Split(4), True),
        ("qwen3-vl:30b-bf16", Split(3), False),
        ("qwen3-vl:30b-bf16", Split(1, 49), False),
        ("qwen3-vl:235b-fp8", Split(4), True),
        ("qwen3-vl:235b-fp8", Split(8), False),
        ("qwen3-vl:8b-fp8", Split(2, experts=True), False),
        ("qwen3-vl:4b-fp8", Split(8), False),
    ],
)
def test_split_rules(name: str, split: Split, possible: bool) -> None:
    problem = split_problem(known(name)[0], split)
    assert (problem is None) is possible, problem


def test_split_weights_add_up_to_at_least_the_whole() -> None:
    for name in ("qwen3-vl:30b-bf16", "qwen3-vl:235b-fp8", "qwen3-vl:8b"):
        one = known(name)[0]
        assert weights_per_rank(one, Split()) == pytest.approx(one.weights.total)
        for split in (Split(2), Split(8), Split(1, 2), Split(2, 4)):
            share = weights_per_rank(one, split)
            assert one.weights.total / split.ranks < share < one.weights.total


# Choosing


def test_a_family_name_gets_the_most_precise_variant_that_fits() -> None:
    assert plan("qwen3-vl:30b", 1, 80).checkpoint.precision == "BF16"
    assert plan("qwen3-vl:30b", 1, 48).checkpoint.precision == "FP8"
    small = plan("qwen3-vl:30b", 1, 24)
    assert small.checkpoint.source == "QuantTrio/Qwen3-VL-30B-A3B-Instruct-AWQ"
    assert "BF16 does not fit" in small.why[0] and "59.1 GiB" in small.why[0]


def test_the_sum_of_the_parts_is_the_gpu() -> None:
    for size in (24, 32, 48, 80, 141):
        made = plan("qwen3-vl:30b", 1, size)
        assert made.memory.total == size * GIB
        assert made.memory.kv_cache >= made.kv_tokens * made.kv_bytes_per_token
        assert made.kv_tokens >= made.settings["max_model_len"]
        assert made.pages >= 1 and made.turns >= 1


def test_memory_used_by_other_programs_is_subtracted() -> None:
    busy = Gpu("RTX", 48 * GIB, 40 * GIB)
    made = make_plan(known("qwen3-vl:30b-fp8"), [busy])
    share = made.settings["gpu_memory_utilization"]
    assert made.fits and share == 0.82
    # vLLM refuses where less than this is free when it starts.
    assert share * busy.total < busy.free
    assert any("8.0 GiB" in line for line in made.why)


def test_a_rejection_suggests_closing_other_programs() -> None:
    made = make_plan(known("qwen3-vl:30b-fp8"), [Gpu("RTX", 48 * GIB, 20 * GIB)])
    assert not made.fits
    assert made.change == "Close other programs on the GPU; they use 28.0 GiB."


def test_a_rejection_suggests_a_smaller_model_or_more_gpus() -> None:
    made = plan("qwen3-vl:32b", 1, 24)
    assert made.problem is not None and "21.6 GiB can be used" in made.problem
    assert made.change == "Use Qwen/Qwen3-VL-8B-Instruct, or use 2 such GPUs."
    for name, count in (("qwen3-vl:8b", 1), ("qwen3-vl:32b", 2)):
        assert plan(name, count, 24).fits


def test_the_users_settings_are_kept_or_refused() -> None:
    kept = plan("qwen3-vl:30b", 1, 80, max_model_len=65_536, image_max_pixels=1_048_576)
    assert kept.fits
    assert kept.settings["max_model_len"] == 65_536
    assert kept.settings["image_max_pixels"] == 1_048_576
    refused = plan("qwen3-vl:30b-bf16", 1, 80, max_model_len=262_144)
    assert not refused.fits
    assert (
        refused.problem is not None
        and "24.0 GiB for a KV cache of 262,144 tokens" in refused.problem
    )
    assert refused.change == (
        "Remove DRAWING_CHAT_MAX_MODEL_LEN; the plan then fits with max_model_len 32768."
    )
    # Of several the one that is too much; all of them where each is.
    both = {"max_num_seqs": 8, "max_model_len": 262_144}
    one = make_plan(known("qwen3-vl:30b-bf16"), hypothetical_gpus(1, 80 * GIB), both)
    assert one.change == refused.change
    parallel = {"tensor_parallel_size": 4, "pipeline_parallel_size": 4}
    two = make_plan(known("qwen3-vl:30b-bf16"), hypothetical_gpus(2, 80 * GIB), parallel)
    assert two.change == (
        "Remove DRAWING_CHAT_TENSOR_PARALLEL_SIZE and DRAWING_CHAT_PIPELINE_PARALLEL_SIZE; the "
        "plan then fits with tensor_parallel_size 1, pipeline_parallel_size 1."
    )


@pytest.mark.parametrize(
    ("capability", "given", "told"),
    [
        ((8, 6), {"kv_cache_dtype": "fp8"}, "KV_CACHE_DTYPE"),
        ((7, 5), {"kv_cache_dtype": "bfloat16"}, "KV_CACHE_DTYPE"),
        ((7, 5), {"dtype": "bfloat16"}, "DTYPE"),
        ((8, 9), {"kv_cache_dtype": "fp8"}, None),
        ((12, 0), {"kv_cache_dtype": "fp8_e5m2"}, None),
        ((8, 0), {"dtype": "bfloat16"}, None),
        ((7, 5), {"dtype": "float16"}, None),
    ],
)
def test_unsupported_types_are_refused_before_the_download(
    capability: tuple[int, int], given: dict[str, Any], told: str | None
) -> None:
    made = make_plan(known("qwen3-vl:8b"), hypothetical_gpus(1, 48 * GIB, capability), given)
    assert made.fits is (told is None)
    assert made.change == (told and f"Remove DRAWING_CHAT_{told}.")


def test_an_fp8_kv_cache_is_suggested_if_it_suffices_and_works() -> None:
    tight = [Gpu("A", 12 * GIB, 11 * GIB)]
    least = make_plan(known("qwen3-vl:4b-bf16"), tight)
    assert not least.fits
    assert least.change == "Set DRAWING_CHAT_KV_CACHE_DTYPE=fp8, which halves the KV cache."
    fp8 = make_plan(known("qwen3-vl:4b-bf16"), tight, {"kv_cache_dtype": "fp8"})
    assert fp8.fits
    ampere = [replace(gpu, capability=(8, 6)) for gpu in tight]
    assert "fp8" not in str(make_plan(known("qwen3-vl:4b-bf16"), ampere).change)


def test_a_better_gpu_is_suggested() -> None:
    small = Gpu("NVIDIA T400", 4 * GIB, 3 * GIB, (7, 5), number="0")
    large = Gpu("NVIDIA RTX A6000", 48 * GIB, 47 * GIB, (8, 6), number="1")
    refused = make_plan(known("qwen3-vl:30b"), [small, large])
    assert not refused.fits
    assert refused.change == ("Set CUDA_VISIBLE_DEVICES=1 (NVIDIA RTX A6000 with 47.0 GiB free).")
    middling = replace(small, total=12 * GIB, free=11 * GIB)
    fits = make_plan(known("qwen3-vl:2b"), [middling, large])
    assert fits.fits and "CUDA_VISIBLE_DEVICES=1" in fits.why[-1]
    # A share of the whole that only the first has free.
    busy = replace(large, free=30 * GIB)
    shares = make_plan(
        known("qwen3-vl:8b"),
        [replace(large, total=24 * GIB, free=23 * GIB), busy],
        {"gpu_memory_utilization": 0.9, "tensor_parallel_size": 2},
    )
    assert not shares.fits and "only 30.0 GiB of 48.0 GiB are free" in str(shares.problem)


def test_a_share_that_is_not_free_is_refused_with_figures() -> None:
    gpus = [Gpu("RTX", 48 * GIB, 40 * GIB)]
    made = make_plan(known("qwen3-vl:30b-fp8"), gpus, {"gpu_memory_utilization": 0.95})
    assert not made.fits
    assert made.problem == (
        "The configured share of 95% is 45.6 GiB, but only 40.0 GiB of 48.0 GiB are free."
    )


def test_more_gpus_than_found_are_refused() -> None:
    made = plan("qwen3-vl:30b-bf16", 2, 48, tensor_parallel_size=4)
    assert not made.fits
    assert made.problem == "4 GPUs are configured, but only 2 found."
    odd = plan("qwen3-vl:30b-bf16", 4, 48, tensor_parallel_size=3)
    assert odd.problem is not None and "32 attention heads are not divisible by 3" in odd.problem


def test_plans_for_old_gpus_say_what_they_lack() -> None:
    volta = make_plan(known("qwen3-vl:30b-fp8"), hypothetical_gpus(1, 48 * GIB, (7, 0)))
    assert not volta.fits
    assert "compute capability is 7.0; the engine needs 7.5" in str(volta.problem)
    assert "DRAWING_CHAT_REMOTE_URLS" in str(volta.change)
    turing = make_plan(known("qwen3-vl:30b-fp8"), hypothetical_gpus(1, 48 * GIB, (7, 5)))
    assert turing.fits and "float16" in turing.why[-1]
    ampere = make_plan(known("qwen3-vl:30b-fp8"), hypothetical_gpus(1, 48 * GIB, (8, 6)))
    assert ampere.fits and "no FP8 arithmetic" in ampere.why[-1]


def test_whole_experts_go_to_eight_ranks() -> None:
    made = plan("qwen3-vl:235b-fp8", 8, 48)
    assert made.fits and made.split == Split(8, 1, experts=True)


def test_a_plan_is_json_data() -> None:
    for made in (plan("qwen3-vl:30b", 1, 24), plan("qwen3-vl:235b", 1, 24)):
        assert json.loads(json.dumps(made.as_json())) == made.as_json()


def test_without_a_gpu_main_memory_is_planned() -> None:
    (checkpoint,) = known("qwen3-vl:2b-bf16")
    settings = {
        "tensor_parallel_size": 1,
        "pipeline_parallel_size": 1,
        "cpu_kvcache_gb": 4,
        "max_model_len": 32_768,
        "max_num_seqs": 8,
        "image_max_pixels": 1_048_576,
        "images_per_prompt": 4,
    }
    made = plan_on_cpu(checkpoint, settings, total=16 * GIB, free=12 * GIB)
    assert made.fits and made.memory.total == 16 * GIB and made.kv_tokens > 32_768
    tight = plan_on_cpu(checkpoint, settings, total=16 * GIB, free=6 * GIB)
    assert not tight.fits and "6.0 GiB are free" in str(tight.problem)
    short = plan_on_cpu(checkpoint, settings | {"cpu_kvcache_gb": 1}, total=GIB * 64, free=GIB * 60)
    assert "the context window is 32,768" in str(short.problem)


def test_4_bit_estimates_match_a_published_file() -> None:
    (variant,) = resolve("qwen3-vl:2b-awq").variants
    one = from_catalog(variant)
    assert one.block == 32
    # cyankiwi/Qwen3-VL-2B-Instruct-AWQ-4bit has 2,229,344,344 bytes of weights; the estimate takes
    # the vision tower of the largest of the family (0.3 GB more).
    assert 1.0 < one.weights.total / 2_229_344_344 < 1.15
    assert one.weights.total - one.weights.vision < 2_229_344_344


# Files


def write_safetensors(file: Path, **tensors: int) -> None:
    """A safetensors file with tensors of so many bytes each."""
    header, end = {}, 0
    for name, size in tensors.items():
        header[name] = {"dtype": "U8", "shape": [size], "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header | {"__metadata__": {"format": "pt"}}).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + bytes(end))


CONFIG: dict[str, Any] = {
    "text_config": {
        "num_hidden_layers": 2,
        "hidden_size": 256,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 64,
        "vocab_size": 640,
    },
    "vision_config": {"depth": 2, "hidden_size": 128, "patch_size": 16, "spatial_merge_size": 2},
}


def test_a_checkpoint_is_measured_by_its_headers(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    layer = "model.language_model.layers.0"
    sizes = {
        "model.visual.blocks.0.attn.qkv.weight": 10,
        "model.language_model.embed_tokens.weight": 20,
        f"{layer}.self_attn.q_proj.weight": 30,
        f"{layer}.self_attn.q_norm.weight": 1,
        f"{layer}.mlp.experts.down_proj": 40,
        f"{layer}.mlp.gate.weight": 2,
    }
    write_safetensors(tmp_path / "model-1-of-2.safetensors", **sizes)
    write_safetensors(tmp_path / "model-2-of-2.safetensors", **{"lm_head.weight": 50})
    found = read_checkpoint(tmp_path)
    weights = found.weights
    assert (weights.vision, weights.embedding, weights.attention) == (10, 20, 30)
    assert (weights.mlp, weights.head, weights.other) == (40, 50, 3)
    assert (found.exact, found.precision, found.block) == (True, "BF16", 0)


@pytest.mark.parametrize(
    ("quantisation", "precision", "block"),
    [
        ({"quant_method": "fp8", "weight_block_size": [128, 128]}, "FP8", 128),
        ({"quant_method": "awq", "bits": 4, "group_size": 64}, "4 bits", 64),
        ({"quant_method": "gptq", "bits": 8, "group_size": 128}, "8 bits", 128),
        ({"quant_method": "compressed-tensors"}, "4 bits", 128),
        (
            {
                "quant_method": "compressed-tensors",
                "config_groups": {"group_0": {"weights": {"num_bits": 4, "group_size": 32}}},
            },
            "4 bits",
            32,
        ),
        ({"quant_method": "compressed-tensors", "config_groups": {"g": []}}, "4 bits", 128),
    ],
)
def test_the_quantisation_is_read(
    tmp_path: Path, quantisation: dict[str, Any], precision: str, block: int
) -> None:
    (tmp_path / "config.json").write_text(
        json.dumps({**CONFIG, "quantization_config": quantisation})
    )
    write_safetensors(tmp_path / "model.safetensors", x=4)
    found = read_checkpoint(tmp_path)
    assert (found.precision, found.block) == (precision, block)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff" * 64, struct.pack("<Q", 2) + b"[]"])
def test_other_files_than_safetensors_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(BadModel, match="damaged"):
        read_checkpoint(tmp_path)


def test_a_truncated_file_is_detected(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    write_safetensors(file, x=100)
    assert list(read_header(file)) == ["x"]
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(ValueError, match="truncated"):
        read_header(file)


def test_a_folder_without_weights_is_reported(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="No such file"):
        read_checkpoint(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    with pytest.raises(BadModel, match="no weights"):
        read_checkpoint(tmp_path)


# GPUs

SMI = """0, GPU-aa1, NVIDIA RTX A6000, 49140, 45000, 8.6, 570.86, [N/A]
1, GPU-bb1, NVIDIA RTX A6000, 49140, 49000, 8.6, 570.86, Disabled
2, GPU-cc1, [GPU is lost], [N/A], [N/A], [N/A], 570.86, [N/A]
"""
SPARK = "0, GPU-dd1, NVIDIA GB10, [N/A], [N/A], 12.1, 580.95, [N/A]\n"
MIG = "3, GPU-ee1, NVIDIA H200, 143771, [N/A], 9.0, 580.95, Enabled\n"
MIG_LISTING = """GPU 3: NVIDIA H200 (UUID: GPU-ee1)
  MIG 1g.18gb     Device  0: (UUID: MIG-11)
  MIG 3g.71gb     Device  1: (UUID: MIG-22)
"""
MIG_DOCUMENT = """<?xml version="1.0" ?>
<!DOCTYPE nvidia_smi_log SYSTEM "nvsmi_device_v12.dtd">
<nvidia_smi_log><gpu id="00000000:55:00.0">
  <product_name>NVIDIA H200</product_name>
  <mig_devices>
    <mig_device><index>0</index><fb_memory_usage>
      <total>16384 MiB</total><used>15 MiB</used><free>16369 MiB</free></fb_memory_usage>
    </mig_device>
    <mig_device><index>1</index><fb_memory_usage>
      <total>71424 MiB</total><used>44 MiB</used><free>71380 MiB</free></fb_memory_usage>
    </mig_device>
  </mig_devices>
  <uuid>GPU-ee1</uuid>
</gpu></nvidia_smi_log>
"""


def test_the_gpus_are_read() -> None:
    first, second = read_gpus(SMI)
    assert (first.name, first.capability, first.free) == ("NVIDIA RTX A6000", (8, 6), 45000 << 20)
    assert second.total == 49140 << 20
    assert (first.number, second.number) == ("0", "1")
    assert read_gpus("No devices were found\n") == []


@pytest.mark.parametrize(
    ("visible", "free"),
    [
        ("1", [49000]),
        ("1,0", [49000, 45000]),
        ("GPU-aa1", [45000]),
        ("GPU-b", [49000]),
        ("GPU-", []),
        ("b", []),
        ("", []),
        ("-1", []),
        ("0,9,1", [45000]),
    ],
)
def test_only_visible_gpus_count(visible: str, free: list[int]) -> None:
    assert [gpu.free >> 20 for gpu in read_gpus(SMI, visible)] == free


def test_a_gpu_without_memory_of_its_own_works_in_main_memory() -> None:
    (spark,) = read_gpus(SPARK, shared=(120 * GIB, 100 * GIB))
    assert (spark.total, spark.free, spark.capability) == (120 * GIB, 100 * GIB, (12, 1))


def test_mig_instances_are_listed() -> None:
    parts = read_parts(MIG_DOCUMENT, MIG_LISTING)
    (first,) = read_gpus(MIG, None, parts)
    assert (first.name, first.total) == ("NVIDIA H200 MIG 1g.18gb", 16384 << 20)
    assert first.capability == (9, 0)
    (second,) = read_gpus(MIG, "MIG-2", parts)
    assert second.free == 71380 << 20
    # A whole GPU beside it goes first, and what is not understood is left out.
    assert [gpu.number for gpu in read_gpus(MIG + SMI, None, parts)] == ["0", "1"]
    for document in ("", "<nvidia_smi_log", MIG_DOCUMENT.replace("MiB", "")[:-30]):
        assert read_gpus(MIG, None, read_parts(document, MIG_LISTING)) == []
    assert read_parts(MIG_DOCUMENT, "") == {}


def test_nvidia_smi_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("backend.model.selection.gpus.WSL_PROGRAM", str(tmp_path / "none"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert installed_gpus() == []
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\necho '{SMI.splitlines()[0]}'\n")
    program.chmod(0o755)
    assert [gpu.free >> 20 for gpu in installed_gpus()] == [45_000]
    answers = {"--query-gpu*": MIG, "-q": MIG_DOCUMENT, "-L": MIG_LISTING}
    cases = "".join(f"{option}) echo '{text}' ;;\n" for option, text in answers.items())
    program.write_text(f'#!/bin/sh\ncase "$1" in {cases} esac\n')
    assert [gpu.free >> 20 for gpu in installed_gpus()] == [16_369]
    program.write_text("#!/bin/sh\nexit 9\n")  # the driver does not answer
    assert installed_gpus() == []


@pytest.mark.parametrize("text", ["24GiB", "24 GB", "24", "24576MiB", "24g"])
def test_a_size_is_parsed(text: str) -> None:
    assert read_size(text) == 24 * GIB


@pytest.mark.parametrize("text", ["", "much", "-4", "0", "1e9", "9999999"])
def test_a_wrong_size_is_refused(text: str) -> None:
    with pytest.raises(BadModel, match="24GiB"):
        read_size(text)


def test_the_loaded_type_counts_not_the_stored_one() -> None:
    (kept,) = known("qwen3-vl:8b-bf16")
    gpus = hypothetical_gpus(1, 80 * GIB)
    usual = make_plan([kept], gpus)
    wide = make_plan([kept], gpus, {"dtype": "float32"})
    assert wide.memory.weights == pytest.approx(2 * usual.memory.weights)
    assert wide.kv_bytes_per_token == 2 * usual.kv_bytes_per_token
    tuned = replace(as_loaded(kept, "float32"), precision="float32")  # saved by a trainer
    assert make_plan([tuned], gpus).memory.weights == pytest.approx(usual.memory.weights)
    again = make_plan([tuned], gpus, {"dtype": "float32"})
    assert again.memory.weights == wide.memory.weights


def test_older_families_are_planned_but_not_suggested() -> None:
    made = plan("qwen2.5-vl:7b", 1, 24)
    assert made.fits and made.checkpoint.weights.total == pytest.approx(16_584_333_312, rel=1e-9)
    assert made.kv_bytes_per_token == 28 * 2 * 4 * 128 * 2
    (weights,) = {one.weights.total for one in known("qwen2-vl:7b-awq")}
    assert weights / 1e9 == pytest.approx(6.9, abs=0.2)  # as its own page tells the file
    assert not any("Qwen2" in one.name for one in smaller_than(known("qwen3-vl:235b")[0]))


def test_the_tightest_gpu_decides() -> None:
    gpus = [Gpu("A", 48 * GIB, 47 * GIB), Gpu("B", 48 * GIB, 40 * GIB)]
    made = make_plan(known("qwen3-vl:30b-bf16"), gpus)
    even = make_plan(known("qwen3-vl:30b-bf16"), [replace(gpu, free=47 * GIB) for gpu in gpus])
    assert made.fits and made.kv_tokens < even.kv_tokens
