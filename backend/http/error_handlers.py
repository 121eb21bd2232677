"""Every error leaves the app as `{"error": {"code", "message"}}`, without paths or tracebacks."""

from __future__ import annotations

import logging
from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Route

from backend.errors import DrawingChatError, MethodNotAllowed, NotFound, internal_error
from backend.http.error_responses import error_response, refusal

logger = logging.getLogger(__name__)

#: Code and message for Starlette's own errors, by status.
_STARLETTE_ERRORS = {
    404: (NotFound.code, "There is nothing at this address."),
    405: (MethodNotAllowed.code, "This address does not support this method."),
}


def add_error_handlers(app: FastAPI) -> None:
    """Handle expected errors, invalid requests, Starlette's own errors, and bugs."""
    app.add_exception_handler(DrawingChatError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _bug)


async def _expected(request: Request, error: Exception) -> Response:
    return error_response(request.scope, cast(DrawingChatError, error))


async def _invalid(request: Request, error: Exception) -> Response:
    problem = cast(RequestValidationError, error).errors()[0]
    place = ".".join(str(part) for part in problem["loc"][1:])
    message = f"{place or 'request'}: {problem['msg'].removeprefix('Value error, ')}."
    if problem["type"] == "json_invalid":
        place, message = "", "The body is not valid JSON."
    elif problem["loc"] == ("body",) and "json" not in request.headers.get("content-type", ""):
        message = "Send the body as JSON, with the header `Content-Type: application/json`."
    return refusal(request.scope, "bad_request", message, 400, param=place or None)


async def _http(request: Request, error: Exception) -> Response:
    error = cast(HTTPException, error)
    code, message = _STARLETTE_ERRORS.get(error.status_code, ("bad_request", str(error.detail)))
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods(request))
    return refusal(request.scope, code, message, error.status_code, headers=headers)


async def _bug(request: Request, error: Exception) -> Response:
    logger.error("Unexpected error in %s %s", request.method, request.url.path, exc_info=error)
    return error_response(request.scope, internal_error())


def _methods(request: Request) -> list[str]:
    """The methods of this address. Starlette reports those of the first route only."""
    methods: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)
