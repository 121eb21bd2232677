"""The table of faults is whole: every row has tests, and every test that it names is there."""

from __future__ import annotations

import ast
import functools
import re

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


@pytest.mark.parametrize("row", ROWS)
def test_a_test_of_the_row_is_named_by_its_number(row: int) -> None:
    """`test_row_7_…`, `test_7_…`, `test_rows_8_and_9_…`, `test_rows_26_to_37_…`."""
    assert any(row in numbers_of(test.partition("::")[2]) for test in ROWS[row][1])


def numbers_of(name: str) -> set[int]:
    """The rows that a test's name says."""
    if several := re.match(r"test_rows_(\d+)_to_(\d+)_", name):
        return set(range(int(several[1]), int(several[2]) + 1))
    if named := re.match(r"test_(?:rows?_)?((?:\d+_(?:and_)?)+)", name):
        return {int(number) for number in re.findall(r"\d+", named[1])}
    return set()


def test_numbers_are_read_from_names() -> None:
    assert numbers_of("test_row_7_a_failing_request") == {7}
    assert numbers_of("test_42_every_route") == {42}
    assert numbers_of("test_rows_33_35_and_36_nothing") == {33, 35, 36}
    assert numbers_of("test_rows_3_to_5_all") == {3, 4, 5}
    assert numbers_of("test_bad_7_frames") == set()
