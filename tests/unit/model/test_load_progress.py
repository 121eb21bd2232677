"""Load progress: recorded by engine processes, read by the server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from backend.model.vllm.load_progress import Stage, forget, record_loading, stage


class Bar:
    """As much of tqdm's class as the loaders use."""

    def __init__(self, files: list[str], *, desc: str = "", disable: bool = False) -> None:
        self.files, self.total, self.disable = files, len(files), disable

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)


@pytest.fixture
def weight_utils(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module in the place of vLLM's."""
    names = ("vllm", "vllm.model_executor", "vllm.model_executor.model_loader")
    for name in (*names, "vllm.compilation", "vllm.v1", "vllm.v1.executor"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    module: Any = ModuleType(f"{names[-1]}.weight_utils")
    module.tqdm = Bar
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(sys.modules[names[-1]], "weight_utils", module, raising=False)
    return module


def test_each_loaded_weight_file_is_recorded(weight_utils: Any, tmp_path: Path) -> None:
    record_loading(tmp_path / "7.loading")
    record_loading(tmp_path / "7.loading")  # once is enough
    bar = weight_utils.tqdm(["a", "b", "c"], desc="Loading safetensors checkpoint shards")
    assert bar.disable  # it is the server's log that tells
    seen = [(file, stage(tmp_path)) for file in bar]
    assert seen == [
        ("a", Stage("weights", 0, 3)),
        ("b", Stage("weights", 1, 3)),
        ("c", Stage("weights", 2, 3)),
    ]
    assert stage(tmp_path) == Stage("profiling")
    forget(tmp_path)
    assert stage(tmp_path) is None


def test_other_progress_bars_and_ranks_are_unchanged(weight_utils: Any, tmp_path: Path) -> None:
    record_loading(tmp_path / "7.loading")
    other = weight_utils.tqdm(["a"], desc="Loading with another streamer")
    second_rank = weight_utils.tqdm(["a"], desc="Loading pt checkpoint shards", disable=True)
    assert (list(other), other.disable, list(second_rank)) == (["a"], False, ["a"])
    assert stage(tmp_path) is None


def test_a_vllm_without_that_bar_is_unchanged(weight_utils: Any, tmp_path: Path) -> None:
    del weight_utils.tqdm
    record_loading(tmp_path / "7.loading")
    assert not hasattr(weight_utils, "tqdm")


def test_a_full_disk_does_not_stop_a_load(weight_utils: Any, tmp_path: Path) -> None:
    record_loading(tmp_path / "gone" / "7.loading")
    assert list(weight_utils.tqdm(["a", "b"], desc="shards")) == ["a", "b"]


@pytest.mark.parametrize("text", ["", "1", "1 x\n", "\n"])
def test_an_incomplete_record_is_ignored(tmp_path: Path, text: str) -> None:
    (tmp_path / "7.loading").write_text(text)
    assert stage(tmp_path) is None


class Executor:
    """As vLLM's: the engine's core tells it to begin."""

    def __init__(self, enforce_eager: bool) -> None:
        self.model_config = SimpleNamespace(enforce_eager=enforce_eager)

    def determine_available_memory(self) -> int:
        monitor = sys.modules["vllm.compilation.decorators"].monitor_torch_compile
        with monitor("config", tag="x"):
            return 7

    def compile_or_warm_up_model(self) -> None:
        pass


@pytest.fixture
def executor(monkeypatch: pytest.MonkeyPatch, weight_utils: Any) -> type[Executor]:
    class Fresh(Executor):
        determine_available_memory = Executor.determine_available_memory
        compile_or_warm_up_model = Executor.compile_or_warm_up_model

    module: Any = ModuleType("vllm.v1.executor.abstract")
    module.Executor = Fresh
    compiling: Any = ModuleType("vllm.compilation.decorators")
    compiling.monitor_torch_compile = lambda *_, **options: nullcontext(options)
    for one in (module, compiling):
        monkeypatch.setitem(sys.modules, one.__name__, one)
    return Fresh


@pytest.mark.parametrize(("enforce_eager", "last"), [(False, "capturing"), (True, "warming")])
def test_each_phase_is_recorded_when_it_starts(
    executor: type[Executor], tmp_path: Path, enforce_eager: bool, last: str
) -> None:
    file = tmp_path / "7.loading"
    record_loading(file)
    record_loading(file)
    loads = executor(enforce_eager)
    assert loads.determine_available_memory() == 7
    assert file.read_text() == "profiling\ncompiling\n"
    loads.compile_or_warm_up_model()
    assert stage(tmp_path) == Stage(last)


def test_profiling_follows_the_last_file(tmp_path: Path) -> None:
    notes = tmp_path / "7.loading"
    for line, told in (("0 2", Stage("weights", 0, 2)), ("2 2", Stage("profiling"))):
        notes.write_text(f"{line}\n")
        assert stage(tmp_path) == told


def test_the_furthest_of_several_processes_counts(tmp_path: Path) -> None:
    (tmp_path / "7.loading").write_text("0 2\n1 2\n")
    (tmp_path / "8.loading").write_text("profiling\n")
    (tmp_path / "9.loading").write_text("profiling\ncompi")
    assert stage(tmp_path) == Stage("profiling")
    (tmp_path / "9.loading").write_text("profiling\ncompiling\n")
    assert stage(tmp_path) == Stage("compiling")
