"""Ends a WebSocket whose token was revoked or whose session has ended: it was let in only once.

Looked at with each frame, either way. Knows ASGI messages and the door.
"""

from __future__ import annotations

import contextlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.http.authenticator import Door, Pass

#: RFC 6455: "policy violation".
CLOSED_BY_POLICY = 1008


async def while_open(
    door: Door, given: Pass | None, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Run the app until it ends or `given` no longer opens the door."""
    if given is None:
        await app(scope, receive, send)
        return
    shut = False

    async def receive_open() -> Message:
        nonlocal shut
        message = await receive()
        if message["type"] == "websocket.receive" and not door.still_open(given):
            shut = True
            return {"type": "websocket.disconnect", "code": CLOSED_BY_POLICY}
        return message

    async def send_open(message: Message) -> None:
        nonlocal shut
        if message["type"] == "websocket.send" and not door.still_open(given):
            shut = True
            raise OSError("the token was revoked")  # to the app the peer has gone
        await send(message)

    await app(scope, receive_open, send_open)
    if shut:
        with contextlib.suppress(Exception):  # it may have gone by itself
            await send({"type": "websocket.close", "code": CLOSED_BY_POLICY})
