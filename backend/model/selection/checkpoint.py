"""Measures a checkpoint's weights by the parts that are split differently among GPUs.

Reads the headers of its safetensors files without loading any weights. Before a download the sizes
are computed from the catalog's figures.
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

#: A rank's part of a quantised layer must consist of whole blocks of this many weights.
BLOCK = 128
#: No valid header is larger; the largest real ones have a few megabytes.
LARGEST_HEADER = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Weights:
    """Bytes of the whole model. `head` is 0 if it is tied to the embedding."""

    vision: float = 0
    embedding: float = 0
    head: float = 0
    attention: float = 0
    mlp: float = 0
    other: float = 0

    @property
    def total(self) -> float:
        """The sum, in bytes."""
        return float(sum(getattr(self, field.name) for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One set of weights; `name` is for display, `source` for the engine.

    `block` is 0 for weights that can be split anywhere; `exact` is true for sizes read from files
    instead of computed from the catalog's figures.
    """

    name: str
    source: str
    precision: str
    architecture: Architecture
    weights: Weights
    block: int = 0
    exact: bool = False


def from_catalog(variant: Variant) -> Checkpoint:
    """A checkpoint that has not been downloaded."""
    figures = variant.model.figures
    weights = computed_weights(figures, variant.precision, variant.group)
    block = {"bf16": 0, "fp8": BLOCK}.get(variant.precision, variant.group)
    name = PRECISION_NAMES[variant.precision]
    return Checkpoint(variant.repository, variant.repository, name, figures, weights, block)


def as_loaded(checkpoint: Checkpoint, dtype: str | None) -> Checkpoint:
    """The checkpoint with its weights' size in the engine; `dtype`: the setting, None for `auto`.

    vLLM loads float32 weights in 16 bits by default, and 16-bit weights in 32 bits on request.
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
    """Bytes of one weight with its scales.

    FP8 has a two-byte scale per 128×128 weights; 8 and 4 bits have a two-byte scale and a zero
    point per group.
    """
    if precision in ("int8", "int4"):
        each = 1.0 if precision == "int8" else 0.5
        return each + (2 + each) / group
    return 2.0 if precision == "bf16" else 1 + 2 / BLOCK**2


def computed_weights(figures: Architecture, precision: Precision, group: int = GROUP) -> Weights:
    """Compute the sizes. Embeddings, head, norms and the vision tower stay in 16 bits."""
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
    """Read a local checkpoint from `config.json` and the safetensors headers.

    Raises `BadModel` if the folder has none, or a damaged one.
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
    """Read the header of a safetensors file: tensor names with type, shape and offsets.

    Raises `ValueError` for another format, or if the file's size differs from its header.
    """
    with file.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8).ljust(8, b"\0"))
        if not 2 <= length <= LARGEST_HEADER:
            raise ValueError("not a safetensors file")
        header = json.loads(stream.read(length))
    if not isinstance(header, dict):
        raise ValueError("not a safetensors file")
    header.pop("__metadata__", None)
    try:
        end = max((int(tensor["data_offsets"][1]) for tensor in header.values()), default=0)
    except (KeyError, TypeError, IndexError):
        raise ValueError("not a safetensors file") from None
    if file.stat().st_size != 8 + length + end:
        raise ValueError("the file is truncated")
    return header


def weights_in(headers: list[dict[str, Any]]) -> Weights:
    """Bytes of each part, classified by tensor names."""
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
    """The precision for display, and the block size that must not be split."""
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
