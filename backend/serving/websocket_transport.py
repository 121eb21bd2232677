"""uvicorn's WebSocket protocol with one more habit: a peer that reads nothing is cut off.

A closed transport waits for its buffer to drain, for ever where the peer does not read; the
connection would then hold memory and hold up the server's end. Knows no application.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

#: A little longer than the application's own limit, which comes first.
STUCK_SECONDS = 12.0


class DroppingProtocol(WebSocketsSansIOProtocol):
    """Aborts a transport whose buffer stays full."""

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

    def _calm(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def _abort(self) -> None:
        self.transport.abort()
