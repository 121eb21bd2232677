"""Limits on the concurrent requests, uploads and sockets of one owner.

The queue of questions has its own limit (`chat/turns/request_queue.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from backend.config.settings import Settings
from backend.errors import Busy
from backend.metrics import CALLS, REFUSED

Kind = Literal["request", "upload", "socket"]

_MESSAGES: dict[Kind, str] = {
    "request": "Too many requests at once. Wait for some to finish and try again.",
    "upload": "Too many uploads at once. Wait for one to finish and try again.",
    "socket": "Too many connections. Close some and try again.",
}


class OwnerLimits:
    """Counts running calls by owner."""

    def __init__(self, settings: Settings) -> None:
        self._limits: dict[Kind, int] = {
            "request": settings.max_requests_per_owner,
            "upload": settings.max_uploads_per_owner,
            "socket": settings.max_sockets_per_owner,
        }
        self._running: Counter[tuple[Kind, str]] = Counter()

    @contextmanager
    def hold(self, kind: Kind, owner: str) -> Iterator[None]:
        """Count one call for the duration of the block. Raises `Busy` above the limit."""
        key = (kind, owner)
        if self._running[key] >= self._limits[kind]:
            REFUSED.labels(kind).inc()
            raise Busy(_MESSAGES[kind], retry_after_s=2)
        self._running[key] += 1
        CALLS.labels(kind).inc()
        try:
            yield
        finally:
            CALLS.labels(kind).dec()
            self._running[key] -= 1
            if not self._running[key]:
                del self._running[key]
