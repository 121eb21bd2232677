"""The table of faults is complete: every row has at least one test that carries its marker."""

from __future__ import annotations

import ast
import functools

import pytest

from tests.faults.rows import ELSEWHERE, ROWS
from tests.server_process import PROJECT_ROOT


@functools.cache
def marked() -> dict[int, tuple[str, ...]]:
    """The tests of each row, from the source: not every suite is collected in every run."""
    found: dict[int, list[str]] = {}
    for path in sorted((PROJECT_ROOT / "tests").rglob("test_*.py")):
        for row, name in marks_of(path.read_text(encoding="utf-8")):
            found.setdefault(row, []).append(f"{path.relative_to(PROJECT_ROOT)}::{name}")
    return {row: tuple(tests) for row, tests in found.items()}


def marks_of(source: str) -> list[tuple[int, str]]:
    """Rows and names of the marked tests in a module's source."""
    marks = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for decorator in node.decorator_list:
            if not isinstance(decorator, ast.Call):
                continue
            if ast.unparse(decorator.func) == "pytest.mark.fault":
                assert node.name.startswith("test_"), node.name
                marks += [(ast.literal_eval(row), node.name) for row in decorator.args]
    return marks


def test_there_are_fifty_rows() -> None:
    assert sorted(ROWS) == list(range(1, 51))
    assert ELSEWHERE.keys() <= ROWS.keys()


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_a_test(row: int) -> None:
    assert marked().get(row), f"no test carries fault({row}): {ROWS[row]}"


def test_every_marker_is_a_row() -> None:
    assert marked().keys() <= ROWS.keys()


def test_markers_are_read_from_decorators() -> None:
    source = (
        "@pytest.mark.fault(3, 4)\nasync def test_one(): ...\n"
        "# pytest.mark.fault(5)\n@pytest.mark.anyio\ndef test_two(): ...\n"
    )
    assert marks_of(source) == [(3, "test_one"), (4, "test_one")]
