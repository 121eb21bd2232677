"""The chat's routes under a real uvicorn on loopback, in the test's own event loop."""

from __future__ import annotations

import functools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request, UploadFile
from websockets.asyncio.client import ClientConnection, connect

from backend.chat import routes, socket
from backend.chat.protocol.frame_types import MAX_FRAME_BYTES
from backend.chat.verification import Verifier
from backend.config.settings import Settings
from backend.http.error_handlers import add_error_handlers
from backend.http.websocket_transport import HardenedWebSocketProtocol
from backend.openai import routes as openai_api
from tests.chat_parts import Chat, Frame, open_chat
from tests.fakes import FakeSheets, FakeVisionService

TERMINAL = {"done", "stopped", "error"}


class OwnerFromHeader:
    """Stands for the guard: who asks is who says so in `X-Owner`."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] in ("http", "websocket"):
            headers = {key.decode(): value.decode() for key, value in scope["headers"]}
            scope["state"] = {**scope.get("state", {}), "owner": headers.get("x-owner", "local")}
        await self.app(scope, receive, send)


@dataclass
class Served:
    """A running server and what it is made of."""

    chat: Chat
    url: str
    http: httpx.AsyncClient
    server: uvicorn.Server

    @asynccontextmanager
    async def talk(self, owner: str = "local", **options: Any) -> AsyncIterator[Talk]:
        """Connect and read the hello."""
        url = self.url.replace("http", "ws", 1) + "/ws"
        headers = {"x-owner": owner}
        async with connect(
            url, additional_headers=headers, compression=None, proxy=None, **options
        ) as connection:
            talk = Talk(connection)
            assert (await talk.receive())["type"] == "hello"
            yield talk


@dataclass
class Talk:
    """One connection, frames as plain values."""

    connection: ClientConnection

    async def send(self, **frame: Any) -> None:
        """Send one frame."""
        await self.connection.send(json.dumps(frame))

    async def receive(self) -> Frame:
        """The next frame."""
        frame: Frame = json.loads(await self.connection.recv())
        return frame

    async def until(self, *types: str) -> list[Frame]:
        """The frames up to the first of these types."""
        frames = [await self.receive()]
        while frames[-1]["type"] not in types:
            frames.append(await self.receive())
        return frames

    async def error(self) -> Frame:
        """The next frame, which must be an error."""
        frame = await self.receive()
        assert frame["type"] == "error", frame
        return frame

    async def alive(self) -> bool:
        """Whether a ping is answered next."""
        await self.send(type="ping", id="alive")
        return await self.receive() == {"type": "pong", "id": "alive"}


@functools.cache
def chat_app() -> FastAPI:
    """The chat's routes as an app; made once, it takes longer than most tests."""
    app = FastAPI()
    for router in (routes.router, socket.router, openai_api.router):
        app.include_router(router)
    app.add_api_route("/api/drawings", _upload, methods=["POST"])
    add_error_handlers(app)
    app.add_middleware(OwnerFromHeader)
    return app


async def _upload(request: Request, file: UploadFile) -> dict[str, Any]:
    """Stands for the drawings' routes: the file's name is its id."""
    sheets: FakeSheets = request.app.state.running.library
    info = sheets.add(str(file.filename), [(await file.read()).decode()])
    return {"id": info.id, "pages": [{"number": 1}]}


@asynccontextmanager
async def serve(
    folder: Path,
    service: FakeVisionService | None = None,
    sheets: FakeSheets | None = None,
    **settings: Any,
) -> AsyncIterator[Served]:
    """The chat's routes and socket on a free port."""
    async with open_chat(folder, service, sheets, **settings) as chat:
        app = chat_app()
        app.state.running = SimpleNamespace(
            settings=Settings(**settings),
            database=chat.database,
            library=chat.sheets,
            service=chat.service,
            turns=chat.turns,
            verification=Verifier(chat.database, chat.sheets, chat.service, chat.turns.slot),
        )
        config = uvicorn.Config(
            app,
            port=0,
            lifespan="off",
            http="h11",
            ws=HardenedWebSocketProtocol,
            ws_max_size=MAX_FRAME_BYTES,
            ws_per_message_deflate=False,
            log_level="critical",
        )
        # Its parts, not `serve()`: no signal handlers, no ticks to wait for.
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup()
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, trust_env=False, verify=False) as http:  # noqa: S501
            yield Served(chat, url, http, server)
        await server.shutdown()
