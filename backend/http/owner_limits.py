"""How much one owner may have going on at once, so that nobody takes the server from the others.

Knows owners and kinds of calls; the line of questions has a bound of its own
(`chat/waiting_line.py`).
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

_WORDS: dict[Kind, str] = {
    "request": "Too many calls at once. Wait for some to end and try again.",
    "upload": "Too many uploads at once. Wait for one to end and try again.",
    "socket": "Too many connections. Close some and try again.",
}


class OwnerLimits:
    """Counts what runs, by owner."""

    def __init__(self, settings: Settings) -> None:
        self._most: dict[Kind, int] = {
            "request": settings.max_requests_per_owner,
            "upload": settings.max_uploads_per_owner,
            "socket": settings.max_sockets_per_owner,
        }
        self._running: Counter[tuple[Kind, str]] = Counter()

    @contextmanager
    def hold(self, kind: Kind, owner: str) -> Iterator[None]:
        """Count one more while the block runs. Raises `Busy` where it would be too many."""
        key = (kind, owner)
        if self._running[key] >= self._most[kind]:
            REFUSED.labels(kind).inc()
            raise Busy(_WORDS[kind], retry_after_s=2)
        self._running[key] += 1
        CALLS.labels(kind).inc()
        try:
            yield
        finally:
            CALLS.labels(kind).dec()
            self._running[key] -= 1
            if not self._running[key]:
                del self._running[key]
