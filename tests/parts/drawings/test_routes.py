"""The HTTP contract of drawings and IIIF, over a real library."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from PIL import Image

from backend.config.settings import Settings
from backend.drawings import routes
from backend.drawings.images import iiif_routes
from backend.drawings.response_bodies import DrawingBody, PageTextBody
from backend.http.error_handlers import add_error_handlers
from tests.drawing_library import files_in, open_library
from tests.drawing_samples import pdf, png
from tests.server_process import HANG_SECONDS

pytestmark = pytest.mark.anyio

LIMIT = 1_000_000


@pytest.fixture(scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    folder = tmp_path_factory.mktemp("routes")
    app = FastAPI()

    @app.middleware("http")
    async def owner(request: Request, call_next: Any) -> Any:
        request.state.owner = request.headers.get("x-owner", "local")
        return await call_next(request)

    app.include_router(routes.router)
    app.include_router(iiif_routes.router)
    add_error_handlers(app)
    async with open_library(folder, max_upload_bytes=LIMIT) as library:
        settings = Settings(data_folder=folder, max_upload_bytes=LIMIT)
        app.state.running = SimpleNamespace(library=library, settings=settings)
        app.state.folder = folder
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            yield client


async def _upload(
    client: httpx.AsyncClient, name: str, data: bytes, **headers: str
) -> httpx.Response:
    files = {"file": (name, data, "application/octet-stream")}
    return await client.post("/api/drawings", files=files, headers=headers)


async def test_upload_one_list_and_delete(client: httpx.AsyncClient) -> None:
    answer = await _upload(client, "Gehäuse.png", png(320, 240))
    assert answer.status_code == 201
    body = answer.json()
    assert body["name"] == "Gehäuse.png"
    assert body["media_type"] == "image/png"
    assert body["bytes"] == len(png(320, 240))
    (page,) = body["pages"]
    assert page | {"number": 1, "width": 320, "height": 240, "text_source": "none"} == page

    assert DrawingBody.model_validate(body).model_dump() == body

    again = await _upload(client, "other name.png", png(320, 240))
    assert (again.status_code, again.json()) == (200, body)
    assert (await client.get(f"/api/drawings/{body['id']}")).json() == body

    elsewhere = await client.get(f"/api/drawings/{body['id']}", headers={"x-owner": "eve"})
    assert elsewhere.status_code == 404
    assert elsewhere.json()["error"]["code"] == "not_found"

    assert (await client.delete(f"/api/drawings/{body['id']}")).status_code == 204
    assert (await client.get(f"/api/drawings/{body['id']}")).status_code == 404


async def test_list_in_pages(client: httpx.AsyncClient) -> None:
    for width in range(300, 305):
        await _upload(client, f"{width}.png", png(width, 300), **{"x-owner": "pages"})
    seen, before = [], None
    while True:
        query = {"limit": "2"} | ({"before": before} if before else {})
        answer = await client.get("/api/drawings", params=query, headers={"x-owner": "pages"})
        seen += [item["name"] for item in answer.json()["items"]]
        before = answer.json()["next"]
        if before is None:
            break
    assert seen == [f"{width}.png" for width in range(304, 299, -1)]
    for before, status in (
        ("0" * 32, 404),
        ("x", 400),
        ("x-y", 400),
        ("nan-y", 400),
        ("inf-y", 400),
    ):
        answer = await client.get("/api/drawings", params={"before": before})
        assert answer.status_code == status, before


async def test_a_list_goes_on_after_an_id_and_after_what_was_removed(
    client: httpx.AsyncClient,
) -> None:
    owner = {"x-owner": "cursor"}
    ids = [
        (await _upload(client, "x.png", png(width, 310), **owner)).json()["id"]
        for width in range(300, 304)
    ]
    first = (await client.get("/api/drawings", params={"limit": 2}, headers=owner)).json()
    await client.delete(f"/api/drawings/{first['items'][-1]['id']}", headers=owner)
    for before in (first["next"], ids[3]):
        answer = await client.get("/api/drawings", params={"before": before}, headers=owner)
        assert [item["id"] for item in answer.json()["items"]] == [ids[1], ids[0]]


async def test_original_is_a_download(client: httpx.AsyncClient) -> None:
    data = png(330, 240)
    body = (await _upload(client, '"; x=<b>Ø.png', data)).json()
    answer = await client.get(f"/api/drawings/{body['id']}/original")
    assert answer.content == data
    assert answer.headers["content-disposition"].startswith("attachment; filename")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox"


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"no drawing", 415, "unsupported_format"),
        (png(320, 240)[:-200], 422, "damaged_file"),
        (b"\x89PNG" + bytes(LIMIT), 413, "file_too_large"),
        (b"", 422, "damaged_file"),
    ],
)
async def test_refused_uploads(
    client: httpx.AsyncClient, data: bytes, status: int, code: str
) -> None:
    answer = await _upload(client, "x.png", data)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code


async def test_a_declared_size_over_the_limit_is_refused_unread(client: httpx.AsyncClient) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    headers = {"content-length": str(2 * LIMIT), "content-type": "multipart/form-data; boundary=x"}
    answer = await client.post("/api/drawings", content=never(), headers=headers)
    assert answer.status_code == 413


@pytest.mark.fault(40)
async def test_an_upload_cut_in_half_leaves_nothing(client: httpx.AsyncClient) -> None:
    app = client._transport.app  # type: ignore[attr-defined]
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + png()
    sent = [
        {"type": "http.request", "body": body, "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return sent.pop(0) if sent else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        pass

    headers = [(b"content-type", b"multipart/form-data; boundary=x"), (b"host", b"localhost")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/drawings",
        "query_string": b"",
        "headers": headers,
        "app": app,
        "state": {},
    }
    before = files_in(app.state.folder / "blobs")
    await app(scope, receive, send)
    assert files_in(app.state.folder / "spool") == []
    assert files_in(app.state.folder / "blobs") == before


async def test_iiif_information_and_pictures(client: httpx.AsyncClient) -> None:
    drawing = (await _upload(client, "plan.png", png())).json()["id"]
    base = f"/iiif/{drawing}.1"
    moved = await client.get(base)
    assert (moved.status_code, moved.headers["location"]) == (303, f"{base}/info.json")
    answer = await client.get(f"{base}/info.json")
    info = answer.json()
    assert info["id"] == f"http://localhost{base}"
    assert (info["width"], info["height"], info["profile"]) == (640, 480, "level2")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers

    answer = await client.get(f"{base}/160,120,60,60/30,/0/default.png")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "immutable" in answer.headers["cache-control"]
    assert (
        f'<http://localhost{base}/160,120,60,60/30,30/0/default.png>;rel="canonical"'
        in answer.headers["link"]
    )
    image = Image.open(io.BytesIO(answer.content))
    assert (image.size, image.convert("RGB").getpixel((15, 15))) == ((30, 30), (200, 30, 40))

    tag = answer.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        same = await client.get(
            f"{base}/160,120,60,60/30,/0/default.png", headers={"if-none-match": known}
        )
        assert (same.status_code, same.content) == (304, b""), known


@pytest.mark.parametrize(
    ("address", "size", "mode"),
    [
        ("full/320,/0/default.jpg", (320, 240), "RGB"),
        ("full/320,/90/default.png", (240, 320), "RGB"),
        ("full/320,/!180/gray.png", (320, 240), "L"),
        ("full/320,/0/bitonal.png", (320, 240), "1"),
        ("0,0,100,100/^200,/0/default.webp", (200, 200), "RGB"),
        ("square/100,100/45/default.png", (141, 141), "RGB"),
    ],
)
async def test_iiif_shapes(
    client: httpx.AsyncClient, address: str, size: tuple[int, int], mode: str
) -> None:
    drawing = (await _upload(client, "plan.png", png())).json()["id"]
    answer = await client.get(f"/iiif/{drawing}.1/{address}")
    image = Image.open(io.BytesIO(answer.content))
    assert (image.size, image.mode) == (size, mode)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("{id}.1/0,0,0,0/max/0/default.jpg", 400, "bad_region"),
        ("{id}.1/full/9999,/0/default.jpg", 400, "bad_request"),
        ("{id}.1/full/max/0/default.exe", 400, "bad_request"),
        ("{id}.2/full/max/0/default.jpg", 404, "not_found"),
        ("{id}/info.json", 404, "not_found"),
        ("{id}.¹/info.json", 404, "not_found"),
        ("nothing.1/info.json", 404, "not_found"),
    ],
)
async def test_iiif_refusals(client: httpx.AsyncClient, path: str, status: int, code: str) -> None:
    drawing = (await _upload(client, "plan.png", png())).json()["id"]
    answer = await client.get("/iiif/" + path.format(id=drawing))
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_iiif_zooms_a_vector_page_past_its_canvas(client: httpx.AsyncClient) -> None:
    drawing = (await _upload(client, "plan.pdf", pdf("0 g 100 100 50 50 re f"))).json()["id"]
    answer = await client.get(f"/iiif/{drawing}.1/400,600,40,40/^800,/0/gray.png")
    image = Image.open(io.BytesIO(answer.content))
    shades = image.histogram()
    assert sum(shades[100:200]) <= 1600  # edges one pixel wide, not blurred over twenty


async def test_a_viewer_that_moved_on_gets_nothing() -> None:
    asked = asyncio.Event()
    cancelled = asyncio.Event()

    async def slow(*_: Any) -> bytes:
        asked.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return b""

    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await asked.wait()
        return {"type": "http.disconnect"}

    request = Request({"type": "http", "headers": [], "method": "GET", "path": "/"}, receive)
    assert await iiif_routes._while_connected(request, slow()) is None
    await asyncio.wait_for(cancelled.wait(), HANG_SECONDS)


async def test_zones_of_the_frame_by_its_marks(client: httpx.AsyncClient) -> None:
    """400 by 300 points: numbers along the top and the bottom, letters at both sides."""
    marks = [(50 + 100 * at, y, str(at + 1)) for at in range(4) for y in (5, 288)]
    marks += [(x, 240 - 95 * at, "ABC"[at]) for at in range(3) for x in (4, 390)]
    texts = " ".join(f"BT /F1 8 Tf {x} {y} Td ({text}) Tj ET" for x, y, text in marks)
    drawing = (await _upload(client, "frame.pdf", pdf(texts))).json()
    zones = (await client.get(f"/api/drawings/{drawing['id']}/pages/1/zones")).json()
    scale = drawing["pages"][0]["width"] / 400
    assert sorted(zones["columns"]) == ["1", "2", "3", "4"]
    assert zones["columns"]["2"] == pytest.approx(152 * scale, abs=3 * scale)
    assert list(zones["rows"]) == ["A", "B", "C"]
    assert zones["rows"]["A"] < zones["rows"]["B"] < zones["rows"]["C"]
    bare = (await _upload(client, "bare.pdf", pdf("BT /F1 8 Tf 50 50 Td (A) Tj ET"))).json()
    path = f"/api/drawings/{bare['id']}/pages"
    told = (await client.get(f"{path}/1/text")).json()
    assert PageTextBody.model_validate(told).model_dump(mode="json") == told
    assert (await client.get(f"{path}/1/zones")).json() == {"columns": {}, "rows": {}}
    assert (await client.get(f"{path}/2/zones")).status_code == 404
    others = await client.get(f"{path}/1/zones", headers={"x-owner": "eve"})
    assert others.status_code == 404
