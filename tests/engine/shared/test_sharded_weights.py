"""A checkpoint of several files: the real engine's loading is counted, file by file."""

from __future__ import annotations

import pytest

from tests.engine.shared.conftest import SharedEngine

pytestmark = [pytest.mark.engine, pytest.mark.anyio]


async def test_weights_are_counted_file_by_file(shared_engine: SharedEngine) -> None:
    count = shared_engine.shards
    assert count > 2
    weights = [f"{done} {count}" for done in range(count + 1)]
    assert [line for line in shared_engine.notes if " " in line] == weights
    assert [line for line in shared_engine.notes if " " not in line] == ["profiling", "warming"]
    # A tiny file loads between two looks; what follows the last one does not.
    seen = shared_engine.progress
    assert {one.phase for one in seen} >= {"loading", "profiling", "warming"}
    assert all(one.total == count for one in seen if one.phase == "weights")
