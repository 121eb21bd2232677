"""A conversation of 500 messages: opened at its end, read upwards page by page, nothing jumps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.actions import ask, wait_complete, wait_ready
from tests.browser.conftest import OpenPage
from tests.browser.long_chat import bring_in
from tests.fake_server import FakeServerProcess

pytestmark = pytest.mark.browser

MESSAGES = 500


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeServerProcess]:
    process = FakeServerProcess(tmp_path_factory.mktemp("long") / "data")
    process.start().wait_ready()
    yield process
    process.stop()


def test_all_of_a_long_chat_is_reached_by_scrolling_and_its_end_stays_quick(
    server: FakeServerProcess, open_page: OpenPage
) -> None:
    conversation = bring_in(server.url, MESSAGES)
    page = open_page(f"{server.url}/#/c/{conversation}")
    wait_ready(page)
    articles = page.locator(".messages article")
    expect(page.get_by_text("Question 249:")).to_be_in_viewport()
    assert articles.count() <= 60, "only the newest are drawn at first"
    box = page.locator(".messages")
    first = page.get_by_text("Question 0:")
    while not first.count():
        before = articles.count()
        held = box.evaluate(
            """box => {
                box.scrollTop = 0;
                const top = box.getBoundingClientRect().top;
                const article = [...box.querySelectorAll("article")]
                    .find(one => one.getBoundingClientRect().bottom > top);
                article.id = "held";
                return article.getBoundingClientRect().top - top;
            }"""
        )
        page.wait_for_function(
            "n => document.querySelectorAll('.messages article').length > n", arg=before
        )
        page.wait_for_function(
            """held => {
                const box = document.querySelector('.messages').getBoundingClientRect();
                const now = document.querySelector('#held').getBoundingClientRect().top;
                return Math.abs(now - box.top - held) < 4;
            }""",
            arg=held,
        )
        page.evaluate("document.querySelector('#held').removeAttribute('id')")
    assert articles.count() == MESSAGES
    answer = ask(page, "say 5 words slowly")
    wait_complete(answer)
    expect(answer).to_be_in_viewport()
