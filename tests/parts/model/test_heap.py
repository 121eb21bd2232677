"""Memory freed in the middle of the heap is returned to the kernel."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable

import psutil
import pytest

from backend.model.vllm import heap

MIB = 1024 * 1024


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="no glibc")
@pytest.mark.parametrize("step", [heap.settle, heap.collect])
def test_freed_memory_goes_back_to_the_kernel(step: Callable[[], None]) -> None:
    resident = psutil.Process().memory_info
    kilobytes = [bytes([number % 256]) * 1024 for number in range(100_000)]
    kept = kilobytes[::100]  # nothing above the lowest of them could be cut off at once
    del kilobytes
    before = resident().rss
    step()
    gc.unfreeze()
    assert before - resident().rss > 50 * MIB
    assert len(kept) == 1000
