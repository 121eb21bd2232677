"""A decode worker: one spawned process that runs one job at a time and answers on its pipe.

Started as `python -m backend.drawings.workers.worker` by `worker_pool.py` with an environment that
holds no secrets. It limits its own memory and CPU time, ends when the server dies, and turns
every error into a typed answer. What a job does is in `decode_jobs.py`.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import struct
import sys
import threading
import time
from typing import Any, BinaryIO

from backend.drawings.workers.jobs import from_json
from backend.errors import DrawingChatError

#: A message is: bytes of the JSON head, bytes of the payload, then both.
FRAME = struct.Struct(">IQ")
_PR_SET_PDEATHSIG = 1


def write_frame(stream: BinaryIO, head: dict[str, Any], payload: bytes = b"") -> None:
    """One message. Half a surrogate, as a damaged name in a file may have it, becomes a `?`:
    neither the database nor an answer could hold it."""
    encoded = json.dumps(head, ensure_ascii=False).encode("utf-8", "replace")
    stream.write(FRAME.pack(len(encoded), len(payload)))
    stream.write(encoded)
    stream.write(payload)
    stream.flush()


def read_frame(stream: BinaryIO) -> dict[str, Any] | None:
    """The head of the next message, None at the end. The server sends no payloads."""
    start = stream.read(FRAME.size)
    if len(start) < FRAME.size:
        return None
    head: dict[str, Any] = json.loads(stream.read(FRAME.unpack(start)[0]))
    return head


def main() -> None:
    """Serve jobs until standard input ends."""
    options = json.loads(sys.argv[1])
    _die_with(options["parent"])
    os.nice(options["nice"])
    memory = options["memory_bytes"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Native libraries may print: keep the pipe for answers only.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    jobs = sys.stdin.buffer

    from backend.drawings.workers.decode_jobs import JobRunner

    runner = JobRunner()
    while (job := read_frame(jobs)) is not None:
        _limit_cpu(job["seconds"])
        head, payload = _answer(runner, job)
        write_frame(answers, head, payload)


def _answer(runner: Any, job: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    try:
        result, payload = runner.run(from_json(job))
    except DrawingChatError as error:
        return {"error": error.code, "message": str(error)}, b""
    except MemoryError:
        runner.forget()
        return {"error": "memory"}, b""
    except Exception as error:  # a format library's own: the file is at fault, or a bug
        runner.forget()
        return {"error": "unexpected", "message": f"{type(error).__name__}: {error}"}, b""
    return {"result": result}, payload


def _limit_cpu(seconds: float) -> None:
    """CPU time that this job may take, on top of what the process has used."""
    used = time.process_time()
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 2, hard))


def _die_with(parent: int) -> None:
    """End at once when the server is gone, however it went."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="parent-watch").start()


if __name__ == "__main__":
    main()
