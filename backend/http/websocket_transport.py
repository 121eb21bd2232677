"""uvicorn's WebSocket protocol with more habits: a peer that reads nothing is cut off, and so is
one that floods with frames that say nothing.

A closed transport waits for its buffer to drain, for ever where the peer does not read; the
connection would then hold memory and hold up the server's end. Knows no application.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode

from backend.http.chunks import InPieces

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent
    from websockets.frames import Frame

#: A little longer than the application's own limit, which comes first.
STUCK_SECONDS = 12.0
#: Pings, pongs and continued fragments of one peer in a second; clients send one in twenty.
MAX_EMPTY_FRAMES = 500


class DroppingProtocol(InPieces, WebSocketsSansIOProtocol):
    """Aborts a transport whose buffer stays full."""

    PIECE = 2048

    _empty_frames = 0
    _second = 0
    _stuck: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """The buffer is full: the peer has this long to read."""
        super().pause_writing()
        self._stuck = self.loop.call_later(STUCK_SECONDS, self._abort)

    def resume_writing(self) -> None:
        """The peer reads again."""
        self._calm()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended in another way."""
        self._calm()
        super().connection_lost(exc)

    def reads_on(self) -> bool:
        """False while a message waits for the application."""
        return not self.read_paused

    async def receive(self) -> ASGIReceiveEvent:
        """The next event; reading goes on only after what has come already."""
        event = await super().receive()
        if self._rest:
            self._hold()
        return event

    def handle_ping(self) -> None:
        """Answer it, within reason."""
        if self._within_reason():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        """Take note of it, within reason."""
        if self._within_reason():
            super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        """Take the next fragment, within reason."""
        if self._within_reason():
            super().handle_cont(event)

    def _within_reason(self) -> bool:
        """Count one frame without a message; False once they are too many: it is over then."""
        if self.transport.is_closing():
            return False
        second = int(self.loop.time())
        if second != self._second:
            self._second, self._empty_frames = second, 0
        self._empty_frames += 1
        if self._empty_frames <= MAX_EMPTY_FRAMES:
            return True
        self.conn.fail(CloseCode.POLICY_VIOLATION, "too many frames")
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.close()
        return False

    def _calm(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def _abort(self) -> None:
        self.transport.abort()
