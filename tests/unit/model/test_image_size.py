"""Image sizes and tokens, compared with the two reference implementations."""

from __future__ import annotations

import ast
import importlib.util
import math
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import BadProportions
from backend.model.image_size import fit_to_budget, image_tokens, token_edge_of, tokens_by

Resize = Callable[..., tuple[int, int]]


def _reference(module: str, relative_path: str) -> Resize:
    """`smart_resize` taken out of a package's source: importing it would load torch (4 s)."""
    spec = importlib.util.find_spec(module)
    assert spec is not None and spec.origin is not None
    source = (Path(spec.origin).parent / relative_path).read_text(encoding="utf-8")
    wanted = {"smart_resize", "round_by_factor", "ceil_by_factor", "floor_by_factor"}
    tree = ast.parse(source)
    tree.body = [
        node
        for node in tree.body
        if (isinstance(node, ast.FunctionDef) and node.name in wanted)
        or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MAX_RATIO")
    ]
    names: dict[str, object] = {"math": math}
    prelude = "from typing import Optional, Tuple\n"
    exec(prelude + ast.unparse(tree), names)  # noqa: S102
    return names["smart_resize"]  # type: ignore[return-value]


qwen_vl_utils = _reference("qwen_vl_utils", "vision_process.py")
transformers = _reference("transformers", "models/qwen2_vl/image_processing_qwen2_vl.py")

sides = st.integers(1, 20_000)
budgets = st.tuples(st.integers(32 * 32, 200_000), st.integers(200_000, 16_777_216))


@settings(max_examples=200, deadline=None)
@given(width=sides, height=sides, budget=budgets)
def test_equals_the_references(width: int, height: int, budget: tuple[int, int]) -> None:
    low, high = budget
    if min(width, height) < 32:
        with pytest.raises(BadProportions):
            fit_to_budget(width, height, low, high)
        return
    try:
        expected_height, expected_width = transformers(height, width, 32, low, high)
    except ValueError:
        with pytest.raises(BadProportions):
            fit_to_budget(width, height, low, high)
        with pytest.raises(ValueError):
            qwen_vl_utils(height, width, 32, low, high)
        return
    fitted = fit_to_budget(width, height, low, high)
    assert fitted == (expected_width, expected_height)
    theirs = qwen_vl_utils(height, width, 32, low, high)
    if 0 not in theirs:  # a side of 0 is theirs alone; no processor can take it
        assert theirs == (expected_height, expected_width)
    assert image_tokens(*fitted) * 32 * 32 == fitted[0] * fitted[1]


def test_a_sheet_at_the_budget() -> None:
    assert fit_to_budget(3508, 2480, 65_536, 4_194_304) == (2432, 1696)
    assert image_tokens(2432, 1696) == 76 * 53


def test_a_strip_keeps_one_token_of_height() -> None:
    assert fit_to_budget(6400, 32, 1024, 65_536)[1] == 32


@pytest.mark.parametrize(
    ("width", "height"), [(1, 1), (20_000, 1), (31, 31), (6432, 32), (32, 6432)]
)
def test_refusals_state_the_size(width: int, height: int) -> None:
    with pytest.raises(BadProportions, match=f"{width}×{height}"):
        fit_to_budget(width, height, 65_536, 4_194_304)


@pytest.mark.parametrize(
    ("model", "edge"),
    [
        ("Qwen/Qwen3-VL-30B-A3B-Instruct", 32),
        ("qwen3-vl:32b", 32),
        ("Qwen/Qwen2.5-VL-7B-Instruct-AWQ", 28),
        ("qwen2.5vl:7b", 28),
        ("qwen2-vl:7b-gptq-int8", 28),
        ("gpt-9", 32),
    ],
)
def test_the_token_edge_is_guessed_from_the_name(model: str, edge: int) -> None:
    assert token_edge_of(model) == edge


def test_tokens_for_a_models_limits() -> None:
    limits = {"image_min_pixels": 65_536, "image_max_pixels": 1_048_576}
    assert tokens_by(limits, 1024, 736) == 32 * 23
    assert tokens_by(limits | {"image_token_edge": 28}, 1024, 736) == 37 * 26
    assert tokens_by({}, 64, 64) == 4
