"""The sample drawings over HTTP: listed with questions, taken in like an upload."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from backend.config.settings import Settings
from backend.drawings import routes, sample_routes
from backend.http.error_handlers import add_error_handlers
from tests.drawing_library import open_library

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()

    @app.middleware("http")
    async def owner(request: Request, call_next: Any) -> Any:
        request.state.owner = request.headers.get("x-owner", "local")
        return await call_next(request)

    app.include_router(routes.router)
    app.include_router(sample_routes.router)
    add_error_handlers(app)
    async with open_library(tmp_path) as library:
        app.state.running = SimpleNamespace(
            library=library, settings=Settings(data_folder=tmp_path)
        )
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield client


async def test_every_sample_can_be_taken_in(client: httpx.AsyncClient) -> None:
    samples = (await client.get("/api/samples")).json()["items"]
    assert len(samples) == 3
    for sample in samples:
        assert set(sample["questions"]) == {"en", "de", "ko"}
        taken = await client.post(f"/api/samples/{sample['name']}")
        assert taken.status_code == 201
        drawing = taken.json()
        # By this the page finds a sample's questions again, also after a reload.
        assert drawing["sha256"] == sample["sha256"]
        assert (await client.get(f"/api/drawings/{drawing['id']}")).json() == drawing


async def test_twice_the_same_sample_is_one_drawing(client: httpx.AsyncClient) -> None:
    first, again = [await client.post("/api/samples/plate") for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    other = await client.post("/api/samples/plate", headers={"x-owner": "other"})
    assert other.status_code == 201
    assert other.json()["id"] != first.json()["id"]


@pytest.mark.parametrize("name", ["missing", "..%2Fsamples", "samples.json"])
async def test_nothing_but_samples(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.post(f"/api/samples/{name}")
    assert answer.status_code == 404
    if "%2F" not in name:  # no route at all takes a slash
        assert answer.json()["error"]["code"] == "not_found"


async def test_without_the_folder_there_are_none(
    client: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_routes, "SAMPLES", tmp_path)
    assert (await client.get("/api/samples")).json() == {"items": []}
