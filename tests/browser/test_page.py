"""The page as a person meets it: real Chromium and server; the engine's part is scripted.

`test_demo.py` has the real engine behind the page.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from backend.model.service import ModelStatus
from tests.browser.actions import (
    LONG_QUESTION,
    answers,
    ask,
    conversation_id,
    raw_text,
    upload,
    wait_complete,
    wait_ready,
    wait_streaming,
)
from tests.browser.app_thread import app_in_thread
from tests.browser.conftest import OpenPage
from tests.fake_server import FakeServerProcess
from tests.fakes import FakeVisionService
from tests.server_process import ServerProcess

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    image = Image.new("RGB", (1654, 1169), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((200, 200, 1000, 700), outline="black", width=5)
    draw.ellipse((500, 350, 700, 550), outline="black", width=4)
    path = tmp_path_factory.mktemp("sheets") / "plate.png"
    image.save(path)
    return path


def stored_answer(server: FakeServerProcess, conversation: str) -> dict[str, Any]:
    body = server.get(f"/api/conversations/{conversation}").json()
    found: dict[str, Any] = [one for one in body["messages"] if one["role"] == "assistant"][-1]
    return found


class LoadingService(FakeVisionService):
    """Loads until the test says that it is ready; has random weights."""

    async def start(self) -> None:
        self.set_state("loading")

    def status(self) -> ModelStatus:
        return replace(super().status(), demo="random")


def test_questions_wait_while_the_engine_loads(tmp_path: Path, open_page: OpenPage) -> None:
    service = LoadingService()
    with app_in_thread(tmp_path / "data", service) as app:
        page = open_page(app.url)
        expect(page.locator(".banner.loading")).to_be_visible()
        answer = ask(page, "What does this drawing show?")
        expect(answer).not_to_have_class(re.compile(r"\bcomplete\b"))
        app.call(service.set_state, "ready")
        wait_complete(answer)
        wait_ready(page)
        expect(page.locator(".banner.warn")).to_contain_text("random weights")


def test_upload_ask_and_the_answer_streams(
    server: FakeServerProcess, open_page: OpenPage, sheet: Path
) -> None:
    page = open_page(server.url)
    wait_ready(page)
    upload(page, sheet)
    expect(page.get_by_label("Drawing viewer")).to_be_visible()
    answer = ask(page, "What is the largest diameter?")
    wait_streaming(answer)
    wait_complete(answer)
    expect(answer.locator(".figures")).to_contain_text("tokens")
    stored = stored_answer(server, conversation_id(page))
    assert raw_text(page, answer) == stored["text"]
    assert stored["usage"]["image_tokens"] > 100
    follow_up = ask(page, "And its tolerance?")
    wait_complete(follow_up)
    usage = stored_answer(server, conversation_id(page))["usage"]
    assert usage["cached_tokens"] > stored["usage"]["image_tokens"]


def test_stop_keeps_what_has_come(server: FakeServerProcess, open_page: OpenPage) -> None:
    page = open_page(server.url)
    wait_ready(page)
    with server.held():
        answer = ask(page, LONG_QUESTION)
        wait_streaming(answer)
        page.keyboard.press("Escape")
        expect(answer).to_have_class(re.compile(r"\bstopped\b"))
    stored = stored_answer(server, conversation_id(page))
    assert stored["status"] == "stopped"
    assert raw_text(page, answer) == stored["text"] != ""


def test_a_reload_in_the_middle_loses_no_character(
    server: FakeServerProcess, open_page: OpenPage
) -> None:
    page = open_page(server.url)
    wait_ready(page)
    with server.held():
        wait_streaming(ask(page, LONG_QUESTION))
        conversation = conversation_id(page)
        page.reload()
        wait_streaming(answers(page).first)
        assert stored_answer(server, conversation)["status"] == "streaming"
    wait_complete(answers(page).first)
    assert raw_text(page, answers(page).first) == stored_answer(server, conversation)["text"]


def test_a_cut_network_loses_no_character(server: FakeServerProcess, open_page: OpenPage) -> None:
    page = open_page(server.url)
    wait_ready(page)
    with server.held():
        answer = ask(page, LONG_QUESTION)
        wait_streaming(answer)
        conversation = conversation_id(page)
        page.context.set_offline(True)
        expect(page.get_by_text("Offline")).to_be_visible()
        page.context.set_offline(False)
        expect(page.get_by_text("Offline")).to_have_count(0)
        assert stored_answer(server, conversation)["status"] == "streaming"
    wait_complete(answer)
    assert raw_text(page, answer) == stored_answer(server, conversation)["text"]


def test_two_tabs_show_one_answer_and_either_may_stop_it(
    server: FakeServerProcess, open_page: OpenPage
) -> None:
    first = open_page(server.url)
    wait_ready(first)
    with server.held():
        wait_streaming(ask(first, LONG_QUESTION))
        second = open_page(f"{server.url}/#/c/{conversation_id(first)}")
        wait_streaming(answers(second).first)
        second.get_by_role("button", name="Stop").click()
        for page in (first, second):
            expect(answers(page).first).to_have_class(re.compile(r"\bstopped\b"))
    assert raw_text(first, answers(first).first) == raw_text(second, answers(second).first)


def test_a_wrong_file_is_refused_with_the_way_out(
    server: FakeServerProcess, open_page: OpenPage, tmp_path: Path
) -> None:
    wrong = tmp_path / "part.dwg"
    wrong.write_bytes(b"AC1032" + bytes(2000))
    page = open_page(server.url)
    page.locator("input[type=file]").set_input_files(wrong)
    refusal = page.locator(".upload.failed")
    expect(refusal).to_contain_text("part.dwg")
    expect(refusal).to_contain_text("Save it as DXF or PDF in your CAD program")
    told = page.locator(".uploads")
    assert told.evaluate("list => list.scrollWidth <= list.clientWidth"), "it is cut off"
    refusal.get_by_role("button", name=re.compile("Remove")).click()
    expect(refusal).to_have_count(0)


def test_a_file_name_with_markup_stays_text(
    server: FakeServerProcess, open_page: OpenPage, sheet: Path
) -> None:
    page = open_page(server.url)
    page.locator("input[type=file]").set_input_files(
        {
            "name": "<img src=x onerror=document.title='owned'>.png",
            "mimeType": "image/png",
            "buffer": sheet.read_bytes(),
        }
    )
    expect(page.locator(".composer .chips > *")).to_have_count(1)
    assert page.title() != "owned"
    expect(page.locator("img[src='x']")).to_have_count(0)


def test_a_dropped_file_and_a_pasted_picture_are_taken(
    server: FakeServerProcess, open_page: OpenPage, sheet: Path
) -> None:
    page = open_page(server.url)
    data = page.evaluate_handle(
        """(bytes) => {
            const transfer = new DataTransfer();
            const file = new File([new Uint8Array(bytes)], "dropped.png", {type: "image/png"});
            transfer.items.add(file);
            return transfer;
        }""",
        list(sheet.read_bytes()),
    )
    page.dispatch_event("body", "dragenter", {"dataTransfer": data})
    page.dispatch_event("body", "dragover", {"dataTransfer": data})
    page.dispatch_event("body", "drop", {"dataTransfer": data})
    expect(page.locator(".composer .chips > *")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_page_has_both_panes_and_no_sideways_scrolling(
    server: FakeServerProcess, open_page: OpenPage, sheet: Path, scheme: str
) -> None:
    page = open_page(server.url, viewport={"width": 390, "height": 780}, color_scheme=scheme)
    upload(page, sheet)
    expect(page.get_by_role("textbox", name="Ask about the drawing")).to_be_visible()
    assert _overflow(page) <= 0
    page.get_by_role("group", name="Visible pane").get_by_text("Drawing").click()
    expect(page.get_by_label("Drawing viewer")).to_be_visible()
    assert _overflow(page) <= 0


def test_the_list_does_not_cover_a_window_that_becomes_narrow(
    server: FakeServerProcess, open_page: OpenPage
) -> None:
    """It is back when there is room again, as it was; also after a reload in between."""
    page = open_page(server.url, viewport={"width": 1300, "height": 780})
    sidebar = page.locator(".sidebar")
    expect(sidebar).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 780})
    expect(sidebar).to_have_count(0)
    page.reload()
    expect(page.get_by_role("button", name="Show conversations")).to_be_visible()
    expect(sidebar).to_have_count(0)
    page.set_viewport_size({"width": 1300, "height": 780})
    expect(sidebar).to_be_visible()
    page.get_by_role("button", name="Hide conversations").click()
    page.set_viewport_size({"width": 390, "height": 780})
    page.set_viewport_size({"width": 1300, "height": 780})
    expect(page.get_by_role("button", name="Show conversations")).to_be_visible()
    expect(sidebar).to_have_count(0)


def _overflow(page: Page) -> int:
    pixels: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return pixels


def test_a_dead_engine_is_told_and_comes_back(tmp_path: Path, open_page: OpenPage) -> None:
    service = FakeVisionService()
    service.scripts = [["The largest ", asyncio.Event(), "bore"]]
    with app_in_thread(tmp_path / "data", service) as app:
        page = open_page(app.url)
        wait_ready(page)
        answer = ask(page, "Largest bore?")
        wait_streaming(answer)
        app.call(service.die)
        expect(page.locator(".model-line")).to_contain_text("Restarting")
        expect(answer).to_have_class(re.compile(r"\binterrupted\b"))
        app.call(service.set_state, "ready")
        wait_ready(page)
        answer.get_by_role("button", name="Ask again").click()
        wait_complete(answers(page).last)


def test_a_model_that_cannot_start_says_why_on_the_page(
    tmp_path: Path, open_page: OpenPage
) -> None:
    server = ServerProcess(tmp_path / "data", model=tmp_path / "nothing-here").start()
    try:
        page = open_page(server.url)
        expect(page.locator(".banner.bad")).to_contain_text("nothing-here")
    finally:
        server.stop()
