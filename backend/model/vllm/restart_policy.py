"""When a dead engine may be built again: a pause that grows, and a limit in ten minutes.

Pure arithmetic on times that the caller gives; knows no engine and no clock.
"""

from __future__ import annotations

WINDOW_S = 600.0
LONGEST_PAUSE_S = 30.0


class RestartPolicy:
    """Counts deaths and says how long to wait before the next try, or that it is enough."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._deaths: list[float] = []

    def pause_before_next(self, now: float) -> float | None:
        """Note a death at `now` (seconds); returns the pause in seconds, None to give up.

        The first try comes at once, the next after 1, 2, 4 … seconds.
        """
        self._deaths = [death for death in self._deaths if now - death < WINDOW_S]
        self._deaths.append(now)
        tries = len(self._deaths)
        if tries > self._limit:
            return None
        return 0.0 if tries == 1 else min(LONGEST_PAUSE_S, 2.0 ** (tries - 2))
