"""Closes a WebSocket when its token is revoked or its session ends: it was checked only once.

Checked again with each frame, in both directions.
"""

from __future__ import annotations

import contextlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.http.authenticator import Authenticator, Credentials

#: RFC 6455: "policy violation".
POLICY_VIOLATION = 1008


async def while_valid(
    authenticator: Authenticator,
    credentials: Credentials | None,
    app: ASGIApp,
    scope: Scope,
    receive: Receive,
    send: Send,
) -> None:
    """Run the app until it ends or the credentials become invalid."""
    if credentials is None:
        await app(scope, receive, send)
        return
    revoked = False

    async def receive_valid() -> Message:
        nonlocal revoked
        message = await receive()
        if message["type"] == "websocket.receive" and not authenticator.is_valid(credentials):
            revoked = True
            return {"type": "websocket.disconnect", "code": POLICY_VIOLATION}
        return message

    async def send_valid(message: Message) -> None:
        nonlocal revoked
        if message["type"] == "websocket.send" and not authenticator.is_valid(credentials):
            revoked = True
            raise OSError("the token was revoked")  # to the app, the peer has disconnected
        await send(message)

    await app(scope, receive_valid, send_valid)
    if revoked:
        with contextlib.suppress(Exception):  # the peer may have disconnected already
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
