"""Decides when a dead engine is restarted: after a growing pause, and up to a limit.

Pure arithmetic on times that the caller passes.
"""

from __future__ import annotations

WINDOW_S = 600.0
LONGEST_PAUSE_S = 30.0


class RestartPolicy:
    """Counts deaths; `limit` restarts are allowed within `WINDOW_S` seconds."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._deaths: list[float] = []

    def pause_before_next(self, now: float) -> float | None:
        """Record a death at `now` (seconds); returns the pause in seconds, or None to give up.

        The first restart is immediate, the next ones wait 1, 2, 4 … seconds.
        """
        self._deaths = [death for death in self._deaths if now - death < WINDOW_S]
        self._deaths.append(now)
        restarts = len(self._deaths)
        if restarts > self._limit:
            return None
        return 0.0 if restarts == 1 else min(LONGEST_PAUSE_S, 2.0 ** (restarts - 2))
