"""Tells when an engine that ran is lost for good; a start that fails is another matter.

Knows states only. A server without its engine helps nobody who asks; a supervisor that starts it
anew may.
"""

from __future__ import annotations

from collections.abc import Callable

from backend.model.service import ModelStatus

#: States in which nothing is lost: it runs, or it is being started by somebody's wish.
_NOT_LOST = {"ready", "stopped", "loading", "downloading", "asleep"}


class EngineLoss:
    """A listener of the model's state; calls `end` when a restart has failed."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end
        self._restarting = False

    def __call__(self, status: ModelStatus) -> None:
        """The state has changed."""
        if status.state == "restarting":
            self._restarting = True
        elif status.state in _NOT_LOST:
            self._restarting = False
        elif status.state == "failed" and self._restarting:
            self._end()
