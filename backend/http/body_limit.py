"""Limits the body of a request, by its Content-Length and by counting the bytes that arrive.

The caller chooses the limit of each path.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.errors import FileTooLarge


def check_declared_length(headers: Headers, limit: int) -> None:
    """Raise `FileTooLarge` if the request declares more than `limit` bytes."""
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise too_large(limit)


def too_large(limit: int) -> FileTooLarge:
    """The error, with the limit in its message."""
    size = f"{limit / (1024 * 1024):.0f} MiB" if limit >= 1024 * 1024 else f"{limit} bytes"
    return FileTooLarge(f"The request is larger than {size}, the limit on this server.")


async def call_with_limit(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, limit: int
) -> None:
    """Run the app; raise `FileTooLarge` instead of sending its response if the body exceeds
    `limit`.

    The app may respond to the failed read itself; that response is dropped. A response that
    started before the limit was reached continues.
    """
    received = 0
    over = False
    started = False

    async def counted() -> Message:
        nonlocal received, over
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            over = True
            raise too_large(limit)
        return message

    async def unless_over(message: Message) -> None:
        nonlocal started
        if over and not started:
            return
        started = True
        await send(message)

    try:
        await app(scope, counted, unless_over)
    except Exception:
        if not over or started:
            raise
    if over and not started:
        raise too_large(limit)
