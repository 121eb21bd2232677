"""The built page: its files at every address that no route has."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.config.settings import PROJECT_ROOT
from backend.http.error_responses import refusal, send_response

PAGE_FOLDER = PROJECT_ROOT / "frontend" / "dist"
NO_PAGE = (
    "<!doctype html><title>Drawing Chat</title><p>The server is running, but the page has not "
    "been built. Run <code>./quick_start.sh --setup-only</code> in the project folder, then reload."
)


class PageFiles(StaticFiles):
    """The built page. Browsers cache hashed assets for ever and revalidate everything else."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: object,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """As Starlette's, with cache headers."""
        response = super().file_response(full_path, stat_result, scope, status_code)  # type: ignore[arg-type]
        hashed = "/assets/" in str(full_path).replace("\\", "/")
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if hashed else "no-cache"
        )
        return response


class SPAFallback:
    """Answers what no route matches: with the built page's files, else 404; WebSockets too.

    It runs after the routes, so that a wrong method on one of them is 405 and not a missing file.
    """

    def __init__(self, page: ASGIApp | None = None) -> None:
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            answer = refusal(scope, "not_found", "There is no WebSocket here. Use /ws.", 404)
            await send_response(answer, scope, receive, send)
            return
        if self._page is None or scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(404)
        await self._page(scope, receive, send)


def add_page(app: FastAPI, folder: Path = PAGE_FOLDER) -> None:
    """Serve the built page at `/`, or instructions for building it."""
    if (folder / "index.html").is_file():
        app.router.default = SPAFallback(PageFiles(directory=folder, html=True))
        return
    app.router.default = SPAFallback()

    @app.get("/", include_in_schema=False)
    async def no_page() -> HTMLResponse:
        return HTMLResponse(NO_PAGE, 503)
