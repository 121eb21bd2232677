"""`/api/session`: the page signs in with a token, signs out, and asks for its owner.

An ASGI app of its own: it runs behind the gate's checks of host and origin, before the token's.
"""

from __future__ import annotations

import json

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from backend.errors import BadRequest, MethodNotAllowed
from backend.http.authenticator import Authenticator
from backend.http.error_responses import error_response
from backend.requests.owner import LOCAL_OWNER

SESSION_PATH = "/api/session"


class SessionRoute:
    """POST signs in, DELETE signs out, GET reports. `owner` is null while signed out."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises the errors of a wrong token or body."""
        cookie = Headers(scope=scope).get("cookie")
        secure = scope["scheme"] in ("https", "wss")
        answer: Response
        if scope["type"] != "http" or scope["method"] not in ("GET", "POST", "DELETE"):
            answer = error_response(scope, MethodNotAllowed("Use GET, POST or DELETE."))
            answer.headers["Allow"] = "DELETE, GET, POST"
        elif scope["method"] == "DELETE":
            self._authenticator.sign_out(cookie)
            answer = Response(status_code=204)
            answer.headers["Set-Cookie"] = self._authenticator.set_cookie(None, secure=secure)
        elif scope["method"] == "POST":
            answer = self._sign_in(await _body(receive), scope, secure)
        else:
            answer = self._report(cookie)
        await answer(scope, receive, send)

    def _sign_in(self, body: bytes, scope: Scope, secure: bool) -> Response:
        token = _token_in(body)
        if not self._authenticator.required():
            return self._report(None)
        address = scope["client"][0] if scope.get("client") else ""
        session, identity = self._authenticator.sign_in(token, address)
        answer = JSONResponse({"token_needed": True, "signed_in": True, "owner": identity.owner})
        answer.headers["Set-Cookie"] = self._authenticator.set_cookie(session, secure=secure)
        return answer

    def _report(self, cookie: str | None) -> Response:
        if not self._authenticator.required():
            return JSONResponse({"token_needed": False, "signed_in": True, "owner": LOCAL_OWNER})
        identity = self._authenticator.signed_in(cookie)
        owner = identity.owner if identity else None
        signed_in = identity is not None
        return JSONResponse({"token_needed": True, "signed_in": signed_in, "owner": owner})


async def _body(receive: Receive) -> bytes:
    chunks = []
    more = True
    while more:
        message = await receive()
        chunks.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(chunks)


def _token_in(body: bytes) -> str:
    try:
        token = json.loads(body)["token"]
    except (ValueError, KeyError, TypeError, RecursionError):
        token = None
    if not isinstance(token, str):
        raise BadRequest('Send the access token as JSON: {"token": "…"}.')
    return token
