"""Knows which engine processes are ours, and ends those and no others.

Each engine process leaves a small file in the data folder with its pid and the kernel's start
time of that pid, and those of the server it works for. A pid alone proves nothing: it may have
been given to a stranger since. Knows no vLLM; does nothing where there is no /proc.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

#: Tells an engine process whom it works for; without it the plugin in `parent_watch` does
#: nothing. It lacks the settings' prefix, because it is no setting.
SERVER_VARIABLE = "_DRAWING_CHAT_SERVER"


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process that cannot be mistaken: its pid and when, since which boot, it was started."""

    pid: int
    started: str

    def is_alive(self) -> bool:
        """True while this very process runs (a zombie does not)."""
        return identify(self.pid) == self


def identify(pid: int) -> ProcessId | None:
    """The process that has this pid now; None without one, or where there is no /proc."""
    try:
        fields = _fields(pid)
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None
    if fields[0] in ("Z", "X"):
        return None
    return ProcessId(pid, f"{boot}/{fields[19]}")


def _fields(pid: int) -> list[str]:
    """What the kernel tells of a process, counted from its state. Raises `OSError`."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    return stat.rpartition(")")[2].split()  # the name in parentheses may hold anything


@dataclass(frozen=True, slots=True)
class EngineProcess:
    """An engine process, the server it works for, and the file that says so."""

    process: ProcessId
    server: ProcessId
    file: Path


class EngineProcesses:
    """The engine processes recorded in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def environment(self) -> dict[str, str]:
        """What the engine processes of this server must find in their environment."""
        server = identify(os.getpid())
        if server is None:
            return {}
        return {SERVER_VARIABLE: json.dumps({**asdict(server), "folder": str(self._folder)})}

    def record(self, process: ProcessId, server: ProcessId) -> None:
        """Remember an engine process; called in that process."""
        self._folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps({"process": asdict(process), "server": asdict(server)})
        (self._folder / f"{process.pid}.json").write_text(content, encoding="ascii")

    def recorded(self) -> list[EngineProcess]:
        """All that are remembered, dead ones included."""
        found = []
        for file in sorted(self._folder.glob("*.json")):
            try:
                content = json.loads(file.read_text(encoding="ascii"))
                process, server = (ProcessId(**content[key]) for key in ("process", "server"))
            except (OSError, ValueError, TypeError, KeyError):
                file.unlink(missing_ok=True)  # cut off by a crash: it tells nothing
                continue
            found.append(EngineProcess(process, server, file))
        return found

    def ticks(self) -> dict[ProcessId, int]:
        """Processor time that each of this server's engine processes has had, in the kernel's
        clock ticks (a hundredth of a second)."""
        me = identify(os.getpid())
        ours = [recorded.process for recorded in self.recorded() if recorded.server == me]
        return {one: had for one in ours if (had := _ticks(one)) is not None}

    def end_ours(self) -> int:
        """End the engine processes of this server; returns how many were alive."""
        me = identify(os.getpid())
        return self._end(lambda recorded: recorded.server == me)

    def end_stale(self) -> int:
        """End the engine processes whose server is gone; returns how many were alive."""
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
    """Whether between two looks at their `ticks` every process was at work; False without any."""
    return bool(before) and all(now.get(one, -1) > had for one, had in before.items())


def _ticks(process: ProcessId) -> int | None:
    try:
        fields = _fields(process.pid)
    except OSError:
        return None
    return int(fields[11]) + int(fields[12]) if process.is_alive() else None


def _kill(process: ProcessId) -> bool:
    """SIGKILL: the process may be stopped or hang, and has nothing to save."""
    if not process.is_alive():
        return False
    try:
        os.kill(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
