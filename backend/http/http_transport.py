"""uvicorn's HTTP protocol with timeouts: stalled requests are closed.

uvicorn itself waits for ever for the rest of a request, and for a client to read a response.
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from backend.http.chunks import ChunkedReads

#: Timeout for the whole head of a request, even if some bytes keep arriving.
HEAD_SECONDS = 10.0
#: Timeout for the next byte of the body, and the allowed delay behind the slowest rate.
BODY_SECONDS = 15.0
#: The slowest acceptable upload, in bytes a second over the whole body.
SLOWEST_RATE = 1024
#: Timeout for the client to read from a full response buffer.
READ_SECONDS = 30.0


class TimeoutHTTPProtocol(ChunkedReads, H11Protocol):
    """Closes a connection whose head or body stalls, or whose client stops reading."""

    _timer: asyncio.TimerHandle | None = None
    _timing_head = False
    _stuck: asyncio.TimerHandle | None = None
    #: The time since a body is awaited (None: not now), and its bytes received so far.
    _body_since: float | None = None
    _body_bytes = 0
    #: The application paused reading; that time does not count against the client.
    _was_paused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timeout for the head."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Count the bytes."""
        self._body_bytes += len(data)
        super().data_received(data)

    def process_chunk(self, chunk: bytes) -> None:
        """Process the chunk and set the next timeout; after an upgrade it is the WebSocket's."""
        protocol = self.transport.get_protocol()
        if protocol is not self:
            protocol.data_received(chunk)  # type: ignore[attr-defined]
            return
        super().process_chunk(chunk)
        self._set_timeout()

    def accepts_all(self) -> bool:
        """True for a body with a Content-Length, and after an upgrade."""
        if self.transport.get_protocol() is not self:
            return True
        in_body = self.conn.their_state is h11.SEND_BODY
        return in_body and all(name != b"transfer-encoding" for name, _ in self.headers)

    def wants_data(self) -> bool:
        """False while uvicorn has paused reading, and after an upgrade."""
        return not self.flow.read_paused and self.transport.get_protocol() is self

    def on_response_complete(self) -> None:
        """Set the timeout for the next request, which may have arrived already."""
        super().on_response_complete()
        self._set_timeout()

    def pause_writing(self) -> None:
        """The buffer is full: start the timeout for the client to read."""
        super().pause_writing()
        self._stuck = self.loop.call_later(READ_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The client reads again."""
        self._cancel_stuck()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timeouts."""
        self._cancel_timeout()
        self._cancel_stuck()
        super().connection_lost(exc)

    def _set_timeout(self) -> None:
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            self._cancel_timeout()  # closed, or upgraded to a WebSocket
        elif self.conn.their_state is h11.SEND_BODY:
            self._await_body()
        elif self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            if not self._timing_head:
                self._await_head()
        else:  # a response is being made, or uvicorn's keep-alive timeout runs
            self._cancel_timeout()
        if self.conn.their_state is not h11.SEND_BODY:
            self._body_since = None

    def _await_head(self) -> None:
        self._cancel_timeout()
        self._timing_head = True
        self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _await_body(self) -> None:
        self._cancel_timeout()
        now = self.loop.time()
        if self._body_since is None or self._was_paused:
            self._body_since, self._body_bytes = now, 0
        self._was_paused = self.flow.read_paused
        patience = self._body_since + BODY_SECONDS + self._body_bytes / SLOWEST_RATE - now
        self._timer = self.loop.call_later(
            max(0.0, min(BODY_SECONDS, patience)), self._body_timeout
        )

    def _body_timeout(self) -> None:
        if self.flow.read_paused:  # the application is slow, not the client
            self._await_body()
        else:
            self.transport.close()

    def _cancel_timeout(self) -> None:
        self._timing_head = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _cancel_stuck(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None
