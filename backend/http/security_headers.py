"""Security headers of every response, and the reads that are open to other sites.

Only adds headers; the gate refuses requests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
#: A Host header: a name or an address, with an optional port.
HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?")

#: Answer to the CORS preflight of a viewer on another site.
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Range, If-None-Match",
    "Access-Control-Max-Age": "86400",
}


def is_open_read(scope: Scope) -> bool:
    """True for reading images, which is open to all sites: ids cannot be guessed."""
    if scope["type"] != "http":
        return False
    return scope["path"].startswith("/iiif/") and scope["method"] in SAFE_METHODS


def with_security_headers(scope: Scope, send: Send) -> Send:
    """Add the headers to every response; a route may set a stricter value."""
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
    # Not every browser includes ws: in 'self'.
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
