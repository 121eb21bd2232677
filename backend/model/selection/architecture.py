"""The architecture figures of a Qwen-VL model that determine its memory and parameters. Pure.

They come from a checkpoint's `config.json` or from `catalog.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from backend.errors import BadModel

Generation = Literal["qwen2", "qwen2.5", "qwen3"]


@dataclass(frozen=True, slots=True)
class Vision:
    """The vision tower, with the defaults of transformers' `Qwen3VLVisionConfig`.

    `edge` is the side of one token in pixels (patch × merge); `deepstack` the number of layers
    whose features also go to the language model, each as wide as its input.
    """

    depth: int = 27
    hidden: int = 1152
    intermediate: int = 4304
    edge: int = 32
    deepstack: int = 3
    generation: Generation = "qwen3"

    def parameters(self, width: int) -> int:
        """Parameters including the mergers into a language model of that `width`.

        A patch spans two frames; the merge is 2×2. Qwen3-VL adds position embeddings and a merger
        per deepstack layer; Qwen2.5-VL has gated MLPs and norms without biases.
        """
        own, wide = self.hidden, 4 * self.hidden
        patches = 3 * 2 * (self.edge // 2) ** 2 * own
        attention = 4 * own * (own + 1)
        mlp, norms, ends = 2 * own * self.intermediate + self.intermediate + own, 4 * own, 2 * own
        if self.generation == "qwen2.5":
            mlp += own * self.intermediate + self.intermediate
            norms, ends = 2 * own, own
        if self.generation == "qwen3":
            patches += own + 2304 * own
            ends += self.deepstack * 2 * wide
        mergers = (1 + self.deepstack) * (wide * (wide + 1) + (wide + 1) * width)
        return patches + self.depth * (attention + mlp + norms) + mergers + ends


@dataclass(frozen=True, slots=True)
class Architecture:
    """Layers, heads and widths of the language model, and its vision tower.

    A dense model has `intermediate` and no `experts`; a mixture of experts has `experts` of
    `expert_width`, of which each token uses `experts_per_token`.
    """

    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int = 128
    intermediate: int = 0
    experts: int = 0
    experts_per_token: int = 0
    expert_width: int = 0
    vocabulary: int = 151_936
    tied: bool = False
    longest: int = 262_144
    vision: Vision = Vision()
    #: Whether queries, keys and values have biases instead of norms, as in the older families.
    biased: bool = False

    def kv_bytes_per_token(self, element_bytes: float = 2) -> int:
        """Bytes of one token's keys and values in all layers."""
        return round(2 * self.layers * self.kv_heads * self.head_dim * element_bytes)

    def image_bytes_per_token(self, element_bytes: int = 2) -> int:
        """Bytes of one image token in the encoder cache."""
        return (1 + self.vision.deepstack) * self.hidden * element_bytes

    def attention_parameters(self) -> int:
        """Parameters of all attention projections."""
        queries = self.hidden * self.heads * self.head_dim
        keys = self.hidden * self.kv_heads * self.head_dim
        return self.layers * 2 * (queries + keys)

    def mlp_parameters(self) -> int:
        """Parameters of all dense MLPs or experts, without routers."""
        width = self.experts * self.expert_width if self.experts else self.intermediate
        return self.layers * 3 * self.hidden * width

    def embedding_parameters(self) -> int:
        """Parameters of the input embedding; untied models have an output head of the same size."""
        return self.vocabulary * self.hidden

    def other_parameters(self) -> int:
        """Parameters of norms, biases and routers."""
        heads = self.heads + 2 * self.kv_heads if self.biased else 2
        per_layer = 2 * self.hidden + heads * self.head_dim + self.experts * self.hidden
        return self.layers * per_layer + self.hidden

    def language_parameters(self) -> int:
        """All parameters of the language model, as counted in a model's name."""
        embeddings = self.embedding_parameters() * (1 if self.tied else 2)
        parts = self.attention_parameters() + self.mlp_parameters() + self.other_parameters()
        return parts + embeddings

    def active_parameters(self) -> int:
        """Parameters used for one token: the `A3B` in a model's name."""
        if not self.experts:
            return self.language_parameters()
        idle = 1 - self.experts_per_token / self.experts
        return round(self.language_parameters() - idle * self.mlp_parameters())

    def vision_parameters(self) -> int:
        """Parameters of the vision tower with its mergers."""
        return self.vision.parameters(self.hidden)

    def parameters(self) -> int:
        """All parameters of the checkpoint."""
        return self.language_parameters() + self.vision_parameters()


def read_architecture(config: Mapping[str, Any]) -> Architecture:
    """Read a checkpoint's `config.json`. Raises `BadModel` if a figure is missing.

    Qwen3-VL has the language model's figures in `text_config`, older families at the top level.
    """
    text = config.get("text_config")
    if not isinstance(text, Mapping) or "num_hidden_layers" not in text:
        text = config
    seen = config.get("vision_config")
    if not isinstance(seen, Mapping):
        raise BadModel("This is not a vision model: its config.json has no vision_config.")
    try:
        heads = int(text["num_attention_heads"])
        hidden = int(text["hidden_size"])
        tied = config.get("tie_word_embeddings", text.get("tie_word_embeddings", False))
        return Architecture(
            layers=int(text["num_hidden_layers"]),
            hidden=hidden,
            heads=heads,
            kv_heads=int(text.get("num_key_value_heads") or heads),
            head_dim=int(text.get("head_dim") or hidden // heads),
            intermediate=int(text.get("intermediate_size") or 0),
            # transformers 5 uses the second name
            experts=int(text.get("num_experts") or text.get("num_local_experts") or 0),
            experts_per_token=int(text.get("num_experts_per_tok") or 0),
            expert_width=int(text.get("moe_intermediate_size") or 0),
            vocabulary=int(text["vocab_size"]),
            tied=bool(tied),
            longest=int(text.get("max_position_embeddings") or 32_768),
            vision=Vision(
                depth=int(seen["depth"]),
                # Qwen2-VL calls the tower's width `embed_dim`.
                hidden=int(seen.get("embed_dim") or seen["hidden_size"]),
                # It gives the width of its MLPs as a ratio.
                intermediate=int(
                    seen.get("intermediate_size")
                    or int(seen.get("mlp_ratio") or 4)
                    * int(seen.get("embed_dim") or seen["hidden_size"])
                ),
                edge=int(seen.get("patch_size") or 14) * int(seen.get("spatial_merge_size") or 2),
                deepstack=len(seen.get("deepstack_visual_indexes") or ()),
            ),
        )
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise BadModel(f"The checkpoint's config.json is incomplete ({error}).") from None
