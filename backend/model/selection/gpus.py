"""Lists this machine's NVIDIA GPUs with their free memory, and parses memory sizes.

Runs `nvidia-smi`, which comes with the driver and needs no CUDA context.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

from backend.errors import BadModel

GIB = 2**30
_QUERY = "index,uuid,name,memory.total,memory.free,compute_cap,driver_version,mig.mode.current"
#: Its location in WSL2, which is not always in PATH.
WSL_PROGRAM = "/usr/lib/wsl/lib/nvidia-smi"
#: Memory that the driver uses; subtracted from hypothetical GPUs.
DRIVER_BYTES = GIB // 2


@dataclass(frozen=True, slots=True)
class Gpu:
    """One GPU. Memory in bytes; `capability` is NVIDIA's, such as (8, 9) for an RTX 4090.

    `number` is the index in nvidia-smi, which `CUDA_VISIBLE_DEVICES` uses too (in `PCI_BUS_ID`
    order, see `engine_args`); empty for a hypothetical GPU or a MIG instance.
    """

    name: str
    total: int
    free: int
    capability: tuple[int, int] = (9, 0)
    driver: str = ""
    number: str = ""


def installed_gpus() -> list[Gpu]:
    """The GPUs that a program started here would see, in its order; empty without a driver."""
    text = _nvidia_smi(f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits")
    parts = {}
    if re.search(r", Enabled\s*$", text, re.MULTILINE):
        parts = read_parts(_nvidia_smi("-q", "-x"), _nvidia_smi("-L"))
    return read_gpus(text, os.environ.get("CUDA_VISIBLE_DEVICES"), parts, main_memory())


def _nvidia_smi(*options: str) -> str:
    """The output of nvidia-smi; empty if it fails."""
    program = shutil.which("nvidia-smi") or WSL_PROGRAM
    try:
        done = subprocess.run(  # noqa: S603
            [program, *options], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout


def read_gpus(
    text: str,
    visible: str | None = None,
    parts: Mapping[str, Mapping[str, Gpu]] | None = None,
    shared: tuple[int, int] | None = None,
) -> list[Gpu]:
    """Parse nvidia-smi's CSV; `visible` is `CUDA_VISIBLE_DEVICES`.

    `parts`: see `read_parts`. A program sees the instances of a GPU in MIG mode instead of the
    GPU, and by default only the first. `shared`: total and available main memory, for a GPU
    without its own (DGX Spark). Lines that cannot be parsed (a lost GPU) are skipped.
    """
    found: dict[str, Gpu] = {}
    order: list[str] = []
    for line in text.splitlines():
        words = [word.strip() for word in line.split(",")]
        try:
            index, uuid, name, total, free, capability, driver, *mig = words
            major, minor = (int(part) for part in capability.split("."))
            if mig == ["Enabled"]:
                for part, one in (parts or {}).get(uuid, {}).items():
                    found[part] = replace(one, capability=(major, minor), driver=driver)
                    order.append(part)
                continue
            if total == free == "[N/A]" and shared is not None:
                bytes_total, bytes_free = shared
            else:
                bytes_total, bytes_free = int(total) * 2**20, int(free) * 2**20
        except ValueError:
            continue
        found[index] = found[uuid] = Gpu(
            name, bytes_total, bytes_free, (major, minor), driver, index
        )
        order.append(index)
    if visible is None:
        whole = [one for one in order if one in found and found[one].number]
        return [found[one] for one in whole or order[:1]]
    chosen: list[Gpu] = []
    for word in visible.split(","):
        named = _named(word.strip(), found)
        if named is None:  # CUDA stops at the first unknown one
            break
        chosen.append(named)
    return chosen


def _named(word: str, found: Mapping[str, Gpu]) -> Gpu | None:
    """Find a GPU by its number, or by its UUID or the beginning of it."""
    if word in found:
        return found[word]
    if not word.startswith(("GPU-", "MIG-")):
        return None
    fitting = [gpu for name, gpu in found.items() if name.startswith(word)]
    return fitting[0] if len(fitting) == 1 else None


def read_parts(document: str, listing: str) -> dict[str, dict[str, Gpu]]:
    """The instances of each GPU in MIG mode, by the GPU's UUID and their own.

    `document` is the output of `nvidia-smi -q -x`, with their memory; `listing` that of
    `nvidia-smi -L`, with their UUIDs. Empty if either cannot be parsed.
    """
    uuids: dict[tuple[str, str], tuple[str, str]] = {}
    card = ""
    for line in listing.splitlines():
        if match := re.search(r"\(UUID: (GPU-[^)]+)\)", line):
            card = match[1]
        elif match := re.search(r"MIG (\S+)\s+Device\s+(\d+): \(UUID: (MIG-[^)]+)\)", line):
            uuids[card, match[2]] = match[3], match[1]
    parts: dict[str, dict[str, Gpu]] = {}
    try:
        # Trusted output of the driver; its document type defines no entities.
        root = ElementTree.fromstring(document)  # noqa: S314
        for gpu in root.iter("gpu"):
            card, name = gpu.findtext("uuid", ""), gpu.findtext("product_name", "GPU")
            for part in gpu.iter("mig_device"):
                uuid, profile = uuids[card, part.findtext("index", "")]
                total, free = (
                    int(part.findtext(f"fb_memory_usage/{which}", "").removesuffix("MiB")) * 2**20
                    for which in ("total", "free")
                )
                parts.setdefault(card, {})[uuid] = Gpu(f"{name} MIG {profile}", total, free)
    except (ElementTree.ParseError, KeyError, ValueError):
        return {}
    return parts


def main_memory() -> tuple[int, int]:
    """Bytes of main memory: total and available."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        sizes = {line.split(":")[0]: line.split()[1] for line in lines if ":" in line}
        return total, int(sizes["MemAvailable"]) * 1024
    except (OSError, ValueError, KeyError, IndexError):
        return total, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")


def hypothetical_gpus(count: int, total: int, capability: tuple[int, int] = (9, 0)) -> list[Gpu]:
    """GPUs to plan for, with only the driver's memory in use."""
    return [Gpu("GPU", total, total - DRIVER_BYTES, capability)] * count


def read_size(text: str) -> int:
    """Parse `24GiB`, `24 GB` or `24` to bytes. GB means GiB, as in the names of GPUs.

    Raises `BadModel` for anything else.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:(MiB|MB)|GiB|GB|G)?\s*", text, re.IGNORECASE)
    size = float(match[1]) * (2**20 if match[2] else GIB) if match else 0
    if not GIB <= size <= 4096 * GIB:
        raise BadModel(f"{text!r} is not a size of GPU memory. Write it like 24GiB.")
    return int(size)


def same_kind(gpus: Sequence[Gpu], count: int) -> list[Gpu]:
    """The GPUs with more of the last kind added, `count` in all."""
    return [*gpus, *([gpus[-1]] * (count - len(gpus)))][:count]
