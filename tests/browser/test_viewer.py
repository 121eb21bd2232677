"""The drawing viewer in real Chromium: pixels, regions, text, several drawings.

Where the sheet lies on the screen is read from the overlay's matrix, which maps canvas pixels
to the stage; what is on the screen is read from screenshots.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Locator, Page, expect

from backend.drawings.text.ocr import ocr_is_installed
from tests.browser.actions import (
    ask,
    eventually,
    still,
    still_box,
    upload,
    wait_complete,
    wait_ready,
)
from tests.browser.conftest import OpenPage
from tests.drawing_samples import pdf
from tests.server_process import ServerProcess

pytestmark = pytest.mark.browser

SIZE = (1600, 1100)
#: One pixel of this colour stands in the sheet, its neighbours are white.
RED = (220, 20, 20)
RED_AT = (1203, 307)


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sheet with one red pixel."""
    image = Image.new("RGB", SIZE, "white")
    ImageDraw.Draw(image).rectangle((20, 20, 1579, 1079), outline="black", width=4)
    image.putpixel(RED_AT, RED)
    path = tmp_path_factory.mktemp("viewer") / "one red pixel.png"
    image.save(path)
    return path


@pytest.fixture(scope="module")
def vector(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pages, each with `M8x1` and `M8x1.25`, the second turned by 90 degrees."""
    text = "BT /F1 20 Tf 60 200 Td (M8x1) Tj ET BT /F1 20 Tf 0 1 -1 0 300 100 Tm (M8x1.25) Tj ET"
    path = tmp_path_factory.mktemp("viewer") / "threads.pdf"
    path.write_bytes(pdf(text, pages=3))
    return path


def stage(page: Page) -> Locator:
    """The focusable sheet, once it is open."""
    found = page.locator(".viewer-sheet")
    expect(page.locator(".viewer-overlay")).to_be_visible()
    return found


def matrix(page: Page) -> list[float]:
    """Canvas to stage, as soon as the sheet is open and stands still."""
    stage(page)
    group = page.locator(".viewer-shapes > g")
    now = still(page, lambda: group.get_attribute("transform")) or ""
    return [float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", now)]


def on_screen(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a canvas point is in the window."""
    a, b, c, d, e, f = matrix(page)
    box = stage(page).bounding_box()
    assert box is not None
    return box["x"] + a * x + c * y + e, box["y"] + b * x + d * y + f


def colour(page: Page, x: float, y: float) -> tuple[int, int, int]:
    """The colour that the window shows at a canvas point."""
    left, top = on_screen(page, x, y)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    found = picture.getpixel((round(left), round(top)))
    assert isinstance(found, tuple)
    return found[0], found[1], found[2]


def is_red(found: tuple[int, int, int]) -> bool:
    return found[0] > 180 and max(found[1:]) < 90


def regions(page: Page) -> list[list[int]]:
    """The rectangles drawn for attached regions, in canvas pixels."""
    sides = ("x", "y", "width", "height")
    return [
        [int(one.get_attribute(side) or -1) for side in sides]
        for one in page.locator("rect.viewer-region").all()
    ]


@pytest.mark.parametrize("kind", ["vector", "scan"])
def test_no_stroke_is_lost_between_two_tiles(
    server: ServerProcess, open_page: OpenPage, tmp_path: Path, kind: str
) -> None:
    """Upright strokes, as wide as a letter's, at every place of an A4 sheet: all have the same
    ink, also where two tiles meet."""
    rows = [(offset, 60 + 45 * number) for number, offset in enumerate(range(0, 60, 5))]
    places = [(x + offset / 10, y) for offset, y in rows for x in range(30, 810, 6)]
    if kind == "vector":
        path = tmp_path / "comb.pdf"
        strokes = "".join(f"{x} {y} 2.6 40 re f " for x, y in places)
        path.write_bytes(pdf(strokes, box=(0, 0, 842, 595)))
    else:
        path = tmp_path / "comb.png"
        image = Image.new("L", (3508, 2480), 255)
        for x, y in places:
            left, top = round(x * 300 / 72), round((595 - y - 40) * 300 / 72)
            ImageDraw.Draw(image).rectangle((left, top, left + 10, top + 166), fill=0)
        image.save(path, dpi=(300, 300))
    page = open_page(server.url, viewport={"width": 1400, "height": 850})
    upload(page, path)
    eventually(page, partial(check_same_ink, page, places))


def check_same_ink(page: Page, places: Sequence[tuple[float, float]]) -> None:
    """Upright strokes at `places` (points of an A4 sheet, their lower left corners) have all
    nearly the same ink on the screen."""
    scale, _, _, _, left, top = matrix(page)
    image = Image.open(io.BytesIO(stage(page).screenshot())).convert("L")
    dots = 300 / 72 * scale  # pixels of the screen in a point of the paper
    ink = np.asarray(255.0 - np.asarray(image, np.float64))
    found = []
    for x, y in places:
        row, start = round(top + (595 - y - 20) * dots), round(left + x * dots)
        found.append(ink[row, start - 2 : start + 4].sum())
    usual, least = float(np.median(found)), int(np.argmin(found))
    assert found[least] > 0.8 * usual > 80, (places[least], found[least], usual)


def test_zooming_ends_at_a_single_pixel(
    server: ServerProcess, open_page: OpenPage, scan: Path
) -> None:
    page = open_page(server.url)
    upload(page, scan)
    sheet = stage(page)
    page.mouse.move(*on_screen(page, RED_AT[0] + 0.5, RED_AT[1] + 0.5))
    for _ in range(20):
        page.mouse.wheel(0, -240)
        page.wait_for_timeout(60)
    assert matrix(page)[0] == pytest.approx(16)
    for turn in range(2):
        expect(sheet).to_be_visible()
        eventually(page, partial(check_red_pixel, page, f"after {turn} turns"))
        sheet.focus()
        page.keyboard.press("r")


def check_red_pixel(page: Page, when: str) -> None:
    """One pixel of the sheet is red, its neighbours are white."""
    x, y = RED_AT[0] + 0.5, RED_AT[1] + 0.5
    assert is_red(colour(page, x, y)), when
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        assert min(colour(page, x + dx, y + dy)) > 200, f"beside, {when}"


def test_regions_by_mouse_and_by_keyboard(
    server: ServerProcess, open_page: OpenPage, scan: Path
) -> None:
    page = open_page(server.url)
    upload(page, scan)
    chips = page.locator(".composer .chips > *")
    expect(chips).to_have_count(1)
    stage(page).focus()
    page.keyboard.press("s")
    page.mouse.move(*on_screen(page, 400, 300))
    page.mouse.down()
    page.mouse.move(*on_screen(page, 800, 500), steps=4)
    page.mouse.up()
    expect(chips).to_have_count(2)
    (by_mouse,) = regions(page)
    for found, wanted in zip(by_mouse, (400, 300, 400, 200), strict=True):
        assert abs(found - wanted) <= 4  # the mouse moves by whole screen pixels

    page.keyboard.press("s")
    page.keyboard.press("ArrowDown")
    draft = page.locator("rect.viewer-draft")
    expect(draft).to_be_visible()
    before = float(draft.get_attribute("x") or "nan")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    assert float(draft.get_attribute("x") or "nan") > before
    page.keyboard.press("Enter")
    expect(chips).to_have_count(3)
    assert len(regions(page)) == 2

    page.keyboard.press("s")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(draft).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Mark a region")).to_have_attribute(
        "aria-pressed", "false"
    )
    page.get_by_role("button", name=re.compile("^Region 1:")).focus()
    page.keyboard.press("Delete")
    expect(chips).to_have_count(2)


