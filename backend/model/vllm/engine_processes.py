"""Records which engine processes belong to this server, and ends those and no others.

Each engine process writes a small file into the data folder with its own pid and that of its
server, each with the kernel's start time: a pid alone may have been reused by a stranger. Does
nothing on systems without /proc.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

#: Names the server of an engine process; without it the plugin in `parent_watch` does nothing.
#: It is not a setting and so lacks their prefix.
SERVER_VARIABLE = "_DRAWING_CHAT_SERVER"


@dataclass(frozen=True, slots=True)
class ProcessId:
    """Identifies a process uniquely: its pid, and the boot and time of its start."""

    pid: int
    started: str

    def is_alive(self) -> bool:
        """Whether exactly this process runs; a zombie does not."""
        return identify(self.pid) == self


def identify(pid: int) -> ProcessId | None:
    """The process that has this pid now; None if there is none, or no /proc."""
    try:
        fields = _fields(pid)
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None
    if fields[0] in ("Z", "X"):
        return None
    return ProcessId(pid, f"{boot}/{fields[19]}")


def _fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the process's state on. Raises `OSError`."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    return stat.rpartition(")")[2].split()  # the name in parentheses may contain anything


def engine_folder(data_folder: Path) -> Path:
    """The folder for records of engine processes, their errors and their load progress."""
    return data_folder / "engine"


@dataclass(frozen=True, slots=True)
class EngineProcess:
    """An engine process, its server, and the file that records both."""

    process: ProcessId
    server: ProcessId
    file: Path


class EngineProcesses:
    """The engine processes recorded in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def environment(self) -> dict[str, str]:
        """The environment variables that this server's engine processes need."""
        server = identify(os.getpid())
        if server is None:
            return {}
        return {SERVER_VARIABLE: json.dumps({**asdict(server), "folder": str(self._folder)})}

    def record(self, process: ProcessId, server: ProcessId) -> None:
        """Record an engine process; called in that process."""
        self._folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps({"process": asdict(process), "server": asdict(server)})
        (self._folder / f"{process.pid}.json").write_text(content, encoding="ascii")

    def recorded(self) -> list[EngineProcess]:
        """All recorded processes, including dead ones."""
        found = []
        for file in sorted(self._folder.glob("*.json")):
            try:
                content = json.loads(file.read_text(encoding="ascii"))
                process, server = (ProcessId(**content[key]) for key in ("process", "server"))
            except (OSError, ValueError, TypeError, KeyError):
                file.unlink(missing_ok=True)  # truncated by a crash
                continue
            found.append(EngineProcess(process, server, file))
        return found

    def ticks(self) -> dict[ProcessId, int]:
        """Processor time used by each of this server's engine processes, in clock ticks of the
        kernel (hundredths of a second)."""
        me = identify(os.getpid())
        ours = [recorded.process for recorded in self.recorded() if recorded.server == me]
        return {one: had for one in ours if (had := _ticks(one)) is not None}

    def end_ours(self) -> int:
        """Kill this server's engine processes; returns how many were alive."""
        me = identify(os.getpid())
        return self._end(lambda recorded: recorded.server == me)

    def end_stale(self) -> int:
        """Kill the engine processes whose server is dead; returns how many were alive."""
        return self._end(lambda recorded: not recorded.server.is_alive())

    def _end(self, chosen: Callable[[EngineProcess], bool]) -> int:
        doomed = [recorded for recorded in self.recorded() if chosen(recorded)]
        alive = [recorded for recorded in doomed if _kill(recorded.process)]
        deadline = time.monotonic() + 5
        while any(r.process.is_alive() for r in alive) and time.monotonic() < deadline:
            time.sleep(0.02)
        for recorded in doomed:
            recorded.file.unlink(missing_ok=True)
        return len(alive)


def all_worked(before: Mapping[ProcessId, int], now: Mapping[ProcessId, int]) -> bool:
    """Whether every process used processor time between two `ticks`; False without any."""
    return bool(before) and all(now.get(one, -1) > had for one, had in before.items())


def _ticks(process: ProcessId) -> int | None:
    try:
        fields = _fields(process.pid)
    except OSError:
        return None
    return int(fields[11]) + int(fields[12]) if process.is_alive() else None


def _kill(process: ProcessId) -> bool:
    """Send SIGKILL: the process may be stopped or hang, and has nothing to save."""
    if not process.is_alive():
        return False
    try:
        os.kill(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
