"""Every screen, light and dark, before axe: names, roles, landmarks, contrast.

The engine is a fake one that has a memory plan: axe looks at the page, and nothing here waits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backend.errors import EngineRestarting
from backend.model.service import ModelStatus
from tests.browser.actions import answers, ask, upload, wait_complete
from tests.browser.app_thread import AppThread, app_in_thread
from tests.browser.conftest import OpenPage
from tests.conftest import PROJECT_ROOT
from tests.fakes import FakeVisionService

pytestmark = pytest.mark.browser

AXE = PROJECT_ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SHEET = PROJECT_ROOT / "demo" / "samples" / "flange.pdf"
GIB = 2**30
OTHER_SHEET = SHEET.with_name("plate.pdf")
#: As the planner says it of one GPU; only its shape matters here.
PLAN = {
    "fits": True,
    "model": "Qwen/Qwen3-VL-30B-A3B-Instruct-FP8",
    "precision": "FP8",
    "gpus": [{"name": "GPU", "total": 48 * GIB, "free": 47 * GIB}],
    "memory": {"weights": 32 * GIB, "runtime": GIB, "kv_cache": 10 * GIB, "spare": 4 * GIB},
    "settings": {"max_model_len": 32768},
    "kv_cache_tokens": 109226,
    "pages_in_window": 5,
    "turns_in_window": 38,
}
#: One value on the sheet, one that is not, a table, code and a formula.
ANSWER = """The bore is Ø56, the thread M99.

| Feature | Size |
|---|---|
| Bore | Ø56 |