def test_text_is_found_marked_where_it_stands_and_copied(
    server: ServerProcess, open_page: OpenPage, vector: Path
) -> None:
    page = open_page(server.url)
    upload(page, vector)
    stage(page).focus()
    page.keyboard.press("/")
    page.keyboard.type("m8x1")
    outcome = page.locator(".viewer-outcome")
    expect(outcome).to_have_text("1 of 2 here, 6 in total")
    page.keyboard.press("Enter")
    expect(outcome).to_have_text("2 of 2 here, 6 in total")
    hits = page.locator("rect.viewer-hit")
    expect(hits).to_have_count(2)
    for hit in hits.all():
        eventually(page, partial(check_dark, page, hit))  # a hit's box holds its text
    page.keyboard.press("Shift+Enter")
    page.locator(".viewer-search").get_by_role("button", name="Copy text").click()
    expect(page.locator(".viewer-stage [role=status]").first).to_contain_text("Copied: M8x1")
    assert page.evaluate("navigator.clipboard.readText()") in ("M8x1", "M8x1.25")
    page.keyboard.press("Escape")
    expect(hits).to_have_count(0)


def test_hits_are_walked_over_all_pages(
    server: ServerProcess, open_page: OpenPage, vector: Path
) -> None:
    page = open_page(server.url)
    upload(page, vector)
    stage(page).focus()
    page.keyboard.press("/")
    page.keyboard.type("m8x1.25")
    outcome, number = page.locator(".viewer-outcome"), page.get_by_label("Go to page")
    expect(outcome).to_have_text("1 of 1 here, 3 in total")
    for wanted in ("2", "3", "1"):
        page.keyboard.press("Enter")
        expect(number).to_have_value(wanted)
        expect(outcome).to_have_text("1 of 1 here, 3 in total")
        expect(page.locator("rect.viewer-hit-now")).to_have_count(1)
        eventually(page, partial(check_dark, page, page.locator("rect.viewer-hit-now")))
    page.keyboard.press("Shift+Enter")
    expect(number).to_have_value("3")


