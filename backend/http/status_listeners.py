"""Listeners of the model's status for the command line: ready for the first time, lost for good."""

from __future__ import annotations

from collections.abc import Callable

from backend.model.service import ModelStatus

#: States that end a restart without a loss: the engine runs, or was stopped or started on request.
_NOT_LOST = {"ready", "stopped", "loading", "downloading", "asleep"}


class FirstReady:
    """Calls `on_ready` once, when the model is ready for the first time."""

    def __init__(self, on_ready: Callable[[], None]) -> None:
        self._on_ready: Callable[[], None] | None = on_ready

    def __call__(self, status: ModelStatus) -> None:
        """Handle a new status."""
        if status.state == "ready" and self._on_ready is not None:
            on_ready, self._on_ready = self._on_ready, None
            on_ready()


class EngineLoss:
    """Calls `on_loss` when a running engine could not be restarted.

    A failed first start does not count. A server without its engine is of no use, and a process
    supervisor may restart it.
    """

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
