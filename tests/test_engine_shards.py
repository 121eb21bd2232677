"""The bar that notes files of weights instead of drawing them, and the reading of its notes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from backend.engine.shards import forget_shards, loaded_shards, note_shards


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
    for name in names:
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    module: Any = ModuleType(f"{names[-1]}.weight_utils")
    module.tqdm = Bar
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(sys.modules[names[-1]], "weight_utils", module, raising=False)
    return module


def test_each_file_is_noted_once_it_is_loaded(weight_utils: Any, tmp_path: Path) -> None:
    note_shards(tmp_path / "7.weights")
    note_shards(tmp_path / "7.weights")  # once is enough
    bar = weight_utils.tqdm(["a", "b", "c"], desc="Loading safetensors checkpoint shards")
    assert bar.disable  # it is the server's log that tells
    seen = [(file, loaded_shards(tmp_path)) for file in bar]
    assert seen == [("a", (0, 3)), ("b", (1, 3)), ("c", (2, 3))]
    assert loaded_shards(tmp_path) == (3, 3)
    forget_shards(tmp_path)
    assert loaded_shards(tmp_path) is None


def test_bars_of_other_things_and_other_ranks_stay_as_they_are(
    weight_utils: Any, tmp_path: Path
) -> None:
    note_shards(tmp_path / "7.weights")
    other = weight_utils.tqdm(["a"], desc="Loading with another streamer")
    second_rank = weight_utils.tqdm(["a"], desc="Loading pt checkpoint shards", disable=True)
    assert (list(other), other.disable, list(second_rank)) == (["a"], False, ["a"])
    assert loaded_shards(tmp_path) is None


def test_a_vllm_without_that_bar_is_left_alone(weight_utils: Any, tmp_path: Path) -> None:
    del weight_utils.tqdm
    note_shards(tmp_path / "7.weights")
    assert not hasattr(weight_utils, "tqdm")


def test_a_disk_that_is_full_does_not_stop_a_load(weight_utils: Any, tmp_path: Path) -> None:
    note_shards(tmp_path / "gone" / "7.weights")
    assert list(weight_utils.tqdm(["a", "b"], desc="shards")) == ["a", "b"]


@pytest.mark.parametrize("text", ["", "1", "1 x\n", "\n"])
def test_half_a_note_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "7.weights").write_text(text)
    assert loaded_shards(tmp_path) is None
