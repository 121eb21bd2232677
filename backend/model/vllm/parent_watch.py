"""Ends an engine process when the server it works for has died, even by SIGKILL.

Called twice: by the package itself as soon as a child process imports it, so that an engine
that is still loading ends as well, and by vLLM, which loads `watch_parent` in every process of
every engine (entry point `vllm.general_plugins`). It does nothing unless the environment names a
server of ours: see `engine/processes.py`. An engine that outlived its server would hold the GPU's
memory for ever. An engine on the CPU also lets everybody else go first from here on.
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
from backend.model.vllm.engine_failure import note_errors
from backend.model.vllm.engine_processes import (
    SERVER_VARIABLE,
    EngineProcesses,
    ProcessId,
    identify,
)
from backend.model.vllm.load_progress import NOTES_SUFFIX, note_loading

#: <linux/prctl.h>
PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.5

#: Of an engine on the CPU, -20…19: a tenth of the share that the server and a browser have.
CPU_ENGINE_NICENESS = 10
AUTOGROUP = Path("/proc/self/autogroup")

_watched: set[int] = set()


def watch_parent() -> None:
    """Start watching the server named in the environment; once per process."""
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
    note_errors(folder / f"{me.pid}.error")  # again: importing vLLM drops the first handler
    if "vllm" in sys.modules:
        note_loading(folder / f"{me.pid}{NOTES_SUFFIX}")
    if me.pid in _watched:
        return
    _watched.add(me.pid)
    EngineProcesses(folder).record(me, server)
    _leave_the_servers_session(server.pid)
    if not has_nvidia_gpu():
        _let_others_go_first()
    _die_with_the_parent()
    threading.Thread(target=_end_with, args=(server,), name="parent-watch", daemon=True).start()


def _leave_the_servers_session(server_pid: int) -> None:
    """Ctrl-C goes to the whole group: the server is to end the engine, after its last answers.

    A session of its own is also what Linux's autogroup gives a share of the processor to.
    """
    try:
        if os.getsid(0) == os.getsid(server_pid):
            os.setsid()
    except OSError:
        return  # the server has just died: the watch below sees that


def _let_others_go_first() -> None:
    """Give the server, the drawings' workers and a browser the processor whenever they want it.

    An engine on the CPU keeps two cores busy, one of them with waiting (vLLM polls with
    `sched_yield()`). Measured on two cores and Linux 6.18 with autogroup: without this a browser
    beside it got no processor time for up to 8 s while an answer streamed; with it the longest
    wait was 0.4 s, and an answer takes as long as before.
    """
    os.setpriority(os.PRIO_PROCESS, 0, max(CPU_ENGINE_NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))
    if os.getsid(0) == os.getpid():  # its workers are in its session
        with contextlib.suppress(OSError):  # a kernel without autogroup
            AUTOGROUP.write_text(str(CPU_ENGINE_NICENESS))


def _die_with_the_parent() -> None:
    """Have the kernel end this process with its parent; that reaches a stopped process too.

    The kernel means the parent's *thread* that started this process: the service builds the
    engine in a thread that lives as long as the engine.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _end_with(server: ProcessId) -> None:
    """Wait for the server's death, then end this process. A worker's parent is the engine
    core, so the server itself is watched, not the parent."""
    try:
        handle = os.pidfd_open(server.pid)
    except (OSError, AttributeError):
        handle = None  # gone already, or a system without it
    if handle is not None and server.is_alive():  # the handle is of this very process
        select.select([handle], [], [])
    while server.is_alive():
        time.sleep(POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
