"""Error responses in the contract's form, over HTTP and in place of a WebSocket handshake."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from backend.errors import DrawingChatError
from backend.http.openai_errors import PREFIX, error_values


class ErrorInfo(BaseModel):
    """A code for programs and a sentence for people. Below `/v1` it also has the fields that
    OpenAI's clients read. `reason` is a second code for files of a known but unsupported type."""

    code: str
    message: str
    reason: str | None = None


class ErrorBody(BaseModel):
    """The body of every unsuccessful response."""

    error: ErrorInfo


def refusal(
    scope: Scope,
    code: str,
    message: str,
    status: int,
    *,
    param: str | None = None,
    reason: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """An error response. `param` names the wrong field, for OpenAI's clients."""
    error: dict[str, object] = {"code": code, "message": message}
    if reason is not None:
        error["reason"] = reason
    if scope["path"].startswith(PREFIX + "/"):
        error = error_values(code, message, status, param)
    return JSONResponse({"error": error}, status, headers)


def error_response(scope: Scope, error: DrawingChatError) -> JSONResponse:
    """The response to an expected error, with `Retry-After` if the error has one."""
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.status == 426:
        headers |= {"Upgrade": "websocket", "Connection": "Upgrade"}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    return refusal(
        scope, error.code, str(error), error.status, reason=error.reason, headers=headers
    )


async def send_response(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a response; to a WebSocket, in place of the handshake."""
    if scope["type"] == "http":
        await response(scope, receive, send)
        return
    await receive()  # the `websocket.connect` that is refused
    if "websocket.http.response" in (scope.get("extensions") or {}):
        # Starlette's responses support this extension.
        await response(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1008})
