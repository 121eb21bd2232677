"""A pool of decode workers in the server: processes of one kind and their queue.

A worker that dies or times out fails only its current job and is replaced. A job that is cancelled
before it starts is dropped. The jobs of a file that keeps failing are delayed, so that other files
get their turn.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cachetools import LRUCache

from backend.config.settings import PROJECT_ROOT
from backend.drawings.workers.jobs import IngestJob, Job, to_json
from backend.drawings.workers.worker import FRAME
from backend.errors import Busy, DamagedFile, DrawingChatError, RenderFailed, TooComplex
from backend.metrics import DECODE_FAILURES, DECODE_SECONDS, WORKER_STARTS

logger = logging.getLogger(__name__)

#: Jobs that may wait in one pool's queue.
MAX_WAITING = 1024
#: Consecutive time or memory failures of a file before it is delayed.
PATIENCE = 2
#: Number of files whose failures are remembered.
MAX_TROUBLESOME = 256

_BY_CODE: dict[str, type[DrawingChatError]] = {}


def _collect(kind: type[DrawingChatError]) -> None:
    _BY_CODE.setdefault(kind.code, kind)
    for child in kind.__subclasses__():
        _collect(child)


_collect(DrawingChatError)


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """Limits of each process in a pool. `scratch` is the folder for temporary files."""

    memory_bytes: int
    seconds: float
    scratch: Path
    nice: int = 0
    #: A process without a job for this long ends, which frees its memory.
    idle_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A job's result (plain JSON values) and its payload."""

    result: Any
    payload: bytes


@dataclass(slots=True)
class _Trouble:
    """Consecutive failures of a file's jobs, the last error, and its time."""

    error: DrawingChatError
    at: float
    failures: int


@dataclass(slots=True)
class _Waiting:
    job: Job
    reply: asyncio.Future[Reply]


