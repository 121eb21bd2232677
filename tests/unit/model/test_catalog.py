"""The catalog: resolving names, suggestions for wrong ones, and figures against their sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.errors import BadModel, UnknownModel
from backend.model.selection.architecture import read_architecture
from backend.model.selection.catalog import MODELS, Model, all_variants
from backend.model.selection.model_names import nearest, resolve

THE_30B = next(model for model in MODELS if model.name == "Qwen3-VL-30B-A3B")


@pytest.mark.parametrize(
    ("name", "repositories"),
    [
        ("qwen3-vl:8b-fp8", ["Qwen/Qwen3-VL-8B-Instruct-FP8"]),
        (
            "Qwen3-VL-8B",
            [
                "Qwen/Qwen3-VL-8B-Instruct",
                "Qwen/Qwen3-VL-8B-Instruct-FP8",
                "cyankiwi/Qwen3-VL-8B-Instruct-AWQ-4bit",
            ],
        ),
        ("Qwen3-VL-8B-Thinking", ["Qwen/Qwen3-VL-8B-Thinking"]),
        (
            "qwen3-vl:32b",
            [
                "Qwen/Qwen3-VL-32B-Instruct",
                "Qwen/Qwen3-VL-32B-Instruct-FP8",
                "QuantTrio/Qwen3-VL-32B-Instruct-AWQ",
                "cyankiwi/Qwen3-VL-32B-Instruct-AWQ-4bit",
            ],
        ),
        ("qwen3-vl:32b-thinking-q4", ["QuantTrio/Qwen3-VL-32B-Thinking-AWQ"]),
        ("qwen3-vl:2b-awq", ["cyankiwi/Qwen3-VL-2B-Instruct-AWQ-4bit"]),
        ("qwen3-vl:235b-int4", ["QuantTrio/Qwen3-VL-235B-A22B-Instruct-AWQ"]),
        (
            "qwen3-vl:30b",
            [
                "Qwen/Qwen3-VL-30B-A3B-Instruct",
                "Qwen/Qwen3-VL-30B-A3B-Instruct-FP8",
                "QuantTrio/Qwen3-VL-30B-A3B-Instruct-AWQ",
                "cyankiwi/Qwen3-VL-30B-A3B-Instruct-AWQ-4bit",
            ],
        ),
        (
            "qwen3-vl:30b-a3b-q4",
            [
                "QuantTrio/Qwen3-VL-30B-A3B-Instruct-AWQ",
                "cyankiwi/Qwen3-VL-30B-A3B-Instruct-AWQ-4bit",
            ],
        ),
        ("qwen3-vl:235b-thinking-fp8", ["Qwen/Qwen3-VL-235B-A22B-Thinking-FP8"]),
        (
            "qwen2.5vl:72b",
            ["Qwen/Qwen2.5-VL-72B-Instruct", "Qwen/Qwen2.5-VL-72B-Instruct-AWQ"],
        ),
        ("qwen2.5-vl:3b-q4", ["Qwen/Qwen2.5-VL-3B-Instruct-AWQ"]),
        ("Qwen2.5-VL-32B-Instruct-AWQ", ["Qwen/Qwen2.5-VL-32B-Instruct-AWQ"]),
        (
            "QWEN2-VL-7B",
            [
                "Qwen/Qwen2-VL-7B-Instruct",
                "Qwen/Qwen2-VL-7B-Instruct-GPTQ-Int8",
                "Qwen/Qwen2-VL-7B-Instruct-AWQ",
                "Qwen/Qwen2-VL-7B-Instruct-GPTQ-Int4",
            ],
        ),
        (
            "qwen2-vl:2b-q4",
            ["Qwen/Qwen2-VL-2B-Instruct-AWQ", "Qwen/Qwen2-VL-2B-Instruct-GPTQ-Int4"],
        ),
        ("qwen2-vl:2b-gptq-int4", ["Qwen/Qwen2-VL-2B-Instruct-GPTQ-Int4"]),
        ("qwen2-vl:2b-q8", ["Qwen/Qwen2-VL-2B-Instruct-GPTQ-Int8"]),
        ("Qwen2-VL-7B-Instruct-GPTQ-Int8", ["Qwen/Qwen2-VL-7B-Instruct-GPTQ-Int8"]),
    ],
)
def test_common_names_are_resolved(name: str, repositories: list[str]) -> None:
    assert [variant.repository for variant in resolve(name).variants] == repositories


@pytest.mark.parametrize(
    ("name", "real"),
    [
        ("qwen3-vl:14b", "qwen3-vl:8b"),
        ("Qwen3-VL-7B", "qwen3-vl:8b"),
        ("Qwen3-VL-72B", "qwen2.5-vl:72b"),
        ("Qwen/Qwen3-VL-7B-Instruct", "qwen3-vl:8b"),
        ("qwen3-vl", "qwen3-vl:30b"),
        ("qwen3-vl:8b-blue", "qwen3-vl:8b"),
        ("qwn3-vl:8b", "qwen3-vl:8b"),
        ("flange", "qwen3-vl:30b"),
        ("", "qwen3-vl:30b"),
    ],
)
def test_an_unknown_name_is_refused_with_suggestions(name: str, real: str) -> None:
    with pytest.raises(UnknownModel) as refusal:
        resolve(name)
    assert real in str(refusal.value)
    for suggestion in nearest(name):
        assert resolve(suggestion).variants


def test_missing_quantisations_are_not_invented() -> None:
    with pytest.raises(UnknownModel, match=r"no Qwen3-VL-32B with GPTQ.*Qwen3-VL-32B-Instruct-FP8"):
        resolve("qwen3-vl:32b-gptq")
    with pytest.raises(UnknownModel, match=r"no Qwen2.5-VL-7B with 8 bits or FP8.*7B-Instruct-AWQ"):
        resolve("qwen2.5-vl:7b-q8")
    with pytest.raises(UnknownModel, match="GPTQ and 8 bits"):
        resolve("qwen2.5-vl:7b-gptq-int8")
    with pytest.raises(UnknownModel, match="no Thinking version"):
        resolve("qwen2-vl:7b-thinking")


@pytest.mark.parametrize(
    "name", ["someone/My-Own-VL", "Qwen/Qwen3-VL-8B-Instruct-GGUF", "QuantTrio/Another-AWQ"]
)
def test_an_unknown_repository_is_accepted(name: str) -> None:
    assert (resolve(name).repository, resolve(name).variants) == (name, ())


def test_a_repository_of_the_catalog_is_recognised() -> None:
    variant = resolve("Qwen/Qwen3-VL-30B-A3B-Instruct-FP8").variants[0]
    assert (variant.model, variant.precision, variant.official) == (THE_30B, "fp8", True)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("QuantTrio/Qwen3-VL-32B-AWQ", "QuantTrio/Qwen3-VL-32B-Instruct-AWQ"),
        ("Qwen/Qwen3-VL-8B-Instruct-AWQ-4bit", "cyankiwi/Qwen3-VL-8B-Instruct-AWQ-4bit"),
        ("Qwen/Qwen2-VL-7B-Instruct-GPTQ", "Qwen/Qwen2-VL-7B-Instruct-GPTQ-Int4"),
        ("Qwen/Qwen2.5-VL-7B-AWQ", "Qwen/Qwen2.5-VL-7B-Instruct-AWQ"),
    ],
)
def test_similar_repositories_are_suggested(name: str, meant: str) -> None:
    assert meant in nearest(name)


def test_variants_know_their_publisher_and_method() -> None:
    (own,) = resolve("qwen2-vl:7b-int8").variants
    (other,) = resolve("qwen3-vl:8b-q4").variants
    assert (own.precision, own.official, own.traits) == ("int8", True, {"8 bits", "GPTQ"})
    assert (other.precision, other.official, other.group) == ("int4", False, 32)


def test_a_folder_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve(str(tmp_path)).folder == tmp_path
    monkeypatch.chdir(tmp_path)
    (tmp_path / "qwen3-vl:8b").mkdir()
    assert resolve("qwen3-vl:8b").folder == tmp_path / "qwen3-vl:8b"
    assert resolve("./gone").folder == tmp_path / "gone"


def test_no_repository_is_listed_twice() -> None:
    names = [variant.repository for variant in all_variants()]
    assert len(names) == len(set(names)) > 20


def test_the_30b_has_the_measured_figures() -> None:
    figures = THE_30B.figures
    assert figures is not None
    assert round(figures.parameters() / 1e9, 2) == 31.07
    assert figures.kv_bytes_per_token() == 98_304
    assert figures.image_bytes_per_token() == 16 * 1024


@pytest.mark.parametrize(
    ("name", "parameters"),
    [  # as the hub counts them in the files of the BF16 repositories
        ("Qwen3-VL-2B", 2_127_532_032),
        ("Qwen3-VL-4B", 4_437_815_808),
        ("Qwen3-VL-8B", 8_767_123_696),
        ("Qwen2.5-VL-3B", 3_754_622_976),
        ("Qwen2.5-VL-7B", 8_292_166_656),
        ("Qwen2.5-VL-32B", 33_452_718_336),
        ("Qwen2.5-VL-72B", 73_410_777_344),
        ("Qwen2-VL-2B", 2_208_985_600),
        ("Qwen2-VL-7B", 8_291_375_616),
    ],
)
def test_figures_give_the_published_parameter_counts(name: str, parameters: int) -> None:
    (figures,) = [model.figures for model in MODELS if model.name == name]
    assert figures.parameters() == parameters


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_figures_give_the_sizes_in_the_names(model: Model) -> None:
    figures, size = model.figures, model.size
    assert model.checked and model.licence
    total, _, active = size.partition("-A")
    # The smallest count the vision tower: the language model of the 2B is called 1.7B alone.
    small = float(total[:-1]) < 4
    made = figures.parameters() if small else figures.language_parameters()
    older = model.family != "Qwen3-VL"  # named more freely: the 7B has 7.6
    assert made / 1e9 == pytest.approx(
        float(total[:-1]), rel=0.26 if small else 0.09 if older else 0.03
    )
    if active:
        assert figures.active_parameters() / 1e9 == pytest.approx(float(active[:-1]), abs=0.5)


def test_the_mlps_of_an_older_tower_are_read() -> None:
    text = {
        "num_hidden_layers": 28,
        "hidden_size": 3584,
        "num_attention_heads": 28,
        "num_key_value_heads": 4,
        "vocab_size": 152_064,
        "intermediate_size": 18_944,
    }
    vision = {"depth": 32, "embed_dim": 1280, "hidden_size": 3584, "mlp_ratio": 4, "patch_size": 14}
    read = read_architecture({**text, "vision_config": vision}).vision
    assert (read.hidden, read.intermediate, read.edge) == (1280, 5120, 28)


def test_figures_are_read_from_both_config_layouts() -> None:
    text = {
        "num_hidden_layers": 2,
        "hidden_size": 256,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "vocab_size": 640,
        "intermediate_size": 512,
    }
    vision = {"depth": 2, "hidden_size": 128, "patch_size": 14, "spatial_merge_size": 2}
    old = read_architecture({**text, "vision_config": vision})
    new = read_architecture({"text_config": text, "vision_config": vision})
    assert old == new
    assert (old.head_dim, old.vision.edge, old.vision.deepstack) == (64, 28, 0)


@pytest.mark.parametrize(
    "config", [{}, {"vision_config": {}}, {"vision_config": 5}, {"text_config": [], "a": None}]
)
def test_a_config_without_figures_is_refused(config: dict[str, object]) -> None:
    with pytest.raises(BadModel):
        read_architecture(config)
