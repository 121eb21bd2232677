"""Values and steps of an answer, on the page: places on the sheet, warnings, second looks.

The model says what the test wrote; drawings, their text, grading and the page are the real ones.
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.actions import (
    answers,
    ask,
    conversation_id,
    eventually,
    still_box,
    upload,
    wait_complete,
    wait_ready,
)
from tests.browser.conftest import OpenPage
from tests.browser.test_viewer import matrix, stage
from tests.conftest import PROJECT_ROOT
from tests.drawing_samples import pdf
from tests.scripted_server import LOOK, ScriptedServerProcess

pytestmark = pytest.mark.browser

SAMPLES = PROJECT_ROOT / "demo" / "samples"
#: Of the frame around a place, `--viewer-evidence`.
FRAME = (208, 47, 140)
BORE = "Ø56"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedServerProcess]:
    """Without the recognition of scans: what is read by eye stays so."""
    data = tmp_path_factory.mktemp("evidence") / "data"
    process = ScriptedServerProcess(data, ocr=False, tools="on")
    process.start().wait_ready()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def threads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sheet on which M8 stands three times."""
    places = ((60, 40), (300, 140), (150, 250))
    text = " ".join(f"BT /F1 12 Tf {x} {y} Td (M8) Tj ET" for x, y in places)
    path = tmp_path_factory.mktemp("sheets") / "threads.pdf"
    path.write_bytes(pdf(text + " 20 20 360 260 re S"))
    return path


def asked(
    server: ScriptedServerProcess,
    open_page: OpenPage,
    sheet: Path,
    *said: str,
    looks: tuple[str, ...] = (),
    **options: object,
) -> tuple[Page, Locator]:
    """Upload, ask, wait: the page and its complete answer."""
    server.say({"What is it?": said, LOOK: looks})
    page = open_page(server.url, **options)
    wait_ready(page)
    upload(page, sheet)
    stage(page)
    answer = ask(page, "What is it?")
    wait_complete(answer)
    return page, answer


def mark(answer: Locator, text: str) -> Locator:
    return answer.locator("[data-evidence]", has_text=text).first


def truth(name: str, text: str) -> tuple[float, float, float, float]:
    """Where the generator of the sample says that a value stands."""
    facts = json.loads((SAMPLES / f"{name}.json").read_text())["facts"]
    (box,) = [fact["box"] for fact in facts if fact["value"] == text]
    return box[0], box[1], box[2], box[3]


def frame_on_screen(page: Page) -> tuple[Image.Image, tuple[int, int, int, int], list[float]]:
    """The window's pixels, the pixels' bounds that have the frame's colour, and the matrix."""
    expect(page.locator("rect.viewer-evidence")).to_have_count(1)
    turned = matrix(page)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    if folder := os.environ.get("SCREENSHOTS"):
        name = re.sub(r"\W+", "_", os.environ["PYTEST_CURRENT_TEST"])
        picture.save(Path(folder) / f"{name}.png")
    area = still_box(page, stage(page))
    left, top = round(area["x"]), round(area["y"])
    inside = picture.crop((left, top, left + round(area["width"]), top + round(area["height"])))
    label = still_box(page, page.locator(".viewer-evidence-label"))
    hidden = (label["x"] - left, label["y"] - top)
    pixels = inside.load()
    assert pixels is not None
    found = [
        (x, y)
        for y in range(inside.height)
        for x in range(inside.width)
        if _near(pixels[x, y], FRAME)  # type: ignore[arg-type]
        and not (
            hidden[0] - 2 <= x <= hidden[0] + label["width"] + 2
            and hidden[1] - 2 <= y <= hidden[1] + label["height"] + 2
        )
    ]
    assert found, "no pixel has the frame's colour"
    xs, ys = [x for x, _ in found], [y for _, y in found]
    return inside, (min(xs), min(ys), max(xs), max(ys)), turned


