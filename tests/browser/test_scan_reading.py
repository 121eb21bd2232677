"""The page says that a scan's text is being recognised, and by itself that it has been."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.sync_api import expect

from backend.drawing import TextItem
from backend.drawings.text.scan_reader import ScanReader
from backend.geometry import Box
from tests.browser.actions import upload
from tests.browser.app_thread import app_in_thread
from tests.browser.conftest import OpenPage
from tests.drawing_samples import png

pytestmark = pytest.mark.browser


def test_a_scan_is_being_read_until_it_has_been(
    tmp_path: Path, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = asyncio.Event()

    async def held(*_: object) -> list[TextItem]:
        await read.wait()
        return [TextItem("Ø56", Box(100, 100, 60, 20), source="ocr", confidence=0.9)]

    monkeypatch.setattr(ScanReader, "read", held)
    scan = tmp_path / "scan.png"
    scan.write_bytes(png())
    with app_in_thread(tmp_path / "data", ocr=True) as app:
        page = open_page(app.url)
        upload(page, scan)
        chip, facts = page.locator(".composer .chip"), page.locator(".viewer-facts")
        expect(chip).to_contain_text("recognising text")
        expect(facts).to_contain_text("Recognising text…")
        page.reload()
        expect(chip).to_contain_text("recognising text")
        page.get_by_label("Settings", exact=True).click()
        page.get_by_label("Language").select_option("ko")
        expect(facts).to_contain_text("텍스트 인식 중…")
        app.call(read.set)
        expect(facts).to_contain_text("OCR 텍스트")
        expect(chip).to_contain_text("OCR 텍스트")
        page.reload()
        expect(chip).to_contain_text("OCR 텍스트")
