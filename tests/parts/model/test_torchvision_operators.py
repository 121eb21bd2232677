"""The repair of a torchvision without operators, with stand-ins for torch and torchvision."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backend.config.settings import PROJECT_ROOT
from tests.server_process import HANG_SECONDS

TORCH = """
class Library:
    declared = []
    def __init__(self, name, kind): assert (name, kind) == ("torchvision", "FRAGMENT")
    def define(self, schema):
        Library.declared.append(schema)
        setattr(ops.torchvision, schema.partition("(")[0], 1)
class library: Library = Library
class ops:
    class torchvision: pass
"""
#: As torchvision does: first the compiled part, which may fail, then what needs its operators.
TORCHVISION = """
import torch
{compiled}
from torchvision import _meta_registrations
"""
META = "import torch; torch.ops.torchvision.nms; torch.ops.torchvision.qnms"
NMS = "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "torch.py").write_text(TORCH)
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "_meta_registrations.py").write_text(META)
    compiled = tmp_path / "torchvision" / "__init__.py"
    compiled.write_text(TORCHVISION.format(compiled=""))
    source = PROJECT_ROOT / "backend/model/vllm/torchvision_operators.py"
    (tmp_path / "torchvision_operators.py").write_text(source.read_text())
    return tmp_path


def run(site: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(site)!r})\n{code}"],
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
    )


def test_without_the_repair_the_import_fails(site: Path) -> None:
    assert "nms" in run(site, "import torchvision").stderr


def test_both_operators_are_declared_before_they_are_needed(site: Path) -> None:
    done = run(
        site,
        "import torchvision_operators, torchvision, torch; print(*torch.Library.declared, sep='|')",
    )
    assert done.stdout.strip() == f"{NMS}|q{NMS}", done.stderr


def test_operators_that_loaded_are_left_alone(site: Path) -> None:
    loaded = "torch.ops.torchvision.nms = torch.ops.torchvision.qnms = len"
    (site / "torchvision" / "__init__.py").write_text(TORCHVISION.format(compiled=loaded))
    done = run(
        site, "import torchvision_operators, torchvision, torch; print(torch.Library.declared)"
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_it_costs_an_interpreter_next_to_nothing(site: Path) -> None:
    done = run(
        site,
        "import torchvision_operators;"
        "print([name in sys.modules for name in ('torch', 'typing', 'torchvision_operators')])",
    )
    assert done.stdout.strip() == "[False, False, True]", done.stderr
