"""What comes between a question and its answer: a cut line, a killed server, an orderly stop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.actions import (
    LONG_QUESTION,
    answers,
    ask,
    conversation_id,
    eventually,
    raw_text,
    wait_complete,
    wait_ready,
    wait_streaming,
)
from tests.browser.conftest import OpenPage
from tests.browser.cuttable_line import CuttableLine
from tests.fake_server import FakeServerProcess

pytestmark = pytest.mark.browser


def stored_answers(server: FakeServerProcess, conversation: str) -> list[dict[str, Any]]:
    body = server.get(f"/api/conversations/{conversation}").json()
    return [one for one in body["messages"] if one["role"] == "assistant"]


def test_a_cut_line_loses_no_character(server: FakeServerProcess, open_page: OpenPage) -> None:
    """The answer ends while the line is cut."""
    with CuttableLine(server.port) as line:
        page = open_page(line.url)
        wait_ready(page)
        with server.held():
            answer = ask(page, LONG_QUESTION)
            wait_streaming(answer)
            conversation = conversation_id(page)
            line.cut()
            before = answer.locator(".markdown").inner_text()
        eventually(page, partial(check_status, server, conversation, "complete"))
        assert answer.locator(".markdown").inner_text().startswith(before)
        line.mend()
        wait_complete(answer)
        [stored] = stored_answers(server, conversation)
        assert raw_text(page, answer) == stored["text"]
        page.close()


def check_status(server: FakeServerProcess, conversation: str, status: str) -> None:
    [stored] = stored_answers(server, conversation)
    assert stored["status"] == status


def test_a_question_whose_acceptance_was_lost_is_answered_once(
    server: FakeServerProcess, open_page: OpenPage
) -> None:
    with CuttableLine(server.port) as line:
        page = open_page(line.url)
        wait_ready(page)
        # Nothing that the server says about the question reaches the page.
        page.evaluate(
            """() => {
                const send = WebSocket.prototype.send;
                WebSocket.prototype.send = function (text) {
                    if (text.includes('"ask"')) this.onmessage = null;
                    send.call(this, text);
                };
                window.mended = () => void (WebSocket.prototype.send = send);
            }"""
        )
        answer = ask(page, "Which is the only one?")
        listed = "/api/conversations?q=Which%20is%20the%20only%20one"
        while not server.get(listed).json()["items"]:
            page.wait_for_timeout(50)
        page.evaluate("window.mended()")
        line.cut()
        line.mend()
        wait_complete(answer)
        [conversation] = server.get(listed).json()["items"]
        [stored] = stored_answers(server, conversation["id"])
        assert raw_text(page, answer) == stored["text"]
        page.close()


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeServerProcess]:
    """A server that the tests below kill and start again, on the same port and data."""
    data = tmp_path_factory.mktemp("mortal") / "data"
    process = FakeServerProcess(data, window=32_768, shutdown_grace_s=1).start()
    yield process
    process.stop()


def begin(server: FakeServerProcess, open_page: OpenPage) -> tuple[Page, Locator, str]:
    """A page with an answer that is being written."""
    page = open_page(server.url)
    wait_ready(page)
    answer = ask(page, LONG_QUESTION)
    wait_streaming(answer)
    return page, answer, conversation_id(page)


def test_a_killed_server_that_is_started_again_shows_the_partial_answer_and_goes_on(
    mortal: FakeServerProcess, open_page: OpenPage
) -> None:
    with mortal.held():
        page, answer, conversation = begin(mortal, open_page)
        mortal.kill()
    seen = answer.locator(".markdown").inner_text()
    mortal.start().wait_ready()
    expect(answer).to_have_class(re.compile(r"\binterrupted\b"))
    expect(page.locator(".question-text")).to_have_text(LONG_QUESTION)
    [stored] = stored_answers(mortal, conversation)
    assert stored["status"] == "interrupted"
    assert raw_text(page, answer) == stored["text"] != ""
    assert answer.locator(".markdown").inner_text().startswith(seen[:50])
    answer.get_by_role("button", name="Ask again").click()
    expect(page.locator(".branches")).to_contain_text("2")
    wait_complete(answers(page).last)
    page.reload()
    expect(answers(page)).to_have_count(1)
    page.get_by_role("button", name="Previous version").click()
    answers(page).first.get_by_role("button", name="Continue").click()
    expect(answers(page)).to_have_count(2)
    wait_complete(answers(page).last)
    assert [one["status"] for one in stored_answers(mortal, conversation)] == [
        "interrupted",
        "complete",
        "complete",
    ]


def test_a_server_that_is_told_to_end_keeps_every_character(
    mortal: FakeServerProcess, open_page: OpenPage
) -> None:
    with mortal.held():
        page, answer, conversation = begin(mortal, open_page)
        assert mortal.stop() in (0, -15)
    mortal.start().wait_ready()
    expect(answer).to_have_class(re.compile(r"\binterrupted\b"))
    [stored] = stored_answers(mortal, conversation)
    assert stored["status"] == "interrupted"
    assert raw_text(page, answer) == stored["text"] != ""
