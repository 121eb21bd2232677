"""Running the app under uvicorn: limits of the wire, the port, and an orderly end.

Knows uvicorn and its traps; does not know what the app does.
"""

from __future__ import annotations

import asyncio
import resource
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import uvicorn

from backend.chat.protocol.frames import MAX_FRAME_BYTES
from backend.config.settings import Settings, environment_name
from backend.errors import SettingsError
from backend.http.http_transport import ImpatientProtocol
from backend.http.websocket_transport import DroppingProtocol

#: After the grace time, what uvicorn's own closing may take before tasks are cancelled.
CLOSE_SECONDS = 3
MANY_FILES = 65_536

Drain = Callable[[], Awaitable[None]]
#: Called once the server takes calls, with what ends it as a failure.
Started = Callable[[Callable[[], None]], None]
Outcome = Literal["ended", "failed", "not begun"]


class DrainingServer(uvicorn.Server):
    """uvicorn closes every WebSocket at once on a signal; here running answers end first."""

    def __init__(self, config: uvicorn.Config, drain: Drain, started: Started) -> None:
        super().__init__(config)
        self._drain = drain
        self._call_started = started
        #: True once it was ended as a failure.
        self.failed = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take calls, and say so."""
        await super().startup(sockets)
        if self.started:
            self._call_started(self.fail)

    def fail(self) -> None:
        """End in order, but as a failure."""
        self.failed = self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, let the answers end (a second Ctrl+C cuts that short), then close."""
        for server in self.servers:
            server.close()
        drain = asyncio.ensure_future(self._drain())
        while not drain.done() and not self.force_exit:
            await asyncio.wait({drain}, timeout=0.1)
        if drain.done():
            drain.result()
        else:
            drain.cancel()
        await super().shutdown(sockets)


def bind(settings: Settings) -> socket.socket:
    """Take the port now, so that a taken one is told before anything is loaded."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"{environment_name('port')}={settings.port}: cannot listen on "
            f"{settings.host}:{settings.port} ({error.strerror}). Stop the other program, or "
            "choose another port."
        ) from None
    listener.listen(2048)
    listener.setblocking(False)
    return listener


def _allow_many_files() -> None:
    """Raise the soft limit of open files, often 1024, as far as the system lets one: each
    connection is a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY_FILES if hard == resource.RLIM_INFINITY else min(MANY_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def url(settings: Settings) -> str:
    """Where a person opens the page."""
    host = settings.host
    if host in ("0.0.0.0", "::"):  # noqa: S104 — compared, not bound
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/"


def run(app: Any, settings: Settings, drain: Drain, started: Started) -> Outcome:
    """Serve until a signal, which then ends the process, as shells expect; or until what
    `started` was given is called."""
    listener = bind(settings)
    _allow_many_files()
    print(f"Drawing Chat: {url(settings)}", file=sys.stderr, flush=True)
    config = uvicorn.Config(
        app,
        # h11 answers endless headers with 400 and flat memory; httptools swallows them.
        http=ImpatientProtocol,
        h11_max_incomplete_event_size=64 * 1024,
        ws=DroppingProtocol,
        ws_max_size=MAX_FRAME_BYTES,
        # Without per-message deflate an idle socket costs half, and no frame can be a bomb.
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=CLOSE_SECONDS,
        proxy_headers=False,
        server_header=False,
        log_config=None,  # its lines go where ours go
        log_level="warning",
        access_log=False,
    )
    running = DrainingServer(config, drain, started)
    running.run(sockets=[listener])
    if not running.started:
        return "not begun"
    return "failed" if running.failed else "ended"
