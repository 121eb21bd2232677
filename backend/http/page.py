"""What a browser meets besides the API: the built page, and errors as the contract words them."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.config.settings import PROJECT_ROOT
from backend.errors import DrawingChatError, MethodNotAllowed, NotFound
from backend.http.error_responses import answer_instead, expected, refusal

logger = logging.getLogger(__name__)

PAGE_FOLDER = PROJECT_ROOT / "frontend" / "dist"
NO_PAGE = (
    "<!doctype html><title>Drawing Chat</title><p>The server runs, but the page has not been "
    "built. Run <code>./quick_start.sh --setup-only</code> in the project's folder, then reload."
)
#: HTTP's own refusals, by status: code and what to do.
HTTP_REFUSALS = {
    404: (NotFound.code, "There is nothing at this address."),
    405: (MethodNotAllowed.code, "This address does not take that method."),
}


class Page(StaticFiles):
    """The built page. Hashed assets are kept for ever, everything else is asked for again."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: object,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """As Starlette's, with cache headers."""
        response = super().file_response(full_path, stat_result, scope, status_code)  # type: ignore[arg-type]
        forever = "/assets/" in str(full_path).replace("\\", "/")
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if forever else "no-cache"
        )
        return response


class Elsewhere:
    """What no route takes: the built page's files, else 404, for a WebSocket too.

    Comes after the routes, so that theirs with another method is 405 and no missing file.
    """

    def __init__(self, page: ASGIApp | None = None) -> None:
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            answer = refusal(scope, "not_found", "There is no WebSocket here; it is /ws.", 404)
            await answer_instead(answer, scope, receive, send)
            return
        if self._page is None or scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(404)
        await self._page(scope, receive, send)


def add_page(app: FastAPI, folder: Path = PAGE_FOLDER) -> None:
    """Serve the built page at `/`, or say how to build it."""
    if (folder / "index.html").is_file():
        app.router.default = Elsewhere(Page(directory=folder, html=True))
        return
    app.router.default = Elsewhere()

    @app.get("/", include_in_schema=False)
    async def no_page() -> HTMLResponse:
        return HTMLResponse(NO_PAGE, 503)


def add_error_handlers(app: FastAPI) -> None:
    """Every error leaves as `{"error": {"code", "message"}}`, without paths or tracebacks."""
    app.add_exception_handler(DrawingChatError, _expected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _bug)


async def _expected(request: Request, error: Exception) -> Response:
    return expected(request.scope, cast(DrawingChatError, error))


async def _invalid(request: Request, error: Exception) -> Response:
    problem = cast(RequestValidationError, error).errors()[0]
    place = ".".join(str(part) for part in problem["loc"][1:])
    message = f"{place or 'request'}: {problem['msg'].removeprefix('Value error, ')}."
    if problem["type"] == "json_invalid":
        place, message = "", "The body is not valid JSON."
    elif problem["loc"] == ("body",) and not _says_json(request):
        message = "Send the body as JSON, with the header `Content-Type: application/json`."
    return refusal(request.scope, "bad_request", message, 400, param=place or None)


async def _http(request: Request, error: Exception) -> Response:
    error = cast(HTTPException, error)
    code, message = HTTP_REFUSALS.get(error.status_code, ("bad_request", str(error.detail)))
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods(request))
    return refusal(request.scope, code, message, error.status_code, headers=headers)


async def _bug(request: Request, error: Exception) -> Response:
    logger.error("Unexpected error in %s %s", request.method, request.url.path, exc_info=error)
    message = "Something went wrong here. It has been logged; try again."
    return refusal(request.scope, "internal", message, 500)


def _says_json(request: Request) -> bool:
    return "json" in request.headers.get("content-type", "")


def _methods(request: Request) -> list[str]:
    """What this address takes: Starlette names the first route's methods only."""
    methods: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)
