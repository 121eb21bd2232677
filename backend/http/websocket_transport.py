"""uvicorn's WebSocket protocol, hardened against clients that stop reading or flood with frames.

A closed transport waits for its buffer to drain, for ever if the client does not read; the
connection would keep its memory and delay the server's shutdown.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode

from backend.http.chunks import ChunkedReads

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveEvent
    from websockets.frames import Frame

#: A little longer than the application's own timeout, which fires first.
STUCK_SECONDS = 12.0
#: Pings, pongs and continuation frames of one client per second; normal is one in 20 seconds.
MAX_EMPTY_FRAMES = 500


class HardenedWebSocketProtocol(ChunkedReads, WebSocketsSansIOProtocol):
    """Aborts a connection whose buffer stays full or that sends too many empty frames."""

    CHUNK_BYTES = 2048

    _empty_frames = 0
    _second = 0
    _stuck: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """The buffer is full: start the timeout for the client to read."""
        super().pause_writing()
        self._stuck = self.loop.call_later(STUCK_SECONDS, self._abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        self._cancel_timeout()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timeout."""
        self._cancel_timeout()
        super().connection_lost(exc)

    def wants_data(self) -> bool:
        """False while a message waits for the application."""
        return not self.read_paused

    async def receive(self) -> ASGIReceiveEvent:
        """The next event; reading resumes after the data received so far."""
        event = await super().receive()
        if self._rest:
            self._pause()
        return event

    def handle_ping(self) -> None:
        """Answer it, within the limit."""
        if self._count_empty_frame():
            super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        """Note it, within the limit."""
        if self._count_empty_frame():
            super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        """Append the fragment, within the limit."""
        if self._count_empty_frame():
            super().handle_cont(event)

    def _count_empty_frame(self) -> bool:
        """Count a frame without a message; False above the limit, when the connection is closed."""
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

    def _cancel_timeout(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def _abort(self) -> None:
        self.transport.abort()
