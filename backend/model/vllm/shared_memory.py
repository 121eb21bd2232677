"""The engine's shared memory that nobody is left to free.

What Python names there its resource tracker removes when the last of its processes ends; killed
together with them (a container, a control group) it cannot, and some megabytes stay until the
machine is started anew. So a server notes what it shares with its engine, and the next one looks.
Knows no vLLM; does nothing where there is no /dev/shm.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from backend.model.vllm.engine_processes import ProcessId, identify

SHARED = Path("/dev/shm")  # noqa: S108 - only looked at by recorded names
#: Python's shared memory and semaphores, and NCCL's, by what their names begin with.
_OURS = ("psm_", "sem.mp-", "nccl-")
_SUFFIX = ".shared"

#: A file that cannot be mistaken in one run of the machine: its random name and its inode.
_File = tuple[str, int]


class SharedMemory:
    """What the servers of one data folder have shared; noted in the folder of their engine's
    processes, one file for each server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def note(self, engine: Iterable[int]) -> None:
        """Remember what this server shares with the processes `engine`, by their pids."""
        me = identify(os.getpid())
        if me is None:
            return
        files = {file for pid in (me.pid, *engine) for file in _mapped(pid)}
        self._folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps({"server": asdict(me), "files": sorted(files)})
        (self._folder / f"{me.pid}{_SUFFIX}").write_text(content, encoding="ascii")

    def forget(self) -> None:
        """This server's engine is gone, and Python frees what they shared."""
        (self._folder / f"{os.getpid()}{_SUFFIX}").unlink(missing_ok=True)

    def remove_stale(self) -> int:
        """Remove what servers that are gone have left; returns how many files there were.

        What any process still has mapped is left alone.
        """
        removed, used = 0, None
        for note in sorted(self._folder.glob(f"*{_SUFFIX}")):
            try:
                content = json.loads(note.read_text(encoding="ascii"))
                server = ProcessId(**content["server"])
                files: list[_File] = [(str(name), int(inode)) for name, inode in content["files"]]
            except (OSError, ValueError, TypeError, KeyError):
                note.unlink(missing_ok=True)  # cut off by a crash: it tells nothing
                continue
            if server.is_alive():
                continue
            used = _used() if used is None else used
            removed += sum(_remove(file) for file in files if file not in used)
            note.unlink(missing_ok=True)
        return removed


def _mapped(pid: int) -> Iterator[_File]:
    """The files in shared memory that a process has mapped, of those that may be ours."""
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
    """The file that has this name now, if it belongs to this user."""
    try:
        stat = (SHARED / name).stat(follow_symlinks=False)
    except OSError:  # gone; a name with ` (deleted)` is none
        return None
    if stat.st_uid != os.getuid():
        return None
    return name, stat.st_ino


def _used() -> set[_File]:
    """What the processes that run now have mapped."""
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
