"""The form of errors for OpenAI's clients: the contract's code and message, and two more fields."""

from __future__ import annotations

#: Every path below it is for OpenAI's clients.
PREFIX = "/v1"


def error_values(
    code: str, message: str, status: int, param: str | None = None
) -> dict[str, object]:
    """The body's `error`; `param` is the wrong field of the request."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return {"code": code, "message": message, "type": kind, "param": param}
