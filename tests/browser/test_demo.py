"""The demo model in the page: a sample at one click, a starter question, a true answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from backend.config.settings import DEMO_CHECKPOINT
from tests.browser.actions import (
    answers,
    ask,
    conversation_id,
    raw_text,
    wait_complete,
    wait_ready,
)
from tests.browser.conftest import OpenPage
from tests.server_process import ServerProcess

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    data = tmp_path_factory.mktemp("demo") / "data"
    process = ServerProcess(data, model=DEMO_CHECKPOINT, max_model_len=8192).start()
    yield process
    process.stop()


def test_a_question_waits_for_the_engine_and_its_answer_is_stored(
    demo_server: ServerProcess, open_page: OpenPage
) -> None:
    page = open_page(demo_server.url)
    if demo_server.model()["state"] != "ready":
        expect(page.locator(".banner.loading")).to_be_visible()
    answer = ask(page, "What does this drawing show?")
    wait_complete(answer)
    wait_ready(page)
    conversation = demo_server.get(f"/api/conversations/{conversation_id(page)}").json()
    assert raw_text(page, answer) == conversation["messages"][-1]["text"] != ""


@pytest.mark.parametrize(
    ("locale", "sample", "question", "answer"),
    [
        ("en-US", "SENSOR PLATE", "What is the bore?", "Ø65 G7 (bore)"),
        ("de-DE", "MOTORFLANSCH", "Was ist der Lochkreis?", "Ø134 (Lochkreis)"),
        ("ko-KR", "DRIVE SHAFT", "이 도면의 나사?", "M48×2 (나사)"),
    ],
)
def test_a_sample_a_starter_question_and_its_true_answer(
    demo_server: ServerProcess,
    open_page: OpenPage,
    locale: str,
    sample: str,
    question: str,
    answer: str,
) -> None:
    demo_server.wait_ready()
    page = open_page(demo_server.url, locale=locale)
    # With the keyboard alone, as a button is pressed.
    page.locator(".samples").get_by_role("button", name=sample).press("Enter")
    expect(page.locator(".composer .chips > *")).to_have_count(1)
    page.locator(".starters").get_by_role("button", name=question).press("Enter")
    field = page.locator(".composer textarea")
    expect(field).to_have_value(question)
    field.press("Enter")
    said = answers(page).first
    wait_complete(said)
    expect(said.locator(".markdown")).to_contain_text(answer)


def test_the_page_says_what_the_demo_model_reads(
    demo_server: ServerProcess, open_page: OpenPage
) -> None:
    page = open_page(demo_server.url)
    wait_ready(page)
    banner = page.locator(".banner.warn")
    expect(banner).to_contain_text("reads only the sample drawings")
    how = banner.get_by_text(re.compile("DRAWING_CHAT_MODEL"))
    expect(how).to_be_hidden()
    banner.locator("summary").press("Enter")
    expect(how).to_be_visible()
