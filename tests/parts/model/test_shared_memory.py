"""Shared memory of a killed server and engine is removed at the next start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from multiprocessing import shared_memory
from pathlib import Path

import pytest

from backend.model.vllm.shared_memory import SHARED, SharedMemory
from tests.server_process import HANG_SECONDS, PROJECT_ROOT

#: A stand-in for a server: shares something, notes it, and waits for its end.
SERVER = """
import sys, time
from multiprocessing import shared_memory
from pathlib import Path
from backend.model.vllm.shared_memory import SharedMemory
segment = shared_memory.SharedMemory(create=True, size=4096)
SharedMemory(Path(sys.argv[1])).record([])
print(segment.name, flush=True)
time.sleep(60)
"""


def killed_server(folder: Path) -> str:
    """The name of what it shared; its resource tracker is killed with it, as a container's is."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder)],
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert server.stdout is not None
    name = server.stdout.readline().strip()
    os.killpg(server.pid, signal.SIGKILL)
    server.wait(HANG_SECONDS)
    server.stdout.read()  # until the tracker is gone too: it has the same pipe
    server.stdout.close()
    assert (SHARED / name).exists()
    return name


@pytest.mark.fault(3)
def test_only_a_killed_servers_memory_is_removed(tmp_path: Path) -> None:
    name = killed_server(tmp_path)
    stranger = shared_memory.SharedMemory(create=True, size=4096)
    try:
        assert SharedMemory(tmp_path).remove_stale() == 1
        assert not (SHARED / name).exists()
        assert (SHARED / stranger.name).exists()
        assert list(tmp_path.iterdir()) == []
    finally:
        stranger.close()
        stranger.unlink()


def test_memory_in_use_is_kept(tmp_path: Path) -> None:
    name = killed_server(tmp_path)
    used = shared_memory.SharedMemory(name=name)
    try:
        assert SharedMemory(tmp_path).remove_stale() == 0
        assert (SHARED / name).exists()
    finally:
        used.close()
        used.unlink()


def test_a_reused_name_is_kept(tmp_path: Path) -> None:
    name = killed_server(tmp_path)
    (SHARED / name).rename(SHARED / f"{name}.old")  # keeps its inode from being given again
    (SHARED / name).write_bytes(b"another's")
    try:
        assert SharedMemory(tmp_path).remove_stale() == 0
        assert (SHARED / name).read_bytes() == b"another's"
    finally:
        (SHARED / name).unlink()
        (SHARED / f"{name}.old").unlink()


def test_a_running_servers_memory_is_kept(tmp_path: Path) -> None:
    mine = shared_memory.SharedMemory(create=True, size=4096)
    try:
        memory = SharedMemory(tmp_path)
        memory.record([])
        assert memory.remove_stale() == 0
        assert (SHARED / mine.name).exists()
        (tmp_path / "9.shared").write_text("{", encoding="ascii")
        assert memory.remove_stale() == 0  # a note cut off by a crash
        assert not (tmp_path / "9.shared").exists()
        memory.forget()
        assert list(tmp_path.iterdir()) == []
    finally:
        mine.close()
        mine.unlink()
