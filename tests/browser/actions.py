"""What a person does on the page, in one line each."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect


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
    expect(page.locator(".model-line")).to_contain_text("Ready", timeout=240_000)


def wait_streaming(answer: Locator) -> None:
    """Until the first words are there."""
    expect(answer.locator(".markdown")).to_have_text(re.compile(r"\S"))


def wait_complete(answer: Locator) -> None:
    """Until the answer has ended as it should."""
    expect(answer).to_have_class(re.compile(r"\bcomplete\b"), timeout=120_000)


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
