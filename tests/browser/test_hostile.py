"""Rows 46 and 47: markup in a file name, in an answer and in a history stays text, and nothing
in them makes the page ask anybody else. `open_page` fails on any request that leaves it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.actions import answers, ask, upload, wait_complete
from tests.browser.conftest import OpenPage
from tests.fake_server import FakeServerProcess

pytestmark = pytest.mark.browser

HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\"> <script>document.title='owned'</script> "
    "[link](javascript:document.title='owned') ![far](http://198.51.100.7/a.png) "
    '<iframe src="http://198.51.100.7/"></iframe> <svg onload="document.title=\'owned\'"> '
    "<style>@import 'http://198.51.100.7/a.css';</style> The bore is Ø38 H12."
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeServerProcess]:
    """The answer to "repeat: …" is what follows."""
    process = FakeServerProcess(tmp_path_factory.mktemp("hostile") / "data").start().wait_ready()
    yield process
    process.stop()


def is_unharmed(page: Page) -> None:
    assert page.title() != "owned"
    inside = page.locator("article").locator("img[src^=http], script, iframe, style, [onerror]")
    expect(inside).to_have_count(0)
    expect(page.locator("article a[href^=javascript]")).to_have_count(0)


@pytest.mark.fault(46, 47)
def test_a_hostile_answer_is_inert(server: FakeServerProcess, open_page: OpenPage) -> None:
    page = open_page(server.url)
    answer = ask(page, f"repeat: {HOSTILE}")
    wait_complete(answer)
    expect(answer).to_contain_text("Ø38 H12")
    is_unharmed(page)
    page.reload()  # now from the history
    expect(answers(page).last).to_contain_text("Ø38 H12")
    is_unharmed(page)


@pytest.mark.fault(46)
def test_a_hostile_history_and_file_name_are_inert(
    server: FakeServerProcess, open_page: OpenPage, tmp_path: Path
) -> None:
    exported = httpx.get(
        f"{server.url}/api/conversations/{_conversation(server)}/export?format=json"
    ).text
    hostile = exported.replace("Ø38 H12", json.dumps(HOSTILE)[1:-1])
    body = json.loads(hostile)
    body["title"] = HOSTILE[:250]
    made = httpx.post(f"{server.url}/api/conversations/import", json=body)
    assert made.status_code == 201, made.text
    page = open_page(f"{server.url}/#/c/{made.json()['id']}")
    expect(answers(page).last).to_contain_text("Ø38 H12")
    is_unharmed(page)
    sheet = tmp_path / "<img src=x onerror=document.title='owned'>.png"
    Image.new("RGB", (400, 300), "white").save(sheet)
    upload(page, sheet)
    expect(page.locator(".composer .chips")).to_contain_text("onerror")
    is_unharmed(page)


def _conversation(server: FakeServerProcess) -> str:
    """A conversation with a harmless answer."""
    from tests.talk import talk

    with talk(server.url) as client:
        frames = client.answer("Largest bore?")
    found: str = frames[0]["conversation_id"]
    return found
