"""Two revisions compared in the page: the list, the flight to a change, the overlay's colours.

The server is the whole app with a scripted engine: comparing needs none.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.actions import eventually, upload
from tests.browser.app_thread import app_in_thread
from tests.browser.conftest import OpenPage
from tests.drawing_samples import pdf

pytestmark = pytest.mark.browser

#: Points from the left and from the bottom, and a text; the page has 400 by 300.
KEPT = [(30, 260, "FLANGE"), (30, 230, "ISO 2768-mK"), (30, 30, "83-8834"), (300, 260, "S235JR")]


def write(path: Path, *lines: tuple[int, int, str], shift: int, bar: int) -> Path:
    """A sheet with a large black bar, that the overlay's colours can be read off."""
    texts = " ".join(
        f"BT /F1 12 Tf {x + shift} {y} Td ({text}) Tj ET" for x, y, text in (*KEPT, *lines)
    )
    path.write_bytes(pdf(f"{bar + shift} 100 60 40 re f {texts}"))
    return path


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app_in_thread(tmp_path_factory.mktemp("compare") / "data") as app:
        yield app.url


@pytest.fixture(scope="module")
def sheets(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A sheet and its revision, printed 8 points further right."""
    folder = tmp_path_factory.mktemp("sheets")
    old = write(folder / "old.pdf", (200, 200, "R5"), (200, 60, "12,5"), shift=0, bar=60)
    new = write(folder / "new.pdf", (200, 60, "12,7"), (300, 60, "NOTE"), shift=8, bar=100)
    return old, new


def open_comparison(page: Page, sheets: tuple[Path, Path], tab: str = "Compare") -> None:
    upload(page, *sheets)
    page.get_by_role("tab", name=tab).click()
    for which in ("old", "new"):
        choice = page.locator(f".compare-{which} select")
        choice.select_option(label=f"{which}.pdf")
    expect(page.locator(".compare-change")).to_have_count(3)


def test_changes_lead_to_their_places(
    url: str, open_page: OpenPage, sheets: tuple[Path, Path]
) -> None:
    page = open_page(url)
    open_comparison(page, sheets)
    expect(page.locator(".compare-body [role=status]")).to_have_text(
        "1 changed · 1 added · 1 removed"
    )
    page.locator(".compare-change", has_text="12,5").click()
    mark = page.locator(".viewer-evidence-label")
    expect(mark).to_contain_text("Changed: 12,5 → 12,7")
    expect(page.locator(".viewer-tab-shown")).to_contain_text("new.pdf")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.locator(".compare-change", has_text="R5").focus()
    page.keyboard.press("Enter")
    expect(mark).to_contain_text("Removed: R5")
    expect(page.locator(".viewer-tab-shown")).to_contain_text("old.pdf")
    page.get_by_role("button", name="Ask about the changes").click()
    expect(page.get_by_role("textbox", name="Ask about the drawing")).to_have_value(
        "What changed from old.pdf to new.pdf? The texts differ as follows:\n"
        "- Removed: R5\n- Changed: 12,5 → 12,7\n- Added: NOTE"
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_overlay_is_red_blue_and_dark_on_white_paper(
    url: str, open_page: OpenPage, sheets: tuple[Path, Path], scheme: str
) -> None:
    """The bars overlap by a third: what only the old sheet has, both, and only the new one."""
    page = open_page(url, color_scheme=scheme)
    open_comparison(page, sheets)
    picture = page.locator(".compare-sheet")

    def check_colours() -> None:
        image = Image.open(io.BytesIO(picture.screenshot())).convert("RGB")
        scale = min(image.width / 400, image.height / 300)
        left, top = (image.width - 400 * scale) / 2, (image.height - 300 * scale) / 2

        def colour(x: float, y: float) -> tuple[int, ...]:
            """At points of the new sheet, from its left and its bottom."""
            found = image.getpixel((round(left + x * scale), round(top + (300 - y) * scale)))
            assert isinstance(found, tuple)
            return found

        old, both, new, paper = (colour(x, 120) for x in (78, 118, 158, 230))
        assert old[0] > 180 and max(old[1:]) < 80
        assert max(both) < 80
        assert new[2] > 180 and max(new[:2]) < 100
        assert min(paper) > 245

    eventually(page, check_colours)


@pytest.mark.parametrize(("locale", "tab"), [("de-DE", "Vergleich"), ("ko-KR", "비교")])
def test_in_other_languages_on_a_narrow_page(
    url: str, open_page: OpenPage, sheets: tuple[Path, Path], locale: str, tab: str
) -> None:
    page = open_page(url, locale=locale, viewport={"width": 390, "height": 780})
    open_comparison(page, sheets, tab)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".compare-change").first.click()
    expect(page.locator(".viewer-evidence-label")).to_be_visible()
