"""The one gate before every route, HTTP and WebSocket alike: host, origin, token, body, headers.

Refuses before a WebSocket is accepted and before a body is read. Knows which paths are public
or open to other sites; does not know what a route does.
"""

from __future__ import annotations

import ipaddress
import json
import re

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.config import MIB, Settings, environment_name
from backend.errors import BadHost, BadRequest, DrawingChatError, ForbiddenOrigin, error_body
from backend.parts import LOCAL_OWNER
from backend.serving.body_limit import call_with_limit, check_declared_length
from backend.serving.security_headers import (
    HOST,
    PREFLIGHT,
    SAFE_METHODS,
    is_open_read,
    with_security_headers,
)
from backend.serving.sessions import Door

SESSION_PATH = "/api/session"
#: Reachable without a token: that the server lives, signing in, and the page's own files.
PUBLIC_PATHS = frozenset({"/", "/index.html", "/health", SESSION_PATH})
PAGE_FILES = re.compile(r"/assets/[^/]+|/[^/]+\.(svg|ico|png|txt|webmanifest)")

JSON_BYTES = MIB
#: Whole conversations, and pictures inside a chat of an OpenAI client.
LARGE_JSON_BYTES = 32 * MIB
#: Multipart framing and further fields around the file itself.
UPLOAD_SLACK_BYTES = MIB


class Guard:
    """ASGI middleware. Puts who is asking into `scope["state"]["owner"]`."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        own = () if settings.host in ("0.0.0.0", "::", "") else (settings.host,)  # noqa: S104
        self.hosts = frozenset(_bare(host) for host in ("localhost", *own, *settings.allowed_hosts))
        self.body_limits = {
            "/api/drawings": settings.max_upload_bytes + UPLOAD_SLACK_BYTES,
            "/api/conversations/import": LARGE_JSON_BYTES,
            "/v1/chat/completions": LARGE_JSON_BYTES,
        }
        self.door = Door(settings.token, settings.port) if settings.token else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through to the app, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        send = with_security_headers(scope, send)
        try:
            await self._admit(scope, receive, send)
        except DrawingChatError as error:
            await _refuse(scope, receive, send, error)

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        self._check_host(headers)
        _check_origin(scope, headers)
        limit = self.body_limits.get(scope["path"].rstrip("/"), JSON_BYTES)
        check_declared_length(headers, limit)
        if is_open_read(scope) and scope["method"] == "OPTIONS":
            await Response(status_code=204, headers=PREFLIGHT)(scope, receive, send)
            return
        if scope["path"] == SESSION_PATH:
            await call_with_limit(self._session, scope, receive, send, limit)
            return
        if self.door and not _is_public(scope):
            self.door.admit(headers.get("authorization"), headers.get("cookie"), _address(scope))
        scope = {**scope, "state": {**scope.get("state", {}), "owner": LOCAL_OWNER}}
        if scope["type"] == "http":
            await call_with_limit(self.app, scope, receive, send, limit)
        else:
            await self.app(scope, receive, send)

    def _check_host(self, headers: Headers) -> None:
        """Refuse names that are not ours: a foreign name that resolves here is DNS rebinding."""
        given = headers.getlist("host")
        host = given[0].lower() if len(given) == 1 else ""
        match = HOST.fullmatch(host)
        name = _bare(match[1]) if match else ""
        if not match or not (name in self.hosts or _is_loopback(name)):
            raise BadHost(
                "The server may not be called under this name. Use localhost, or add the name "
                f"to {environment_name('allowed_hosts')}."
            )

    async def _session(self, scope: Scope, receive: Receive, send: Send) -> None:
        """`/api/session`: POST signs in, DELETE signs out, GET tells."""
        headers = Headers(scope=scope)
        cookie = headers.get("cookie")
        secure = scope["scheme"] in ("https", "wss")
        answer: Response
        if scope["type"] != "http" or scope["method"] not in ("GET", "POST", "DELETE"):
            answer = JSONResponse(error_body(BadRequest("Use GET, POST or DELETE.")), 405)
        elif scope["method"] == "GET":
            signed_in = self.door is None or self.door.has_session(cookie)
            answer = JSONResponse({"token_needed": bool(self.door), "signed_in": signed_in})
        elif scope["method"] == "DELETE":
            answer = Response(status_code=204)
            if self.door:
                self.door.sign_out(cookie)
                answer.headers["Set-Cookie"] = self.door.cookie(None, secure=secure)
        else:
            token = _token_of(await _body(receive))
            answer = JSONResponse({"token_needed": bool(self.door), "signed_in": True})
            if self.door:
                session = self.door.sign_in(token, _address(scope))
                answer.headers["Set-Cookie"] = self.door.cookie(session, secure=secure)
        await answer(scope, receive, send)


def _check_origin(scope: Scope, headers: Headers) -> None:
    """Refuse what a page of another site sends; reading pictures is open to all."""
    if is_open_read(scope):
        return
    origin = headers.get("origin")
    if origin is not None:
        # The scheme is left out: a proxy in front may have taken TLS off.
        if origin.lower().partition("://")[2] != headers["host"].lower():
            raise ForbiddenOrigin("A page of another site asked for this. Open the page here.")
        return
    changes = scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS
    if changes and headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise ForbiddenOrigin("A page of another site sent this. Open the page here.")


def _is_public(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    path: str = scope["path"]
    return path in PUBLIC_PATHS or PAGE_FILES.fullmatch(path) is not None


def _bare(host: str) -> str:
    return host.strip().strip("[]").lower().rstrip(".")


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _address(scope: Scope) -> str:
    # Forwarded headers can be made up by anyone: only the real peer counts.
    return scope["client"][0] if scope.get("client") else ""


async def _body(receive: Receive) -> bytes:
    chunks = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)


def _token_of(body: bytes) -> str:
    try:
        token = json.loads(body)["token"]
    except (ValueError, KeyError, TypeError, RecursionError):
        token = None
    if not isinstance(token, str):
        raise BadRequest('Send the access token as JSON: {"token": "…"}.')
    return token


async def _refuse(scope: Scope, receive: Receive, send: Send, error: DrawingChatError) -> None:
    headers = {"Connection": "close"} if scope["type"] == "http" else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    answer = JSONResponse(error_body(error), error.status, headers)
    if scope["type"] == "http":
        await answer(scope, receive, send)
        return
    await receive()  # the `websocket.connect` that this refuses
    if "websocket.http.response" in (scope.get("extensions") or {}):
        # Starlette's responses speak this extension by themselves.
        await answer(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1008})
