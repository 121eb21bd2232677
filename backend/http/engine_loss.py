"""Detects that a running engine could not be restarted. A failed first start does not count.

A server without its engine is of no use; a process supervisor may restart it.
"""

from __future__ import annotations

from collections.abc import Callable

from backend.model.service import ModelStatus

#: States that end a restart without a loss: the engine runs, or was stopped or started on request.
_NOT_LOST = {"ready", "stopped", "loading", "downloading", "asleep"}


class EngineLoss:
    """A listener of the model's status; calls `on_loss` when a restart has failed."""

    def __init__(self, on_loss: Callable[[], None]) -> None:
        self._on_loss = on_loss
        self._restarting = False

    def __call__(self, status: ModelStatus) -> None:
        """Handle a new status."""
        if status.state == "restarting":
            self._restarting = True
        elif status.state in _NOT_LOST:
            self._restarting = False
        elif status.state == "failed" and self._restarting:
            self._on_loss()
