"""The catalog of Qwen-VL models: sizes, checkpoints and the figures that determine their memory.

Sources. Models, kinds and official FP8 repositories: the product's description. AWQ and GPTQ
repositories: only those that public texts name exactly. For Qwen2.5-VL and Qwen2-VL they are
Qwen's own (README of QwenLM/Qwen3-VL, model lists of ms-swift and LLaMA-Factory), for Qwen3-VL
those of QuantTrio and cyankiwi (Xinference's model pages, and projects that serve them with vLLM);
we know of no reliable GPTQ one for Qwen3-VL. Figures: each is confirmed by a second source, either
the parameter count of the hub, which they reproduce exactly (tests/unit/model/test_catalog.py), or
the one in `checked`. Licences: the models' own pages; the hub states them again before a download.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from backend.model.selection.architecture import Architecture, Generation, Vision

Precision = Literal["bf16", "fp8", "int8", "int4"]
Kind = Literal["Instruct", "Thinking"]

OWNER = "Qwen"
PRECISION_NAMES: dict[Precision, str] = {
    "bf16": "BF16",
    "fp8": "FP8",
    "int8": "8 bits",
    "int4": "4 bits",
}
#: Weights that share one scale: the usual 128 for Qwen and QuantTrio. cyankiwi's 32 comes from a
#: project that measured the 2B, and from its file size of 2,229,344,344 bytes.
GROUP = 128
_GROUPS = {"cyankiwi": 32}

APACHE = "Apache-2.0"


@dataclass(frozen=True, slots=True)
class Model:
    """One size of a family; for the sources see the module's docstring."""

    family: str
    size: str
    good_for: str
    figures: Architecture
    kinds: tuple[Kind, ...] = ("Instruct",)
    fp8: bool = False
    checked: str = ""
    licence: str = APACHE
    #: Repositories with AWQ or GPTQ weights, the most precise first.
    quantised: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The full name: `Qwen3-VL-30B-A3B`."""
        return f"{self.family}-{self.size}"

    @property
    def short(self) -> str:
        """The short name: `qwen3-vl:30b`."""
        return f"{self.family.lower()}:{self.size.partition('-')[0].lower()}"

    def variants(self, kind: Kind | None = None) -> tuple[Variant, ...]:
        """The checkpoints of one kind, the most precise first."""
        kind = kind or self.kinds[0]
        repository = f"{OWNER}/{self.name}-{kind}"
        found = [Variant(self, repository, "bf16", kind)]
        if self.fp8:
            found.append(Variant(self, f"{repository}-FP8", "fp8", kind))
        for name in self.quantised:
            if f"-{kind}-" in name:
                found.append(Variant(self, name, "int8" if "Int8" in name else "int4", kind))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Variant:
    """One checkpoint on the hub."""

    model: Model
    repository: str
    precision: Precision
    kind: Kind

    @property
    def official(self) -> bool:
        """Whether it was published by Qwen."""
        return self.repository.startswith(f"{OWNER}/")

    @property
    def group(self) -> int:
        """The number of weights in a quantised layer that share one scale."""
        return _GROUPS.get(self.repository.partition("/")[0], GROUP)

    @property
    def traits(self) -> frozenset[str]:
        """Its precision, and the quantisation method if its name contains one."""
        methods = [one for one in ("AWQ", "GPTQ") if f"-{one}" in self.repository]
        return frozenset([PRECISION_NAMES[self.precision], *methods])


_BOTH: tuple[Kind, ...] = ("Instruct", "Thinking")
_COUNTED = "the hub's parameter count"
#: The vision tower of the 2B and the 4B; the others have transformers' default.
_SMALL_TOWER = Vision(24, 1024, 4096)
_OLDER = "an older family, for existing setups only"


def _older(
    generation: Generation, tower: int, longest: int, *figures: int, tied: bool = False
) -> Architecture:
    """`figures`: layers, width, heads, KV heads, MLP width and vocabulary; `tower`: MLP width of
    the vision tower."""
    layers, hidden, heads, kv_heads, intermediate, vocabulary = figures
    return Architecture(
        layers,
        hidden,
        heads,
        kv_heads,
        intermediate=intermediate,
        vocabulary=vocabulary,
        tied=tied,
        longest=longest,
        vision=Vision(32, 1280, tower, edge=28, deepstack=0, generation=generation),
        biased=True,
    )


def _by_cyankiwi(size: str) -> tuple[str, ...]:
    return tuple(f"cyankiwi/Qwen3-VL-{size}-{kind}-AWQ-4bit" for kind in _BOTH)


def _by_quanttrio(size: str) -> tuple[str, ...]:
    return tuple(f"QuantTrio/Qwen3-VL-{size}-{kind}-AWQ" for kind in _BOTH)


def _own(name: str, *endings: str) -> tuple[str, ...]:
    return tuple(f"{OWNER}/{name}-Instruct-{ending}" for ending in endings)


MODELS: tuple[Model, ...] = (
    Model(
        "Qwen3-VL",
        "2B",
        "first tests; the smallest GPUs",
        kinds=_BOTH,
        fp8=True,
        figures=Architecture(28, 2048, 16, 8, intermediate=6144, tied=True, vision=_SMALL_TOWER),
        checked=_COUNTED,
        quantised=_by_cyankiwi("2B"),
    ),
    Model(
        "Qwen3-VL",
        "4B",
        "small GPUs; fast answers about simple sheets",
        kinds=_BOTH,
        fp8=True,
        figures=Architecture(36, 2560, 32, 8, intermediate=9728, tied=True, vision=_SMALL_TOWER),
        checked=_COUNTED,
        quantised=_by_cyankiwi("4B"),
    ),
    Model(
        "Qwen3-VL",
        "8B",
        "one GPU with 24 GB or more, unquantised",
        kinds=_BOTH,
        fp8=True,
        figures=Architecture(36, 4096, 32, 8, intermediate=12_288),
        checked=_COUNTED,
        quantised=_by_cyankiwi("8B"),
    ),
    Model(
        "Qwen3-VL",
        "30B-A3B",
        "the default: fast, because each token uses 3 of 30 billion parameters",
        kinds=_BOTH,
        fp8=True,
        figures=Architecture(48, 2048, 32, 4, experts=128, experts_per_token=8, expert_width=768),
        checked="31.07 billion parameters and 98,304 bytes of KV cache per token (measured); "
        "vLLM 0.32 fused_moe configs E=128, N=768",
        quantised=_by_quanttrio("30B-A3B") + _by_cyankiwi("30B-A3B"),
    ),
    Model(
        "Qwen3-VL",
        "32B",
        "the best answers on one large GPU; slower than the 30B-A3B, because each token uses all "
        "parameters",
        kinds=_BOTH,
        fp8=True,
        figures=Architecture(64, 5120, 64, 8, intermediate=25_600),
        checked="8 query heads per KV head: vLLM 0.32 flydsl_turboquant_decode; the rest: the size "
        "in the name; vision tower: transformers' default",
        quantised=(*_by_quanttrio("32B"), "cyankiwi/Qwen3-VL-32B-Instruct-AWQ-4bit"),
    ),
    Model(
        "Qwen3-VL",
        "235B-A22B",
        "the best answers of the family; needs several large GPUs",
        kinds=_BOTH,
        fp8=True,
        figures=Architecture(94, 4096, 64, 4, experts=128, experts_per_token=8, expert_width=1536),
        checked="vLLM 0.32 fused_moe configs E=128, N=1536 and its parts; the rest: both sizes "
        "in the name; vision tower: transformers' default",
        quantised=_by_quanttrio("235B-A22B"),
    ),
    *(
        Model(
            "Qwen2.5-VL",
            size,
            good_for,
            figures,
            checked=_COUNTED,
            licence=licence,
            quantised=_own(f"Qwen2.5-VL-{size}", "AWQ"),
        )
        for size, figures, licence, good_for in (
            (
                "3B",
                _older("qwen2.5", 3420, 128_000, 36, 2048, 16, 2, 11_008, 151_936, tied=True),
                "Qwen Research",
                f"{_OLDER}; not for commercial use",
            ),
            (
                "7B",
                _older("qwen2.5", 3420, 128_000, 28, 3584, 28, 4, 18_944, 152_064),
                APACHE,
                _OLDER,
            ),
            (
                "32B",
                _older("qwen2.5", 3456, 128_000, 64, 5120, 40, 8, 27_648, 152_064),
                APACHE,
                _OLDER,
            ),
            (
                "72B",
                _older("qwen2.5", 3456, 128_000, 80, 8192, 64, 8, 29_568, 152_064),
                "Qwen",
                f"{_OLDER}; Qwen's own licence",
            ),
        )
    ),
    *(
        Model(
            "Qwen2-VL",
            size,
            _OLDER,
            figures,
            checked=_COUNTED,
            quantised=_own(f"Qwen2-VL-{size}", "GPTQ-Int8", "AWQ", "GPTQ-Int4"),
        )
        for size, figures in (
            ("2B", _older("qwen2", 5120, 32_768, 28, 1536, 12, 2, 8960, 151_936, tied=True)),
            ("7B", _older("qwen2", 5120, 32_768, 28, 3584, 28, 4, 18_944, 152_064)),
        )
    ),
)


def all_variants() -> list[Variant]:
    """All checkpoints in the catalog."""
    return [one for model in MODELS for kind in model.kinds for one in model.variants(kind)]
