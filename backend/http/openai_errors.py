"""How an error reads for OpenAI's clients: the contract's code and message, and two fields more.

Pure; whether the server or a route refuses, below `/v1` it is this.
"""

from __future__ import annotations

#: Everything below it is for OpenAI's clients.
PREFIX = "/v1"


def error_values(
    code: str, message: str, status: int, param: str | None = None
) -> dict[str, object]:
    """The body's `error`; `param` is the field of the request that is wrong."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return {"code": code, "message": message, "type": kind, "param": param}
