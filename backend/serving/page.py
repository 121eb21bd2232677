"""What a browser meets besides the API: the built page, and errors as the contract words them."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from backend.config import PROJECT_ROOT
from backend.errors import DrawingChatError, error_body

logger = logging.getLogger(__name__)

PAGE_FOLDER = PROJECT_ROOT / "frontend" / "dist"
NO_PAGE = (
    "<!doctype html><title>Drawing Chat</title><p>The server runs, but the page has not been "
    "built. Run <code>./quick_start.sh --setup-only</code> in the project's folder, then reload."
)
#: HTTP's own refusals, by status: code and what to do.
HTTP_REFUSALS = {
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
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


def add_page(app: FastAPI, folder: Path = PAGE_FOLDER) -> None:
    """Serve the built page at `/`, or say how to build it."""
    if (folder / "index.html").is_file():
        app.mount("/", Page(directory=folder, html=True), name="page")
        return

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
    error = cast(DrawingChatError, error)
    headers = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    return JSONResponse(error_body(error), error.status, headers)


async def _invalid(request: Request, error: Exception) -> Response:
    problem = cast(RequestValidationError, error).errors()[0]
    place = ".".join(str(part) for part in problem["loc"][1:]) or "request"
    return _refusal("bad_request", f"{place}: {problem['msg']}.", 400)


async def _http(request: Request, error: Exception) -> Response:
    error = cast(HTTPException, error)
    code, message = HTTP_REFUSALS.get(error.status_code, ("bad_request", str(error.detail)))
    return _refusal(code, message, error.status_code, dict(error.headers or {}))


async def _bug(request: Request, error: Exception) -> Response:
    logger.error("Unexpected error in %s %s", request.method, request.url.path, exc_info=error)
    message = "Something went wrong here. It has been logged; try again."
    return _refusal("internal", message, 500)


def _refusal(
    code: str, message: str, status: int, headers: dict[str, str] | None = None
) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)
