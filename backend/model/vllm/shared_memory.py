"""Removes shared memory that a killed server and its engine have left behind.

Python's resource tracker removes it when the last process ends. If the tracker is killed together
with the processes (with a container or a control group), some megabytes stay until the next
reboot. So each server records what it shares with its engine, and the next server cleans up. Does
nothing on systems without /dev/shm.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from backend.model.vllm.engine_processes import ProcessId, identify

SHARED = Path("/dev/shm")  # noqa: S108 - only recorded names are used
#: Name prefixes of Python's shared memory and semaphores, and of NCCL's.
_OURS = ("psm_", "sem.mp-", "nccl-")
_SUFFIX = ".shared"

#: Identifies a file until the next reboot: its random name and its inode.
_File = tuple[str, int]


class SharedMemory:
    """The shared memory of the servers of one data folder; recorded beside their engine
    processes, in one file per server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def record(self, engine: Iterable[int]) -> None:
        """Record what this server shares with the engine processes with these pids."""
        me = identify(os.getpid())
        if me is None:
            return
        files = {file for pid in (me.pid, *engine) for file in _mapped(pid)}
        self._folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps({"server": asdict(me), "files": sorted(files)})
        (self._folder / f"{me.pid}{_SUFFIX}").write_text(content, encoding="ascii")

    def forget(self) -> None:
        """Drop the record: the engine has ended, and Python frees what they shared."""
        (self._folder / f"{os.getpid()}{_SUFFIX}").unlink(missing_ok=True)

    def remove_stale(self) -> int:
        """Remove the files of dead servers; returns how many were removed.

        Files that any process has mapped are kept.
        """
        removed, used = 0, None
        for record in sorted(self._folder.glob(f"*{_SUFFIX}")):
            try:
                content = json.loads(record.read_text(encoding="ascii"))
                server = ProcessId(**content["server"])
                files: list[_File] = [(str(name), int(inode)) for name, inode in content["files"]]
            except (OSError, ValueError, TypeError, KeyError):
                record.unlink(missing_ok=True)  # truncated by a crash
                continue
            if server.is_alive():
                continue
            used = _used() if used is None else used
            removed += sum(_remove(file) for file in files if file not in used)
            record.unlink(missing_ok=True)
        return removed


def _mapped(pid: int) -> Iterator[_File]:
    """The shared-memory files of the known kinds that a process has mapped."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        path = Path(line.split(maxsplit=5)[-1])
        if path.parent == SHARED and path.name.startswith(_OURS):
            found = _identify(path.name)
            if found is not None:
                yield found


def _identify(name: str) -> _File | None:
    """The file with this name, if it belongs to this user."""
    try:
        stat = (SHARED / name).stat(follow_symlinks=False)
    except OSError:  # removed: the kernel appends ` (deleted)`
        return None
    if stat.st_uid != os.getuid():
        return None
    return name, stat.st_ino


def _used() -> set[_File]:
    """The files that running processes have mapped."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return {file for pid in pids for file in _mapped(pid)}


def _remove(file: _File) -> bool:
    if Path(file[0]).name != file[0] or _identify(file[0]) != file:
        return False
    try:
        (SHARED / file[0]).unlink()
    except OSError:
        return False
    return True
