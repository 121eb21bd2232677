"""The NVIDIA GPUs of this machine as they are now, and the sizes that people write.

Asks `nvidia-smi`, which comes with the driver and needs no CUDA context. Knows no model.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from backend.errors import BadModel

GIB = 2**30
_QUERY = "index,uuid,name,memory.total,memory.free,compute_cap,driver_version"
#: Where WSL2 has it, which is not on every program's path.
WSL_PROGRAM = "/usr/lib/wsl/lib/nvidia-smi"
#: What the driver keeps of a card by itself: taken off a card that is only spoken of.
DRIVER_BYTES = GIB // 2


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU. Memory in bytes; `capability` as NVIDIA counts it, (8, 9) for an RTX 4090."""

    name: str
    total: int
    free: int
    capability: tuple[int, int] = (9, 0)
    driver: str = ""


def installed_gpus() -> list[Gpu]:
    """Those that a program started here would see, in its order; empty without a driver."""
    program = shutil.which("nvidia-smi") or WSL_PROGRAM
    command = [program, f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return []
    return read_gpus(done.stdout, os.environ.get("CUDA_VISIBLE_DEVICES"))


def read_gpus(text: str, visible: str | None = None) -> list[Gpu]:
    """The GPUs in nvidia-smi's CSV; `visible` is `CUDA_VISIBLE_DEVICES`.

    Lines that are not understood (a card that was lost, `[N/A]`) are left out.
    """
    found: dict[str, Gpu] = {}
    order: list[str] = []
    for line in text.splitlines():
        words = [word.strip() for word in line.split(",")]
        try:
            index, uuid, name, total, free, capability, driver = words
            major, minor = (int(part) for part in capability.split("."))
            gpu = Gpu(name, int(total) * 2**20, int(free) * 2**20, (major, minor), driver)
        except ValueError:
            continue
        found[index] = found[uuid] = gpu
        order.append(index)
    if visible is None:
        return [found[index] for index in order]
    chosen = []
    for word in visible.split(","):
        if word.strip() not in found:  # CUDA stops at the first that it does not know
            break
        chosen.append(found[word.strip()])
    return chosen


def imagined_gpus(count: int, total: int, capability: tuple[int, int] = (9, 0)) -> list[Gpu]:
    """Cards that are only spoken of, with nothing on them but their driver."""
    return [Gpu("GPU", total, total - DRIVER_BYTES, capability)] * count


def read_size(text: str) -> int:
    """Bytes of `24GiB`, `24 GB` or `24`. A card's GB are GiB, as its maker counts them.

    Raises `BadModel` for anything else.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:(MiB|MB)|GiB|GB|G)?\s*", text, re.IGNORECASE)
    size = float(match[1]) * (2**20 if match[2] else GIB) if match else 0
    if not GIB <= size <= 4096 * GIB:
        raise BadModel(f"{text!r} is no size of a GPU's memory. Write it as 24GiB.")
    return int(size)


def same_kind(gpus: Sequence[Gpu], count: int) -> list[Gpu]:
    """`count` GPUs like the last one: what adding some would give."""
    return [*gpus, *([gpus[-1]] * (count - len(gpus)))][:count]
