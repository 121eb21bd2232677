"""The whole server with a fake engine, on loopback in the test's own event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from websockets.asyncio.client import connect

from backend.chat.protocol.frame_types import MAX_FRAME_BYTES
from backend.config.settings import Settings
from backend.http.http_transport import TimeoutHTTPProtocol
from backend.http.websocket_transport import HardenedWebSocketProtocol
from backend.main import create_app
from backend.storage.database import FILE_NAME
from backend.storage.tokens import TokenFile
from tests.chat_parts import empty_database
from tests.chat_server import Talk
from tests.fakes import FakeVisionService
from tests.server_process import HANG_SECONDS


@dataclass
class Running:
    """A running server; `as_owner` and `talk` speak as somebody with a token."""

    app: FastAPI
    service: FakeVisionService
    folder: Path
    port: int
    tokens: dict[str, str]

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def headers(self, owner: str | None) -> dict[str, str]:
        """What `owner` sends to be let in."""
        return {"Authorization": f"Bearer {self.tokens[owner]}"} if owner else {}

    def as_owner(self, owner: str | None = None) -> httpx.AsyncClient:
        """A client of `owner`; without one, of nobody in particular."""
        return httpx.AsyncClient(
            base_url=self.url, headers=self.headers(owner), trust_env=False, timeout=HANG_SECONDS
        )

    @asynccontextmanager
    async def talk(self, owner: str | None = None, **options: Any) -> AsyncIterator[Talk]:
        """A WebSocket of `owner`, its hello read."""
        async with connect(
            self.url.replace("http", "ws", 1) + "/ws",
            additional_headers=self.headers(owner),
            compression=None,
            proxy=None,
            **options,
        ) as connection:
            talk = Talk(connection)
            assert (await talk.receive())["type"] == "hello"
            yield talk


def _provide(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / FILE_NAME).exists():
        (folder / FILE_NAME).write_bytes(empty_database())


@asynccontextmanager
async def run_app(
    folder: Path,
    service: FakeVisionService | None = None,
    *,
    owners: tuple[str, ...] = (),
    **settings: Any,
) -> AsyncIterator[Running]:
    """Serve from the data folder `folder`, with a token for each of `owners`."""
    service = service or FakeVisionService()
    _provide(folder)
    tokens = {owner: TokenFile(folder).add(owner)[1] for owner in owners}
    app = create_app(Settings(data_folder=folder, **{"ocr": False, **settings}), service)
    config = uvicorn.Config(
        app,
        port=0,
        http=TimeoutHTTPProtocol,
        h11_max_incomplete_event_size=64 * 1024,
        ws=HardenedWebSocketProtocol,
        ws_max_size=MAX_FRAME_BYTES,
        ws_per_message_deflate=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
        log_config=None,
        access_log=False,
    )
    # Its parts, not `serve()`: no signal handlers, no ticks to wait for.
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Running(app, service, folder, port, tokens)
    finally:
        await server.shutdown()
