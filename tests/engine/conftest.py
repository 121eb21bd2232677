"""What vLLM warns about in this process.

Its warnings are not ours to repair; everything else stays an error.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

#: Narrow on purpose: each line names a message.
WARNINGS_OF_VLLM = (
    # while it is imported
    "ignore:`torch.jit.script_method` is deprecated:DeprecationWarning",
    "ignore:`torch.jit.script` is deprecated:DeprecationWarning",
    "ignore:`torch.distributed.reduce_op` is deprecated:FutureWarning",
    # when the remains of a killed engine are collected
    "ignore:Unclosed context <zmq:ResourceWarning",
)


def pytest_configure(config: pytest.Config) -> None:
    """For all tests, as garbage of one is collected in another."""
    for warning in WARNINGS_OF_VLLM:
        config.addinivalue_line("filterwarnings", warning)


@pytest.fixture(scope="session", autouse=True)
def remains_of_engines() -> Iterator[None]:
    """Collected while the lines above hold; after the last test they do not."""
    yield
    gc.collect()
