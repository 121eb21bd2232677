"""uvicorn's HTTP protocol with less patience: a peer that dawdles is cut off.

uvicorn alone waits for ever for the rest of a request and for an answer to be taken. Knows no
application.
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from backend.http.chunks import InPieces

#: For the whole head of a request, however it trickles in.
HEAD_SECONDS = 10.0
#: Without a single byte of the body, and how far one may fall behind the slowest rate.
BODY_SECONDS = 15.0
#: Bytes of a body a second, over its whole time: the slowest line that is waited for.
SLOWEST_RATE = 1024
#: For a full buffer of the answer to be taken.
TAKE_SECONDS = 30.0


class ImpatientProtocol(InPieces, H11Protocol):
    """Closes a connection whose head, body or reading does not get on."""

    _timer: asyncio.TimerHandle | None = None
    _timing_head = False
    _stuck: asyncio.TimerHandle | None = None
    #: Since when a body is awaited, None while none is, and what has come of it.
    _body_since: float | None = None
    _body_bytes = 0
    #: The application did not take more: the time until it does is not the peer's.
    _held_up = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The head is awaited from the first moment."""
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Something came: what is awaited now?"""
        self._body_bytes += len(data)
        super().data_received(data)

    def take_piece(self, piece: bytes) -> None:
        """What is awaited after it? What follows an upgrade is for the WebSocket."""
        protocol = self.transport.get_protocol()
        if protocol is not self:
            protocol.data_received(piece)  # type: ignore[attr-defined]
            return
        super().take_piece(piece)
        self._look()

    def takes_all(self) -> bool:
        """True for a body that comes in one length, not in chunks, and after an upgrade."""
        if self.transport.get_protocol() is not self:
            return True
        in_body = self.conn.their_state is h11.SEND_BODY
        return in_body and all(name != b"transfer-encoding" for name, _ in self.headers)

    def reads_on(self) -> bool:
        """False while uvicorn has paused it, and once it is the WebSocket's."""
        return not self.flow.read_paused and self.transport.get_protocol() is self

    def on_response_complete(self) -> None:
        """The next request may have begun already."""
        super().on_response_complete()
        self._look()

    def pause_writing(self) -> None:
        """The buffer is full: the peer has this long to read."""
        super().pause_writing()
        self._stuck = self.loop.call_later(TAKE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """The peer reads again."""
        self._unstick()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._calm()
        self._unstick()
        super().connection_lost(exc)

    def _look(self) -> None:
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            self._calm()  # the second: it has become a WebSocket
        elif self.conn.their_state is h11.SEND_BODY:
            self._await_body()
        elif self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            if not self._timing_head:
                self._await_head()
        else:  # an answer is being made, or uvicorn's keep-alive time runs
            self._calm()
        if self.conn.their_state is not h11.SEND_BODY:
            self._body_since = None

    def _await_head(self) -> None:
        self._calm()
        self._timing_head = True
        self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _await_body(self) -> None:
        self._calm()
        now = self.loop.time()
        if self._body_since is None or self._held_up:
            self._body_since, self._body_bytes = now, 0
        self._held_up = self.flow.read_paused
        patience = self._body_since + BODY_SECONDS + self._body_bytes / SLOWEST_RATE - now
        self._timer = self.loop.call_later(max(0.0, min(BODY_SECONDS, patience)), self._no_body)

    def _no_body(self) -> None:
        if self.flow.read_paused:  # the application is the slow one
            self._await_body()
        else:
            self.transport.close()

    def _calm(self) -> None:
        self._timing_head = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _unstick(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None
