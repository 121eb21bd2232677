"""A decode worker: a spawned process that runs one job at a time and responds on its pipe.

Started by `worker_pool.py` as `python -m backend.drawings.workers.worker`, with an environment that
contains no secrets. It limits its own memory and CPU time, exits when the server dies, and turns
every error into a typed response. Jobs are implemented in `decode_jobs.py`.
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

#: Message format: length of the JSON head, length of the payload, then both.
FRAME = struct.Struct(">IQ")
_PR_SET_PDEATHSIG = 1


def write_frame(stream: BinaryIO, head: dict[str, Any], payload: bytes = b"") -> None:
    """Encode a message. A lone surrogate, as in a damaged file name, becomes `?`: neither the
    database nor a response can hold it."""
    encoded = json.dumps(head, ensure_ascii=False).encode("utf-8", "replace")
    stream.write(FRAME.pack(len(encoded), len(payload)))
    stream.write(encoded)
    stream.write(payload)
    stream.flush()


def read_frame(stream: BinaryIO) -> dict[str, Any] | None:
    """The head of the next message, or None at the end. The server sends no payloads."""
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
    # Native libraries may print: reserve the pipe for responses.
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
    except Exception as error:  # an error from a format library: a bad file, or a bug
        runner.forget()
        return {"error": "unexpected", "message": f"{type(error).__name__}: {error}"}, b""
    return {"result": result}, payload


def _limit_cpu(seconds: float) -> None:
    """Limit the CPU time of this job, on top of the time already used."""
    used = time.process_time()
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 2, hard))


def _die_with(parent: int) -> None:
    """Exit at once when the server is gone, for whatever reason."""
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
