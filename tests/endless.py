"""Checkpoints whose answers run to `max_tokens`, for tests and figures that need long ones."""

from __future__ import annotations

import json
from pathlib import Path


def silence_end_of_turn(checkpoint: Path) -> None:
    """Change the checkpoint in this folder so that its end-of-turn token is never drawn first."""
    from safetensors.torch import load_file, save_file

    config = json.loads((checkpoint / "config.json").read_text())
    weights = load_file(checkpoint / "model.safetensors")
    weights["lm_head.weight"][config["text_config"]["eos_token_id"]] = 0
    save_file(weights, checkpoint / "model.safetensors", metadata={"format": "pt"})


def write_endless_checkpoint(folder: Path) -> Path:
    """The project's tiny checkpoint with random weights and without an end."""
    from demo.tiny_checkpoint import write_checkpoint

    write_checkpoint(folder)
    silence_end_of_turn(folder)
    return folder
