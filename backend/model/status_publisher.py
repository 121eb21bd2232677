"""Holds the model's status and publishes each change to its subscribers.

All methods are called on the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from backend.concurrency.signal import Signal
from backend.model.service import DemoKind, ModelStatus, Progress, State


class StatusPublisher:
    """The current `ModelStatus`, as `/api/model` reports it."""

    def __init__(self, model: str, *, leaves_machine: bool = False) -> None:
        self.status = ModelStatus("stopped", model, leaves_machine=leaves_machine)
        #: True while one model replaces another: a stopped or failed engine is then not final and
        #: is published as `loading`.
        self.switching = False
        #: Why the last start failed, even if `switching` kept it from being published.
        self.problem: str | None = None
        self._changed = Signal[ModelStatus]()

    def subscribe(self, listener: Callable[[ModelStatus], None]) -> Callable[[], None]:
        """Call `listener` at each change; returns a function that ends the subscription."""
        return self._changed.subscribe(listener)

    def show(
        self, state: State, *, progress: Progress | None = None, error: str | None = None
    ) -> None:
        """Publish a new state, progress or error."""
        if state == "failed":
            self.problem = error
        if self.switching and state in ("failed", "stopped"):
            state, error = "loading", None
        self._set(replace(self.status, state=state, progress=progress, error=error))

    def show_download(self, *, progress: Progress | None = None, error: str | None = None) -> None:
        """Publish the download of another model beside the state of this one.

        Ignored while this model loads, so that its own progress stays visible. If it has failed,
        its error stays until `error` replaces it.
        """
        if self.status.state in ("ready", "asleep", "failed"):
            if self.status.state == "failed" and error is None:
                error = self.status.error
            self._set(replace(self.status, progress=progress, error=error))

    def describe(
        self, *, limits: Mapping[str, int], demo: DemoKind | None, tools: bool = False
    ) -> None:
        """Set what is known about the model; published with the next state."""
        self.status = replace(self.status, limits=dict(limits), demo=demo, tools=tools)

    def rename(self, model: str, plan: Mapping[str, Any] | None) -> None:
        """Replace the model by one of unknown limits; published with the next state."""
        self.status = replace(self.status, model=model, plan=plan, limits={})

    def _set(self, status: ModelStatus) -> None:
        if status != self.status:
            self.status = status
            self._changed.emit(status)
