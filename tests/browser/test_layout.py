"""Where things are: windows between a telephone's and a screen's, half a screen, twice the zoom."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.actions import answers, ask, upload, wait_complete
from tests.browser.app_thread import AppThread, app_in_thread
from tests.browser.conftest import OpenPage
from tests.conftest import PROJECT_ROOT
from tests.fakes import FakeVisionService

pytestmark = pytest.mark.browser

SAMPLES = PROJECT_ROOT / "demo" / "samples"
#: 1440×900 at 200 %.
ZOOMED = {"width": 720, "height": 450}
TELEPHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppThread]:
    service = FakeVisionService(window=32_768)
    with app_in_thread(tmp_path_factory.mktemp("layout") / "data", service) as app:
        yield app


def bottom(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


def top(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["y"]


def conversation(page: Page) -> None:
    """One that the list has."""
    wait_complete(ask(page, "What is it?"))


@pytest.mark.parametrize("width", [720, 900])
def test_a_list_that_lies_over_the_page_gives_way(
    app: AppThread, open_page: OpenPage, width: int
) -> None:
    page = open_page(app.url, viewport={"width": width, "height": 700})
    conversation(page)
    sidebar = page.locator(".sidebar")
    expect(sidebar).to_have_count(0)
    page.get_by_role("button", name="Show conversations").click()
    expect(sidebar).to_be_visible()
    page.keyboard.press("Escape")
    expect(sidebar).to_have_count(0)
    expect(page.get_by_role("button", name="Show conversations")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator(".conversation a").first.click()
    expect(sidebar).to_have_count(0)
    page.reload()
    expect(answers(page)).to_have_count(1)
    expect(sidebar).to_have_count(0)


def test_the_first_screen_of_a_low_window_is_whole(app: AppThread, open_page: OpenPage) -> None:
    page = open_page(app.url, viewport={"width": 1440, "height": 900})
    upload(page, SAMPLES / "plate.pdf")
    page = open_page(app.url, viewport=ZOOMED)
    place = page.locator(".drop-here")
    last = place.locator(".samples button").last
    expect(last).to_be_attached()
    recent = page.locator(".recent")
    expect(recent).to_be_attached()
    assert top(place.locator(".icon").first) > top(place)
    assert bottom(last) < bottom(place) < top(recent)


def test_menus_close_when_one_presses_elsewhere(app: AppThread, open_page: OpenPage) -> None:
    page = open_page(app.url)
    upload(page, SAMPLES / "flange.pdf")
    page.get_by_label("Settings", exact=True).click()
    expect(page.locator(".menu-body")).to_be_visible()
    page.locator(".chat").click(position={"x": 5, "y": 5})
    expect(page.locator(".menu-body")).to_be_hidden()
    page.get_by_role("tab", name="Data").click()
    downloads = page.locator(".data-downloads")
    for leave in (
        lambda: page.keyboard.press("Escape"),
        lambda: page.locator(".data-table").click(position={"x": 5, "y": 5}),
    ):
        downloads.locator("summary").click()
        expect(downloads.locator("ul")).to_be_visible()
        leave()
        expect(downloads.locator("ul")).to_be_hidden()


def test_why_a_question_does_not_go_off_is_said_on_a_telephone(
    app: AppThread, open_page: OpenPage
) -> None:
    page = open_page(app.url, viewport=TELEPHONE)
    hint = page.locator("#composer-hint")
    words = hint.locator("span")
    page.locator(".composer textarea").fill("x" * 16_001)
    expect(hint).to_contain_text("limited to 16,000 characters")
    assert top(hint) <= top(words) < bottom(words) <= bottom(hint) + 1


@pytest.mark.parametrize("width", [720, 800, 900, 1024, 1920])
def test_a_key_is_told_whole_or_not_at_all(
    app: AppThread, open_page: OpenPage, width: int, tmp_path: Path
) -> None:
    """In German, with all the buttons of a document of several pages."""
    pages = tmp_path / "pages.tif"
    with Image.open(SAMPLES / "plate.png") as sheet:
        sheet.save(pages, save_all=True, append_images=[sheet.rotate(180)])
    page = open_page(app.url, locale="de-DE", viewport={"width": width, "height": 700})
    upload(page, pages)
    hint = page.locator("#composer-hint")
    words = hint.locator("span")
    expect(words).to_have_text("Eingabetaste sendet")
    box, room = words.bounding_box(), hint.bounding_box()
    assert box is not None
    assert room is not None
    assert box["height"] < 30, "it runs over two lines"
    fits = box["x"] >= room["x"] and bottom(words) <= bottom(hint) + 1
    assert fits or top(words) >= bottom(hint), "it is cut"
    assert fits == (width == 1920)


def test_on_paper_is_the_conversation_and_no_stretched_drawing(
    app: AppThread, open_page: OpenPage
) -> None:
    page = open_page(app.url, viewport={"width": 1024, "height": 500}, color_scheme="dark")
    upload(page, SAMPLES / "flange.pdf")
    for _ in range(4):
        conversation(page)
    page.emulate_media(media="print")
    expect(page.locator(".drawing-pane")).to_be_hidden()
    expect(page.locator(".composer")).to_be_hidden()
    expect(page.locator(".title")).to_be_visible()
    page.set_viewport_size({"width": 680, "height": 500})
    expect(page.locator(".title")).to_be_visible()
    shown = "e => e.scrollHeight <= e.clientHeight && e.scrollWidth <= e.clientWidth"
    assert page.locator(".messages").evaluate(shown), "a part of the conversation is cut off"
    assert page.evaluate("document.body.scrollHeight") > 500
    ink = page.locator(".answer").first.evaluate("e => getComputedStyle(e).color")
    assert max(int(part) for part in re.findall(r"\d+", ink)[:3]) < 80, "light words on white paper"


def test_the_samples_are_on_the_first_screen_of_a_telephone(
    app: AppThread, open_page: OpenPage
) -> None:
    page = open_page(app.url, viewport=TELEPHONE)
    page.get_by_role("button", name="SENSOR PLATE").click()
    expect(page.locator(".composer .chips > *")).to_have_count(1)


@pytest.mark.parametrize("window", [ZOOMED, TELEPHONE])
def test_the_buttons_of_the_drawing_stand_in_one_row(
    app: AppThread, open_page: OpenPage, window: dict[str, int]
) -> None:
    page = open_page(app.url, viewport=window)
    upload(page, SAMPLES / "flange.pdf")
    if window is TELEPHONE:
        page.locator(".pane-switch button").first.click()
    buttons = page.locator(".viewer-toolbar button:visible")
    expect(buttons.first).to_be_visible()
    tops = {round(top(one)) for one in buttons.all()}
    assert buttons.count() > 6
    assert len(tops) == 1


def test_the_tab_of_the_drawing_shown_is_in_view(
    app: AppThread, open_page: OpenPage, tmp_path: Path
) -> None:
    sheets = []
    for number in range(8):
        sheet = tmp_path / f"sheet with a long name {number}.png"
        sheet.write_bytes((SAMPLES / "plate.png").read_bytes() + bytes(number + 1))
        sheets.append(sheet)
    page = open_page(app.url)
    upload(page, *sheets)
    tabs = page.locator(".viewer-tab")
    expect(tabs).to_have_count(8)
    page.locator(".chip-main").last.click()
    expect(page.locator(".viewer-tab-shown")).to_be_in_viewport(ratio=0.9)


def test_formulas_are_shown_without_a_complaint_of_the_browser(
    tmp_path: Path, open_page: OpenPage
) -> None:
    service = FakeVisionService(window=32_768)
    service.default = [r"$$F_{max} = \frac{T}{r} \cdot \left(\frac{p}{d}\right)^2$$ and $\sqrt{2}$"]
    with app_in_thread(tmp_path / "data", service) as app:
        page = open_page(app.url)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        answer = ask(page, "Which force?")
        wait_complete(answer)
        expect(answer.locator("math")).to_have_count(2)
        expect(answer.locator("msqrt")).to_have_count(1)
        # without a font that has them, the signs of roots are lost on some machines
        page.wait_for_function(
            "() => [...document.fonts].some(one => one.family.includes('Noto Sans Math')"
            " && one.status === 'loaded')"
        )
        assert complaints == []
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / "formulas.png")
