"""Calls of an ASGI app without a server, and an app to stand behind what is tested."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: A data folder that is not there: nobody's own tokens change what a test sees.
NOWHERE = Path("/nonexistent/drawing-chat-of-the-tests")


class Inner:
    """The app behind the gate: reads the whole body, remembers the scope, answers 200."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": 1000})
            return
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})


class Answer:
    """What came back: status, headers, body; 101 for an accepted WebSocket."""

    def __init__(self, sent: list[Message]) -> None:
        self.sent = sent
        start = sent[0]
        self.status = start.get("status", 101 if start["type"] == "websocket.accept" else 403)
        self.headers = {key.decode(): value.decode() for key, value in start.get("headers", [])}
        self.body = b"".join(message.get("body", b"") for message in sent[1:])

    @property
    def code(self) -> str:
        """The code of an error body."""
        code: str = json.loads(self.body)["error"]["code"]
        return code


async def call(
    app: ASGIApp,
    path: str = "/api/drawings",
    method: str = "GET",
    *,
    kind: str = "http",
    body: Iterable[bytes] = (b"",),
    client: str = "127.0.0.1",
    extensions: dict[str, Any] | None = None,
    frames: Iterable[str] = (),
    **headers: str,
) -> Answer:
    """One request. Header names with `_` for `-`; `host` is localhost:8000 unless given."""
    headers = {"host": "localhost:8000", **headers}
    scope: Scope = {
        "type": kind,
        "path": path,
        "scheme": "http",
        "query_string": b"",
        "client": (client, 50000),
        "state": {"from": "lifespan"},
        "extensions": extensions or {},
        "headers": [
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
        ],
    }
    if kind == "http":
        scope["method"] = method
        chunks = list(body)
        messages = [
            {"type": "http.request", "body": chunk, "more_body": index < len(chunks) - 1}
            for index, chunk in enumerate(chunks)
        ]
    else:
        messages = [{"type": "websocket.connect"}]
        messages += [{"type": "websocket.receive", "text": text} for text in frames]
    waiting = iter(messages)
    sent: list[Message] = []

    async def receive() -> Message:
        return next(waiting, {"type": f"{kind}.disconnect"})

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return Answer(sent)