def _near(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= 24


def check_framed(page: Page, box: tuple[float, float, float, float]) -> None:
    """The frame's pixels lie around the box (canvas pixels), on the stage, with ink inside."""
    eventually(page, partial(_check_frame_now, page, box))


def _check_frame_now(page: Page, box: tuple[float, float, float, float]) -> None:
    shown, (left, top, right, bottom), (a, b, c, d, e, f) = frame_on_screen(page)
    assert (b, c) == pytest.approx((0, 0), abs=1e-6) and a == pytest.approx(d)
    x, y, w, h = box
    expected = (a * x + e, d * y + f, a * (x + w) + e, d * (y + h) + f)
    # the text's own box may be tighter than the generator's, which includes the line's height
    room = 0.45 * h * d + 12
    for seen, wanted in zip((left, top, right, bottom), expected, strict=True):
        assert abs(seen - wanted) <= room, (seen, wanted, room)
    assert 0 < left and 0 < top and right < shown.width - 1 and bottom < shown.height - 1
    within = shown.crop((left + 4, top + 4, right - 3, bottom - 3)).convert("L")
    dark = sum(within.histogram()[:110])
    assert dark > 0.02 * within.width * within.height, "no ink inside the frame"


def test_a_click_on_a_value_frames_it(server: ScriptedServerProcess, open_page: OpenPage) -> None:
    page, answer = asked(
        server, open_page, SAMPLES / "flange.pdf", f"The bore is {BORE} and so on."
    )
    value = mark(answer, BORE)
    expect(value).to_have_class(re.compile(r"\bfound\b"))
    expect(value).to_have_attribute("title", re.compile("found on the sheet, page 1"))
    value.click()
    check_framed(page, truth("flange", BORE))
    page.get_by_role("button", name="Remove marker").click()
    expect(page.locator("rect.viewer-evidence")).to_have_count(0)
    value.focus()
    page.keyboard.press("Enter")
    check_framed(page, truth("flange", BORE))
    expect(answer.locator(".evidence-warning")).to_have_count(0)


def test_several_places_are_stepped_through(
    server: ScriptedServerProcess, open_page: OpenPage, threads: Path
) -> None:
    page, answer = asked(server, open_page, threads, "There are M8 threads here.")
    value = mark(answer, "M8")
    expect(value).to_have_attribute("title", re.compile("3 places"))
    value.focus()
    seen = set()
    for at in (1, 2, 3, 1):
        page.keyboard.press("Enter")
        expect(page.locator(".viewer-place-count")).to_have_text(f"{at} of 3")
        rect = page.locator("rect.viewer-evidence")
        seen.add((rect.get_attribute("x"), rect.get_attribute("y")))
    assert len(seen) == 3
    page.get_by_role("button", name="Previous place").click()
    expect(page.locator(".viewer-place-count")).to_have_text("3 of 3")


def test_a_value_that_is_not_on_the_sheet_is_a_warning(
    server: ScriptedServerProcess, open_page: OpenPage
) -> None:
    page, answer = asked(
        server, open_page, SAMPLES / "flange.pdf", f"The bore is {BORE}, the collar Ø65,3 there."
    )
    warning = answer.locator(".evidence-warning")
    expect(warning).to_be_visible()
    expect(warning).to_contain_text("1 value is not in the sheet's text")
    expect(warning.locator("strong")).to_have_text("Ø65,3")
    expect(mark(answer, "Ø65,3")).to_have_class(re.compile(r"\bnot_found\b"))
    mark(answer, "Ø65,3").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Look again at Ø65,3")).to_be_focused()
    page.reload()
    expect(answers(page).first.locator(".evidence-warning")).to_contain_text("Ø65,3")


@pytest.mark.parametrize(
    ("read", "status", "words"),
    [
        ('{"values": ["26", "Ø56"]}', "confirmed", "confirmed by a second look (read: Ø56)"),
        ('{"values": ["Ø58"]}', "disputed", "disputed by a second look"),
    ],
)
def test_a_value_read_by_eye_is_looked_at_again(
    server: ScriptedServerProcess, open_page: OpenPage, read: str, status: str, words: str
) -> None:
    # the sheet is looked at in tiles, until the value is read in one
    looks = tuple([read] * 24)
    page, answer = asked(
        server, open_page, SAMPLES / "flange.png", f"The bore is {BORE} here.", looks=looks
    )
    value = mark(answer, BORE)
    expect(value).to_have_class(re.compile(r"\bby_eye\b"))
    server.hold_looks(True)
    value.focus()
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name=f"Look again at {BORE}")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    row = answer.locator(".evidence-check li")
    expect(row).to_contain_text("looking again…")
    server.hold_looks(False)
    expect(row).to_contain_text(words)
    expect(value).to_have_class(re.compile(rf"\b{status}\b"))
    page.reload()
    value = mark(answers(page).first, BORE)
    expect(value).to_have_class(re.compile(rf"\b{status}\b"))
    expect(value).to_have_attribute("title", re.compile("read: Ø5[68]"))


