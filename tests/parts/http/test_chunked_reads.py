"""However much one client sends at once, everything else on the event loop continues."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.frames import Frame, Opcode

from backend.http.http_transport import TimeoutHTTPProtocol
from backend.http.websocket_transport import HardenedWebSocketProtocol

pytestmark = pytest.mark.anyio


class Turns:
    """Counts the event loop's turns."""

    def __init__(self) -> None:
        self.count = 0

    async def run(self) -> None:
        for self.count in itertools.count():
            await asyncio.sleep(0)


@pytest.fixture
async def turns() -> AsyncIterator[Turns]:
    turns = Turns()
    task = asyncio.create_task(turns.run())
    yield turns
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[int]:
    """The port on which `app` is served as the server serves."""
    config = uvicorn.Config(
        app,
        port=0,
        http=TimeoutHTTPProtocol,
        ws=HardenedWebSocketProtocol,
        lifespan="off",
        log_config=None,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        await server.shutdown()


class Counted:
    """Takes a body, and answers with its length and in how many parts it came."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        parts = []
        more = True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        answer = f"{len(b''.join(parts))} {len(parts)}".encode()
        headers = [(b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


async def _post(port: int, rest: bytes) -> tuple[int, int]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + rest)
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 200"), answer
    length, parts = answer.rpartition(b"\r\n")[2].split()
    return int(length), int(parts)


@pytest.mark.fault(23)
async def test_tiny_chunks_are_processed_in_chunks() -> None:
    chunks = b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n.\r\n" * 30_000 + b"0\r\n\r\n"
    async with served(Counted()) as port:
        length, parts = await _post(port, chunks)
    assert length == 30_000
    assert parts > 30  # some 4 KiB each


async def test_a_body_of_one_length_is_not_cut_up() -> None:
    body = b"Content-Length: 3000000\r\n\r\n" + bytes(3_000_000)
    async with served(Counted()) as port:
        length, parts = await _post(port, body)
    assert length == 3_000_000
    assert parts < 200  # what is read at once comes at once


@pytest.mark.fault(23)
async def test_tiny_messages_are_processed_in_chunks(turns: Turns) -> None:
    seen: list[str] = []
    at: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while len(seen) < 5000:
            seen.append((await receive())["text"])
            at.append(turns.count)
        await send({"type": "websocket.close", "code": 1000})

    frames = [Frame(Opcode.TEXT, b"%d" % n).serialize(mask=True) for n in range(5000)]
    async with served(app) as port, connect(f"ws://127.0.0.1:{port}/") as client:
        client.transport.write(b"".join(frames))
        await client.wait_closed()
    assert client.close_code == 1000
    assert seen == [str(n) for n in range(5000)]
    assert at[-1] - at[0] > 15  # 45 KB, 2 KiB each


async def test_a_long_message_comes_whole_and_so_does_what_follows() -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            seen.append(message["text"])
            await send({"type": "websocket.send", "text": message["text"]})

    wanted = ["a" * 60_000, "Ø25 H7", "b" * 50_000, "end"]
    async with served(app) as port, connect(f"ws://127.0.0.1:{port}/") as client:
        for text in wanted:
            await client.send(text)
        assert [await client.recv() for _ in wanted] == wanted
    assert seen == wanted
