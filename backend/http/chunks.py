"""A mixin for uvicorn's protocols that processes received data in chunks.

The event loop reads up to 256 KiB at a time. That can be 40,000 tiny frames, and processing them
in one go would block everything else for seconds.
"""

from __future__ import annotations

import asyncio


class ChunkedReads(asyncio.Protocol):
    """Passes data on to the protocol class, yielding to the event loop between chunks."""

    #: Bytes that are passed on at once.
    CHUNK_BYTES = 4096

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _rest = b""
    _scheduled = False

    def data_received(self, data: bytes) -> None:
        """Process a chunk now and the rest in the next iterations of the loop."""
        self._rest += data
        if self._scheduled:  # the transport was resumed meanwhile
            self._pause()
        else:
            self._process()

    def connection_lost(self, exc: Exception | None) -> None:
        """Drop the rest."""
        self._rest = b""
        super().connection_lost(exc)

    def process_chunk(self, chunk: bytes) -> None:
        """The protocol's own processing."""
        super().data_received(chunk)

    def accepts_all(self) -> bool:
        """True while large data costs no more time than small."""
        return False

    def wants_data(self) -> bool:
        """False while the protocol itself has paused reading."""
        return True

    def _process(self) -> None:
        self._scheduled = False
        if self.transport.is_closing():
            self._rest = b""
            return
        size = len(self._rest) if self.accepts_all() else self.CHUNK_BYTES
        chunk, self._rest = self._rest[:size], self._rest[size:]
        self.process_chunk(chunk)
        if self._rest:
            self._scheduled = True
            self._pause()
            self.loop.call_soon(self._process)
        elif self.wants_data() and not self.transport.is_closing():
            self.transport.resume_reading()

    def _pause(self) -> None:
        """Stop reading until the rest is processed."""
        if not self.transport.is_closing():
            self.transport.pause_reading()
