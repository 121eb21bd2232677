"""Sends states to a client that may be slow: only the latest state of each key, one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class LatestStates(Generic[K, V]):
    """Passes the latest states to `send`, in a task of `tasks`, whenever it is not sending."""

    def __init__(
        self, tasks: asyncio.TaskGroup, send: Callable[[dict[K, V]], Awaitable[None]]
    ) -> None:
        self._tasks = tasks
        self._send = send
        self._states: dict[K, V] = {}
        self._task: asyncio.Task[None] | None = None

    def put(self, key: K, state: V) -> None:
        """Send this state, unless a newer one of the same key comes first."""
        self._states[key] = state
        if self._task is None or self._task.done():
            self._task = self._tasks.create_task(self._run())

    async def _run(self) -> None:
        while self._states:
            states, self._states = self._states, {}
            await self._send(states)
