"""Measures a streamed answer while many DXF files are uploaded at once.

The real server with the real engine and a checkpoint that never stops generating; a client reads
one answer throughout. Three phases are compared: no other load; the uploads; and programs outside
the server that use as much CPU time, at the same priority, as the upload workers did. Used by
`benchmarks.drawings`.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import psutil

from backend.drawings.workers.decode_pools import INGEST_NICE
from tests.endless import write_endless_checkpoint
from tests.server_process import ServerProcess
from tests.talk import talk

#: Duration of the phases without load and with external load, in seconds.
SECONDS = 20.0
#: Length of one load burst plus the pause after it.
PERIOD = 0.02


class Stream(threading.Thread):
    """Reads answers one after another and records the seconds between their deltas."""

    def __init__(self, url: str, tokens: int) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._tokens = tokens
        self._ends = threading.Event()
        self._gaps: list[float] = []

    def run(self) -> None:
        """Read until `end`; the pause between two answers does not count as a gap."""
        with talk(self._url) as client:
            while not self._ends.is_set():
                client.ask("Tell me everything.", options={"max_tokens": self._tokens})
                last = 0.0
                while (frame := client.receive(300))["type"] not in ("done", "error"):
                    if frame["type"] == "delta":
                        now = time.perf_counter()
                        if last:
                            self._gaps.append(now - last)
                        last = now
                    if self._ends.is_set():
                        return

    def take(self) -> list[float]:
        """The gaps since the last call."""
        taken, self._gaps = self._gaps, []
        return taken

    def end(self) -> None:
        """Stop reading; the socket closes."""
        self._ends.set()
        self.join(30)


def storm(files: Sequence[bytes], report: Callable[[str], object] = print) -> list[list[str]]:
    """Rows of measurement, result and target."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = write_endless_checkpoint(folder / "checkpoint")
        server = ServerProcess(folder / "data", model=model, max_model_len=16384)
        server.start().wait_ready()
        stream = Stream(server.url, 8192)
        try:
            stream.start()
            while len(stream.take()) < 10:
                time.sleep(0.5)
            time.sleep(SECONDS)
            alone = stream.take()
            report(f"alone: {_gaps(alone)}")
            busy_before, began = _worker_seconds(server.pid), time.perf_counter()
            answered = asyncio.run(_upload(server.url, files))
            seconds = time.perf_counter() - began
            cores = (_worker_seconds(server.pid) - busy_before) / seconds
            uploading = stream.take()
            report(f"uploading, {cores:.2f} cores of workers: {_gaps(uploading)}")
            beside = _beside(cores, stream)
        finally:
            stream.end()
            server.stop()
    count = len(files)
    return [
        [f"{count} DXF of 20,000 entities at once: accepted", f"{answered} in {seconds:.0f} s",
         "all"],
        ["… a concurrently streamed answer, gaps p50 / p99 / max", _gaps(uploading), "flows"],
        [f"… the same with {cores:.1f} cores of load outside the server", _gaps(beside),
         "to compare"],
        ["… the same without other load", _gaps(alone), "to compare"],
    ]  # fmt: skip


async def _upload(url: str, files: Sequence[bytes]) -> int:
    """Upload all at once; returns how many were accepted."""
    limits = httpx.Limits(max_connections=len(files))
    async with httpx.AsyncClient(base_url=url, timeout=3600, limits=limits) as client:
        answers = await asyncio.gather(
            *(
                client.post("/api/drawings", files={"file": (f"{n}.dxf", data)})
                for n, data in enumerate(files)
            )
        )
    return sum(answer.status_code == 201 for answer in answers)


def _worker_seconds(server: int) -> float:
    """CPU time of the server's decode workers so far."""
    total = 0.0
    for child in psutil.Process(server).children():
        try:
            if "backend.drawings.workers.worker" in child.cmdline():
                times = child.cpu_times()
                total += times.user + times.system
        except psutil.Error:
            continue
    return total


def _beside(cores: float, stream: Stream) -> list[float]:
    """The stream's gaps while other programs keep this many cores busy."""
    programs = max(1, round(cores + 0.49))
    share = min(1.0, cores / programs)
    burners = [
        multiprocessing.get_context("spawn").Process(target=_burn, args=(share,), daemon=True)
        for _ in range(programs)
    ]
    for burner in burners:
        burner.start()
    time.sleep(2)
    stream.take()
    time.sleep(SECONDS)
    gaps = stream.take()
    for burner in burners:
        burner.kill()
    return gaps


def _burn(share: float) -> None:
    os.nice(INGEST_NICE)
    while True:
        until = time.process_time() + share * PERIOD
        while time.process_time() < until:
            sum(range(1000))
        time.sleep((1 - share) * PERIOD)


def _gaps(gaps: list[float]) -> str:
    ordered = sorted(gaps)
    if not ordered:
        return "none"
    worst = ordered[int(len(ordered) * 0.99)]
    values = (statistics.median(ordered), worst, ordered[-1])
    return " / ".join(f"{value * 1000:.0f}" for value in values) + " ms"