class WorkerPool:
    """`size` processes of one kind, started on demand."""

    def __init__(self, name: str, size: int, options: WorkerOptions) -> None:
        self._name = name
        self._options = options
        self._size = size
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Condition()
        self._runners: list[asyncio.Task[None]] = []
        self._processes: set[asyncio.subprocess.Process] = set()
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._troubles: LRUCache[str, _Trouble] = LRUCache(MAX_TROUBLESOME)

    async def run(self, job: Job) -> Reply:
        """Run `job` when its turn comes. Cancelling drops it while it is queued.

        Raises the job's own typed error, `TooComplex` (an ingest that ran out of time or memory),
        `RenderFailed` (the same for other jobs) or `Busy`.
        """
        if len(self._waiting) >= MAX_WAITING:
            raise Busy("Too many drawings are being read. Try again soon.", retry_after_s=5)
        waiting = _Waiting(job, asyncio.get_running_loop().create_future())
        self._idle.clear()
        async with self._wake:
            self._waiting.append(waiting)
            if len(self._runners) < self._size:
                name = f"decode-{self._name}-{len(self._runners)}"
                self._runners.append(asyncio.create_task(self._serve(), name=name))
            self._wake.notify()
        return await waiting.reply

    @property
    def process_ids(self) -> list[int]:
        """The running processes."""
        return [process.pid for process in self._processes if process.returncode is None]

    async def close(self) -> None:
        """Stop the processes and cancel queued jobs."""
        for runner in self._runners:
            runner.cancel()
        await asyncio.gather(*self._runners, return_exceptions=True)
        for waiting in self._waiting:
            waiting.reply.cancel()
        self._waiting.clear()
        for process in list(self._processes):
            await self._end(process)

    async def _serve(self) -> None:
        process: asyncio.subprocess.Process | None = None
        while True:
            waiting = await self._next_or_end(process)
            if (refusal := self._refusal(waiting.job)) is not None:
                self._fail(waiting, refusal)
                continue
            if process is None or process.returncode is not None:
                process = await self._replace(process)
            self._running += 1
            try:
                with DECODE_SECONDS.labels(self._name, waiting.job.kind).time():
                    reply = await self._exchange(process, waiting.job)
            except DrawingChatError as error:
                self._fail(waiting, error)
            except MemoryError:  # the worker has returned it
                self._exhausted(waiting, _out_of("memory", waiting.job))
            except (OSError, EOFError, TimeoutError) as error:
                await self._end(process)
                self._exhausted(waiting, _death(error, process, waiting.job, self._name))
            except asyncio.CancelledError:
                waiting.reply.cancel()
                raise
            else:
                self._troubles.pop(waiting.job.file.path, None)
                _settle(waiting.reply, reply)
            finally:
                self._running -= 1

    def _fail(self, waiting: _Waiting, error: DrawingChatError) -> None:
        DECODE_FAILURES.labels(self._name, error.code).inc()
        _settle(waiting.reply, error)

    def _exhausted(self, waiting: _Waiting, error: DrawingChatError) -> None:
        """Record that a job used too much time or memory. A file that keeps doing so gets a worker
        for half the time at most, since a viewer requests dozens of its tiles."""
        path = waiting.job.file.path
        before = self._troubles.pop(path, None)
        failures = before.failures + 1 if before else 1
        self._troubles[path] = _Trouble(error, time.monotonic(), failures)
        self._fail(waiting, error)

    def _refusal(self, job: Job) -> DrawingChatError | None:
        """The error for all jobs of a file while it is delayed."""
        trouble = self._troubles.get(job.file.path)
        if trouble is None or trouble.failures < PATIENCE:
            return None
        waited = time.monotonic() - trouble.at
        return type(trouble.error)(str(trouble.error)) if waited < self._options.seconds else None

    async def _next_or_end(self, process: asyncio.subprocess.Process | None) -> _Waiting:
        """The next job; a process that stays idle for too long is stopped meanwhile."""
        try:
            async with asyncio.timeout(self._options.idle_seconds):
                return await self._next()
        except TimeoutError:
            if process is not None:
                await self._end(process)
            return await self._next()

    async def quiet(self) -> None:
        """Wait until no job is running or queued."""
        await self._idle.wait()

    async def _next(self) -> _Waiting:
        async with self._wake:
            while True:
                while self._waiting:
                    waiting = self._waiting.popleft()
                    if not waiting.reply.done():  # the caller may have gone
                        return waiting
                if self._running == 0:
                    self._idle.set()
                await self._wake.wait()

    async def _exchange(self, process: asyncio.subprocess.Process, job: Job) -> Reply:
        if process.stdin is None or process.stdout is None:
            raise EOFError
        seconds = self._options.seconds if job.seconds is None else job.seconds
        encoded = json.dumps({**to_json(job), "seconds": seconds}).encode()
        async with asyncio.timeout(seconds):
            process.stdin.write(FRAME.pack(len(encoded), 0) + encoded)
            await process.stdin.drain()
            head_bytes, payload_bytes = FRAME.unpack(await process.stdout.readexactly(FRAME.size))
            head = json.loads(await process.stdout.readexactly(head_bytes))
            payload = await process.stdout.readexactly(payload_bytes)
        if head.get("error") == "memory":
            logger.warning("Decoding (%s) failed: memory", job.kind)
            raise MemoryError
        if "error" in head:
            raise _error(head, job)
        return Reply(head["result"], payload)

    async def _replace(self, old: asyncio.subprocess.Process | None) -> asyncio.subprocess.Process:
        if old is not None:
            self._processes.discard(old)
        options = {
            "parent": os.getpid(),
            "nice": self._options.nice,
            "memory_bytes": self._options.memory_bytes,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "backend.drawings.workers.worker",
            json.dumps(options),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=PROJECT_ROOT,
            env=self._environment(),
            limit=4 * 1024 * 1024,
            start_new_session=True,  # Ctrl+C in the terminal is handled by the server
        )
        self._processes.add(process)
        WORKER_STARTS.labels(self._name).inc()
        return process

    def _environment(self) -> dict[str, str]:
        """The worker's whole environment: no secrets, no proxies, no home folder."""
        scratch = str(self._options.scratch)
        return {
            "LANG": "C.UTF-8",
            "HOME": scratch,
            "TMPDIR": scratch,
            "XDG_CACHE_HOME": scratch,
            "XDG_CONFIG_HOME": scratch,
            "VIPS_CONCURRENCY": "2",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "MALLOC_ARENA_MAX": "2",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        # Including its children: the process leads a group of its own.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()
        self._processes.discard(process)


def _settle(reply: asyncio.Future[Reply], outcome: Reply | DrawingChatError) -> None:
    if reply.done():  # cancelled meanwhile
        return
    if isinstance(outcome, Reply):
        reply.set_result(outcome)
    else:
        reply.set_exception(outcome)


def _error(head: dict[str, Any], job: Job) -> DrawingChatError:
    code, message = head["error"], head.get("message", "")
    if code in _BY_CODE:
        return _BY_CODE[code](message)
    # An error message of a format library may quote the drawing.
    logger.warning("Decoding (%s) failed: %s", job.kind, message.partition(":")[0] or code)
    if isinstance(job, IngestJob):
        return DamagedFile("The file is damaged and cannot be read. Export it again.")
    return RenderFailed("This part of the drawing could not be rendered.")


def _death(
    error: Exception, process: asyncio.subprocess.Process, job: Job, name: str
) -> DrawingChatError:
    code = process.returncode
    logger.warning("A %s worker ended on %s: %r, exit %s", name, job.kind, error, code)
    late = isinstance(error, TimeoutError) or code == -signal.SIGXCPU
    return _out_of("time" if late else "memory", job)


def _out_of(resource: str, job: Job) -> DrawingChatError:
    if isinstance(job, IngestJob):
        return TooComplex(
            f"Reading this file took more {resource} than allowed. Simplify it, split it or "
            "export it as PDF."
        )
    return RenderFailed(
        f"Rendering this took more {resource} than allowed. Request a smaller part."
    )
