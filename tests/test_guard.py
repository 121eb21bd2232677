"""The gate, called as a server calls it: raw ASGI, and once through a real socket."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from backend.config import Settings
from backend.errors import Busy, Unauthorized
from backend.serving.guard import JSON_BYTES, Guard, _is_public
from backend.serving.sessions import FREE_ATTEMPTS, MAX_ADDRESSES, MAX_SESSIONS, BackOff, Door

pytestmark = pytest.mark.anyio

TOKEN = "a-token-of-the-test-0123"
PAGE_FOLDER = Path(__file__).parent.parent / "frontend" / "public"


class Inner:
    """The app behind the gate: reads the whole body, remembers the scope, answers 200."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": 1000})
            return
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})


class Answer:
    def __init__(self, sent: list[Message]) -> None:
        self.sent = sent
        start = sent[0]
        self.status = start.get("status", 101 if start["type"] == "websocket.accept" else 403)
        self.headers = {key.decode(): value.decode() for key, value in start.get("headers", [])}
        self.body = b"".join(message.get("body", b"") for message in sent[1:])

    @property
    def code(self) -> str:
        code: str = json.loads(self.body)["error"]["code"]
        return code


async def call(
    app: ASGIApp,
    path: str = "/api/drawings",
    method: str = "GET",
    *,
    kind: str = "http",
    body: Iterable[bytes] = (b"",),
    client: str = "127.0.0.1",
    extensions: dict[str, Any] | None = None,
    **headers: str,
) -> Answer:
    """One request. Header names with `_` for `-`; `host` is localhost:8000 unless given."""
    headers = {"host": "localhost:8000", **headers}
    scope: Scope = {
        "type": kind,
        "path": path,
        "scheme": "http",
        "query_string": b"",
        "client": (client, 50000),
        "state": {"from": "lifespan"},
        "extensions": extensions or {},
        "headers": [
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
        ],
    }
    if kind == "http":
        scope["method"] = method
        chunks = list(body)
        messages = [
            {"type": "http.request", "body": chunk, "more_body": index < len(chunks) - 1}
            for index, chunk in enumerate(chunks)
        ]
    else:
        messages = [{"type": "websocket.connect"}]
    waiting = iter(messages)
    sent: list[Message] = []

    async def receive() -> Message:
        return next(waiting, {"type": f"{kind}.disconnect"})

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return Answer(sent)


def guard(**settings: Any) -> tuple[Guard, Inner]:
    inner = Inner()
    return Guard(inner, settings=Settings(**settings)), inner


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:1", "127.0.0.1:8000", "127.8.8.8", "[::1]:8000", "cad.example:80"],
)
async def test_44_own_names_pass_whatever_the_port(host: str, kind: str) -> None:
    app, inner = guard(allowed_hosts=["CAD.example"])
    assert (await call(app, "/ws", kind=kind, host=host)).status in (200, 101)
    assert len(inner.scopes) == 1


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
async def test_44_another_host_is_refused_before_the_app(host: str, kind: str) -> None:
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


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    "origin",
    ["null", "", "http://evil.example", "http://localhost:9999", "http://localhost:8000.evil.com"],
)
async def test_43_another_sites_page_is_refused(origin: str, method: str, kind: str) -> None:
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


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_45_a_cross_site_form_is_refused(site: str) -> None:
    app, _ = guard()
    answer = await call(app, "/api/drawings", "POST", sec_fetch_site=site)
    assert (answer.status, answer.code) == (403, "forbidden_origin")
    assert (await call(app, "/", "GET", sec_fetch_site=site)).status == 200


@pytest.mark.parametrize("site", ["same-origin", "none"])
async def test_45_the_own_form_passes(site: str) -> None:
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
        app = Guard(inner, settings=Settings())
        answer = await call(app, "/api/conversations", "POST", body=[half, half, b"x"])
        assert (answer.status, answer.code) == (413, "file_too_large")
        assert (await call(app, "/api/conversations", "POST", body=[half, half])).status == 200


async def test_a_failure_of_the_app_stays_its_own() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        raise KeyError("bug")

    with pytest.raises(KeyError):
        await call(Guard(broken, settings=Settings()))


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

    answer = await call(Guard(strict, settings=Settings()))
    assert answer.headers["content-security-policy"] == "sandbox"


async def test_on_loopback_without_a_token_all_is_the_local_owners() -> None:
    app, inner = guard()
    assert (await call(app, authorization="Bearer nonsense")).status == 200
    assert inner.scopes[0]["state"] == {"from": "lifespan", "owner": "local"}
    signed_in = await call(app, "/api/session", "POST", body=[b'{"token": "any"}'])
    assert json.loads(signed_in.body) == {"token_needed": False, "signed_in": True}


