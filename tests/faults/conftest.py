"""A server process with a fake engine, shared by the faults that it survives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fake_server import FakeServerProcess
from tests.talk import talk


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeServerProcess]:
    """One for all: each test leaves it as it found it."""
    process = FakeServerProcess(tmp_path_factory.mktemp("faults") / "data").start().wait_ready()
    yield process
    process.stop()


def lives(server: FakeServerProcess) -> None:
    """The same process, ready, and an ordinary question is answered."""
    assert server.process is not None and server.process.poll() is None
    assert server.get("/ready").status_code == 200
    with talk(server.url) as client:
        assert client.answer("Largest bore?")[-1]["type"] == "done"
