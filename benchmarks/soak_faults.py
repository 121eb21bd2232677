"""Faults injected by `benchmarks.soak`: in clients, uploads and worker processes.

Each method of `Faults` listed in `KINDS` injects one. `soak.py` checks the answers afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
from collections import Counter

import httpx
import psutil
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from backend.client import Client
from tests.drawing_samples import pdf, png, png_claiming
from tests.server_process import ServerProcess

GARBAGE: tuple[str | bytes, ...] = (
    "{" * 100,
    "[" * 30_000,
    b"\x00\x01\x02",
    '{"type":"nope"}',
    '{"type":"stop","turn_id":"\\udfff"}',
    "x" * 100_000,  # too large: the server closes this socket with 1009
)
BAD_FILES = (
    b"not an image",
    png()[:300],
    pdf()[:200],
    png_claiming(60_000, 60_000),
    b"PK\x03\x04" + bytes(1000),
    b'<svg xmlns="http://www.w3.org/2000/svg"><!ENTITY a "b"></svg>',
)


class CuttableClient(Client):
    """The project's own client, with access to its connection so that it can be cut."""

    line: ClientConnection

    async def _connect(self) -> ClientConnection:
        self.line = await super()._connect()
        return self.line


def workers_of(server_pid: int) -> list[psutil.Process]:
    """The running decode workers."""
    found = []
    for child in psutil.Process(server_pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "backend.drawings.workers.worker" in child.cmdline():
                found.append(child)
    return found


class Faults:
    """Injects faults one at a time and counts them."""

    KINDS = (
        "cut_connection",
        "garbage_frame",
        "stopped_turn",
        "cut_upload",
        "bad_upload",
        "killed_worker",
    )

    def __init__(self, server: ServerProcess, chance: random.Random) -> None:
        self.server = server
        self.chance = chance
        self.counts: Counter[str] = Counter()

    async def one(self, client: CuttableClient, turn: str) -> None:
        """Inject a random fault in the middle of the answer `turn`."""
        kind = self.chance.choice(self.KINDS)
        self.counts[kind] += 1
        await getattr(self, kind)(client, turn)

    async def cut_connection(self, client: CuttableClient, turn: str) -> None:
        """Reset the connection in the middle of the answer; the client then resumes."""
        client.line.transport.abort()

    async def garbage_frame(self, client: CuttableClient, turn: str) -> None:
        """Send nonsense on the connection that streams the answer."""
        with contextlib.suppress(ConnectionClosed):
            await client.line.send(self.chance.choice(GARBAGE))

    async def stopped_turn(self, client: CuttableClient, turn: str) -> None:
        """Stop the answer."""
        with contextlib.suppress(ConnectionClosed):
            await client.line.send(json.dumps({"type": "stop", "turn_id": turn}))

    async def cut_upload(self, client: CuttableClient, turn: str) -> None:
        """Send the start of a form and half an image, then disconnect."""
        data = png()
        _, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        head = (
            f"POST /api/drawings HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(data) + 300}"
            "\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Disposition: "
            'form-data; name="file"; filename="x.png"\r\n\r\n'
        )
        writer.write(head.encode() + data[: len(data) // 2])
        await writer.drain()
        writer.transport.abort()

    async def bad_upload(self, client: CuttableClient, turn: str) -> None:
        """Upload a file that is not a drawing; it must be refused."""
        files = {"file": ("x.png", self.chance.choice(BAD_FILES))}
        async with httpx.AsyncClient(base_url=self.server.url, timeout=60) as http:
            answer = await http.post("/api/drawings", files=files)
        self.counts[f"bad upload: {answer.status_code} {answer.json()['error']['code']}"] += 1

    async def killed_worker(self, client: CuttableClient, turn: str) -> None:
        """Kill a running decode worker with SIGKILL."""
        if alive := workers_of(self.server.pid):
            with contextlib.suppress(psutil.Error):
                self.chance.choice(alive).kill()
        else:
            self.counts["no worker to kill"] += 1


def unique_sheet(chance: random.Random) -> bytes:
    """A drawing that has never been uploaded."""
    red, green, blue = os.urandom(3)
    return png(320 + chance.randrange(64), 240 + chance.randrange(64), (red, green, blue))
