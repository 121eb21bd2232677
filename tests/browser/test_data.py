"""The data beside the sheet: tables, corrections, balloons, downloads; in three languages.

The server is the whole app with a scripted engine: what is read off the sheet needs none.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

pytest.importorskip("reportlab", reason="drawing sheets needs the extra `demo`")

from demo.sheets.render import render
from tests.browser.actions import still_box, upload
from tests.browser.app_thread import app_in_thread
from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app_in_thread(tmp_path_factory.mktemp("data") / "data") as app:
        yield app.url


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plate with holes, parts list and revision table."""
    path = tmp_path_factory.mktemp("sheet") / "plate.pdf"
    path.write_bytes(render(3, paper="A3").pdf)
    return path


@pytest.fixture
def page(url: str, open_page: OpenPage, sheet: Path) -> Page:
    """The page with the sheet open and its dimensions beside it."""
    page = open_page(url)
    upload(page, sheet)
    open_data(page)
    return page


def open_data(page: Page, name: str = "Data") -> None:
    page.get_by_role("tab", name=name).click()
    expect(page.locator(".data-table tbody tr").first).to_be_visible()


def choose_table(page: Page, kind: str) -> None:
    page.locator(".data-kind select").select_option(kind)
    expect(page.locator(f".data-scroll[aria-label='{LABELS[kind]}']")).to_be_visible()


LABELS = {"bom": "Parts list", "title_block": "Title block", "revisions": "Revisions"}


def rows(page: Page) -> list[list[str]]:
    return [
        [cell.inner_text().strip() for cell in line.locator("td").all()]
        for line in page.locator(".data-table tbody tr").all()
    ]


def test_every_dimension_has_a_row_and_a_balloon(page: Page) -> None:
    written = [next(cell for cell in row if "Ø19" in cell) for row in rows(page) if "Ø19 H6" in row]
    assert written == ["Ø19 H6"]
    expect(page.locator(".data-table tbody tr")).to_have_count(6)
    expect(page.locator(".data-balloon")).to_have_count(6)
    bore = page.locator("tr", has_text="Ø19 H6")
    expect(bore).to_contain_text("19.013")


def test_a_row_leads_to_its_place_and_back(page: Page) -> None:
    line = page.locator("tr", has_text="Ø19 H6")
    line.get_by_role("button", name=re.compile(r"^\d$")).first.click()
    expect(line).to_have_class("data-chosen")
    expect(page.locator(".viewer-evidence-label")).to_contain_text("Ø19 H6")
    balloon = page.get_by_role("button", name=re.compile(r"^Balloon 5"))
    balloon.click()
    expect(page.locator("tr.data-chosen")).to_have_count(1)
    expect(page.locator("tr.data-chosen")).to_contain_text("R4")


def test_a_correction_by_keyboard_stays_and_can_be_taken_back(page: Page) -> None:
    line = page.locator("tr", has_text="R4")
    cell = line.get_by_role("button", name=re.compile(r"^Nominal: 4\."))
    cell.focus()
    page.keyboard.press("Enter")
    field = page.get_by_role("textbox", name="Nominal, new value")
    expect(field).to_be_focused()
    field.fill("4.5")
    page.keyboard.press("Enter")
    corrected = line.get_by_role("button", name=re.compile(r"^Nominal: 4\.5"))
    expect(corrected).to_have_attribute("title", re.compile(r"^Corrected by local.*Previously: 4$"))
    page.reload()
    open_data(page)
    expect(corrected).to_be_visible()
    line.get_by_role("button", name="Revert the correction of Nominal").click()
    expect(cell).to_be_visible()


def test_escape_leaves_a_cell_as_it_was(page: Page) -> None:
    line = page.locator("tr", has_text="R4")
    line.get_by_role("button", name=re.compile(r"^Kind:")).click()
    field = page.get_by_role("textbox", name="Kind, new value")
    expect(field).to_be_focused()
    page.keyboard.type("nonsense")
    expect(field).to_have_value("nonsense")
    page.keyboard.press("Escape")
    expect(line.get_by_role("button", name=re.compile(r"^Kind: radius"))).to_be_focused()


