"""The checks that are not tests: style, types, the direction of imports, and the page's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT_ROOT = Path(__file__).resolve().parent.parent.parent
FRONTEND = PROJECT_ROOT / "frontend"
BIN = Path(sys.executable).parent

CHECKS = {
    "ruff check": ([BIN / "ruff", "check", "."], PROJECT_ROOT),
    "ruff format": ([BIN / "ruff", "format", "--check", "."], PROJECT_ROOT),
    "mypy": ([BIN / "mypy"], PROJECT_ROOT),
    "import-linter": ([BIN / "lint-imports", "--no-cache"], PROJECT_ROOT),
    "tsc": (["npm", "run", "--silent", "check"], FRONTEND),
    "biome": (["npm", "run", "--silent", "lint"], FRONTEND),
    "imports of the page": (["npm", "run", "--silent", "check:imports"], FRONTEND),
    "types of the page": (["npm", "run", "--silent", "check:types"], FRONTEND),
    "vitest": (["npm", "run", "--silent", "test"], FRONTEND),
}


@pytest.mark.parametrize("name", CHECKS)
def test_check(name: str) -> None:
    command, folder = CHECKS[name]
    program = shutil.which(str(command[0])) or str(command[0])
    ended = subprocess.run(
        [program, *command[1:]],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "PYTHON": sys.executable},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1800,  # what only a hang reaches: a cold mypy took five minutes on a slow machine
    )
    assert ended.returncode == 0, f"{name} ended with {ended.returncode}:\n{ended.stdout}"
