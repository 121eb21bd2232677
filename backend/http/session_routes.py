"""`/api/session`: the page signs in with a token, out again, and asks who it is.

An ASGI app of its own behind the gate's checks of host and origin, before the token's.
"""

from __future__ import annotations

import json

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from backend.errors import BadRequest, MethodNotAllowed
from backend.http.authenticator import Door
from backend.http.error_responses import expected
from backend.requests.owner import LOCAL_OWNER

SESSION_PATH = "/api/session"


class SessionRoute:
    """POST signs in, DELETE signs out, GET tells. `owner` is null for a stranger."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises what a wrong token or body is refused with."""
        cookie = Headers(scope=scope).get("cookie")
        secure = scope["scheme"] in ("https", "wss")
        answer: Response
        if scope["type"] != "http" or scope["method"] not in ("GET", "POST", "DELETE"):
            answer = expected(scope, MethodNotAllowed("Use GET, POST or DELETE."))
            answer.headers["Allow"] = "DELETE, GET, POST"
        elif scope["method"] == "DELETE":
            self._door.sign_out(cookie)
            answer = Response(status_code=204)
            answer.headers["Set-Cookie"] = self._door.cookie(None, secure=secure)
        elif scope["method"] == "POST":
            answer = self._sign_in(await _body(receive), scope, secure)
        else:
            answer = self._tell(cookie)
        await answer(scope, receive, send)

    def _sign_in(self, body: bytes, scope: Scope, secure: bool) -> Response:
        token = _token_of(body)
        if not self._door.needed():
            return self._tell(None)
        address = scope["client"][0] if scope.get("client") else ""
        session, key = self._door.sign_in(token, address)
        answer = JSONResponse({"token_needed": True, "signed_in": True, "owner": key.owner})
        answer.headers["Set-Cookie"] = self._door.cookie(session, secure=secure)
        return answer

    def _tell(self, cookie: str | None) -> Response:
        if not self._door.needed():
            return JSONResponse({"token_needed": False, "signed_in": True, "owner": LOCAL_OWNER})
        key = self._door.session_of(cookie)
        owner = key.owner if key else None
        return JSONResponse({"token_needed": True, "signed_in": key is not None, "owner": owner})


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
