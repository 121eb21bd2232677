"""Writes a random Qwen3-VL-MoE checkpoint of a few million parameters, in the layout vLLM loads.

    python -m demo.tiny_checkpoint [--out demo/checkpoint] [--seed 0]

Its answers are meaningless, but the architecture, the processor, the chat template and the image
tokens are real. The folder is created atomically, and kept if it already exists. `demo.json` in it
describes the checkpoint.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from demo.tokenizer import (
    END_OF_TURN,
    IMAGE,
    PADDING,
    VIDEO,
    VISION_END,
    VISION_START,
    WORDS,
    build_tokenizer,
)

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast, Qwen3VLMoeConfig

#: Increase it whenever a change here alters the output.
VERSION = 3
MARKER = "demo.json"
DEFAULT_FOLDER = Path(__file__).resolve().parent / "checkpoint"


def write_checkpoint(folder: Path, seed: int = 0) -> bool:
    """Write the checkpoint to `folder`; False if it already exists and is complete."""
    if is_complete(folder, seed):
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(folder)
    building = Path(tempfile.mkdtemp(prefix=f".{folder.name}.building-", dir=folder.parent))
    try:
        parameters = _write_files(building, seed)
        marker = {
            "kind": "random",
            "version": VERSION,
            "seed": seed,
            "parameters": parameters,
            "note": "Random weights: answers mean nothing.",
        }
        (building / MARKER).write_text(json.dumps(marker, indent=2) + "\n", encoding="utf-8")
        building.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return True


def is_complete(folder: Path, seed: int = 0) -> bool:
    """Whether `folder` contains the output of this version for `seed`."""
    try:
        marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(marker, dict) and [
        marker.get(key) for key in ("kind", "version", "seed")
    ] == ["random", VERSION, seed]


def _remove_leftovers(folder: Path) -> None:
    """Delete leftovers of an interrupted run that are more than an hour old."""
    for leftover in folder.parent.glob(f".{folder.name}.building-*"):
        if time.time() - leftover.stat().st_mtime > 3600:
            shutil.rmtree(leftover, ignore_errors=True)


def _write_files(folder: Path, seed: int) -> int:
    """Write tokenizer, processor, configuration and weights; returns the parameter count."""
    # Nothing here may contact the hub.
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    from safetensors.torch import load_file, save_file
    from transformers import (
        Qwen2VLImageProcessor,
        Qwen3VLMoeForConditionalGeneration,
        Qwen3VLProcessor,
        Qwen3VLVideoProcessor,
    )

    tokenizer = build_tokenizer()
    make_processor: Any = Qwen3VLProcessor  # untyped in transformers, as is the model
    make_model: Any = Qwen3VLMoeForConditionalGeneration
    processor = make_processor(
        image_processor=Qwen2VLImageProcessor(
            patch_size=16,
            temporal_patch_size=2,
            merge_size=2,
            size={"shortest_edge": 65_536, "longest_edge": 16_777_216},
            image_mean=[0.5] * 3,
            image_std=[0.5] * 3,
        ),
        tokenizer=tokenizer,
        video_processor=Qwen3VLVideoProcessor(),
        chat_template=tokenizer.chat_template,
    )
    processor.save_pretrained(folder)

    torch.manual_seed(seed)
    model = make_model(_configuration(tokenizer))
    _speak_in_words(model, tokenizer)
    model.to(torch.bfloat16).save_pretrained(folder)

    # transformers 5 stores the experts as [experts, out, in]; the published checkpoints and vLLM
    # use [experts, in, out].
    weights = load_file(folder / "model.safetensors")
    for name, tensor in weights.items():
        if name.endswith(("experts.gate_up_proj", "experts.down_proj")):
            weights[name] = tensor.transpose(1, 2).contiguous()
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return sum(tensor.numel() for tensor in weights.values())


def _configuration(tokenizer: PreTrainedTokenizerFast) -> Qwen3VLMoeConfig:
    from transformers import Qwen3VLMoeConfig

    def number(token: str) -> int:
        return tokenizer.get_vocab()[token]

    vocabulary = len(tokenizer)
    text: dict[str, Any] = {
        "vocab_size": vocabulary + (-vocabulary) % 64,
        "hidden_size": 256,
        "intermediate_size": 512,
        "moe_intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 64,
        "num_experts": 8,
        "num_experts_per_tok": 2,
        "norm_topk_prob": True,
        "decoder_sparse_step": 1,
        "mlp_only_layers": [],
        "max_position_embeddings": 262_144,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 5e6,
            "mrope_section": [12, 10, 10],
            "mrope_interleaved": True,
        },
        "bos_token_id": number(PADDING),
        "eos_token_id": number(END_OF_TURN),
    }
    vision: dict[str, Any] = {
        "depth": 2,
        "hidden_size": 128,
        "num_heads": 2,
        "intermediate_size": 256,
        "out_hidden_size": 256,
        "patch_size": 16,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "num_position_embeddings": 2304,
        "deepstack_visual_indexes": [0, 1],
    }
    return Qwen3VLMoeConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=number(IMAGE),
        video_token_id=number(VIDEO),
        vision_start_token_id=number(VISION_START),
        vision_end_token_id=number(VISION_END),
        tie_word_embeddings=False,
    )


def _speak_in_words(model: Any, tokenizer: PreTrainedTokenizerFast) -> None:
    """Suppress outputs that are not words, so that an answer reads as text.

    A suppressed token's score is 0, and among hundreds of random scores the highest is above that.
    """
    import torch

    spoken = {tokenizer.convert_tokens_to_ids("Ġ" + word) for word in WORDS}
    spoken |= {tokenizer.convert_tokens_to_ids(letter) for letter in "0123456789.,Ċ"}
    spoken.add(tokenizer.convert_tokens_to_ids(END_OF_TURN))
    scores = model.lm_head.weight
    silent = torch.ones(scores.shape[0], dtype=torch.bool)
    silent[sorted(spoken)] = False
    with torch.no_grad():
        # As initialised, a model this small repeats one word for ever: its output depends only on
        # the last word. Strong attention makes it depend on the prompt and the images.
        language = model.model.language_model
        language.embed_tokens.weight.normal_(std=0.5)
        for layer in language.layers:
            for projection in (layer.self_attn.v_proj, layer.self_attn.o_proj):
                projection.weight.normal_(std=0.15)
            layer.self_attn.q_norm.weight.fill_(4)  # attend to few places, not to the average
        for layer in (model.model.visual.merger, *model.model.visual.deepstack_merger_list):
            layer.linear_fc2.weight.normal_(std=0.15)
        scores.normal_(std=0.2)
        scores[silent] = 0


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description="Write the random demo checkpoint.")
    parser.add_argument("--out", type=Path, default=DEFAULT_FOLDER)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    written = write_checkpoint(arguments.out, arguments.seed)
    print(f"{arguments.out}: {'written' if written else 'already there'}")


if __name__ == "__main__":
    main()