@pytest.mark.parametrize("kind", ["http", "websocket"])
async def test_with_a_token_only_the_right_one_passes(kind: str) -> None:
    app, inner = guard(token=TOKEN)
    for headers in (
        {},
        {"authorization": "Bearer wrong-but-long-enough"},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": f"Bearer {TOKEN}x"},
        {"cookie": f"drawing_chat_session_8000={TOKEN}"},
    ):
        answer = await call(app, "/ws", kind=kind, extensions=EXTENSION, **headers)
        assert (answer.status, answer.code) == (401, "unauthorized")
    assert inner.scopes == []
    right = await call(app, "/ws", kind=kind, authorization=f"bearer {TOKEN}")
    assert right.status in (200, 101)
    assert inner.scopes[0]["state"]["owner"] == "local"


async def test_the_page_signs_in_and_out_by_a_cookie() -> None:
    app, inner = guard(token=TOKEN)
    signed_in = await call(
        app, "/api/session", "POST", body=[b'{"token": "', TOKEN.encode(), b'"}']
    )
    assert signed_in.status == 200
    cookie = signed_in.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and TOKEN not in cookie
    pair = cookie.partition(";")[0]
    assert (await call(app, cookie=pair)).status == 200
    assert (await call(app, "/ws", kind="websocket", cookie=f"other=1; {pair}")).status == 101
    assert json.loads((await call(app, "/api/session", cookie=pair)).body)["signed_in"] is True
    signed_out = await call(app, "/api/session", "DELETE", cookie=pair)
    assert signed_out.status == 204 and "Max-Age=0" in signed_out.headers["set-cookie"]
    assert (await call(app, cookie=pair)).status == 401
    assert json.loads((await call(app, "/api/session", cookie=pair)).body)["signed_in"] is False
    assert len(inner.scopes) == 2


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"token": 1}', b"\xff", b"[" * 100_000])
async def test_a_sign_in_that_is_not_understood_is_told_how(body: bytes) -> None:
    app, _ = guard(token=TOKEN)
    answer = await call(app, "/api/session", "POST", body=[body])
    assert (answer.status, answer.code) == (400, "bad_request")


async def test_a_wrong_token_at_the_sign_in_and_another_method() -> None:
    app, _ = guard(token=TOKEN)
    body = b'{"token": "wrong"}'
    answer = await call(app, "/api/session", "POST", body=[body])
    assert (answer.status, answer.code) == (401, "unauthorized")
    assert (await call(app, "/api/session", "PUT")).status == 405
    answer = await call(app, "/api/session", "POST", body=[body], origin="http://evil.example")
    assert answer.status == 403


async def test_the_page_itself_needs_no_token() -> None:
    app, _ = guard(token=TOKEN)
    for path in ("/", "/health", "/api/session", "/assets/index-1a2b.js"):
        assert (await call(app, path)).status == 200, path
    for path in ("/ready", "/metrics", "/api/model", "/iiif/x.1/full/max/0/default.png", "/v1/x"):
        assert (await call(app, path)).status == 401, path
    for file in PAGE_FOLDER.iterdir():
        assert _is_public({"type": "http", "path": f"/{file.name}"}), file


async def test_41_guessing_has_to_wait_and_others_have_not() -> None:
    app, _ = guard(token=TOKEN)
    for _attempt in range(FREE_ATTEMPTS):
        assert (await call(app, authorization="Bearer wrong", client="10.0.0.9")).status == 401
    answer = await call(
        app, authorization=f"Bearer {TOKEN}", client="10.0.0.9", x_forwarded_for="10.0.0.1"
    )
    assert (answer.status, answer.code) == (429, "busy")
    assert int(answer.headers["retry-after"]) >= 1
    assert (await call(app, authorization=f"Bearer {TOKEN}", client="10.0.0.1")).status == 200


def test_41_the_wait_doubles_up_to_a_minute_and_ends() -> None:
    now = 100.0
    back_off = BackOff(lambda: now)
    waits = []
    for _attempt in range(FREE_ATTEMPTS + 10):
        back_off.failed("a")
        with pytest.raises(Busy) as refused:
            back_off.check("a")
            raise Busy("free", retry_after_s=0)
        waits.append(refused.value.retry_after_s)
    assert waits[: FREE_ATTEMPTS - 1] == [0] * (FREE_ATTEMPTS - 1)
    assert waits[FREE_ATTEMPTS - 1 : FREE_ATTEMPTS + 3] == [1, 2, 4, 8]
    assert waits[-1] == 60
    now += 60
    back_off.check("a")
    back_off.succeeded("a")
    back_off.failed("a")
    back_off.check("a")


def test_what_is_remembered_is_bounded() -> None:
    now = 0.0
    back_off = BackOff(lambda: now)
    for number in range(MAX_ADDRESSES + 1):
        back_off.failed(str(number))
    assert len(back_off._failures) == MAX_ADDRESSES
    settings = Settings(token=TOKEN)
    assert settings.token is not None
    door = Door(settings.token, 8000, lambda: now)
    sessions = [door.sign_in(TOKEN, "a") for _ in range(MAX_SESSIONS + 1)]
    cookies = [f"{door.cookie_name}={session}" for session in sessions]
    assert not door.has_session(cookies[0])
    assert door.has_session(cookies[-1])
    now += 31 * 24 * 3600
    assert not door.has_session(cookies[-1])
    with pytest.raises(Unauthorized):
        door.admit(None, cookies[-1], "a")


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
