"""Resolves a model's name to checkpoints in the catalog, a repository or a folder."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from backend.errors import UnknownModel
from backend.model.selection.catalog import MODELS, OWNER, Kind, Model, Variant, all_variants

#: Suffixes of names and the variants they select: Ollama's tags, and suffixes of repositories. A
#: variant matches a suffix if it has one of its traits.
_SUFFIXES: dict[str, frozenset[str]] = {
    suffix: frozenset(traits)
    for suffixes, traits in (
        (("bf16", "fp16"), ["BF16"]),
        (("fp8",), ["FP8"]),
        (("q8", "q8_0"), ["FP8", "8 bits"]),
        (("int8", "8bit"), ["8 bits"]),
        (("q4", "q4_k_m", "int4", "4bit"), ["4 bits"]),
        (("awq",), ["AWQ"]),
        (("gptq",), ["GPTQ"]),
    )
    for suffix in suffixes
}
_NAME = re.compile(
    r"(?:qwen/)?qwen(?P<generation>2\.5|2|3)-?vl(?:[:-](?P<size>\d+(?:\.\d+)?b(?:-a\d+b)?))?"
    r"(?P<suffixes>(?:-[a-z0-9_]+)*)",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a name refers to: variants to choose from, a repository, or a folder.

    `variants` is empty for a repository or a folder that is not in the catalog.
    """

    name: str
    variants: tuple[Variant, ...] = ()
    repository: str | None = None
    folder: Path | None = None


def resolve(name: str) -> Choice:
    """Resolve `name`. Raises `UnknownModel`, which suggests the closest names.

    Accepts a family with a size (`qwen3-vl:30b`, `Qwen3-VL-8B`), optionally with a kind or a
    precision (`qwen3-vl:32b-thinking-fp8`), an exact repository (`owner/name`), or a folder.
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
        raise UnknownModel(_unknown_message(text))
    family = f"Qwen{match['generation']}-VL"
    sizes = [model for model in MODELS if model.family == family]
    found = [
        model
        for model in sizes
        if match["size"] in (model.size.lower(), model.size.lower().partition("-")[0])
    ]
    if not found:
        raise UnknownModel(_unknown_message(text))
    if is_repository:  # a known size with a suffix that is not in the catalog
        return Choice(text, repository=text)
    return _with_suffixes(text, found[0], match["suffixes"].split("-")[1:])


def _with_suffixes(text: str, model: Model, suffixes: list[str]) -> Choice:
    kind: Kind | None = None
    wanted: list[frozenset[str]] = []
    for suffix in suffixes:
        if suffix in ("instruct", "thinking"):
            kind = "Thinking" if suffix == "thinking" else "Instruct"
        elif suffix in _SUFFIXES:
            wanted.append(_SUFFIXES[suffix])
        else:
            raise UnknownModel(_unknown_message(text))
    if kind is not None and kind not in model.kinds:
        raise UnknownModel(f"There is no {kind} version of {model.name}. {_available(model)}")
    variants = model.variants(kind)
    if not wanted:
        exact = [v for v in variants if v.repository.lower() == f"{OWNER}/{text}".lower()]
        return Choice(text, tuple(exact) or variants)
    fitting = tuple(one for one in variants if all(one.traits & traits for traits in wanted))
    if not fitting:
        words = " and ".join(" or ".join(sorted(traits)) for traits in wanted)
        raise UnknownModel(
            f"The catalog has no {model.name} with {words}. {_available(model)} "
            "For another repository, give its exact name as owner/name."
        )
    return Choice(text, fitting)


def nearest(name: str, count: int = 3) -> list[str]:
    """The existing names closest to a wrong one, by family and size, otherwise by spelling."""
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
        billions = float(re.split(r"\D", model.size)[0])
        return abs(billions - size) / max(billions, size)

    same = [model for model in MODELS if model.family == family]
    if "/" in name:  # its suffix or its owner may be wrong
        twins = [one.repository for one in all_variants() if one.model in same]
        twins = [one for one in twins if f"-{match[2]}b".lower() in one.lower()]
        if close := difflib.get_close_matches(name, twins, n=count, cutoff=0.8):
            return close
    chosen = sorted(same, key=distance)[:count]
    # Another family may have this size, such as Qwen2.5-VL 72B.
    chosen += [m for m in MODELS if m.family != family and distance(m) == 0][:1]
    return [model.short for model in chosen]


def _unknown_message(name: str) -> str:
    return (
        f"There is no model {name!r}. Closest: {', '.join(nearest(name))}. "
        "`drawing-chat models` lists all; write a repository as owner/name."
    )


def _available(model: Model) -> str:
    names = ", ".join(one.repository for kind in model.kinds for one in model.variants(kind))
    return f"Available: {names}."
