"""A small client of a running server: upload, ask, watch. Reconnects and resumes automatically.

    async with Client("http://127.0.0.1:8000") as client:
        drawing = await client.upload(Path("flange.pdf"))
        async for frame in client.ask("Largest bore?", drawings=[{"id": drawing["id"]}]):
            if frame["type"] == "delta":
                print(frame["text"], end="")

Frames are plain dictionaries of the protocol at `/api/protocol`.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from backend.errors import DrawingChatError

Frame = dict[str, Any]
#: The last frame of a turn; an `error` only with `turn_id`.
TERMINAL = frozenset({"done", "stopped", "error"})
#: Pauses between attempts to reconnect, in seconds; the last one repeats.
PAUSES = (0.1, 0.3, 1.0, 3.0, 5.0)
UPLOAD_SECONDS = 600


class ServerRefused(DrawingChatError):
    """The server refused the request; `code` is the error's code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ServerUnreachable(DrawingChatError):
    """No server answers at this address."""

    code = "unreachable"


class Client:
    """A client of one server. `patience_s`: how long it tries to restore a lost connection."""

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        *,
        token: str | None = None,
        patience_s: float = 60,
    ) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._patience_s = patience_s
        self._http = httpx.AsyncClient(
            base_url=self._url,
            headers=self._headers,
            trust_env=False,
            # Loading certificates takes longer than a question to a server without TLS.
            verify=self._url.startswith("https:"),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def get(self, path: str, **query: Any) -> Any:
        """The JSON at a path, for example `/api/model` or `/api/conversations`."""
        return _body(await self._request("GET", path, params=query))

    async def upload(self, path: Path) -> Frame:
        """Upload a drawing; returns its description with `id` and `pages`."""
        content = await asyncio.to_thread(path.read_bytes)
        answer = await self._request(
            "POST", "/api/drawings", files={"file": (path.name, content)}, timeout=UPLOAD_SECONDS
        )
        drawing: Frame = _body(answer)
        return drawing

    async def ask(
        self,
        text: str,
        *,
        drawings: Sequence[Mapping[str, Any]] = (),
        conversation_id: str | None = None,
        parent_id: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> AsyncGenerator[Frame, None]:
        """Ask a question; yields `accepted`, `model` states and the turn's frames to the last one.

        After a lost connection it reconnects and resumes the turn: no frame is missed or
        repeated, and a question whose `accepted` was lost is sent again without being asked
        twice. Leaving the loop early does not stop the turn; `stop` does. Raises `ServerRefused`
        or `ServerUnreachable`.
        """
        question = {
            "type": "ask",
            "id": str(uuid.uuid4()),
            "text": text,
            "drawings": list(drawings),
            "conversation_id": conversation_id,
            "parent_id": parent_id,
            "options": dict(options or {}),
        }
        async with aclosing(self._follow(question)) as frames:
            async for frame in frames:
                yield frame

    async def resume(self, turn_id: str, *, after_seq: int = 0) -> AsyncGenerator[Frame, None]:
        """The turn's frames after `after_seq`, then live to the last, across lost connections."""
        request = {"type": "resume", "turn_id": turn_id, "after_seq": after_seq}
        async with aclosing(self._follow(request)) as frames:
            async for frame in frames:
                if frame.get("turn_id") == turn_id:
                    yield frame

    async def stop(self, turn_id: str) -> None:
        """Stop a turn; the partial answer is kept."""
        # The pong of a ping sent after it confirms that the stop was processed.
        async with aclosing(
            self._frames({"type": "stop", "turn_id": turn_id}, ping=True)
        ) as frames:
            async for frame in frames:
                if frame["type"] == "pong":
                    return

    async def _follow(self, request: Frame) -> AsyncGenerator[Frame, None]:
        """The frames after `request`, an `ask` or a `resume`, to the turn's last one. Without any
        connection so far, a question fails at once."""
        loop = asyncio.get_running_loop()
        turn_id = str(request.get("turn_id", ""))
        attempts, deadline = 0, loop.time() + self._patience_s if turn_id else 0.0
        while True:
            try:
                async with aclosing(self._frames(request)) as frames:
                    async for frame in frames:
                        if frame["type"] != "hello" or not deadline:
                            attempts, deadline = 0, loop.time() + self._patience_s
                        if frame["type"] == "accepted":
                            turn_id = frame["turn_id"]
                            request = {"type": "resume", "turn_id": turn_id, "after_seq": 0}
                        elif turn_id and frame.get("turn_id") == turn_id:
                            request = {**request, "after_seq": frame["seq"]}
                        elif frame["type"] != "model":
                            continue
                        yield frame
                        if _ends(frame, turn_id):
                            return
            except ServerUnreachable:
                if loop.time() > deadline:
                    raise
            await asyncio.sleep(PAUSES[min(attempts, len(PAUSES) - 1)])
            attempts += 1

    async def _frames(self, first: Frame, *, ping: bool = False) -> AsyncGenerator[Frame, None]:
        """Connect, send `first` and yield the frames until the connection is lost.

        Raises `ServerRefused` for an `error` about `first`, `ServerUnreachable` without a
        connection.
        """
        about = {first.get("id"), first.get("turn_id")} - {None}
        connection = await self._connect()
        try:
            with suppress(ConnectionClosed):
                await connection.send(json.dumps(first))
                if ping:
                    await connection.send('{"type":"ping"}')
                async for text in connection:
                    frame: Frame = json.loads(text)
                    if frame["type"] == "error" and "turn_id" not in frame:
                        if frame.get("id") in about:
                            raise ServerRefused(frame["code"], frame["message"])
                        continue
                    yield frame
        finally:
            await connection.close()

    async def _connect(self) -> ClientConnection:
        try:
            return await connect(
                self._url.replace("http", "ws", 1) + "/ws",
                additional_headers=self._headers,
                compression=None,
                max_size=None,
                proxy=None,
            )
        except (OSError, InvalidHandshake, TimeoutError) as error:
            raise _unreachable(self._url, error) from None

    async def _request(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return await self._http.request(method, path, **more)
        except httpx.TransportError as error:
            raise _unreachable(self._url, error) from None


def _ends(frame: Frame, turn_id: str) -> bool:
    return frame["type"] in TERMINAL and frame.get("turn_id") == turn_id


def _body(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json()
    try:
        error = answer.json()["error"]
        raise ServerRefused(error["code"], error["message"])
    except (ValueError, KeyError, TypeError):
        raise ServerRefused("http", f"The server answered {answer.status_code}.") from None


def _unreachable(url: str, error: Exception) -> ServerUnreachable:
    reason = str(error) or type(error).__name__
    return ServerUnreachable(f"No Drawing Chat server answers at {url} ({reason}).")
