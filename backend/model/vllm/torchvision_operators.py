"""Makes a torchvision importable whose compiled operators do not load.

`fix_qwen_dependencies.sh` copies this file, with a `.pth` file that imports it, into the
site-packages of an environment in which `import torchvision` fails with "operator torchvision::nms
does not exist": a torchvision built for CUDA beside a torch built for the CPU. Declaring the
operators' schemas is enough, because Qwen3-VL's processors use pure-torch transforms only; calling
an operator still fails. It runs at the start of every interpreter in that environment, so it is
small, self-contained, and imports torch only when torchvision does.
"""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder

TYPE_CHECKING = False  # importing `typing` would cost each interpreter 3 ms
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from typing import Any

#: The first torchvision module that needs the operators; by then torchvision has loaded its
#: compiled part, or failed to.
WAITS_FOR = "torchvision._meta_registrations"

OPERATORS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}

#: Keeps the declarations alive.
_library: Any = None


def declare_missing_operators() -> None:
    """Declare the operators that torchvision's compiled part has not registered."""
    global _library
    import torch

    missing = [name for name in OPERATORS if not hasattr(torch.ops.torchvision, name)]
    if missing:
        make_library: Any = torch.library.Library  # untyped in torch
        _library = make_library("torchvision", "FRAGMENT")
        for name in missing:
            _library.define(name + OPERATORS[name])


class _BeforeMetaRegistrations:
    """An import hook for that module, used once."""

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name != WAITS_FOR:
            return None
        sys.meta_path.remove(cls)
        declare_missing_operators()
        return PathFinder.find_spec(name, path, target)


def install() -> None:
    """Install the import hook in this interpreter."""
    if WAITS_FOR not in sys.modules and _BeforeMetaRegistrations not in sys.meta_path:
        sys.meta_path.insert(0, _BeforeMetaRegistrations)


install()
