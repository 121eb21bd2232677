"""A mixin for uvicorn's protocols: what one peer sends at once is worked off in pieces.

The event loop reads up to 256 KiB at a time. That is 40,000 tiny frames or chunks: seconds in which
nobody else has a turn and the engine seems to hang. Knows bytes; not what they mean.
"""

from __future__ import annotations

import asyncio


class InPieces(asyncio.Protocol):
    """Stands before a protocol class and hands its data on, everybody else's turn in between."""

    #: Bytes that are handed on at once.
    PIECE = 4096

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _rest = b""
    _is_due = False

    def data_received(self, data: bytes) -> None:
        """A piece of it now, the rest in the loop's next turns."""
        self._rest += data
        if self._is_due:  # somebody has let the transport read on
            self._hold()
        else:
            self._take()

    def connection_lost(self, exc: Exception | None) -> None:
        """The rest is nobody's any more."""
        self._rest = b""
        super().connection_lost(exc)

    def take_piece(self, piece: bytes) -> None:
        """The protocol's own handling of what came."""
        super().data_received(piece)

    def takes_all(self) -> bool:
        """True while what comes is no more work in one piece."""
        return False

    def reads_on(self) -> bool:
        """False while the protocol itself wants nothing to be read."""
        return True

    def _take(self) -> None:
        self._is_due = False
        if self.transport.is_closing():
            self._rest = b""
            return
        size = len(self._rest) if self.takes_all() else self.PIECE
        piece, self._rest = self._rest[:size], self._rest[size:]
        self.take_piece(piece)
        if self._rest:
            self._is_due = True
            self._hold()
            self.loop.call_soon(self._take)
        elif self.reads_on() and not self.transport.is_closing():
            self.transport.resume_reading()

    def _hold(self) -> None:
        """Read nothing more before the rest is worked off."""
        if not self.transport.is_closing():
            self.transport.pause_reading()
