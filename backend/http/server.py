"""Runs the app under uvicorn: the port, protocol limits, and a graceful shutdown."""

from __future__ import annotations

import asyncio
import resource
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import uvicorn

from backend.chat.protocol.frame_types import MAX_FRAME_BYTES
from backend.config.settings import Settings, environment_name
from backend.errors import SettingsError
from backend.http.http_transport import TimeoutHTTPProtocol
from backend.http.websocket_transport import HardenedWebSocketProtocol

#: Timeout for uvicorn's own shutdown, after the grace period.
CLOSE_SECONDS = 3
MANY_FILES = 65_536

Drain = Callable[[], Awaitable[None]]
#: Called once the server accepts requests, with a function that ends it as failed.
Started = Callable[[Callable[[], None]], None]
Outcome = Literal["ended", "failed", "not begun"]


class DrainingServer(uvicorn.Server):
    """Lets running answers finish before uvicorn closes every WebSocket."""

    def __init__(self, config: uvicorn.Config, drain: Drain, started: Started) -> None:
        super().__init__(config)
        self._drain = drain
        self._call_started = started
        #: True after `fail`.
        self.failed = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept requests, then call `started`."""
        await super().startup(sockets)
        if self.started:
            self._call_started(self.fail)

    def fail(self) -> None:
        """Shut down gracefully, as a failure."""
        self.failed = self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, wait for running answers (a second Ctrl+C skips that), then close."""
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
    """Bind the port before anything is loaded, so that a port in use is reported at once."""
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
    """Raise the soft limit of open files, often 1024, as far as the hard limit allows: each
    connection uses one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY_FILES if hard == resource.RLIM_INFINITY else min(MANY_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def url(settings: Settings) -> str:
    """The address of the page."""
    host = settings.host
    if host in ("0.0.0.0", "::"):  # noqa: S104 — compared, not bound
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/"


def say_ready(settings: Settings) -> None:
    """Print the address once more, below the log of the start."""
    print(f"Drawing Chat is ready: {url(settings)}", file=sys.stderr, flush=True)


def run(app: Any, settings: Settings, drain: Drain, started: Started) -> Outcome:
    """Serve until a signal, which is then raised again, as shells expect; or until the function
    passed to `started` is called."""
    listener = bind(settings)
    _allow_many_files()
    print(f"Drawing Chat: {url(settings)}", file=sys.stderr, flush=True)
    config = uvicorn.Config(
        app,
        # h11 refuses endless headers with 400 and constant memory; httptools buffers them.
        http=TimeoutHTTPProtocol,
        h11_max_incomplete_event_size=64 * 1024,
        ws=HardenedWebSocketProtocol,
        ws_max_size=MAX_FRAME_BYTES,
        # Without per-message deflate an idle socket needs half the memory, and a small frame
        # cannot expand into a huge one.
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=CLOSE_SECONDS,
        proxy_headers=False,
        server_header=False,
        log_config=None,  # uvicorn logs through our configuration
        log_level="warning",
        access_log=False,
    )
    running = DrainingServer(config, drain, started)
    running.run(sockets=[listener])
    if not running.started:
        return "not begun"
    return "failed" if running.failed else "ended"
