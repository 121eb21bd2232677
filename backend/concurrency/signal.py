"""A list of listeners that are called, in order, whenever something happens."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, TypeVarTuple

log = logging.getLogger(__name__)

Args = TypeVarTuple("Args")


class Signal(Generic[*Args]):
    """`Signal[str, int]` calls its listeners with a `str` and an `int`.

    Not thread-safe: subscribe and emit on the event loop.
    """

    def __init__(self) -> None:
        self._listeners: dict[object, Callable[[*Args], object]] = {}

    def subscribe(self, listener: Callable[[*Args], object]) -> Callable[[], None]:
        """Call `listener` on each `emit`. Returns a function that ends the subscription and may
        be called more than once."""
        subscription = object()
        self._listeners[subscription] = listener

        def unsubscribe() -> None:
            self._listeners.pop(subscription, None)

        return unsubscribe

    def emit(self, *args: *Args) -> None:
        """Call the listeners in the order of their subscriptions.

        A listener that raises is logged and skipped: its bug must not stop the emitter or the
        other listeners.
        """
        for subscription, listener in list(self._listeners.items()):
            if subscription not in self._listeners:  # an earlier listener ended it
                continue
            try:
                listener(*args)
            except Exception:
                log.exception("A listener failed")
