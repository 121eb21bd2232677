"""Measures the progress of a download, and cancels it."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from threading import Event
from typing import IO

from backend.model.service import Progress

#: Seconds over which the speed is measured.
SPEED_SECONDS = 15.0
#: Seconds between two reports.
REPORT_SECONDS = 0.5

Report = Callable[[Progress], None]


class Cancelled(Exception):
    """The download was cancelled; downloaded bytes are kept."""


class Meter:
    """Counts bytes, and reports them with the remaining time a few times a second."""

    def __init__(self, total: int, done: int, report: Report, cancelled: Event) -> None:
        self._total, self._done = total, done
        self._on_report, self._cancelled = report, cancelled
        self._marks: deque[tuple[float, int]] = deque([(time.monotonic(), done)])
        self.report()

    def add(self, count: int) -> None:
        """Count more bytes, or fewer if a file is restarted."""
        self._done += count
        self.check()
        if time.monotonic() - self._marks[-1][0] >= REPORT_SECONDS:
            self.report()

    def set(self, done: int) -> None:
        """Set the count to the bytes on disk, while another program downloads."""
        self.add(done - self._done)

    def check(self) -> None:
        """Raises `Cancelled` if the download was cancelled."""
        if self._cancelled.is_set():
            raise Cancelled

    def report(self, *, last: bool = False) -> None:
        """Report the progress now; `last` reports it as complete."""
        self._marks.append((time.monotonic(), self._done))
        while self._marks[-1][0] - self._marks[0][0] > SPEED_SECONDS and len(self._marks) > 2:
            self._marks.popleft()
        if last:
            self._done = self._total
        left = None
        if self._done >= self._total:
            left = 0.0
        elif (speed := self.speed()) > 0:
            left = round((self._total - self._done) / speed, 1)
        self._on_report(Progress("downloading", self._done, self._total, "bytes", left))

    def speed(self) -> float:
        """Bytes per second over the last `SPEED_SECONDS`."""
        (begin, first), (end, last) = self._marks[0], self._marks[-1]
        return max(0.0, (last - first) / (end - begin)) if end > begin else 0.0


class MeteredFile:
    """A file that counts what is written; has the methods that the hub's client uses."""

    def __init__(self, stream: IO[bytes], meter: Meter) -> None:
        self._stream, self._meter = stream, meter

    def write(self, data: bytes) -> int:
        """Write and count bytes."""
        written = self._stream.write(data)
        self._meter.add(written)
        return written

    def tell(self) -> int:
        """The current position."""
        return self._stream.tell()

    def seek(self, position: int) -> int:
        """Go to a position."""
        return self._stream.seek(position)

    def truncate(self) -> int:
        """Cut the file at the current position, and no longer count what was cut."""
        before = os.fstat(self._stream.fileno()).st_size
        size = self._stream.truncate()
        self._meter.add(size - before)
        return size


def gigabytes(size: float) -> str:
    """Bytes in decimal units, as the hub shows them."""
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.1f} MB"
