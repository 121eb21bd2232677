"""Ends an engine process when its server has died, even by SIGKILL.

Otherwise an engine that outlives its server would hold the GPU's memory forever. Called twice: by
the package as soon as a child process imports it, to cover engines that are still loading, and by
vLLM, which loads `watch_parent` in every engine process (entry point `vllm.general_plugins`).
Does nothing unless the environment names our server; see `engine_processes.py`. Also lowers the
priority of engines on the CPU.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import threading
import time
from pathlib import Path

from backend.config.settings import has_nvidia_gpu
from backend.model.vllm.engine_failure import record_errors
from backend.model.vllm.engine_processes import (
    SERVER_VARIABLE,
    EngineProcesses,
    ProcessId,
    identify,
)
from backend.model.vllm.load_progress import RECORD_SUFFIX, record_loading

#: <linux/prctl.h>
PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.5

#: Nice level of an engine on the CPU: a tenth of the server's and a browser's processor share.
CPU_ENGINE_NICENESS = 10
AUTOGROUP = Path("/proc/self/autogroup")

_watched: set[int] = set()


def watch_parent() -> None:
    """Start watching the server named in the environment, once per process."""
    named = os.environ.get(SERVER_VARIABLE)
    me = identify(os.getpid())
    if not named or me is None:
        return
    try:
        content = json.loads(named)
        server = ProcessId(int(content["pid"]), str(content["started"]))
        folder = Path(content["folder"])
    except (ValueError, KeyError, TypeError):
        return
    if server == me:  # the server loads plugins as well
        return
    record_errors(folder / f"{me.pid}.error")  # again: importing vLLM removes the first handler
    if "vllm" in sys.modules:
        record_loading(folder / f"{me.pid}{RECORD_SUFFIX}")
    if me.pid in _watched:
        return
    _watched.add(me.pid)
    EngineProcesses(folder).record(me, server)
    _leave_session_of(server.pid)
    if not has_nvidia_gpu():
        _lower_priority()
    _die_with_parent()
    threading.Thread(target=_end_with, args=(server,), name="parent-watch", daemon=True).start()


def _leave_session_of(server_pid: int) -> None:
    """Ctrl+C must not reach the engine: the server ends it after the last answers.

    Linux's autogroup also assigns processor shares by session.
    """
    try:
        if os.getsid(0) == os.getsid(server_pid):
            os.setsid()
    except OSError:
        return  # the server has just died; the watcher notices


def _lower_priority() -> None:
    """Prefer the server, the drawing workers and a browser over an engine on the CPU.

    Such an engine keeps two cores busy, one of them by polling with `sched_yield()`. Measured on
    two cores with Linux 6.18 and autogroup: without this, a browser got no processor time for up
    to 8 s while an answer streamed; with it the longest wait was 0.4 s, and answers took as long.
    """
    os.setpriority(os.PRIO_PROCESS, 0, max(CPU_ENGINE_NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
    if os.getsid(0) == os.getpid():  # the engine core; its workers share its session
        with contextlib.suppress(OSError):  # a kernel without autogroup
            AUTOGROUP.write_text(str(CPU_ENGINE_NICENESS))


def _die_with_parent() -> None:
    """Let the kernel kill this process with its parent, even if it is stopped.

    The parent is the *thread* that started this process, so the engine is built in a thread that
    lives as long as the engine.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _end_with(server: ProcessId) -> None:
    """Kill this process when the server dies. Watches the server itself, because a worker's
    parent is the engine core."""
    try:
        handle = os.pidfd_open(server.pid)
    except (OSError, AttributeError):
        handle = None  # already dead, or no pidfd on this system
    if handle is not None and server.is_alive():  # the handle is for exactly this process
        select.select([handle], [], [])
    while server.is_alive():
        time.sleep(POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
