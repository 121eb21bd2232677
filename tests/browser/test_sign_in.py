"""The sign-in screen with owners' tokens: wrong, right, out again, and somebody else's turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from backend.storage.tokens import TokenFile
from tests.browser.conftest import OpenPage
from tests.server_process import ServerProcess

pytestmark = pytest.mark.browser


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """Without an engine: nothing here asks it."""
    process = ServerProcess(tmp_path / "data", model=tmp_path / "no-model").start()
    yield process
    process.stop()


def test_owners_sign_in_and_out(server: ServerProcess, open_page: OpenPage) -> None:
    file = TokenFile(server.data_folder)
    (_, alice), (_, bob) = file.add("alice"), file.add("bob")
    title = {"title": "Alice's flange"}
    headers = {"Authorization": f"Bearer {alice}"}
    made = httpx.post(f"{server.url}/api/conversations", json=title, headers=headers)
    assert made.status_code == 201

    page = open_page(server.url)
    field = page.get_by_label("Token")
    field.fill("dc_this-is-a-wrong-token")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Invalid token.")
    for token, owner, seen in ((alice, "alice", 1), (bob, "bob", 0)):
        field.fill(token)
        field.press("Enter")
        page.get_by_label("Settings", exact=True).click()
        expect(page.get_by_text(f"Signed in as {owner}")).to_be_visible()
        conversations = httpx.get(
            f"{server.url}/api/conversations", headers={"Authorization": f"Bearer {token}"}
        ).json()["items"]
        assert len(conversations) == seen
        expect(page.get_by_text("Alice's flange")).to_have_count(seen)
        page.get_by_role("button", name="Sign out").click()
        expect(field).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0
