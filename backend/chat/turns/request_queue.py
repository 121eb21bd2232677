"""The line of questions before the engine: bounded, fair between owners, closed until ready.

Knows owners and places, nothing else.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backend.errors import Busy, DrawingChatError

_Ticket = asyncio.Future[None]


class WaitingLine:
    """Lets `places` holders in at once; whoever waits is taken in turn by owner.

    One owner's flood thus delays only that owner: one of eight places is never theirs. At most
    `longest` wait, of one owner at most half of that.
    """

    def __init__(self, places: int, longest: int) -> None:
        self._free = places
        self._share = places - places // 8
        self._held: Counter[str] = Counter()
        self._longest = longest
        self._open = False
        self._refusal: DrawingChatError | None = None
        self._waiting: dict[str, deque[_Ticket]] = {}

    def __len__(self) -> int:
        return sum(len(tickets) for tickets in self._waiting.values())

    def held(self) -> int:
        """How many hold a place."""
        return sum(self._held.values())

    def position(self) -> int:
        """How many would be ahead of a newcomer; 0 where it would go straight in."""
        return 0 if self._open and self._free else len(self)

    def check(self, owner: str) -> None:
        """Raise `Busy` where the line is too long for another of `owner`."""
        own = len(self._waiting.get(owner, ()))
        if len(self) >= self._longest or own >= max(1, self._longest // 2):
            raise Busy(
                "Too many questions are waiting. Try again in a few seconds.", retry_after_s=5
            )

    @asynccontextmanager
    async def place(self, owner: str) -> AsyncIterator[None]:
        """Wait for a place and hold it. Raises what `refuse` was given, now or while waiting."""
        if self._refusal is not None:
            raise self._refusal
        ticket = self._queue(owner)
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
        """The engine answers: let people in."""
        self._open, self._refusal = True, None
        self._admit()

    def shut(self) -> None:
        """The engine does not answer for now: people wait."""
        self._open, self._refusal = False, None

    def refuse(self, error: DrawingChatError) -> None:
        """The engine will not answer: send all away with `error`, until `open` or `shut`."""
        self._open, self._refusal = False, error
        for tickets in self._waiting.values():
            for ticket in tickets:
                ticket.set_exception(error)
        self._waiting.clear()

    def _queue(self, owner: str) -> _Ticket:
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
                self._waiting[owner] = tickets  # to the back: others come first
            if not ticket.done():  # cancelled, about to leave
                self._free -= 1
                self._held[owner] += 1
                ticket.set_result(None)

    def _next(self) -> str | None:
        """The owner whose turn it is and who has not their share inside already."""
        return next((owner for owner in self._waiting if self._held[owner] < self._share), None)
