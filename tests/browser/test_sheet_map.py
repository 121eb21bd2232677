"""The parts of a sheet in the page: outlines, the legend, asking about one.

The server is the whole app with a scripted engine: the map needs none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("reportlab", reason="drawing sheets needs the extra `demo`")

from playwright.sync_api import Page, expect

from demo.sheets.render import render
from tests.browser.actions import still_box, upload
from tests.browser.app_thread import app_in_thread
from tests.browser.conftest import OpenPage
from tests.drawing_samples import pdf

pytestmark = pytest.mark.browser

#: An angle bracket on A3: two views, a parts list, a revision table, notes, a title block.
SEED = 1
NAMES = ["Front view · C3", "Side view · C5", "Title block · F6", "Parts list · E6",
         "Revisions · A7", "Notes · F1"]  # fmt: skip
GERMAN = ["Vorderansicht", "Seitenansicht", "Schriftfeld", "Stückliste"]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app_in_thread(tmp_path_factory.mktemp("map") / "data") as app:
        yield app.url


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sheets") / "bracket.pdf"
    path.write_bytes(render(SEED, paper="A3").pdf)
    return path


def open_map(page: Page, sheet: Path, label: str = "Parts of the sheet") -> None:
    upload(page, sheet)
    page.locator(".viewer-toolbar").get_by_role("button", name=label).click()
    expect(page.locator(".map-kinds li")).to_have_count(5)


def test_parts_are_outlined_and_switched_off_by_kind(
    url: str, open_page: OpenPage, sheet: Path
) -> None:
    page = open_page(url)
    open_map(page, sheet)
    names = page.locator(".map-name")
    expect(names).to_have_count(len(NAMES))
    for name in NAMES:
        expect(names.filter(has_text=name)).to_have_count(1)
    expect(page.locator(".map-legend [role=status]")).to_contain_text("6 parts")
    page.get_by_role("checkbox", name=re.compile("^Table")).uncheck()
    expect(names).to_have_count(4)
    page.reload()
    expect(names).to_have_count(4)
    expect(page.get_by_role("checkbox", name=re.compile("^Table"))).not_to_be_checked()
    page.get_by_role("button", name="Hide the parts of the sheet").click()
    expect(names).to_have_count(0)
    page.locator(".viewer-sheet").focus()
    page.keyboard.press("l")
    expect(names).to_have_count(4)


def test_a_part_goes_into_the_question(url: str, open_page: OpenPage, sheet: Path) -> None:
    page = open_page(url)
    open_map(page, sheet)
    page.get_by_role("button", name="Front view · C3: ask about it").click()
    field = page.locator(".composer textarea")
    expect(field).to_have_value("What does this view show, and which dimensions does it have?")
    expect(field).to_be_focused()
    expect(page.locator(".composer .chips")).to_contain_text("Region")
    expect(page.locator(".viewer-region-label")).to_have_count(1)


def test_the_line_asks_and_the_middle_leaves_the_sheet_alone(
    url: str, open_page: OpenPage, sheet: Path
) -> None:
    page = open_page(url)
    open_map(page, sheet)
    box = still_box(page, page.locator("g.map-front .map-line"))
    field = page.locator(".composer textarea")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(field).to_have_value("")
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 1)
    expect(field).to_have_value(re.compile("this view"))


def test_by_keyboard_in_german(url: str, open_page: OpenPage, sheet: Path) -> None:
    page = open_page(url, locale="de-DE")
    open_map(page, sheet, "Teile des Blatts")
    names = page.locator(".map-name")
    for word in GERMAN:
        expect(names.filter(has_text=word)).to_have_count(1)
    page.locator(".map-section, .map-side.map-name").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".composer textarea")).to_have_value(re.compile("^Was zeigt diese Ansicht"))


def test_korean_on_a_narrow_page(url: str, open_page: OpenPage, sheet: Path) -> None:
    page = open_page(url, locale="ko-KR", viewport={"width": 390, "height": 800})
    upload(page, sheet)
    page.locator(".pane-switch button").first.click()
    page.get_by_role("button", name="도면의 구성").click()
    names = page.locator(".map-name")
    expect(names.filter(has_text="정면도")).to_have_count(1)
    page.locator(".map-fold").click()  # folded at first: the sheet comes first
    expect(page.locator(".map-kinds li")).to_have_count(5)
    legend = still_box(page, page.locator(".map-legend"))
    assert legend["x"] >= 0
    assert legend["x"] + legend["width"] <= 390
    names.filter(has_text="정면도").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".composer textarea")).to_be_visible()
    expect(page.locator(".composer textarea")).to_have_value(re.compile("이 투상도"))


def test_a_sheet_without_parts_says_so(url: str, open_page: OpenPage, tmp_path: Path) -> None:
    bare = tmp_path / "bare.pdf"
    bare.write_bytes(pdf("BT /F1 12 Tf 100 100 Td (A) Tj ET"))
    page = open_page(url)
    upload(page, bare)
    page.locator(".viewer-toolbar").get_by_role("button", name="Parts of the sheet").click()
    expect(page.locator(".map-legend [role=status]")).to_contain_text("No parts found")
    expect(page.locator(".map-name")).to_have_count(0)


def test_a_place_says_its_zone(url: str, open_page: OpenPage, sheet: Path) -> None:
    page = open_page(url)
    upload(page, sheet)
    page.get_by_role("tab", name="Data").click()
    row = page.locator(".data-table tbody tr").first
    row.locator(".data-first").click()
    zone = page.locator(".viewer-evidence-label .viewer-zone")
    expect(zone).to_have_text(re.compile(r"^Zone [A-F][1-8]$"))
    expect(row).to_contain_text(zone.inner_text().removeprefix("Zone "))
    under_pointer = page.locator(".viewer-facts .viewer-zone")
    expect(under_pointer).to_have_count(0)
    frame = still_box(page, page.locator(".viewer-evidence").first)
    page.mouse.move(frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    expect(under_pointer).to_have_text(zone.inner_text())
    page.locator(".composer, .data-table").first.hover()
    expect(under_pointer).to_have_count(0)
