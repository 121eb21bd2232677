"""Only our own engine processes are killed, identified by more than a pid."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.model.vllm.engine_processes import (
    SERVER_VARIABLE,
    EngineProcesses,
    ProcessId,
    identify,
)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


def known(pid: int) -> ProcessId:
    identity = identify(pid)
    assert identity is not None
    return identity


def gone() -> ProcessId:
    process = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
    identity = known(process.pid)
    process.kill()
    process.wait()
    return identity


def test_a_process_is_alive_until_it_ends(sleeper: subprocess.Popen[bytes]) -> None:
    identity = known(sleeper.pid)
    assert identity.is_alive()
    sleeper.kill()
    sleeper.wait()
    assert not identity.is_alive()


def test_a_zombie_is_dead(sleeper: subprocess.Popen[bytes]) -> None:
    identity = known(sleeper.pid)
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert not identity.is_alive()


def test_an_engine_of_a_dead_server_is_killed(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    processes = EngineProcesses(tmp_path)
    processes.record(known(sleeper.pid), gone())
    assert processes.end_stale() == 1
    assert sleeper.wait() == -9
    assert processes.recorded() == []


def test_a_stopped_engine_is_killed(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    processes = EngineProcesses(tmp_path)
    processes.record(known(sleeper.pid), known(os.getpid()))
    os.kill(sleeper.pid, 19)  # SIGSTOP
    assert processes.end_ours() == 1
    assert sleeper.wait() == -9


def test_an_engine_of_a_living_server_is_left_alone(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    processes = EngineProcesses(tmp_path)
    processes.record(known(sleeper.pid), known(os.getppid()))
    assert processes.end_stale() == 0
    assert processes.end_ours() == 0
    assert sleeper.poll() is None
    assert len(processes.recorded()) == 1


def test_a_stranger_with_the_same_pid_is_left_alone(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    processes = EngineProcesses(tmp_path)
    processes.record(ProcessId(sleeper.pid, "another-boot/1"), gone())
    assert processes.end_stale() == 0
    assert sleeper.poll() is None
    assert processes.recorded() == []


def test_a_damaged_record_is_dropped(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text('{"process": {"pid"')
    processes = EngineProcesses(tmp_path)
    assert processes.recorded() == []
    assert list(tmp_path.iterdir()) == []


def test_the_environment_names_this_server(tmp_path: Path) -> None:
    named = json.loads(EngineProcesses(tmp_path).environment()[SERVER_VARIABLE])
    assert ProcessId(named["pid"], named["started"]) == known(os.getpid())
    assert named["folder"] == str(tmp_path)
