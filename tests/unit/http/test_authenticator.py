"""Who comes in: sessions, back-off, proxies, what one owner may have going on at once."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from backend.config.settings import Settings
from backend.errors import Busy, Unauthorized
from backend.http.authenticator import (
    FREE_ATTEMPTS,
    MAX_ADDRESSES,
    MAX_SESSIONS,
    Authenticator,
    BackOff,
)
from backend.http.gate import Gate, _is_public
from backend.http.proxies import as_client_sent, networks
from backend.http.token_store import TokenStore
from backend.storage.tokens import TokenFile
from tests.asgi import NOWHERE, Inner, call
from tests.server_process import PROJECT_ROOT

pytestmark = pytest.mark.anyio

TOKEN = "a-token-of-the-test-0123"
EXTENSION = {"websocket.http.response": {}}
PAGE_FOLDER = PROJECT_ROOT / "frontend" / "public"


def guard(folder: Path = NOWHERE, **settings: Any) -> tuple[Gate, Inner]:
    inner = Inner()
    return Gate(inner, settings=Settings(data_folder=folder, **settings)), inner


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def test_on_loopback_without_a_token_all_is_the_local_owners() -> None:
    app, inner = guard()
    assert (await call(app, authorization="Bearer nonsense")).status == 200
    assert inner.scopes[0]["state"] == {"from": "lifespan", "owner": "local"}
    signed_in = await call(app, "/api/session", "POST", body=[b'{"token": "any"}'])
    assert json.loads(signed_in.body) == {
        "token_needed": False,
        "signed_in": True,
        "owner": "local",
    }


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


@pytest.mark.fault(41)
async def test_guessing_has_to_wait_and_others_have_not() -> None:
    app, _ = guard(token=TOKEN)
    for _attempt in range(FREE_ATTEMPTS):
        assert (await call(app, authorization="Bearer wrong", client="10.0.0.9")).status == 401
    answer = await call(
        app, authorization=f"Bearer {TOKEN}", client="10.0.0.9", x_forwarded_for="10.0.0.1"
    )
    assert (answer.status, answer.code) == (429, "busy")
    assert int(answer.headers["retry-after"]) >= 1
    assert (await call(app, authorization=f"Bearer {TOKEN}", client="10.0.0.1")).status == 200


@pytest.mark.fault(41)
def test_the_wait_doubles_up_to_a_minute_and_ends() -> None:
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
    keys = TokenStore(Settings(token=TOKEN, data_folder=NOWHERE))
    authenticator = Authenticator(keys, 8000, lambda: now)
    sessions = [authenticator.sign_in(TOKEN, "a")[0] for _ in range(MAX_SESSIONS + 1)]
    cookies = [f"{authenticator.cookie_name}={session}" for session in sessions]
    assert authenticator.signed_in(cookies[0]) is None
    assert authenticator.signed_in(cookies[-1])
    now += 31 * 24 * 3600
    assert authenticator.signed_in(cookies[-1]) is None
    with pytest.raises(Unauthorized):
        authenticator.authenticate(None, cookies[-1], "a")


# Proxies


@pytest.mark.fault(48)
@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", "203.0.113.9"),  # whoever asks wrote the first
        ("1.1.1.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),  # through two of ours
        ("1.1.1.1, nonsense", "10.0.0.2"),
        ("", "10.0.0.2"),
    ],
)
def test_forwarded_headers_count_from_a_trusted_proxy(forwarded: str, address: str) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode()), (b"x-forwarded-proto", b"https")]
    scope = {"type": "http", "client": ("10.0.0.2", 1), "scheme": "http", "headers": headers}
    asked = as_client_sent(scope, networks(["10.0.0.0/8"]))
    assert (asked["client"][0], asked["scheme"]) == (address, "https")
    assert as_client_sent(scope, networks(["192.0.2.1"])) == scope
    assert as_client_sent(scope, ()) == scope
    socket = as_client_sent({**scope, "type": "websocket", "scheme": "ws"}, networks(["10.0.0.2"]))
    assert socket["scheme"] == "wss"


@pytest.mark.fault(48)
async def test_a_spoofed_address_does_not_escape_the_wait() -> None:
    app, _ = guard(token=TOKEN)
    for number in range(FREE_ATTEMPTS):
        await call(app, client="10.0.0.9", x_forwarded_for=f"10.1.1.{number}", **bearer("wrong"))
    assert (await call(app, client="10.0.0.9", **bearer(TOKEN))).status == 429
    app, _ = guard(token=TOKEN, trusted_proxies=["10.0.0.9"])
    for _ in range(FREE_ATTEMPTS):
        await call(app, client="10.0.0.9", x_forwarded_for="203.0.113.9", **bearer("wrong"))
    guesser = {"client": "10.0.0.9", "x_forwarded_for": "203.0.113.9"}
    other = {"client": "10.0.0.9", "x_forwarded_for": "203.0.113.8"}
    assert (await call(app, **guesser, **bearer(TOKEN))).status == 429
    assert (await call(app, **other, **bearer(TOKEN))).status == 200


async def test_behind_tls_the_cookie_is_for_tls_only() -> None:
    app, _ = guard(token=TOKEN, trusted_proxies=["127.0.0.1"])
    body = [json.dumps({"token": TOKEN}).encode()]
    plain = await call(app, "/api/session", "POST", body=body)
    secure = await call(app, "/api/session", "POST", body=body, x_forwarded_proto="https")
    assert "Secure" not in plain.headers["set-cookie"]
    assert "Secure" in secure.headers["set-cookie"]


# One owner's share


@pytest.mark.fault(24)
@pytest.mark.parametrize(
    ("kind", "path", "method"),
    [
        ("http", "/api/model", "GET"),
        ("http", "/api/drawings", "POST"),
        ("websocket", "/ws", "GET"),
    ],
)
async def test_one_owner_has_so_many_at_once_and_others_their_own(
    kind: str, path: str, method: str, tmp_path: Path
) -> None:
    file = TokenFile(tmp_path)
    alice, bob = bearer(file.add("alice")[1]), bearer(file.add("bob")[1])
    inside, go = asyncio.Semaphore(0), asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        inside.release()
        await go.wait()
        await Inner()(scope, receive, send)

    limits = {f"max_{name}_per_owner": 2 for name in ("requests", "uploads", "sockets")}
    gate = Gate(app, settings=Settings(data_folder=tmp_path, **limits))
    how: dict[str, Any] = {"kind": kind, "method": method, "extensions": EXTENSION}
    running = [asyncio.create_task(call(gate, path, **how, **alice)) for _ in range(2)]
    for _ in running:
        await inside.acquire()
    refused = await call(gate, path, **how, **alice)
    assert (refused.status, refused.code) == (429, "busy")
    assert int(refused.headers["retry-after"]) >= 1
    running.append(asyncio.create_task(call(gate, path, **how, **bob)))
    await inside.acquire()
    go.set()
    assert {(await task).status for task in running} <= {200, 101}
    assert (await call(gate, path, **how, **alice)).status in (200, 101)


async def test_what_strangers_load_takes_no_owners_room() -> None:
    go = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/":
            await go.wait()
        await Inner()(scope, receive, send)

    gate = Gate(app, settings=Settings(data_folder=NOWHERE, token=TOKEN, max_requests_per_owner=1))
    stranger = asyncio.create_task(call(gate, "/"))
    await asyncio.sleep(0)
    assert (await call(gate, "/api/model", **bearer(TOKEN))).status == 200
    go.set()
    assert (await stranger).status == 200
