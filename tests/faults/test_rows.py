"""The table of faults is whole: every row has tests, and every test that it names is there."""

from __future__ import annotations

import ast
import functools

import pytest

from tests.faults.rows import ELSEWHERE, ROWS
from tests.server_process import PROJECT_ROOT


@functools.cache
def functions_in(file: str) -> frozenset[str]:
    """The names of a test module's functions."""
    tree = ast.parse((PROJECT_ROOT / file).read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def test_every_row_is_there_once() -> None:
    assert sorted(ROWS) == list(range(1, 51))
    assert ELSEWHERE.keys() <= ROWS.keys()


@pytest.mark.parametrize("row", ROWS)
def test_the_tests_of_a_row_exist(row: int) -> None:
    what, tests = ROWS[row]
    assert what and tests
    for test in tests:
        file, _, name = test.partition("::")
        assert name in functions_in(file), f"row {row}: {test}"
