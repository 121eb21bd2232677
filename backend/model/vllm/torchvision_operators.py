"""Lets a torchvision whose compiled operators do not load be imported all the same.

`fix_qwen_dependencies.sh` copies this file, with a `.pth` that imports it, into the
site-packages of a virtual environment where `import torchvision` fails with "operator
torchvision::nms does not exist": a torchvision built for CUDA beside a torch built for the
CPU. Qwen3-VL's processors use pure-torch transforms only, so that the declared schemas alone
are enough; calling the operators still fails. The file stands alone: it runs at the start of
every interpreter there, so it is small and imports torch only when torchvision does.
"""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder

TYPE_CHECKING = False  # `typing` itself would cost each interpreter 3 ms
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from typing import Any

#: torchvision has loaded its compiled part, or failed to, when it imports this module, and
#: this is the first that needs the operators.
WAITS_FOR = "torchvision._meta_registrations"

OPERATORS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}

#: The declarations live as long as this object.
_library: Any = None


def declare_missing_operators() -> None:
    """Declare each operator that torchvision's compiled part did not bring."""
    global _library
    import torch

    missing = [name for name in OPERATORS if not hasattr(torch.ops.torchvision, name)]
    if missing:
        make_library: Any = torch.library.Library  # untyped in torch
        _library = make_library("torchvision", "FRAGMENT")
        for name in missing:
            _library.define(name + OPERATORS[name])


class _BeforeMetaRegistrations:
    """An import hook for that one module, used once."""

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name != WAITS_FOR:
            return None
        sys.meta_path.remove(cls)
        declare_missing_operators()
        return PathFinder.find_spec(name, path, target)


def install() -> None:
    """Wait for torchvision's import in this interpreter."""
    if WAITS_FOR not in sys.modules and _BeforeMetaRegistrations not in sys.meta_path:
        sys.meta_path.insert(0, _BeforeMetaRegistrations)


install()
