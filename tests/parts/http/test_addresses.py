"""Addresses as any client meets them: other methods, addresses that are not there, bodies that are
no JSON, and errors below `/v1` in the form that OpenAI's clients read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import openai
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.whole_app import Running, run_app

pytestmark = pytest.mark.anyio


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    async with run_app(tmp_path / "data") as app:
        yield app


@pytest.fixture
async def client(running: Running) -> AsyncIterator[httpx.AsyncClient]:
    async with running.as_owner() as opened:
        yield opened


@pytest.mark.parametrize("path", ["/health", "/api/model", "/api/drawings", "/openapi.json"])
async def test_head_is_get_without_its_body(client: httpx.AsyncClient, path: str) -> None:
    asked, headed = await client.get(path), await client.head(path)
    assert (headed.status_code, headed.content) == (200, b"")
    for name in ("content-type", "content-length"):
        assert headed.headers[name] == asked.headers[name]


async def test_head_of_what_is_not_there(client: httpx.AsyncClient) -> None:
    for path in ("/api/drawings/nope", "/iiif/nope.1/info.json", "/nothing"):
        assert (await client.head(path)).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/drawings", "GET, HEAD, POST"),
        ("POST", "/health", "GET, HEAD"),
        ("PUT", "/api/conversations/x", "DELETE, GET, HEAD, PATCH"),
        ("GET", "/v1/chat/completions", "POST"),
        ("DELETE", "/iiif/x.1/info.json", "GET, HEAD"),
        ("PUT", "/api/session", "DELETE, GET, POST"),
    ],
)
async def test_another_method_is_told_what_the_address_takes(
    client: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert answer.json()["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_what_is_not_there_is_404_for_every_method(
    client: httpx.AsyncClient, method: str
) -> None:
    answer = await client.request(method, "/api/nothing")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_a_websocket_elsewhere_is_404(running: Running) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(running.url.replace("http", "ws", 1) + "/socket", proxy=None)
    assert refused.value.response.status_code == 404
    assert b"/ws" in refused.value.response.body


async def test_the_sockets_address_as_plain_http_says_what_is_missing(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/ws")
    assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")
    assert answer.json()["error"]["code"] == "upgrade_needed"


async def test_a_body_that_is_no_json_is_told_what_is_wrong(client: httpx.AsyncClient) -> None:
    path, kind = "/api/conversations/import", {"content-type": "application/json"}
    broken = await client.post(path, content=b'{"title": ', headers=kind)
    assert broken.json()["error"]["message"] == "The body is not valid JSON."
    unnamed = await client.post(path, content=b'{"title": "x", "messages": []}')
    assert "Content-Type: application/json" in unnamed.json()["error"]["message"]
    assert (broken.status_code, unnamed.status_code) == (400, 400)


async def test_every_refusal_below_v1_has_openais_form(
    running: Running, client: httpx.AsyncClient
) -> None:
    asked = {"model": "fake", "messages": [{"role": "user", "content": "x"}]}
    path = "/v1/chat/completions"
    for answer, status, param in (
        (await client.post(path, json=asked, headers={"origin": "http://evil.example"}), 403, None),
        (await client.post(path, json={**asked, "temperature": 9}), 400, "temperature"),
        (await client.post(path, json={"messages": []}), 400, "model"),
        (await client.get(path), 405, None),
        (await client.get("/v1/nothing"), 404, None),
    ):
        error = answer.json()["error"]
        assert (answer.status_code, error["param"]) == (status, param)
        assert set(error) == {"code", "message", "type", "param"}
        assert error["type"] == "invalid_request_error"


async def test_without_the_token_openais_client_is_told_so(tmp_path: Path) -> None:
    async with run_app(tmp_path / "closed", owners=("alice",)) as app:
        http = httpx.AsyncClient(trust_env=False)
        async with openai.AsyncOpenAI(
            base_url=app.url + "/v1", api_key="wrong", max_retries=0, http_client=http
        ) as stranger:
            with pytest.raises(openai.AuthenticationError) as caught:
                await stranger.models.list()
    assert (caught.value.code, caught.value.type) == ("unauthorized", "invalid_request_error")


async def test_the_document_tells_what_is_answered(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert len(operations) > 30
    for operation in operations:
        refused = operation["responses"]["default"]["content"]["application/json"]["schema"]
        assert refused["$ref"].endswith("/ErrorBody")
        assert "422" not in operation["responses"]  # FastAPI's own, which is never sent
    upload = document["paths"]["/api/drawings"]["post"]
    form = upload["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["properties"]["file"]["format"] == "binary"
    for status in ("200", "201"):
        body = upload["responses"][status]["content"]["application/json"]["schema"]
        assert body["$ref"].endswith("/DrawingBody")
