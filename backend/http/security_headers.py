"""What every answer carries to protect the page, and what other sites may read.

Knows header names and paths; refuses nothing, that is the guard's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: A Host header: name or address, and perhaps a port.
HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?")

#: Answer to a viewer of another site that asks whether it may read.
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Range, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


def is_open_read(scope: Scope) -> bool:
    """True for reading pictures, which any site may: their ids cannot be guessed."""
    if scope["type"] != "http":
        return False
    return scope["path"].startswith("/iiif/") and scope["method"] in SAFE_METHODS


def with_security_headers(scope: Scope, send: Send) -> Send:
    """Every answer carries the same protections; a route may set a stricter value."""
    if scope["type"] != "http":
        return send
    defaults = dict(_security_headers(Headers(scope=scope).get("host", "")))
    if is_open_read(scope):
        defaults["Access-Control-Allow-Origin"] = "*"
        defaults["Cross-Origin-Resource-Policy"] = "cross-origin"
    if scope["path"].startswith("/api/"):
        defaults["Cache-Control"] = "no-store"

    async def protected(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in defaults.items():
                headers.setdefault(name, value)
        await send(message)

    return protected


def _security_headers(host: str) -> Iterable[tuple[str, str]]:
    # Not every browser counts ws: as part of 'self'.
    sockets = f" ws://{host} wss://{host}" if HOST.fullmatch(host.lower()) else ""
    policy = (
        "default-src 'self'; img-src 'self' blob: data:; "
        f"connect-src 'self'{sockets}; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
    yield "Content-Security-Policy", policy
    yield "X-Content-Type-Options", "nosniff"
    yield "Referrer-Policy", "same-origin"
    yield "Cross-Origin-Opener-Policy", "same-origin"
    yield "Cross-Origin-Resource-Policy", "same-origin"
