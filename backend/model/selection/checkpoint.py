"""What a checkpoint weighs, by the parts that are divided differently among GPUs.

Read from the headers of its safetensors files, which takes no weights into memory, or computed
from the catalog's figures before there is anything to read. Knows no GPU.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from backend.errors import BadModel
from backend.model.selection.architecture import Architecture, read_architecture
from backend.model.selection.catalog import GROUP, PRECISION_NAMES, Precision, Variant

#: A share of a quantised layer must hold whole blocks or groups of this many weights.
BLOCK = 128
#: A header larger than this is no header; the largest real ones have some megabytes.
LARGEST_HEADER = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Weights:
    """Bytes of the whole model. `head` is 0 where it is the embedding again (tied)."""

    vision: float = 0
    embedding: float = 0
    head: float = 0
    attention: float = 0
    mlp: float = 0
    other: float = 0

    @property
    def total(self) -> float:
        """All of it, in bytes."""
        return float(sum(getattr(self, field.name) for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One set of weights: `name` for people, `source` what is handed to the engine.

    `block` is 0 for weights that may be divided anywhere; `exact` tells sizes read from files
    from those computed of the catalog's figures.
    """

    name: str
    source: str
    precision: str
    architecture: Architecture
    weights: Weights
    block: int = 0
    exact: bool = False


def from_catalog(variant: Variant) -> Checkpoint:
    """A checkpoint that is not here yet."""
    figures = variant.model.figures
    weights = computed_weights(figures, variant.precision, variant.group)
    block = {"bf16": 0, "fp8": BLOCK}.get(variant.precision, variant.group)
    name = PRECISION_NAMES[variant.precision]
    return Checkpoint(variant.repository, variant.repository, name, figures, weights, block)


def as_loaded(checkpoint: Checkpoint, dtype: str | None) -> Checkpoint:
    """What it weighs in the engine: `dtype` is the setting, None for `auto`.

    vLLM loads float32 in 16 bits unless it is told otherwise, and 16 bits in 32 if it is told so.
    """
    factor = 1.0
    if checkpoint.precision == "float32" and dtype != "float32":
        factor = 0.5
    elif checkpoint.precision in ("BF16", "FP16") and dtype == "float32":
        factor = 2.0
    if factor == 1:
        return checkpoint
    sizes = {name.name: factor * getattr(checkpoint.weights, name.name) for name in fields(Weights)}
    return replace(checkpoint, weights=Weights(**sizes))


def weight_bytes(precision: Precision, group: int = GROUP) -> float:
    """Bytes of one weight with its scales. FP8: one scale of two bytes for 128×128; 8 and 4 bits:
    one of two bytes and a zero point for each group."""
    if precision in ("int8", "int4"):
        each = 1.0 if precision == "int8" else 0.5
        return each + (2 + each) / group
    return 2.0 if precision == "bf16" else 1 + 2 / BLOCK**2


def computed_weights(figures: Architecture, precision: Precision, group: int = GROUP) -> Weights:
    """What the figures make. Embeddings, head, norms and the vision tower stay in 16 bits."""
    each = weight_bytes(precision, group)
    return Weights(
        vision=2 * figures.vision_parameters(),
        embedding=2 * figures.embedding_parameters(),
        head=0 if figures.tied else 2 * figures.embedding_parameters(),
        attention=each * figures.attention_parameters(),
        mlp=each * figures.mlp_parameters(),
        other=2 * figures.other_parameters(),
    )


def read_checkpoint(folder: Path, name: str | None = None) -> Checkpoint:
    """A checkpoint on this disk, from `config.json` and the safetensors headers.

    Raises `BadModel` for a folder that holds none, or a damaged one.
    """
    name = name or folder.name
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if not isinstance(config, dict):
            raise BadModel(f"The config.json of {name} is not a JSON object.")
        files = sorted(folder.glob("*.safetensors"))
        weights = weights_in([read_header(file) for file in files])
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or "it is damaged"
        raise BadModel(f"The checkpoint {name} cannot be read ({reason}).") from None
    if not weights.total:
        raise BadModel(f"The folder {name} has no weights (*.safetensors).")
    precision, block = _quantisation(config)
    architecture = read_architecture(config)
    return Checkpoint(name, str(folder), precision, architecture, weights, block, exact=True)


def read_header(file: Path) -> dict[str, Any]:
    """The header of a safetensors file: tensor names with type, shape and offsets.

    Raises `ValueError` where it is not one or the file is shorter than its header says.
    """
    with file.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8).ljust(8, b"\0"))
        if not 2 <= length <= LARGEST_HEADER:
            raise ValueError("no safetensors header")
        header = json.loads(stream.read(length))
    if not isinstance(header, dict):
        raise ValueError("no safetensors header")
    header.pop("__metadata__", None)
    try:
        end = max((int(tensor["data_offsets"][1]) for tensor in header.values()), default=0)
    except (KeyError, TypeError, IndexError):
        raise ValueError("no safetensors header") from None
    if file.stat().st_size != 8 + length + end:
        raise ValueError("the file is cut off")
    return header


def weights_in(headers: list[dict[str, Any]]) -> Weights:
    """Bytes of each part, by the tensors' names."""
    sizes = dict.fromkeys((field.name for field in fields(Weights)), 0)
    for header in headers:
        for name, tensor in header.items():
            begin, end = tensor["data_offsets"]
            sizes[_part(name)] += end - begin
    return Weights(**sizes)


def _part(name: str) -> str:
    if "visual." in name:
        return "vision"
    if "embed_tokens" in name:
        return "embedding"
    if "lm_head" in name:
        return "head"
    if ".self_attn." in name and "_norm." not in name:
        return "attention"
    if ".mlp." in name and ".mlp.gate." not in name:
        return "mlp"
    return "other"


def _quantisation(config: Mapping[str, Any]) -> tuple[str, int]:
    """How the weights are kept, for people, and the block that may not be cut."""
    given = config.get("quantization_config")
    if not isinstance(given, Mapping):
        text = config.get("text_config")
        kept = (text if isinstance(text, Mapping) else config).get("dtype")
        kept = kept or config.get("dtype") or config.get("torch_dtype")
        return {"float32": "float32", "float16": "FP16"}.get(str(kept), "BF16"), 0
    method = str(given.get("quant_method", ""))
    if method == "fp8":
        size = given.get("weight_block_size") or [BLOCK]
        return "FP8", math.lcm(*(int(part) for part in size))
    if isinstance(groups := given.get("config_groups"), Mapping):  # compressed-tensors
        layers = next(iter(groups.values()), None)
        told = layers.get("weights") if isinstance(layers, Mapping) else None
        given = {"bits": told.get("num_bits"), **told} if isinstance(told, Mapping) else {}
    group = given.get("group_size")
    bits = given.get("bits") or given.get("w_bit") or 4
    return f"{bits} bits", int(group) if isinstance(group, int) and group > 0 else BLOCK
