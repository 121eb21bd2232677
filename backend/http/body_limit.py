"""Bounds the body of a request: by its Content-Length, and by counting what really arrives.

Knows ASGI and numbers; which path may send how much is told by the caller.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.errors import FileTooLarge


def check_declared_length(headers: Headers, limit: int) -> None:
    """Raise `FileTooLarge` when the request announces more than `limit` bytes."""
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise too_large(limit)


def too_large(limit: int) -> FileTooLarge:
    """The refusal, with the limit in words."""
    size = f"{limit / (1024 * 1024):.0f} MiB" if limit >= 1024 * 1024 else f"{limit} bytes"
    return FileTooLarge(f"This is larger than {size}, the limit for one request here.")


async def call_with_limit(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, limit: int
) -> None:
    """Run the app; raise `FileTooLarge` instead of its answer once the body passes `limit`.

    The app may turn the broken reading into an answer of its own: that one is held back. An
    answer that had begun before the body grew too large goes on.
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
