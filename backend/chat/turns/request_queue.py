"""The queue of requests before the engine: bounded, fair between owners, closed until ready."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backend.errors import Busy, DrawingChatError

_Ticket = asyncio.Future[None]


class RequestQueue:
    """Admits `slots` requests at once and queues the rest, taking owners in turn.

    One owner's flood thus delays only that owner, who gets at most seven of eight slots. At most
    `max_waiting` requests wait, half of them from one owner.
    """

    def __init__(self, slots: int, max_waiting: int) -> None:
        self._free = slots
        self._share = slots - slots // 8
        self._held: Counter[str] = Counter()
        self._max_waiting = max_waiting
        self._open = False
        self._refusal: DrawingChatError | None = None
        self._waiting: dict[str, deque[_Ticket]] = {}

    def __len__(self) -> int:
        """The number of waiting requests."""
        return sum(len(tickets) for tickets in self._waiting.values())

    def held(self) -> int:
        """The number of slots in use."""
        return sum(self._held.values())

    def position(self) -> int:
        """The number of requests ahead of a new one; 0 if it would be admitted at once."""
        return 0 if self._open and self._free else len(self)

    def check(self, owner: str) -> None:
        """Raise `Busy` if the queue has no room for another request of `owner`."""
        own = len(self._waiting.get(owner, ()))
        if len(self) >= self._max_waiting or own >= max(1, self._max_waiting // 2):
            raise Busy(
                "Too many questions are waiting. Try again in a few seconds.", retry_after_s=5
            )

    @asynccontextmanager
    async def slot(self, owner: str) -> AsyncIterator[None]:
        """Wait for a slot and hold it. Raises the error given to `refuse`, now or while waiting."""
        if self._refusal is not None:
            raise self._refusal
        ticket = self._enqueue(owner)
        try:
            await ticket
        except asyncio.CancelledError:
            self._leave(owner, ticket)
            raise
        try:
            yield
        finally:
            self._release(owner)

    def open(self) -> None:
        """The engine answers: admit requests."""
        self._open, self._refusal = True, None
        self._admit()

    def pause(self) -> None:
        """The engine cannot answer for now: let requests wait."""
        self._open, self._refusal = False, None

    def refuse(self, error: DrawingChatError) -> None:
        """The engine will not answer: refuse every request, until `open` or `pause`."""
        self._open, self._refusal = False, error
        for tickets in self._waiting.values():
            for ticket in tickets:
                ticket.set_exception(error)
        self._waiting.clear()

    def _enqueue(self, owner: str) -> _Ticket:
        ticket: _Ticket = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(owner, deque()).append(ticket)
        self._admit()
        return ticket

    def _leave(self, owner: str, ticket: _Ticket) -> None:
        if ticket.done() and not ticket.cancelled():  # admitted in the same moment
            if ticket.exception() is None:
                self._release(owner)
        elif ticket in (tickets := self._waiting.get(owner, deque())):
            tickets.remove(ticket)
            if not tickets:
                del self._waiting[owner]

    def _release(self, owner: str) -> None:
        self._free += 1
        self._held[owner] -= 1
        if not self._held[owner]:
            del self._held[owner]
        self._admit()

    def _admit(self) -> None:
        while self._open and self._free and (owner := self._next()) is not None:
            tickets = self._waiting.pop(owner)
            ticket = tickets.popleft()
            if tickets:
                self._waiting[owner] = tickets  # to the back: other owners come first
            if not ticket.done():  # cancelled, about to leave
                self._free -= 1
                self._held[owner] += 1
                ticket.set_result(None)

    def _next(self) -> str | None:
        """The owner to serve next, among those that hold less than their share."""
        return next((owner for owner in self._waiting if self._held[owner] < self._share), None)
