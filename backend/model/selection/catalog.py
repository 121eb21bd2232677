"""The Qwen-VL models that there are, and the names by which people call them. Pure.

The models, their kinds and the official FP8 repositories are those of the product's own
description. Repositories with AWQ or GPTQ weights stand here where public text names them exactly:
of Qwen2.5-VL and Qwen2-VL Qwen's own (the README of QwenLM/Qwen3-VL, the model lists of ms-swift
and LLaMA-Factory), of Qwen3-VL those of QuantTrio and cyankiwi (Xinference's model pages, and
projects that serve them with vLLM). None with GPTQ is known well enough of Qwen3-VL. A size's
figures stand here where a second source holds them: the parameters that the hub counts in its
files, which the figures make to the last one (tests/test_models_catalog.py), or what `checked`
names. Licences are those of the models' own pages; before a download the hub tells them again.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from backend.errors import UnknownModel
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
#: Weights that share one scale. cyankiwi's recipe has 32 (a project that measured the 2B tells it,
#: and its file's 2,229,344,344 bytes); Qwen's and QuantTrio's have 128, as is usual.
GROUP = 128
_GROUPS = {"cyankiwi": 32}
#: What a name may end in, and which variants are meant: Ollama's tags and the repositories' own
#: endings. A variant fits an ending when it has one of its traits.
_ENDINGS: dict[str, frozenset[str]] = {
    ending: frozenset(traits)
    for endings, traits in (
        (("bf16", "fp16"), ["BF16"]),
        (("fp8",), ["FP8"]),
        (("q8", "q8_0"), ["FP8", "8 bits"]),
        (("int8", "8bit"), ["8 bits"]),
        (("q4", "q4_k_m", "int4", "4bit"), ["4 bits"]),
        (("awq",), ["AWQ"]),
        (("gptq",), ["GPTQ"]),
    )
    for ending in endings
}


APACHE = "Apache-2.0"


@dataclass(frozen=True, slots=True)
class Model:
    """One size of a family, with the figures that decide its memory; see the module's head."""

    family: str
    size: str
    good_for: str
    figures: Architecture
    kinds: tuple[Kind, ...] = ("Instruct",)
    fp8: bool = False
    checked: str = ""
    licence: str = APACHE
    #: Repositories with AWQ or GPTQ weights, from the most to the least exact.
    quantised: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`Qwen3-VL-30B-A3B`."""
        return f"{self.family}-{self.size}"

    @property
    def short(self) -> str:
        """The name to type: `qwen3-vl:30b`."""
        return f"{self.family.lower()}:{self.size.partition('-')[0].lower()}"

    def variants(self, kind: Kind | None = None) -> tuple[Variant, ...]:
        """Its checkpoints of one kind, from the most to the least exact."""
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
        """True where Qwen itself published it."""
        return self.repository.startswith(f"{OWNER}/")

    @property
    def group(self) -> int:
        """Weights of a quantised layer that share one scale."""
        return _GROUPS.get(self.repository.partition("/")[0], GROUP)

    @property
    def traits(self) -> frozenset[str]:
        """How its weights are kept: the precision, and the method where its name tells it."""
        methods = [one for one in ("AWQ", "GPTQ") if f"-{one}" in self.repository]
        return frozenset([PRECISION_NAMES[self.precision], *methods])


@dataclass(frozen=True, slots=True)
class Choice:
    """What a name stands for: variants to choose from, a repository, or a folder.

    `variants` is empty for a repository or a folder that the catalog does not have.
    """

    name: str
    variants: tuple[Variant, ...] = ()
    repository: str | None = None
    folder: Path | None = None


_BOTH: tuple[Kind, ...] = ("Instruct", "Thinking")
_COUNTED = "the parameters that the hub counts"
#: The tower of the 2B and the 4B; the others have transformers' default.
_SMALL_TOWER = Vision(24, 1024, 4096)
_OLDER = "an older family; only where something depends on it"


def _older(
    generation: Generation, tower: int, longest: int, *figures: int, tied: bool = False
) -> Architecture:
    """Layers, width, heads, KV heads, MLP, vocabulary; the tower by the width of its MLPs."""
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
        "trying out; the smallest GPUs",
        kinds=_BOTH,
        fp8=True,
        figures=Architecture(28, 2048, 16, 8, intermediate=6144, tied=True, vision=_SMALL_TOWER),
        checked=_COUNTED,
        quantised=_by_cyankiwi("2B"),
    ),
    Model(
        "Qwen3-VL",
        "4B",
        "small GPUs; quick answers about plain sheets",
        kinds=_BOTH,
        fp8=True,
        figures=Architecture(36, 2560, 32, 8, intermediate=9728, tied=True, vision=_SMALL_TOWER),
        checked=_COUNTED,
        quantised=_by_cyankiwi("4B"),
    ),
    Model(
        "Qwen3-VL",
        "8B",
        "one GPU of 24 GB or more in full precision",
        kinds=_BOTH,
        fp8=True,
        figures=Architecture(36, 4096, 32, 8, intermediate=12_288),
        checked=_COUNTED,
        quantised=_by_cyankiwi("8B"),
    ),
    Model(
        "Qwen3-VL",
        "30B-A3B",
        "the default: fast, as each token uses 3 of 30 billion parameters",
        kinds=_BOTH,
        fp8=True,
        figures=Architecture(48, 2048, 32, 4, experts=128, experts_per_token=8, expert_width=768),
        checked="31.07 billion parameters and 98,304 bytes of KV cache a token (measured); "
        "vLLM 0.32 fused_moe configs E=128, N=768",
        quantised=_by_quanttrio("30B-A3B") + _by_cyankiwi("30B-A3B"),
    ),
    Model(
        "Qwen3-VL",
        "32B",
        "the best answers of one large GPU; slower than the 30B-A3B, as all of it works on "
        "each token",
        kinds=_BOTH,
        fp8=True,
        figures=Architecture(64, 5120, 64, 8, intermediate=25_600),
        checked="8 query heads to a KV head: vLLM 0.32 flydsl_turboquant_decode; the rest: the "
        "size in the name; vision tower: transformers' default",
        quantised=(*_by_quanttrio("32B"), "cyankiwi/Qwen3-VL-32B-Instruct-AWQ-4bit"),
    ),
    Model(
        "Qwen3-VL",
        "235B-A22B",
        "the best answers of the family; several large GPUs",
        kinds=_BOTH,
        fp8=True,
        figures=Architecture(94, 4096, 64, 4, experts=128, experts_per_token=8, expert_width=1536),
        checked="vLLM 0.32 fused_moe configs E=128, N=1536 and its shares; the rest: both sizes "
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

_NAME = re.compile(
    r"(?:qwen/)?qwen(?P<generation>2\.5|2|3)-?vl(?:[:-](?P<size>\d+(?:\.\d+)?b(?:-a\d+b)?))?"
    r"(?P<endings>(?:-[a-z0-9_]+)*)",
)


def resolve(name: str) -> Choice:
    """What `name` stands for. Raises `UnknownModel` with the nearest real ones.

    Accepted: a family's name with a size (`qwen3-vl:30b`, `Qwen3-VL-8B`), also with a kind or a
    precision (`qwen3-vl:32b-thinking-fp8`); a repository, exactly (`owner/name`); a folder.
    """
    text = name.strip()
    if text.startswith(("/", ".", "~")) or (text and Path(text).is_dir()):
        return Choice(text, folder=Path(text).expanduser().absolute())
    for variant in all_variants():
        if variant.repository == text:
            return Choice(text, (variant,), repository=text)
    is_repository = text.count("/") == 1
    if is_repository and not re.match(r"qwen/qwen(2|2\.5|3)-?vl", text.lower()):
        return Choice(text, repository=text)
    match = _NAME.fullmatch(text.lower())
    if match is None or match["size"] is None:
        raise UnknownModel(_refusal(text))
    family = f"Qwen{match['generation']}-VL"
    sizes = [model for model in MODELS if model.family == family]
    found = [
        model
        for model in sizes
        if match["size"] in (model.size.lower(), model.size.lower().partition("-")[0])
    ]
    if not found:
        raise UnknownModel(_refusal(text))
    if is_repository:  # of a size that exists: an ending of Qwen's that the catalog lacks
        return Choice(text, repository=text)
    return _with_endings(text, found[0], match["endings"].split("-")[1:])


def _with_endings(text: str, model: Model, endings: list[str]) -> Choice:
    kind: Kind | None = None
    wanted: list[frozenset[str]] = []
    for ending in endings:
        if ending in ("instruct", "thinking"):
            kind = "Thinking" if ending == "thinking" else "Instruct"
        elif ending in _ENDINGS:
            wanted.append(_ENDINGS[ending])
        else:
            raise UnknownModel(_refusal(text))
    if kind is not None and kind not in model.kinds:
        raise UnknownModel(f"There is no {model.name} of the kind {kind}. {_have(model)}")
    variants = model.variants(kind)
    if not wanted:
        exact = [v for v in variants if v.repository.lower() == f"{OWNER}/{text}".lower()]
        return Choice(text, tuple(exact) or variants)
    fitting = tuple(one for one in variants if all(one.traits & traits for traits in wanted))
    if not fitting:
        words = " and ".join(" or ".join(sorted(traits)) for traits in wanted)
        raise UnknownModel(
            f"No {model.name} with {words} is known here. {_have(model)} "
            "Another repository can be named exactly, as owner/name."
        )
    return Choice(text, fitting)


def all_variants() -> list[Variant]:
    """Every checkpoint of the catalog."""
    return [one for model in MODELS for kind in model.kinds for one in model.variants(kind)]


def nearest(name: str, count: int = 3) -> list[str]:
    """The real names that are nearest to a wrong one: by family and size, else by spelling."""
    match = re.search(r"qwen(2\.5|2|3)?[-_]?vl\D{0,3}(\d+(?:\.\d+)?)?", name.lower())
    if match is not None and match[2] is None:
        return [m.short for m in MODELS if m.family == f"Qwen{match[1] or '3'}-VL"]
    if match is None:
        names = [model.short for model in MODELS] + [model.name.lower() for model in MODELS]
        close = difflib.get_close_matches(name.lower(), names, n=count, cutoff=0.5)
        return close or [model.short for model in MODELS if model.family == "Qwen3-VL"]
    size = float(match[2])
    family = f"Qwen{match[1] or '3'}-VL"

    def distance(model: Model) -> float:
        billions = float(re.match(r"\d+", model.size)[0])  # type: ignore[index]
        return abs(billions - size) / max(billions, size)

    same = [model for model in MODELS if model.family == family]
    if "/" in name:  # a repository's name may be wrong by its ending, or its owner
        twins = [one.repository for one in all_variants() if one.model in same]
        twins = [one for one in twins if f"-{match[2]}b".lower() in one.lower()]
        if close := difflib.get_close_matches(name, twins, n=count, cutoff=0.8):
            return close
    chosen = sorted(same, key=distance)[:count]
    # The same size may exist in another family: there is a Qwen2.5-VL 72B.
    chosen += [m for m in MODELS if m.family != family and distance(m) == 0][:1]
    return [model.short for model in chosen]


def _refusal(name: str) -> str:
    return (
        f"There is no model {name!r}. Nearest: {', '.join(nearest(name))}. "
        "`drawing-chat models` lists all; a repository is written as owner/name."
    )


def _have(model: Model) -> str:
    names = ", ".join(one.repository for kind in model.kinds for one in model.variants(kind))
    return f"There are: {names}."