def test_a_balloon_is_moved_by_keys_and_by_pointer(page: Page) -> None:
    balloon = page.get_by_role("button", name=re.compile(r"^Balloon 1:"))
    page.get_by_role("button", name="Fit to window").click()
    before = settled_box(page, balloon)
    balloon.focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("status").filter(has_text="Balloon 1 moved.")).to_be_attached()
    by_key = settled_box(page, balloon)
    assert by_key[1] == pytest.approx(before[1] - 8, abs=1.5)
    page.mouse.move(by_key[0], by_key[1])
    page.mouse.down()
    page.mouse.move(by_key[0] + 60, by_key[1] - 40, steps=5)
    page.mouse.up()
    expect(balloon).not_to_have_css("left", f"{by_key[0]}px")
    dragged = settled_box(page, balloon)
    assert (dragged[0], dragged[1]) == pytest.approx((by_key[0] + 60, by_key[1] - 40), abs=2)
    page.reload()
    open_data(page)
    page.get_by_role("button", name="Fit to window").click()
    assert settled_box(page, balloon) == pytest.approx(dragged, abs=2)
    balloon.focus()
    page.keyboard.press("Delete")
    expect(page.get_by_role("status").filter(has_text="Balloon 1 reset")).to_be_attached()
    assert settled_box(page, balloon) == pytest.approx(before, abs=2)


def settled_box(page: Page, balloon: Locator) -> tuple[float, float]:
    """The balloon's middle in the window, once it and the view stand still."""
    box = still_box(page, balloon)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_other_tables_and_what_is_missing(page: Page) -> None:
    choose_table(page, "bom")
    assert ["2", "4", "DOWEL PIN", "ISO 8734"] == rows(page)[1][:4]
    choose_table(page, "title_block")
    drawn = page.locator("tr", has=page.get_by_role("button", name="Drawn", exact=True))
    expect(drawn.locator("td").nth(1)).to_have_class("data-missing")
    place = page.locator(".data-place").first
    expect(place).to_be_visible()
    choose_table(page, "revisions")
    expect(page.locator(".data-table tbody tr")).to_have_count(2)


def test_a_row_taken_out_comes_back_with_undo(page: Page) -> None:
    choose_table(page, "bom")
    page.get_by_role("button", name="Remove DOWEL PIN").click()
    expect(page.locator(".data-table tbody tr")).to_have_count(3)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".data-table tbody tr")).to_have_count(4)


def test_downloads(page: Page, tmp_path: Path) -> None:
    def take(name: str) -> Path:
        menu = page.locator(".data-downloads")
        if menu.get_attribute("open") is None:
            menu.locator("summary").click()
        with page.expect_download() as waiting:
            page.get_by_role("link", name=name, exact=True).click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        return path

    with take("CSV").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == 6
    assert load_workbook(take("XLSX")).worksheets[0].max_row == 7
    form = load_workbook(take("Inspection report (AS9102)")).worksheets[0]
    assert form.cell(1, 2).value == "246.586.57"
    drawn = pdfium.PdfDocument(take("Ballooned sheet, PDF"))
    assert "Ø19 H6" in drawn[0].get_textpage().get_text_range()
    assert take("Ballooned sheet, PNG").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("locale", "tab", "kind", "column"),
    [("de-DE", "Daten", "Maße", "Mindestmaß"), ("ko-KR", "데이터", "치수", "최소")],
)
def test_in_other_languages(
    url: str, open_page: OpenPage, sheet: Path, locale: str, tab: str, kind: str, column: str
) -> None:
    page = open_page(url, locale=locale)
    upload(page, sheet)
    open_data(page, tab)
    expect(page.locator(".data-kind select option").first).to_have_text(kind)
    expect(page.get_by_role("columnheader", name=column)).to_be_attached()


def test_on_a_narrow_dark_page_nothing_is_cut_off(
    url: str, open_page: OpenPage, sheet: Path
) -> None:
    page = open_page(url, viewport={"width": 390, "height": 780}, color_scheme="dark")
    upload(page, sheet)
    open_data(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    line = page.locator("tr", has_text="Ø19 H6")
    line.get_by_role("button", name=re.compile(r"^Nominal: 19")).click()
    expect(page.get_by_role("textbox", name="Nominal, new value")).to_be_focused()
    page.keyboard.press("Escape")
    line.get_by_role("button").first.click()
    expect(page.locator(".viewer-evidence-label")).to_be_visible()  # the drawing's side comes up
