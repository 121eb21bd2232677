"""The plans as Markdown: `docs/plans.md` and the README's hardware table.

    python -m backend.models.table > docs/plans.md
    python -m backend.models.table readme

Tests hold both files to what is printed here.
"""

from __future__ import annotations

import sys

from backend.models.catalog import resolve
from backend.models.checkpoint import Checkpoint, from_catalog
from backend.models.gpus import GIB, imagined_gpus
from backend.models.plan_words import gib
from backend.models.planning import Plan, make_plan

NAMES = (
    "qwen3-vl:30b-bf16",
    "qwen3-vl:30b-fp8",
    "qwen3-vl:30b-awq",
    "qwen3-vl:8b-bf16",
    "qwen3-vl:32b-bf16",
    "qwen3-vl:235b-fp8",
)
SIZES = (24, 32, 48, 80, 141)
COUNTS = (1, 2, 4, 8)

_HEAD = """# Which model fits which GPUs

Made by `python -m backend.models.table`, from the same sums by which the server plans. Each GPU
is counted with its full memory, half a GiB of it taken by the driver, and the engine takes at most
90 % of it. Your own machine: `drawing-chat plan`; another one:
`drawing-chat plan --model qwen3-vl:30b --gpus 2 --gpu-memory 24GiB`.

*TP* is the number of GPUs that share each layer, *PP* the number of groups that share the layers,
*EP* says that whole experts go to each GPU. *Weights*, *work* (activations, encoder cache, CUDA
graphs and the runtime: estimates on the careful side) and *KV cache* are on each GPU; a no shows
the attempt that came nearest, its KV cache below zero by what is missing. *Tokens* is what the
KV cache holds in all, *window* what one conversation may have of it, *pages* how many overviews
with their text fit into one window.

Weights and KV cache of the 30B are the measured ones; of the others the catalog's figures, with
their sources in `backend/models/catalog.py`. Once a checkpoint is here, its own files are read.
"""


def document() -> str:
    """All of `docs/plans.md`."""
    parts = [_HEAD, "## In short\n", _matrix()]
    for name in NAMES:
        parts.append(_details(_checkpoint(name)))
    return "\n".join(parts)


def readme_table() -> str:
    """The README's table: the weights of each, and the fewest GPUs of a size that hold it."""
    lines = ["| Model | Weights | " + " | ".join(f"{size} GB" for size in SIZES) + " |"]
    lines.append("|---|---|" + "---|" * len(SIZES))
    for name in NAMES:
        one = _checkpoint(name)
        cells = [_fewest(one, size) for size in SIZES]
        weights = f"{one.weights.total / 1e9:.0f} GB"
        lines.append(f"| {_short(one)} | {weights} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _checkpoint(name: str) -> Checkpoint:
    return from_catalog(resolve(name).variants[0])


def _plan(one: Checkpoint, count: int, size: int) -> Plan:
    return make_plan([one], imagined_gpus(count, size * GIB))


def _short(one: Checkpoint) -> str:
    return f"`{one.name}` ({one.precision})"


def _fewest(one: Checkpoint, size: int) -> str:
    for count in COUNTS:
        made = _plan(one, count, size)
        if made.fits:
            window = made.settings["max_model_len"] // 1024
            return f"{made.split.ranks}×" + ("" if window >= 32 else f", window {window}k")
    return "no"


def _matrix() -> str:
    heads = [f"{count}×{size}" for size in SIZES for count in COUNTS]
    lines = ["| Model | " + " | ".join(heads) + " |", "|---|" + "---|" * len(heads)]
    for name in NAMES:
        one = _checkpoint(name)
        cells = []
        for size in SIZES:
            for count in COUNTS:
                made = _plan(one, count, size)
                cells.append(f"{made.settings['max_model_len'] // 1024}k" if made.fits else "no")
        lines.append(f"| {_short(one)} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _details(one: Checkpoint) -> str:
    lines = [
        f"## {one.name}\n",
        f"{one.precision}, {one.weights.total / 1e9:.1f} GB ({gib(one.weights.total)}) of weights; "
        f"{one.architecture.kv_bytes_per_token():,} bytes of KV cache a token.\n",
        "| GPUs | Fits | Split | Weights | Work | KV cache | Tokens | Window | Pages |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for size in SIZES:
        for count in COUNTS:
            made = _plan(one, count, size)
            memory, split = made.memory, made.split
            ways = [f"TP {split.tensor}"]
            ways += [f"PP {split.pipeline}"] if split.pipeline > 1 else []
            ways += ["EP"] if split.experts else []
            cells = [
                f"{count} × {size} GB",
                "yes" if made.fits else "no",
                " ".join(ways),
                gib(memory.weights),
                gib(memory.without_kv - memory.weights),
                gib(memory.kv_cache),
                f"{made.kv_tokens:,}",
                f"{made.settings['max_model_len']:,}" if made.fits else "",
                f"{made.pages}" if made.fits else "",
            ]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(readme_table() if sys.argv[1:] == ["readme"] else document(), end="")
