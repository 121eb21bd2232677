"""Chromium, pages that fail a test on any error, and servers with the real engine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from tests.server_process import ServerProcess

#: The engine starts, renders and answers on two slow cores.
expect.set_options(timeout=30_000)

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
def server(
    tmp_path_factory: pytest.TempPathFactory, endless_checkpoint: Path
) -> Iterator[ServerProcess]:
    """One server for all tests that do not break it; it may still be loading."""
    data = tmp_path_factory.mktemp("browser") / "data"
    process = ServerProcess(
        data, model=endless_checkpoint, max_model_len=16384, max_answer_tokens=4096
    ).start()
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
