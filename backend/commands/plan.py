"""`drawing-chat plan`: report which model fits the GPUs, how it uses memory, and why.

Exit status: 0 it fits · 1 it does not fit, with a suggestion · 2 wrong options.
"""

from __future__ import annotations

import argparse
import json
import re
import sys

from backend.config.settings import has_nvidia_gpu, load_settings
from backend.errors import BadModel
from backend.model.selection.choice import plan_for, plan_without_gpu, wanted_by
from backend.model.selection.gpus import Gpu, hypothetical_gpus, installed_gpus, read_size
from backend.model.selection.memory_plan import Plan
from backend.model.selection.plan_wording import gib

_PARTS = {
    "weights": "weights",
    "activations": "activations (estimate)",
    "encoder_cache": "encoder cache",
    "graphs": "CUDA graphs (estimate)",
    "runtime": "runtime (estimate)",
    "kv_cache": "KV cache",
    "taken": "other programs",
    "spare": "left free",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommand's options."""
    parser.add_argument(
        "--model", metavar="NAME", help="for example qwen3-vl:30b; default: the setting"
    )
    add_hardware(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def add_hardware(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """Add the options that describe GPUs to plan for; `default`: their value if left out."""
    parser.add_argument(
        "--gpus", type=_count, default=default, metavar="NUMBER", help="number of GPUs"
    )
    parser.add_argument(
        "--gpu-memory", default=default, metavar="24GiB", help="plan for GPUs with this much memory"
    )
    parser.add_argument(
        "--gpu-capability",
        type=_capability,
        default=default or (9, 0),
        metavar="8.6",
        help="and this compute capability: 7.5 Turing, 8.6 Ampere, 8.9 Ada, 9.0 Hopper, "
        "12.0 Blackwell",
    )


def chosen_gpus(arguments: argparse.Namespace) -> list[Gpu]:
    """The GPUs described by the options, otherwise this machine's. Raises `BadModel`."""
    if arguments.gpu_memory:
        return hypothetical_gpus(
            arguments.gpus or 1, read_size(arguments.gpu_memory), arguments.gpu_capability
        )
    found = installed_gpus()
    if not found and has_nvidia_gpu():
        raise BadModel(
            "There is an NVIDIA GPU, but nvidia-smi lists none that can be used. Check the driver "
            "and CUDA_VISIBLE_DEVICES. To plan for other GPUs: --gpus 1 --gpu-memory 24GiB"
        )
    if arguments.gpus and arguments.gpus > len(found):
        raise BadModel(
            f"This machine has {len(found)} NVIDIA GPUs. To plan for others, give their memory "
            f"too: --gpus {arguments.gpus} --gpu-memory 24GiB"
        )
    return found[: arguments.gpus]


def run(arguments: argparse.Namespace) -> int:
    """Plan and print; returns the exit status."""
    # With the model's name, so that the demo model's settings do not count as the user's.
    settings = load_settings(**({"model": arguments.model} if arguments.model else {}))
    wanted = wanted_by(settings)
    gpus = chosen_gpus(arguments)
    plan = plan_for(wanted, gpus) if gpus else plan_without_gpu(wanted, settings)
    if arguments.json:
        print(json.dumps(plan.as_json(), indent=2))
    else:
        print(describe(plan), end="")
        if not plan.fits:
            print(plan.problem, file=sys.stderr)
            if plan.change:
                print(plan.change, file=sys.stderr)
    return 0 if plan.fits else 1


def describe(plan: Plan) -> str:
    """The plan as lines for a terminal."""
    lines = [f"{plan.checkpoint.name} ({plan.checkpoint.precision})"]
    lines.append("fits" if plan.fits else "DOES NOT FIT")
    where = "on each GPU" if len(plan.gpus) > 1 else "on the GPU" if plan.gpus else "in main memory"
    lines.append(f"\nMemory {where}")
    for name, size in plan.memory.parts().items():
        if size:
            lines.append(f"  {_PARTS[name]:<24}{gib(size):>12}")
    if plan.fits:
        lines.append("\nSettings")
        for name, value in plan.settings.items():
            lines.append(f"  {name:<24}{value:>12,}")
        lines.append("\nCapacity")
        lines.append(f"  {'tokens in the KV cache':<24}{plan.kv_tokens:>12,}")
        lines.append(f"  {'pages in one window':<24}{plan.pages:>12,}")
        lines.append(f"  {'turns in one window':<24}{plan.turns:>12,}")
    if plan.why:
        lines.append("\nWhy")
        lines += [f"  {line}" for line in plan.why]
    return "\n".join(lines) + "\n"


def _capability(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{1,2})\.(\d)", text)
    if match is None:
        raise argparse.ArgumentTypeError("must be a number such as 8.6")
    return int(match[1]), int(match[2])


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 64:
        raise argparse.ArgumentTypeError("must be a number from 1 to 64")
    return number
