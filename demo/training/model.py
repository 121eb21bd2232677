"""The small Qwen3-VL: its shape, and an extra head that names characters during training."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

from demo.tokenizer import END_OF_TURN, IMAGE, PADDING, VIDEO, VISION_END, VISION_START
from demo.training.alphabet import CLASSES, NOTHING, SLOTS
from demo.training.vocabulary import VOCABULARY_SIZE, special_ids

HIDDEN = 256
PLACE = 64  # width of the features of one place in a token


def configuration() -> Qwen3VLConfig:
    """About nine million parameters; every part of the architecture is present."""
    ids = special_ids()
    text: dict[str, Any] = {
        "vocab_size": VOCABULARY_SIZE,
        "hidden_size": HIDDEN,
        "intermediate_size": 768,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 64,
        "max_position_embeddings": 262_144,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 5e5,
            "mrope_section": [12, 10, 10],
            "mrope_interleaved": True,
        },
        "bos_token_id": ids[PADDING],
        "eos_token_id": ids[END_OF_TURN],
    }
    vision: dict[str, Any] = {
        "depth": 4,
        "hidden_size": 192,
        "num_heads": 3,
        "intermediate_size": 768,
        "out_hidden_size": HIDDEN,
        "patch_size": 16,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "num_position_embeddings": 2304,
        "deepstack_visual_indexes": [2],
    }
    return Qwen3VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=ids[IMAGE],
        video_token_id=ids[VIDEO],
        vision_start_token_id=ids[VISION_START],
        vision_end_token_id=ids[VISION_END],
        tie_word_embeddings=False,
    )


class GreyPatchEmbed(nn.Module):
    """The patch embedding for grey stills: with three equal colours and two equal frames, one
    matrix product replaces a slow 3-D convolution, with the same result."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.proj: Any = inner.proj

    def forward(self, grey: torch.Tensor) -> torch.Tensor:
        """`[patches, 256]`, from -1 to 1."""
        weight = self.proj.weight.sum((1, 2)).flatten(1)
        return nn.functional.linear(grey, weight, self.proj.bias)


class Learner(nn.Module):
    """The model with its character head. Only `model` is exported."""

    def __init__(self) -> None:
        super().__init__()
        make: Any = Qwen3VLForConditionalGeneration  # untyped in transformers
        self.model: Any = make(configuration())
        # One classifier for all places in a token: a letter looks the same in each.
        self.places = nn.Linear(HIDDEN, SLOTS * PLACE)
        self.characters = nn.Linear(PLACE, CLASSES)
        self._seen: torch.Tensor | None = None
        visual = self.model.model.visual
        visual.merger.register_forward_hook(self._note)
        visual.patch_embed = GreyPatchEmbed(visual.patch_embed)

    def _note(self, module: nn.Module, inputs: Any, output: torch.Tensor) -> None:
        self._seen = output

    def see(self, pixels: torch.Tensor, grids: torch.Tensor) -> torch.Tensor:
        """Character scores `[tokens, SLOTS, CLASSES]` of images alone."""
        self.model.model.visual(pixels, grid_thw=grids)
        return self._named()

    def read(
        self, pixels: torch.Tensor, grids: torch.Tensor, ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Next-token hidden states `[rows, length, HIDDEN]` and character scores."""
        config = self.model.config
        inside = self.model.model(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),  # padding is on the right: nothing attends to it
            pixel_values=pixels,
            image_grid_thw=grids,
            mm_token_type_ids=(ids == config.image_token_id).int(),
        )
        return inside.last_hidden_state, self._named()

    def plain_model(self) -> Any:
        """A copy of the model with its original patch embedding, as in checkpoints."""
        plain: Any = Qwen3VLForConditionalGeneration
        model = plain(configuration())
        model.load_state_dict(self.model.state_dict())
        return model

    def _named(self) -> torch.Tensor:
        if self._seen is None:
            raise RuntimeError("the vision tower has not run")
        places = nn.functional.gelu(self.places(self._seen)).view(-1, SLOTS, PLACE)
        scores: torch.Tensor = self.characters(places)
        self._seen = None
        return scores


def character_loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Cross entropy; empty places, by far the most frequent, have a weight of a tenth."""
    weight = torch.ones(CLASSES, device=scores.device)
    weight[NOTHING] = 0.1
    return nn.functional.cross_entropy(
        scores.reshape(-1, CLASSES).float(), targets.reshape(-1), weight
    )


def grey_values(patches: torch.Tensor) -> torch.Tensor:
    """Scale bytes as the processor does: from -1 to 1."""
    return (patches.float() / 255 - 0.5) / 0.5