def tool(name: str, **arguments: object) -> str:
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"


def test_steps_show_what_tools_found_and_survive_a_reload(
    server: ScriptedServerProcess, open_page: OpenPage
) -> None:
    page, answer = asked(
        server,
        open_page,
        SAMPLES / "flange.pdf",
        "I search. " + tool("find_text", query="Ø56"),
        tool("image_zoom_in_tool", bbox_2d=[480, 350, 620, 450], label="bore", img_idx=0),
        tool("limits_and_fits", designation="Ø20 H7/g6"),
        tool("limits_and_fits", designation="<img src=x onerror=document.title='owned'>"),
        f"The bore is {BORE}; the clearance is 7 µm to 41 µm.",
    )
    for shown in (answer, None):
        if shown is None:
            page.reload()
            shown = answers(page).first
        steps = shown.locator("details.tool-steps")
        expect(steps.locator("summary")).to_have_text("4 steps")
        expect(steps).not_to_have_attribute("open", "")
        steps.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(steps.locator(".tool-hits")).to_contain_text("1 hit")
        picture = steps.locator(".tool-crop img")
        expect(picture).to_be_visible()
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("image => image.naturalWidth") > 50
        table = steps.locator("table")
        expect(table).to_contain_text("hole")
        expect(table).to_contain_text("upper µm")
        expect(steps).to_contain_text("smallest clearance")
        expect(steps.locator(".tool-step.failed")).to_contain_text("onerror")
    assert page.title() != "owned"
    expect(page.locator("img[src='x']")).to_have_count(0)
    expect(mark(shown, "41 µm")).to_have_attribute("title", "computed: Limits and fits")
    steps.locator(".tool-hits button").click()
    check_framed(page, truth("flange", BORE))
    steps.locator(".tool-crop").click()
    expect(page.locator(".viewer-evidence-label")).to_contain_text("bore")
    assert "tool_call" not in shown.inner_text()


def test_markup_in_an_answer_stays_text(server: ScriptedServerProcess, open_page: OpenPage) -> None:
    evil = (
        "<img src=x onerror=\"document.title='owned'\"> "
        "**Ø56<script>document.title='owned'</script>** "
        "![Ø56](https://example.org/steal.png) [Ø56](javascript:document.title='owned')"
    )
    page, answer = asked(server, open_page, SAMPLES / "flange.pdf", evil)
    expect(answer.locator(".markdown")).to_contain_text("<img src=x onerror=")
    expect(answer.locator(".markdown script, .markdown img[src*='x']")).to_have_count(0)
    expect(answer.locator("a[href^='javascript']")).to_have_count(0)
    assert page.title() != "owned"


def test_a_conversation_from_a_file_shows_its_steps_and_its_second_look(
    server: ScriptedServerProcess, open_page: OpenPage
) -> None:
    page, _ = asked(
        server,
        open_page,
        SAMPLES / "flange.png",
        tool("convert", quantity="2 in", unit="mm"),
        f"The bore is {BORE} here.",
        looks=('{"values": ["Ø56"]}',) * 24,
    )
    mark(answers(page).first, BORE).click()
    page.get_by_role("button", name=f"Look again at {BORE}").click()
    expect(mark(answers(page).first, BORE)).to_have_class(re.compile(r"\bconfirmed\b"))
    path = f"{server.url}/api/conversations/{conversation_id(page)}/export?format=json"
    saved = httpx.get(path).json()
    made = httpx.post(f"{server.url}/api/conversations/import", json=saved).json()
    other = open_page(f"{server.url}/#/c/{made['id']}")
    shown = answers(other).first
    expect(mark(shown, BORE)).to_have_class(re.compile(r"\bconfirmed\b"))
    shown.locator("details.tool-steps summary").click()
    expect(shown.locator(".tool-facts")).to_contain_text("50.8 mm")