def test_what_the_model_saw_is_shown_at_the_size_it_was_sent(
    server: ServerProcess, open_page: OpenPage, vector: Path
) -> None:
    page = open_page(server.url)
    upload(page, vector)
    stage(page).focus()
    for key in ("s", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    chip = page.locator(".composer .chip.region")
    expect(chip.locator(".chip-number")).to_have_text("1")
    expect(page.locator(".viewer-number")).to_have_text("1")
    wait_ready(page)
    answer = ask(page, "Which thread is this on page 3?")
    wait_complete(answer)
    expect(answer.locator(".seen-pages")).to_contain_text("images of pages 1, 3")
    seen = answer.locator("details.seen")
    for _ in range(2):
        seen.locator("summary").click()
        pictures = seen.locator("img")
        expect(pictures).to_have_count(3)
        for picture in pictures.all():
            expect(picture).to_have_js_property("complete", True)
            sent = [int(picture.get_attribute(side) or 0) for side in ("width", "height")]
            there = picture.evaluate("image => [image.naturalWidth, image.naturalHeight]")
            assert there == sent
            cost = f"{sent[0] * sent[1] // 1024:,} token"
            assert cost in picture.locator("xpath=ancestor::li").inner_text()
        page.reload()  # it comes with the conversation
        stage(page)


if ocr_is_installed():

    def test_a_scan_that_was_recognised_says_so_by_itself(
        server: ServerProcess, open_page: OpenPage, tmp_path: Path
    ) -> None:
        image = Image.new("L", (1200, 800), 255)
        font = ImageFont.load_default(44)
        ImageDraw.Draw(image).text((300, 200), "MATERIAL S235", font=font, fill=0)
        path = tmp_path / "recognised.png"
        image.save(path)
        page = open_page(server.url)
        upload(page, path)
        stage(page).focus()
        page.keyboard.press("/")
        page.keyboard.type("s235")
        expect(page.locator(".viewer-facts")).to_contain_text(
            "OCR text: please check", timeout=600_000
        )
        expect(page.locator(".composer .chip")).to_contain_text("OCR text")
        expect(page.locator(".viewer-outcome")).to_have_text("1 of 1")
        eventually(page, partial(check_dark, page, page.locator("rect.viewer-hit")))


def check_white(page: Page, x: float, y: float) -> None:
    assert min(colour(page, x, y)) > 240


def check_dark(page: Page, shape: Locator) -> None:
    """There is lettering inside a shape."""
    assert darkest_within(page, shape) < 120


def darkest_within(page: Page, shape: Locator) -> int:
    """The darkest grey that the window shows inside a shape."""
    box = still_box(page, shape)
    clip = (box["x"] + 4, box["y"] + 4, box["x"] + box["width"] - 4, box["y"] + box["height"] - 4)
    picture = (
        Image.open(io.BytesIO(page.screenshot()))
        .convert("L")
        .crop(
            tuple(round(side) for side in clip)  # type: ignore[arg-type]
        )
    )
    lowest, _ = picture.getextrema()
    assert isinstance(lowest, int)
    return lowest


def test_pages_and_drawings_are_switched_and_remembered(
    server: ServerProcess, open_page: OpenPage, scan: Path, vector: Path
) -> None:
    page = open_page(server.url)
    upload(page, vector)
    upload(page, scan)
    tabs = page.get_by_role("navigation", name="Open drawings")
    tabs.get_by_role("button", name="threads.pdf", exact=True).click()
    stage(page).focus()
    page.keyboard.press("n")
    expect(page.get_by_role("textbox", name="Go to page")).to_have_value("2")
    expect(page.locator(".viewer-strip img")).to_have_count(3)
    page.keyboard.press("+")
    page.keyboard.press("r")
    left = matrix(page)
    tabs.get_by_role("button", name="one red pixel.png", exact=True).click()
    expect(page.get_by_role("textbox", name="Go to page")).to_have_count(0)
    assert matrix(page) != left
    tabs.get_by_role("button", name="threads.pdf", exact=True).click()
    expect(page.get_by_role("textbox", name="Go to page")).to_have_value("2")
    assert matrix(page) == pytest.approx(left)


def test_missing_tiles_are_told_and_asked_for_again(
    server: ServerProcess, open_page: OpenPage, scan: Path
) -> None:
    page = open_page(server.url)
    tiles = re.compile(r"/iiif/.*default\.(png|webp)$")
    page.route(tiles, lambda route: route.abort())
    upload(page, scan)
    expect(page.get_by_text("Parts of the sheet could not be loaded")).to_be_visible()
    page.unroute(tiles)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Parts of the sheet could not be loaded")).to_have_count(0)
    eventually(page, partial(check_white, page, 800, 500))  # on its grey ground
