"""What a person does on the page, in one line each."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from playwright.sync_api import FloatRect, Locator, Page, expect

Seen = TypeVar("Seen")

#: Its answer comes word by word; see `FakeServerProcess.held`.
LONG_QUESTION = "say 60 words slowly"

_TWO_FRAMES = "() => new Promise(then => requestAnimationFrame(() => requestAnimationFrame(then)))"


def upload(page: Page, *paths: Path) -> None:
    """Add drawings with the composer's button and wait until they are there."""
    before = page.locator(".composer .chips > *").count()
    page.locator("input[type=file]").set_input_files(list(paths))
    expect(page.locator(".composer .chips > *")).to_have_count(before + len(paths))


def ask(page: Page, text: str) -> Locator:
    """Ask with Enter; the answer's section, which may still be empty."""
    before = answers(page).count()
    field = page.get_by_role("textbox", name="Ask about the drawing")
    field.fill(text)
    field.press("Enter")
    expect(answers(page)).to_have_count(before + 1)
    return answers(page).nth(before)


def answers(page: Page) -> Locator:
    """All answers shown, oldest first."""
    return page.locator("article.answer")


def wait_ready(page: Page) -> None:
    """Until the header says that the model is ready."""
    expect(page.locator(".model-line")).to_contain_text("Ready", timeout=600_000)


def wait_streaming(answer: Locator) -> None:
    """Until the first words are there."""
    expect(answer.locator(".markdown")).to_have_text(re.compile(r"\S"))


def wait_complete(answer: Locator) -> None:
    """Until the answer has ended as it should."""
    expect(answer).to_have_class(re.compile(r"\bcomplete\b"), timeout=600_000)


def raw_text(page: Page, answer: Locator) -> str:
    """The answer's text to the letter, by its Copy button."""
    answer.get_by_role("button", name="Copy").click()
    expect(answer.get_by_role("button", name="Copied")).to_be_visible()
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def conversation_id(page: Page) -> str:
    """The open conversation, from the address."""
    expect(page).to_have_url(re.compile(r"#/c/\w+"))
    return page.url.rsplit("/", 1)[1]


def eventually(page: Page, check: Callable[[], object], *, seconds: float = 120) -> None:
    """Until `check` passes, for what only the window's pixels tell: tiles come and are drawn a
    while after the page has everything else. Its last `AssertionError` where it never does."""
    until = time.monotonic() + seconds
    while True:
        try:
            check()
        except AssertionError:
            if time.monotonic() > until:
                raise
            page.wait_for_timeout(200)
        else:
            return


def still(page: Page, read: Callable[[], Seen]) -> Seen:
    """What `read` finds once it finds the same twice with drawn frames in between: for what moves
    over the screen, such as the sheet on its way to a place."""
    seen = read()
    while True:
        page.wait_for_timeout(150)
        page.evaluate(_TWO_FRAMES)  # on a busy machine none may have come meanwhile
        if (now := read()) == seen:
            return now
        seen = now


def still_box(page: Page, shape: Locator) -> FloatRect:
    """Where a shape is in the window, once it stands still."""
    box = still(page, shape.bounding_box)
    assert box is not None, "it is not shown"
    return box
