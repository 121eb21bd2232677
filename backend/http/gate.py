"""The gate before every route, HTTP and WebSocket alike: host, origin, token, limits, headers.

Refuses before a WebSocket is accepted and before a body is read. Knows which paths are public
or open to other sites; does not know what a route does.
"""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.config.settings import MIB, Settings, environment_name, is_loopback
from backend.errors import BadHost, DrawingChatError, ForbiddenOrigin
from backend.http.authenticator import Authenticator, Credentials
from backend.http.body_limit import call_with_limit, check_declared_length
from backend.http.error_responses import error_response, send_response
from backend.http.owner_limits import OwnerLimits
from backend.http.proxies import as_client_sent, networks
from backend.http.revocation import while_valid
from backend.http.security_headers import (
    HOST,
    PREFLIGHT,
    SAFE_METHODS,
    is_open_read,
    with_security_headers,
)
from backend.http.session_routes import SESSION_PATH, SessionRoute
from backend.http.token_store import TokenStore
from backend.requests.owner import LOCAL_OWNER

UPLOAD_PATH = "/api/drawings"
#: Public without a token: liveness, signing in, and the page's own files.
PUBLIC_PATHS = frozenset({"/", "/index.html", "/health", SESSION_PATH})
PAGE_FILES = re.compile(r"/assets/[^/]+|/[^/]+\.(svg|ico|png|txt|webmanifest)")

JSON_BYTES = MIB
#: Whole conversations, and images in the chats of OpenAI's clients.
LARGE_JSON_BYTES = 32 * MIB
#: Multipart framing and other fields around the file.
UPLOAD_SLACK_BYTES = MIB


class Gate:
    """ASGI middleware. Stores the owner of the request in `scope["state"]["owner"]`."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        own = () if settings.host in ("0.0.0.0", "::", "") else (settings.host,)  # noqa: S104
        self.hosts = frozenset(_bare(host) for host in ("localhost", *own, *settings.allowed_hosts))
        self.body_limits = {
            UPLOAD_PATH: settings.max_upload_bytes + UPLOAD_SLACK_BYTES,
            "/api/conversations/import": LARGE_JSON_BYTES,
            "/v1/chat/completions": LARGE_JSON_BYTES,
        }
        self.proxies = networks(settings.trusted_proxies)
        self.authenticator = Authenticator(TokenStore(settings), settings.port)
        self.session = SessionRoute(self.authenticator)
        self.limits = OwnerLimits(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on to the app, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        scope = as_client_sent(scope, self.proxies)
        send = with_security_headers(scope, send)
        try:
            await self._admit(scope, receive, send)
        except DrawingChatError as error:
            answer = error_response(scope, error)
            if scope["type"] == "http":
                answer.headers["Connection"] = "close"
            await send_response(answer, scope, receive, send)

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
            await call_with_limit(self.session, scope, receive, send, limit)
            return
        credentials = self._authenticate(scope, headers)
        owner = credentials.token.owner if credentials else LOCAL_OWNER
        scope = {**scope, "state": {**scope.get("state", {}), "owner": owner}}
        if scope["type"] == "websocket":
            with self.limits.hold("socket", owner):
                await while_valid(self.authenticator, credentials, self.app, scope, receive, send)
            return
        uploads = scope["path"].rstrip("/") == UPLOAD_PATH and scope["method"] == "POST"
        # Anonymous requests for the page's files do not count against any owner.
        anonymous = credentials is None and self.authenticator.required()
        with self.limits.hold("upload" if uploads else "request", "" if anonymous else owner):
            await call_with_limit(self.app, scope, receive, send, limit)

    def _authenticate(self, scope: Scope, headers: Headers) -> Credentials | None:
        """The request's credentials; None if none are needed. Raises as the authenticator."""
        if _is_public(scope) or not self.authenticator.required():
            return None
        address = scope["client"][0] if scope.get("client") else ""
        return self.authenticator.authenticate(
            headers.get("authorization"), headers.get("cookie"), address
        )

    def _check_host(self, headers: Headers) -> None:
        """Refuse unknown host names: a foreign name that resolves to us is DNS rebinding."""
        given = headers.getlist("host")
        host = given[0].lower() if len(given) == 1 else ""
        match = HOST.fullmatch(host)
        name = _bare(match[1]) if match else ""
        if not match or not (name in self.hosts or is_loopback(name)):
            raise BadHost(
                "This host name is not allowed. Use localhost, or add the name to "
                f"{environment_name('allowed_hosts')}."
            )


def _check_origin(scope: Scope, headers: Headers) -> None:
    """Refuse requests from pages of other sites, except reading images."""
    if is_open_read(scope):
        return
    origin = headers.get("origin")
    if origin is not None:
        # The scheme is not compared: a proxy may have terminated TLS.
        if origin.lower().partition("://")[2] != headers["host"].lower():
            raise ForbiddenOrigin(
                "This request came from a page of another site. Open this server's own page."
            )
        return
    changes = scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS
    if changes and headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise ForbiddenOrigin(
            "This request came from a page of another site. Open this server's own page."
        )


def _is_public(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    path: str = scope["path"]
    return path in PUBLIC_PATHS or PAGE_FILES.fullmatch(path) is not None


def _bare(host: str) -> str:
    return host.strip().strip("[]").lower().rstrip(".")
