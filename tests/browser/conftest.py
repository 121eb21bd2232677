"""Chromium, pages that fail a test on any error, and a server whose answers come word by word."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from tests.fake_server import FakeServerProcess

#: What only a hang reaches: Chromium and the servers share slow cores with other work.
PATIENCE_MS = 300_000
expect.set_options(timeout=PATIENCE_MS)

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=executable,
            args=["--no-sandbox", "--disable-quic", "--disable-background-networking"],
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeServerProcess]:
    """One server for all tests that do not break it: a real one, its answers by a script."""
    data = tmp_path_factory.mktemp("browser") / "data"
    process = FakeServerProcess(data, window=32_768).start().wait_ready()
    yield process
    process.stop()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open a page in a context of its own; what goes wrong inside fails the test."""
    contexts: list[BrowserContext] = []
    trouble: list[str] = []

    def open_at(url: str, **options: object) -> Page:
        options = {"locale": "en-US", "viewport": {"width": 1440, "height": 900}} | options
        context = browser.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=url)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: trouble.append(f"error in the page: {error}"))
        page.on("request", lambda request: _note_foreign(request, trouble))
        page.goto(url)
        return page

    yield open_at
    for context in contexts:
        context.close()
    assert not trouble, trouble


def _note_foreign(request: Request, trouble: list[str]) -> None:
    parts = urlsplit(request.url)
    if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1":
        trouble.append(f"a request left the page: {request.url}")
