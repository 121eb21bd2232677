"""The gate, called as a server calls it: raw ASGI, and once through a real socket."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from backend.config.settings import Settings
from backend.http.gate import JSON_BYTES, Gate
from tests.asgi import NOWHERE, Inner, call
from tests.server_process import PROJECT_ROOT

pytestmark = pytest.mark.anyio

TOKEN = "a-token-of-the-test-0123"
PAGE_FOLDER = PROJECT_ROOT / "frontend" / "public"


def guard(**settings: Any) -> tuple[Gate, Inner]:
    inner = Inner()
    return Gate(inner, settings=Settings(data_folder=NOWHERE, **settings)), inner


@pytest.mark.fault(44)
@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:1", "127.0.0.1:8000", "127.8.8.8", "[::1]:8000", "cad.example:80"],
)
async def test_own_names_pass_whatever_the_port(host: str, kind: str) -> None:
    app, inner = guard(allowed_hosts=["CAD.example"])
    assert (await call(app, "/ws", kind=kind, host=host)).status in (200, 101)
    assert len(inner.scopes) == 1


@pytest.mark.fault(44)
@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "localhost.evil.example",
        "evil.example:8000",
        "10.0.0.7",
        "localhost:8000@evil.example",
        "localhost/",
        "::1",
    ],
)
async def test_another_host_is_refused_before_the_app(host: str, kind: str) -> None:
    app, inner = guard()
    answer = await call(app, "/ws", kind=kind, host=host, extensions=EXTENSION)
    assert (answer.status, answer.code) == (400, "bad_host")
    assert inner.scopes == []


EXTENSION: dict[str, Any] = {"websocket.http.response": {}}


async def test_the_address_that_is_bound_may_be_called() -> None:
    app, _ = guard(host="192.168.7.7", token=TOKEN)
    assert (await call(app, "/health", host="192.168.7.7:8000")).status == 200
    app, _ = guard(host="0.0.0.0", token=TOKEN)
    assert (await call(app, "/health", host="0.0.0.0:8000")).status == 400


@pytest.mark.fault(43)
@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    "origin",
    ["null", "", "http://evil.example", "http://localhost:9999", "http://localhost:8000.evil.com"],
)
async def test_another_sites_page_is_refused(origin: str, method: str, kind: str) -> None:
    app, inner = guard()
    answer = await call(
        app, "/api/drawings", method, kind=kind, origin=origin, extensions=EXTENSION
    )
    assert (answer.status, answer.code) == (403, "forbidden_origin")
    assert inner.scopes == []


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_the_own_page_and_programs_pass(kind: str) -> None:
    app, inner = guard()
    for headers in ({"origin": "http://localhost:8000"}, {"origin": "HTTPS://LocalHost:8000"}, {}):
        await call(app, "/ws", "POST", kind=kind, **headers)
    assert len(inner.scopes) == 3


async def test_a_socket_is_refused_with_a_plain_close_where_the_server_can_no_more() -> None:
    app, _ = guard()
    answer = await call(app, "/ws", kind="websocket", origin="null")
    assert answer.sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.fault(45)
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_cross_site_form_is_refused(site: str) -> None:
    app, _ = guard()
    answer = await call(app, "/api/drawings", "POST", sec_fetch_site=site)
    assert (answer.status, answer.code) == (403, "forbidden_origin")
    assert (await call(app, "/", "GET", sec_fetch_site=site)).status == 200


@pytest.mark.fault(45)
@pytest.mark.parametrize("site", ["same-origin", "none"])
async def test_the_own_form_passes(site: str) -> None:
    app, _ = guard()
    assert (await call(app, "/api/drawings", "POST", sec_fetch_site=site)).status == 200


@pytest.mark.parametrize("origin", ["null", "https://viewer.example"])
async def test_pictures_are_readable_from_any_origin_and_nothing_else_is(origin: str) -> None:
    app, _ = guard()
    answer = await call(app, "/iiif/x.1/info.json", origin=origin)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "access-control-allow-credentials" not in answer.headers
    assert (await call(app, "/iiif/x.1/info.json", "POST", origin=origin)).status == 403
    assert (await call(app, "/iiifx", origin=origin)).status == 403
    own = await call(app, "/api/drawings")
    assert "access-control-allow-origin" not in own.headers


async def test_a_viewers_preflight_is_answered_without_the_token() -> None:
    app, inner = guard(token=TOKEN)
    answer = await call(app, "/iiif/x.1/info.json", "OPTIONS", origin="https://viewer.example")
    assert answer.status == 204
    assert "GET" in answer.headers["access-control-allow-methods"]
    assert inner.scopes == []
    assert (await call(app, "/iiif/x.1/info.json", origin="https://viewer.example")).status == 401


async def test_a_declared_length_over_the_limit_is_refused_unread() -> None:
    app, inner = guard(max_upload_bytes=5 * JSON_BYTES)
    answer = await call(app, "/api/conversations", "POST", content_length=str(JSON_BYTES + 1))
    assert (answer.status, answer.code) == (413, "file_too_large")
    assert answer.headers["connection"] == "close"
    assert inner.scopes == []
    assert (
        await call(app, "/api/drawings", "POST", content_length=str(5 * JSON_BYTES))
    ).status == 200
    assert (
        await call(app, "/api/drawings", "POST", content_length=str(7 * JSON_BYTES))
    ).status == 413


async def test_a_body_that_grows_over_the_limit_is_refused_whatever_the_app_says() -> None:
    class Swallows(Inner):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await super().__call__(scope, receive, send)
            except Exception:
                await send({"type": "http.response.start", "status": 400, "headers": []})
                await send({"type": "http.response.body", "body": b"bad body"})

    half = b"x" * (JSON_BYTES // 2)
    for inner in (Inner(), Swallows()):
        app = Gate(inner, settings=Settings())
        answer = await call(app, "/api/conversations", "POST", body=[half, half, b"x"])
        assert (answer.status, answer.code) == (413, "file_too_large")
        assert (await call(app, "/api/conversations", "POST", body=[half, half])).status == 200


async def test_a_failure_of_the_app_stays_its_own() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise KeyError("bug")

    with pytest.raises(KeyError):
        await call(Gate(broken, settings=Settings()))


async def test_every_answer_has_the_security_headers() -> None:
    app, _ = guard()
    for answer in (await call(app, "/"), await call(app, "/", host="evil.example")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "img-src 'self' blob: data:" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "ws://localhost:8000" in (await call(app, "/")).headers["content-security-policy"]
    assert (await call(app, "/api/model")).headers["cache-control"] == "no-store"


async def test_a_route_may_be_stricter() -> None:
    async def strict(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-security-policy", b"sandbox")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    answer = await call(Gate(strict, settings=Settings()))
    assert answer.headers["content-security-policy"] == "sandbox"


@pytest.mark.fault(43)
async def test_a_real_server_refuses_the_handshake_with_the_status() -> None:
    app, inner = guard(token=TOKEN)
    config = uvicorn.Config(app, ws="websockets-sansio", lifespan="off", log_level="critical")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            url = f"ws://127.0.0.1:{port}/ws"
            bearer = {"Authorization": f"Bearer {TOKEN}"}
            for status, options in (
                (401, {}),
                (403, {"origin": "http://evil.example", "additional_headers": bearer}),
                (403, {"origin": "null", "additional_headers": bearer}),
            ):
                with pytest.raises(InvalidStatus) as refused:
                    await connect(url, **options)
                assert refused.value.response.status_code == status
                assert b'"error"' in refused.value.response.body
            assert inner.scopes == []
            async with connect(
                url, origin=f"http://127.0.0.1:{port}", additional_headers=bearer
            ) as connection:
                await connection.wait_closed()
            assert len(inner.scopes) == 1
        finally:
            server.should_exit = True
            await serving
