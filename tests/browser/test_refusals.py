"""A question that the server refuses: the page says why, and it can be asked again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.actions import answers, ask, upload, wait_complete
from tests.browser.app_thread import app_in_thread
from tests.browser.conftest import OpenPage
from tests.conftest import PROJECT_ROOT
from tests.fakes import FakeVisionService

pytestmark = pytest.mark.browser


def test_a_question_to_a_model_that_has_failed(tmp_path: Path, open_page: OpenPage) -> None:
    service = FakeVisionService(window=32_768)
    with app_in_thread(tmp_path / "data", service, sheet_answers="off") as app:
        page = open_page(app.url, locale="de-DE")
        upload(page, PROJECT_ROOT / "demo" / "samples" / "plate.pdf")
        chips = page.locator(".composer .chips > *")
        app.call(service.set_state, "failed", "The GPU has too little memory.")
        expect(page.locator(".banner.bad")).to_contain_text("too little memory")
        field = page.locator(".composer textarea")
        field.fill("Welche Bohrung?")
        field.press("Enter")
        refused = answers(page).first
        expect(refused).to_have_class(re.compile(r"\bfailed\b"))
        expect(refused.get_by_role("alert")).to_contain_text("Das Modell läuft nicht")
        expect(chips).to_have_count(1)  # whatever is asked next is about the drawing too
        app.call(service.set_state, "ready")
        refused.get_by_role("button", name="Erneut fragen").click()
        wait_complete(answers(page).last)
        expect(page.locator(".question .chips > *")).to_have_count(1)
        expect(chips).to_have_count(0)


def test_the_sheet_answers_while_the_model_has_failed(tmp_path: Path, open_page: OpenPage) -> None:
    service = FakeVisionService(window=32_768)
    with app_in_thread(tmp_path / "data", service) as app:
        page = open_page(app.url)
        upload(page, PROJECT_ROOT / "demo" / "samples" / "plate.pdf")
        app.call(service.set_state, "failed", "The GPU has too little memory.")
        answer = ask(page, "What is the scale?")
        wait_complete(answer)
        expect(answer).to_contain_text("1:2")
        expect(answer.locator(".answered-by")).to_have_text("from the sheet")
        answer.locator("[data-evidence]").first.click()
        expect(page.locator("rect.viewer-evidence")).to_have_count(1)


def test_a_question_that_does_not_fit(tmp_path: Path, open_page: OpenPage) -> None:
    service = FakeVisionService(window=64)
    with app_in_thread(tmp_path / "data", service) as app:
        page = open_page(app.url)
        answer = ask(page, "word " * 200)
        expect(answer).to_have_class(re.compile(r"\bfailed\b"))
        expect(answer.get_by_role("alert")).to_contain_text("tokens")
        expect(page.locator(".composer").get_by_role("button", name="Ask")).to_be_visible()
