"""Maps made ahead of being looked at: after an upload, when it is quiet, a scan after its text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from backend.drawing import PageInfo
from backend.extraction.extractor import Extractor
from backend.extraction.views import background_maps as map_ahead
from backend.extraction.views.background_maps import MapAhead
from tests.chat_parts import open_database
from tests.database_rows import add_drawing
from tests.fakes import FakeSheets

pytestmark = pytest.mark.anyio

PAGE = PageInfo(1, 1000, 800, "ocr")


@dataclass
class FakeUploads:
    """Tells of uploads when the test says so."""

    busy: set[int] = field(default_factory=set)
    silence: asyncio.Event = field(default_factory=asyncio.Event)
    ready: Callable[[str, str], None] = lambda *_: None
    read: Callable[[str, str, PageInfo, bool], None] = lambda *_: None

    def on_ready(self, callback: Callable[[str, str], None]) -> None:
        self.ready = callback

    def on_reading(
        self, listener: Callable[[str, str, PageInfo, bool], None]
    ) -> Callable[[], None]:
        self.read = listener
        return lambda: None

    def reading(self, owner: str, drawing_id: str) -> frozenset[int]:
        return frozenset(self.busy)

    async def quiet(self) -> None:
        await self.silence.wait()


@dataclass
class World:
    maps: MapAhead
    uploads: FakeUploads
    extractor: Extractor

    async def has_map(self) -> bool:
        return await self.extractor.store.find("local", "d1", "views") is not None


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    database = await open_database(tmp_path / "test.sqlite3")
    await add_drawing(database, "d1")
    sheets, uploads = FakeSheets(), FakeUploads()
    sheets.add("d1", ["SECTION A-A"])
    extractor = Extractor(database, sheets)
    maps = MapAhead(extractor, uploads)
    yield World(maps, uploads, extractor)
    await maps.close()
    await extractor.close()
    await database.close()


async def test_an_upload_gets_its_map_when_nobody_waits_for_a_picture(world: World) -> None:
    world.uploads.ready("local", "d1")
    await asyncio.sleep(0)
    assert not await world.has_map()
    world.uploads.silence.set()
    await world.maps.settled()
    assert await world.has_map()


async def test_a_scan_gets_its_map_after_its_last_page_was_read(world: World) -> None:
    world.uploads.silence.set()
    world.uploads.busy = {1, 2}
    world.uploads.ready("local", "d1")
    await world.maps.settled()
    world.uploads.busy = {2}
    world.uploads.read("local", "d1", PAGE, False)
    await world.maps.settled()
    assert not await world.has_map()
    world.uploads.busy = set()
    world.uploads.read("local", "d1", PAGE, False)
    await world.maps.settled()
    assert await world.has_map()


async def test_a_drawing_that_has_gone_ends_nothing(world: World) -> None:
    world.uploads.silence.set()
    world.uploads.ready("local", "gone")
    world.uploads.ready("local", "d1")
    await world.maps.settled()
    assert await world.has_map()


async def test_a_long_document_waits_until_it_is_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a map would say of the other pages that they have no parts."""
    monkeypatch.setattr(map_ahead, "PAGES", 0)
    world.uploads.silence.set()
    world.uploads.ready("local", "d1")
    await world.maps.settled()
    assert not await world.has_map()


async def test_only_so_many_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(map_ahead, "WAITING", 1)
    world.uploads.ready("local", "other")
    world.uploads.ready("local", "d1")
    world.uploads.silence.set()
    await world.maps.settled()
    assert not await world.has_map()
