"""The event log: one task that stores the new frames of all turns in one commit, then shows them.

Watchers see a frame only once it is stored. Text waits up to `interval_s`, so that many small
deltas become one frame; urgent frames are stored at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from backend.chat.turns.turn import Turn
from backend.errors import DrawingChatError, StorageBusy, StorageFull, internal_error
from backend.storage.turn_rows import TurnEvents
from backend.storage.turns import TurnStore

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 0.05
#: Each attempt waits as long as `Database.write` does.
ATTEMPTS = 3
#: Pause between attempts to store the end of a turn whose events could not be stored.
RETRY_SECONDS = 5.0


class EventLog:
    """Group commit for all turns.

    `on_lost(turn)`: its events could not be stored and it has ended with an error; end its job.
    `on_end(turn)`: its last event is stored (or never will be); it can leave the memory.
    """

    def __init__(
        self,
        store: TurnStore,
        *,
        on_lost: Callable[[Turn], None],
        on_end: Callable[[Turn], None],
        interval_s: float = INTERVAL_SECONDS,
        retry_s: float = RETRY_SECONDS,
    ) -> None:
        self._store = store
        self._on_lost = on_lost
        self._on_end = on_end
        self._interval_s = interval_s
        self._retry_s = retry_s
        self._dirty: dict[str, Turn] = {}
        #: Ends that are published but not stored yet.
        self._lost: list[tuple[Turn, TurnEvents]] = []
        self._work = asyncio.Event()
        self._urgent = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._run(), name="event-log")

    def changed(self, turn: Turn, urgent: bool) -> None:
        """Store the new frames of `turn` soon, or now if urgent."""
        self._dirty[turn.id] = turn
        self._work.set()
        if urgent:
            self._urgent.set()

    async def close(self) -> None:
        """Store and show the remaining frames, then end."""
        self._closing = True
        self._work.set()
        self._urgent.set()
        await self._task

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        last_flush = retry_at = loop.time()
        while self._dirty or not self._closing:
            await self._wait(last_flush + self._interval_s)
            await self._flush()
            last_flush = loop.time()
            if self._lost and last_flush >= retry_at:
                await self._store_lost()
                retry_at = loop.time() + self._retry_s
        await self._store_lost()

    async def _wait(self, not_before: float) -> None:
        """Wait for something urgent, or for anything new and `not_before`."""
        try:
            async with asyncio.timeout(self._retry_s if self._lost else None):
                await self._work.wait()
            async with asyncio.timeout_at(not_before):
                await self._urgent.wait()
        except TimeoutError:
            return

    async def _flush(self) -> None:
        self._work.clear()
        self._urgent.clear()
        turns = list(self._dirty.values())
        self._dirty.clear()
        if not turns:
            return
        try:
            await self._save([turn.take() for turn in turns])
        except Exception:
            logger.exception("Events could not be stored together; storing each turn alone")
            for turn in turns:
                await self._save_alone(turn)
        else:
            for turn in turns:
                self._show(turn)

    async def _save(self, batch: list[TurnEvents]) -> None:
        for _ in range(ATTEMPTS - 1):
            try:
                return await self._store.save(batch)
            except StorageBusy:
                continue
        await self._store.save(batch)

    async def _save_alone(self, turn: Turn) -> None:
        """Store one turn's events, so that its failure does not end the others."""
        try:
            await self._store.save([turn.take()])
        except Exception as error:
            logger.exception("The events of turn %s could not be stored", turn.id)
            turn.discard(error if isinstance(error, DrawingChatError) else internal_error())
            self._lost.append((turn, turn.take()))
            self._dirty.pop(turn.id, None)
            turn.publish()  # the watchers learn of the error in any case
            self._on_lost(turn)
        else:
            self._show(turn)

    def _show(self, turn: Turn) -> None:
        turn.publish()
        if turn.finished:
            self._on_end(turn)

    async def _store_lost(self) -> None:
        for entry in list(self._lost):
            turn, events = entry
            try:
                await self._store.save([events])
            except (StorageBusy, StorageFull) as error:
                logger.warning("The end of turn %s is still not stored: %s", turn.id, error)
                continue
            except Exception:
                logger.exception("The end of turn %s will not be stored", turn.id)
            self._lost.remove(entry)
            self._on_end(turn)