Its area is $\\pi r^2$; in G-code `G02`. [The standard](https://example.org/)
"""


#: Words that can hardly be read (2.3:1 on white), and a button without a name.
PLANTED = """
const welcome = document.querySelector(".drop-here")
welcome.querySelector("h2").style.color = "#aaa"
welcome.append(document.createElement("button"))
"""


class PlannedService(FakeVisionService):
    """Says what of the memory it takes, so that the page has its model menu."""

    def status(self) -> ModelStatus:
        return replace(super().status(), plan=PLAN)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppThread]:
    service = PlannedService(window=32_768)
    service.default = [ANSWER]
    with app_in_thread(tmp_path_factory.mktemp("axe") / "data", service) as app:
        yield app


@pytest.fixture(params=["light", "dark"])
def look(request: pytest.FixtureRequest) -> dict[str, object]:
    """Options of a page in one of the two themes; nothing fades while axe looks."""
    return {"color_scheme": request.param, "reduced_motion": "reduce"}


def findings(page: Page) -> list[str]:
    """What axe finds on the page as it is now, one line for each element."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['impact']} {rule['id']}: {node['target']} {node['html'][:120]}\n"
        f"    {' '.join(node['failureSummary'].split())}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def check(page: Page) -> None:
    found = findings(page)
    assert not found, "\n" + "\n".join(found)


def answered(app: AppThread, open_page: OpenPage, **options: object) -> Page:
    """A page with a drawing and a finished answer that has values."""
    page = open_page(app.url, **options)
    upload(page, SHEET)
    answer = ask(page, "What is it?")
    wait_complete(answer)
    expect(answer.locator("[data-evidence]").first).to_be_visible()
    return page


def test_the_check_finds_what_is_wrong(app: AppThread, open_page: OpenPage) -> None:
    page = open_page(app.url)
    page.evaluate(PLANTED)
    found = {line.split(":")[0] for line in findings(page)}
    assert {"critical button-name", "serious color-contrast"} <= found


def test_first_screen(app: AppThread, open_page: OpenPage, look: dict[str, object]) -> None:
    page = open_page(app.url, **look)
    expect(page.locator(".samples button").first).to_be_visible()
    check(page)


def test_drawing_without_question(
    app: AppThread, open_page: OpenPage, look: dict[str, object]
) -> None:
    page = open_page(app.url, **look)
    upload(page, SHEET)
    expect(page.locator(".starters")).to_be_visible()
    check(page)


def test_finished_answer(app: AppThread, open_page: OpenPage, look: dict[str, object]) -> None:
    page = answered(app, open_page, **look)
    check(page)
    unfold = "answer => answer.querySelectorAll('details').forEach(one => one.open = true)"
    answers(page).evaluate(unfold)
    answers(page).locator("[data-evidence]").first.click()
    expect(page.locator("rect.viewer-evidence")).to_have_count(1)
    check(page)


def test_conversation_list(app: AppThread, open_page: OpenPage, look: dict[str, object]) -> None:
    page = answered(app, open_page, **look)
    row = page.locator(".conversation").first
    expect(row).to_be_visible()
    check(page)
    row.hover()
    row.get_by_role("button", name=re.compile("^Rename")).click()
    check(page)


def test_data(app: AppThread, open_page: OpenPage, look: dict[str, object]) -> None:
    page = open_page(app.url, **look)
    upload(page, SHEET)
    page.get_by_role("tab", name="Data").click()
    expect(page.locator(".data-table tbody tr").first).to_be_visible()
    check(page)
    page.locator(".data-downloads > summary").click()
    page.locator(".data-first").first.click()
    check(page)


def test_comparison(app: AppThread, open_page: OpenPage, look: dict[str, object]) -> None:
    page = open_page(app.url, **look)
    upload(page, SHEET, OTHER_SHEET)
    page.get_by_role("tab", name="Compare").click()
    page.locator(".compare-old select").select_option(label=SHEET.name)
    page.locator(".compare-new select").select_option(label=OTHER_SHEET.name)
    page.locator(".compare-change").first.click()
    check(page)
    page.get_by_role("button", name="Side by side").click()
    check(page)


@pytest.mark.parametrize("width", [1440, 390])
def test_the_parts_of_a_sheet(
    app: AppThread, open_page: OpenPage, look: dict[str, object], width: int
) -> None:
    page = open_page(app.url, viewport={"width": width, "height": 900}, **look)
    upload(page, SHEET)
    if width < 700:
        page.locator(".pane-switch button").first.click()
    page.get_by_role("button", name="Parts of the sheet").click()
    expect(page.locator(".map-name").first).to_be_visible()
    check(page)
    page.locator(".map-fold").click()
    check(page)


def test_search_in_the_sheet(app: AppThread, open_page: OpenPage, look: dict[str, object]) -> None:
    page = open_page(app.url, **look)
    upload(page, SHEET)
    page.get_by_role("button", name="Search").first.click()
    page.get_by_role("searchbox").last.fill("56")
    expect(page.locator(".viewer-hit").first).to_be_attached()
    check(page)


def test_settings(app: AppThread, open_page: OpenPage, look: dict[str, object]) -> None:
    page = answered(app, open_page, **look)
    page.get_by_label("Settings", exact=True).click()
    expect(page.locator(".menu-body select").first).to_be_visible()
    check(page)


def test_model_change(app: AppThread, open_page: OpenPage, look: dict[str, object]) -> None:
    page = open_page(app.url, **look)
    page.locator(".model-line").click()
    field = page.locator(".model-change input")
    field.fill("no such model")
    field.press("Enter")
    expect(page.locator(".model-change [role=status]")).to_contain_text("model")
    check(page)


def test_engine_lost(tmp_path: Path, open_page: OpenPage, look: dict[str, object]) -> None:
    service = PlannedService(window=32_768)
    service.scripts = [["The bore is Ø56, ", EngineRestarting("The engine is being restarted.")]]
    with app_in_thread(tmp_path / "data", service) as app:
        page = open_page(app.url, **look)
        upload(page, SHEET)
        answer = ask(page, "What is it?")
        expect(answer).to_have_class(re.compile(r"\b(failed|interrupted)\b"))
        check(page)
        app.call(service.set_state, "failed", "The engine died too often.")
        expect(page.locator(".banner.bad")).to_be_visible()
        check(page)
        app.call(service.set_state, "loading")
        expect(page.locator(".banner.loading")).to_be_visible()
        check(page)


def test_refused_file(
    app: AppThread, open_page: OpenPage, look: dict[str, object], tmp_path: Path
) -> None:
    path = tmp_path / "part.step"
    path.write_text("ISO-10303-21;")
    page = open_page(app.url, **look)
    page.locator("input[type=file]").set_input_files(path)
    expect(page.locator(".upload-problem")).to_be_visible()
    check(page)


def test_sign_in(tmp_path: Path, open_page: OpenPage, look: dict[str, object]) -> None:
    with app_in_thread(tmp_path / "data", owners=("alice",)) as app:
        page = open_page(app.url, **look)
        field = page.get_by_label("Token")
        expect(field).to_be_visible()
        check(page)
        field.fill("dc_this-is-a-wrong-token")
        field.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("Invalid token.")
        check(page)


def test_narrow(app: AppThread, open_page: OpenPage, look: dict[str, object]) -> None:
    page = answered(app, open_page, **look)
    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.locator(".sidebar")).to_have_count(0)
    page.get_by_role("button", name="Show conversations").click()
    expect(page.locator(".sidebar")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Hide conversations").click()
    for pane in ("Chat", "Drawing"):
        page.locator(".pane-switch").get_by_role("button", name=pane).click()
        check(page)
