"""The server's modules load on a machine without the engine's packages."""

from __future__ import annotations

import subprocess
import sys

from tests.server_process import HANG_SECONDS, PROJECT_ROOT

IMPORT_WITHOUT_THE_ENGINE = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("vllm", "torch", "torchvision", "transformers", "demo"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
try:
    import torch
except ModuleNotFoundError:
    pass
else:
    sys.exit("the blocker does not block")

import backend.cli
import backend.main
backend.main.create_app(backend.main.load_settings())
"""


def test_the_app_is_built_without_vllm_torch_and_transformers() -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT_WITHOUT_THE_ENGINE],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
    )
    assert ended.returncode == 0, ended.stderr
