"""An engine process ends with its server; other processes are left alone."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backend.config.settings import has_nvidia_gpu
from backend.model.vllm.engine_processes import (
    SERVER_VARIABLE,
    EngineProcesses,
    ProcessId,
    identify,
)
from backend.model.vllm.parent_watch import CPU_ENGINE_NICENESS
from tests.server_process import HANG_SECONDS, PROJECT_ROOT

#: A stand-in for a server: starts an "engine" which starts a "worker"; both load the plugin.
SERVER = """
import os, subprocess, sys, time
from pathlib import Path
from backend.model.vllm.engine_processes import EngineProcesses
os.environ.update(EngineProcesses(Path(sys.argv[1])).environment())
subprocess.Popen([sys.executable, "-c", sys.argv[2], sys.argv[2]])
time.sleep(60)
"""
ENGINE = """
import subprocess, sys, time
from backend.model.vllm.parent_watch import watch_parent
watch_parent()
if len(sys.argv) > 1:
    subprocess.Popen([sys.executable, "-c", sys.argv[1]])
print("watching", flush=True)
time.sleep(60)
"""


def start_server(folder: Path, engine: str = ENGINE) -> subprocess.Popen[str]:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(folder), engine],
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    for _ in range(2 if engine == ENGINE else 1):
        assert server.stdout.readline().strip() == "watching"
    return server


@contextmanager
def ended_within_5_s(processes: list[ProcessId]) -> Iterator[None]:
    """What the body does ends all of them."""
    handles = [os.pidfd_open(process.pid) for process in processes]
    yield
    for handle in handles:
        assert select.select([handle], [], [], 5)[0]
        os.close(handle)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_engine_and_worker_end_with_their_server(tmp_path: Path, how: signal.Signals) -> None:
    server = start_server(tmp_path)
    engines = [recorded.process for recorded in EngineProcesses(tmp_path).recorded()]
    assert len(engines) == 2 and all(engine.is_alive() for engine in engines)
    assert {os.getpgid(engine.pid) for engine in engines}.isdisjoint({os.getpgid(server.pid)})
    assert {os.getsid(engine.pid) for engine in engines}.isdisjoint({os.getsid(server.pid)})
    with ended_within_5_s(engines):
        server.send_signal(how)
        server.communicate()


def test_an_engine_on_the_cpu_has_a_lower_priority(tmp_path: Path) -> None:
    server = start_server(tmp_path)
    usual = os.getpriority(os.PRIO_PROCESS, server.pid)
    expected = usual if has_nvidia_gpu() else max(usual, CPU_ENGINE_NICENESS)
    engines = [recorded.process.pid for recorded in EngineProcesses(tmp_path).recorded()]
    assert {os.getpriority(os.PRIO_PROCESS, engine) for engine in engines} == {expected}
    groups = [Path(f"/proc/{pid}/autogroup") for pid in (*engines, server.pid)]
    if all(group.exists() for group in groups):  # a kernel with autogroup
        *engine_groups, server_group = (group.read_text() for group in groups)
        assert len(set(engine_groups)) == 1 and server_group not in engine_groups
        assert engine_groups[0].endswith(f"nice {expected}\n")
    server.kill()
    server.communicate()


def test_a_stopped_engine_ends_with_its_server(tmp_path: Path) -> None:
    server = start_server(tmp_path)
    engines = [recorded.process for recorded in EngineProcesses(tmp_path).recorded()]
    for engine in engines:
        os.kill(engine.pid, signal.SIGSTOP)
    with ended_within_5_s(engines):
        server.kill()
        server.communicate()


@pytest.mark.parametrize("value", [None, "", "{", '{"pid": 1}'])
def test_other_processes_are_left_alone(tmp_path: Path, value: str | None) -> None:
    environment = {key: text for key, text in os.environ.items() if key != SERVER_VARIABLE}
    if value is not None:
        environment[SERVER_VARIABLE] = value
    code = (
        "import os, threading\nfrom backend.model.vllm.parent_watch import watch_parent\n"
        "watch_parent()\n"
        "assert threading.active_count() == 1 and os.getpgrp() != os.getpid()"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT_ROOT,
        env=environment,
        check=True,
        timeout=HANG_SECONDS,
    )


def test_the_server_does_not_watch_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from backend.model.vllm.parent_watch import watch_parent

    for name, value in EngineProcesses(tmp_path).environment().items():
        monkeypatch.setenv(name, value)
    watch_parent()
    assert identify(os.getpid()) is not None
    assert EngineProcesses(tmp_path).recorded() == []


def test_importing_the_package_starts_the_watch(tmp_path: Path) -> None:
    loading = "import backend, time; print('watching', flush=True); time.sleep(60)"
    server = start_server(tmp_path, loading)
    (engine,) = [recorded.process for recorded in EngineProcesses(tmp_path).recorded()]
    with ended_within_5_s([engine]):
        server.kill()
        server.communicate()
