"""The owners' tokens: kept as hashes, made and revoked while the server runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backend import cli
from backend.config.settings import Settings
from backend.errors import BadRequest, NotFound, SettingsError, StorageUnusable, Unauthorized
from backend.http.authenticator import Authenticator
from backend.http.gate import Gate
from backend.http.token_store import TokenStore, check_bind
from backend.storage.tokens import TokenFile
from tests.asgi import NOWHERE, Inner, call

pytestmark = pytest.mark.anyio

TOKEN = "a-token-of-the-test-0123"
EXTENSION = {"websocket.http.response": {}}


def guard(folder: Path = NOWHERE, **settings: Any) -> tuple[Gate, Inner]:
    inner = Inner()
    return Gate(inner, settings=Settings(data_folder=folder, **settings)), inner


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_a_token_is_shown_once_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    file = TokenFile(tmp_path)
    token, secret = file.add("alice")
    kept = file.path.read_text()
    assert secret not in kept and token.digest in kept
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.read() == (token,)
    assert file.revoke(token.id) == token
    assert file.read() == ()
    with pytest.raises(NotFound):
        file.revoke(token.id)


@pytest.mark.parametrize("owner", ["", "Alice", "../x", "a b", "-a", "a" * 65, "é"])
def test_an_owner_has_a_plain_name(owner: str, tmp_path: Path) -> None:
    with pytest.raises(BadRequest):
        TokenFile(tmp_path).add(owner)
    assert not TokenFile(tmp_path).path.exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"tokens": [{"id": 1}]}', b"\xff"])
async def test_a_damaged_token_file_shuts_the_door(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "tokens.json").write_bytes(content)
    with pytest.raises(StorageUnusable):
        TokenFile(tmp_path).read()
    app, _ = guard(tmp_path)
    assert (await call(app)).status == 401


async def test_each_token_opens_its_owners_things(tmp_path: Path) -> None:
    file = TokenFile(tmp_path)
    (_, alices), (_, bobs), (_, others) = file.add("alice"), file.add("bob"), file.add("alice")
    app, inner = guard(tmp_path, token=TOKEN)
    for token in (alices, bobs, others, TOKEN):
        assert (await call(app, **bearer(token))).status == 200
    owners = [scope["state"]["owner"] for scope in inner.scopes]
    assert owners == ["alice", "bob", "alice", "local"]
    session = await call(app, "/api/session", "POST", body=[json.dumps({"token": bobs}).encode()])
    assert json.loads(session.body)["owner"] == "bob"
    pair = session.headers["set-cookie"].partition(";")[0]
    assert (await call(app, cookie=pair)).status == 200
    assert inner.scopes[-1]["state"]["owner"] == "bob"
    assert json.loads((await call(app, "/api/session", cookie=pair)).body)["owner"] == "bob"
    assert json.loads((await call(app, "/api/session")).body)["owner"] is None


async def test_a_running_server_follows_the_file(tmp_path: Path) -> None:
    file = TokenFile(tmp_path)
    authenticator = Authenticator(TokenStore(Settings(data_folder=tmp_path)), 8000)
    assert not authenticator.required()
    token, secret = file.add("alice")
    assert authenticator.required()
    session, _ = authenticator.sign_in(secret, "a")
    cookie = f"{authenticator.cookie_name}={session}"
    by_token = authenticator.authenticate(f"Bearer {secret}", None, "a")
    by_cookie = authenticator.authenticate(None, cookie, "a")
    assert authenticator.is_valid(by_token) and authenticator.is_valid(by_cookie)
    file.revoke(token.id)
    assert not authenticator.is_valid(by_token) and not authenticator.is_valid(by_cookie)
    assert authenticator.required(), "the last token gone must not make tokens optional"
    for shown in ({"authorization": f"Bearer {secret}", "cookie": None}, {"cookie": cookie}):
        with pytest.raises(Unauthorized):
            authenticator.authenticate(shown.get("authorization"), shown["cookie"], "a")


async def test_signing_out_ends_what_was_let_in(tmp_path: Path) -> None:
    _, secret = TokenFile(tmp_path).add("alice")
    authenticator = Authenticator(TokenStore(Settings(data_folder=tmp_path)), 8000)
    cookie = f"{authenticator.cookie_name}={authenticator.sign_in(secret, 'a')[0]}"
    given = authenticator.authenticate(None, cookie, "a")
    authenticator.sign_out(cookie)
    assert not authenticator.is_valid(given)


@pytest.mark.parametrize("way", ["receives", "sends"])
async def test_an_open_socket_ends_when_its_token_is_revoked(way: str, tmp_path: Path) -> None:
    file = TokenFile(tmp_path)
    token, secret = file.add("alice")
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((await receive())["type"])
        await send({"type": "websocket.accept"})
        file.revoke(token.id)
        if way == "receives":
            seen.append((await receive())["type"])
        else:
            with pytest.raises(OSError, match="revoked"):
                await send({"type": "websocket.send", "text": "a secret"})

    gate = Gate(app, settings=Settings(data_folder=tmp_path))
    answer = await call(
        gate, "/ws", kind="websocket", frames=["one"], extensions=EXTENSION, **bearer(secret)
    )
    assert seen[-1] == ("websocket.disconnect" if way == "receives" else "websocket.connect")
    assert answer.sent[-1] == {"type": "websocket.close", "code": 1008}
    assert not any(message["type"] == "websocket.send" for message in answer.sent)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.7.7", "cad.example"])
def test_an_address_that_others_reach_needs_a_token(host: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        check_bind(Settings(host=host, data_folder=tmp_path))
    line = str(refused.value)
    assert line.startswith(f"DRAWING_CHAT_HOST={host}:") and "drawing-chat token add" in line
    check_bind(Settings(host=host, data_folder=tmp_path, token=TOKEN))
    token, _ = TokenFile(tmp_path).add("alice")
    check_bind(Settings(host=host, data_folder=tmp_path))
    TokenFile(tmp_path).revoke(token.id)
    with pytest.raises(SettingsError):
        check_bind(Settings(host=host, data_folder=tmp_path))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_needs_none(host: str, tmp_path: Path) -> None:
    check_bind(Settings(host=host, data_folder=tmp_path))


def test_the_command_line_makes_shows_and_revokes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DRAWING_CHAT_DATA_FOLDER", str(tmp_path))
    monkeypatch.setenv("DRAWING_CHAT_HOST", "0.0.0.0")  # must not keep one from making the first
    assert cli.main(["token", "add", "alice"]) == 0
    secret = capsys.readouterr().out.strip()
    (token,) = TokenFile(tmp_path).read()
    key = TokenStore(Settings(data_folder=tmp_path)).find(secret)
    assert key is not None and key.owner == "alice"
    assert cli.main(["token", "list"]) == 0
    listed = capsys.readouterr().out
    assert token.id in listed and "alice" in listed and secret not in listed
    assert cli.main(["token", "revoke", token.id]) == 0
    assert "last one" in capsys.readouterr().err
    assert cli.main(["token", "revoke", token.id]) == 1
    assert cli.main(["token", "add", "No Name"]) == 1
