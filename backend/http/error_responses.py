"""What is answered instead of what was asked: the contract's error body, over HTTP and in place of
a WebSocket's handshake alike.

Knows the form of errors; refuses nothing by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from backend.errors import DrawingChatError
from backend.http.openai_errors import PREFIX, error_values


class ErrorInfo(BaseModel):
    """What is wrong: a code for programs, a sentence for the person. Below `/v1` there is also
    what OpenAI's clients read. `reason` is a second code where a file is of a known kind."""

    code: str
    message: str
    reason: str | None = None


class ErrorBody(BaseModel):
    """Every answer that is no success has this body."""

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
    """An error's answer. `param` is the field that is wrong, for OpenAI's clients."""
    error: dict[str, object] = {"code": code, "message": message}
    if reason is not None:
        error["reason"] = reason
    if scope["path"].startswith(PREFIX + "/"):
        error = error_values(code, message, status, param)
    return JSONResponse({"error": error}, status, headers)


def expected(scope: Scope, error: DrawingChatError) -> JSONResponse:
    """The answer to an expected error, with when to try again where it says so."""
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


async def answer_instead(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Send it; in place of a handshake where it was to be a WebSocket."""
    if scope["type"] == "http":
        await answer(scope, receive, send)
        return
    await receive()  # the `websocket.connect` that this refuses
    if "websocket.http.response" in (scope.get("extensions") or {}):
        # Starlette's responses speak this extension by themselves.
        await answer(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1008})
