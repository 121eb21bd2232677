"""Exports a trained demo model in the layout that vLLM loads, with its model card.

    python -m demo.export --run FOLDER --out FOLDER [--results FILE]

The `demo.json` it writes is of kind "trained". `--results` is the JSON file written by
`benchmarks/demo_accuracy.py`; its figures go into the card. The folder is created atomically.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch
from transformers import Qwen2VLImageProcessor, Qwen3VLProcessor, Qwen3VLVideoProcessor

from demo.tokenizer import END_OF_TURN
from demo.train import STATE
from demo.training.lessons import LEAST_PIXELS, MOST_PIXELS, REGION_DPI
from demo.training.model import Learner
from demo.training.vocabulary import build_trained_tokenizer, special_ids

CARD = Path(__file__).with_name("MODEL_CARD.md")
VERSION = 1


def build_processor() -> Qwen3VLProcessor:
    """Qwen3-VL's processor with the trained tokenizer and the demo's pixel budget."""
    tokenizer = build_trained_tokenizer()
    make: Any = Qwen2VLImageProcessor
    images = make(
        patch_size=16,
        temporal_patch_size=2,
        merge_size=2,
        size={"shortest_edge": LEAST_PIXELS, "longest_edge": MOST_PIXELS},
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
    )
    make_processor: Any = Qwen3VLProcessor
    videos: Any = Qwen3VLVideoProcessor
    processor: Qwen3VLProcessor = make_processor(
        image_processor=images,
        tokenizer=tokenizer,
        video_processor=videos(),
        chat_template=tokenizer.chat_template,
    )
    return processor


def export(run: Path, folder: Path, results: dict[str, Any] | None = None) -> int:
    """Write the checkpoint of `run` to `folder`, replacing it; returns the parameter count."""
    state = torch.load(run / STATE, map_location="cpu", weights_only=True)
    learner = Learner()
    learner.load_state_dict(state["learner"])
    parameters = sum(int(tensor.numel()) for tensor in learner.model.parameters())
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=f".{folder.name}.building-", dir=folder.parent))
    try:
        build_processor().save_pretrained(building)
        plain = learner.plain_model().to(torch.bfloat16)
        plain.generation_config.update(
            do_sample=False, eos_token_id=special_ids()[END_OF_TURN], max_new_tokens=256
        )
        plain.save_pretrained(building)
        marker = {
            "kind": "trained",
            "version": VERSION,
            "parameters": parameters,
            "steps": state["progress"]["step"],
            "seconds": round(sum(state["progress"]["spent"].values())),
            "stages": state["progress"]["done"],
            "settings": {
                "image_min_pixels": LEAST_PIXELS,
                "image_max_pixels": MOST_PIXELS,
                "region_max_dpi": REGION_DPI,
            },
            "results": results and {name: results[name] for name in ("sheets", "kinds")},
            "note": "Reads the sample drawings, not yours.",
        }
        text = json.dumps(marker, indent=2, ensure_ascii=False) + "\n"
        (building / "demo.json").write_text(text, encoding="utf-8")
        (building / "README.md").write_text(model_card(marker), encoding="utf-8")
        building.chmod(0o755)
        for file in building.iterdir():  # safetensors makes files readable by their owner only
            file.chmod(0o644)
        if folder.exists():
            shutil.rmtree(folder)
        building.rename(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return parameters


def model_card(marker: dict[str, Any]) -> str:
    """The model card with this checkpoint's figures."""
    results = marker["results"]
    if results:
        rows = [
            f"| {name} | {row['right']} of {row['asked']} | {row['share']:.1%} "
            f"| {max(0.0, row['low']):.1%} – {row['high']:.1%} |"
            for name, row in results["kinds"].items()
        ]
        head = "| questions | right | share | 95 % interval (Wilson) |\n|---|---|---|---|\n"
        figures = (
            f"{results['sheets']} sheets that were never trained on, asked through the "
            f"`AsyncLLMEngine`, greedy, exact match:\n\n{head}" + "\n".join(rows)
        )
    else:
        figures = "Not measured yet: `python -m benchmarks.demo_accuracy`."
    return (
        CARD.read_text(encoding="utf-8")
        .replace("{parameters}", f"{marker['parameters'] / 1e6:.1f}")
        .replace("{stages}", ", ".join(marker["stages"]) or "none to its end")
        .replace("{figures}", figures)
    )


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description="Export a trained demo model for vLLM.")
    parser.add_argument("--run", type=Path, required=True, help="folder of demo.train")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--results", type=Path)
    arguments = parser.parse_args()
    results = json.loads(arguments.results.read_text("utf-8")) if arguments.results else None
    parameters = export(arguments.run, arguments.out, results)
    print(f"{arguments.out}: {parameters / 1e6:.1f} million parameters")


if __name__ == "__main__":
    main()
