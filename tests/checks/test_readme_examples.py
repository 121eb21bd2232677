"""The programs in README and docs, run as a reader would, against the server with a fake engine."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from PIL import Image

from backend.config.settings import Settings
from backend.main import create_app
from tests.checks.test_readme import code_block, text_of
from tests.fakes import FakeVisionService


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings(data_folder=tmp_path_factory.mktemp("readme") / "data")
    app = create_app(settings, FakeVisionService())
    server = uvicorn.Server(
        uvicorn.Config(app, http="h11", ws="websockets-sansio", log_level="warning")
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            address = f"127.0.0.1:{listener.getsockname()[1]}"
            assert httpx.get(f"http://{address}/health", timeout=30).status_code == 200
            yield address
        finally:
            server.should_exit = True
            thread.join(30)


def run_example(document: str, start: str, name: str, address: str, folder: Path) -> str:
    """Run a document's block beside a drawing, changing only the port; returns the output."""
    Image.new("RGB", (400, 300), "white").save(folder / "drawing.png")
    program = code_block(start, document).replace("127.0.0.1:8000", address)
    assert address in program
    (folder / name).write_text(program)
    # Node 20 has WebSocket behind this switch; later ones have it anyway.
    node = [shutil.which("node") or "node", "--no-warnings", "--experimental-websocket"]
    command = [sys.executable] if name.endswith(".py") else node
    ended = subprocess.run([*command, name], cwd=folder, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


@pytest.mark.parametrize(
    ("document", "start", "name"),
    [("README.md", "python\nimport json", "ask.py"), ("docs/api.md", "js\n", "ask.mjs")],
)
def test_an_example_uploads_asks_and_prints_the_answer(
    document: str, start: str, name: str, address: str, tmp_path: Path
) -> None:
    text, _, last = run_example(document, start, name, address, tmp_path).rpartition("\n")
    assert text.strip() == "The largest bore is Ø38 H12."
    assert '"done"' in last


def test_the_example_with_openais_client_prints_the_answer(address: str, tmp_path: Path) -> None:
    printed = run_example(
        "docs/api.md", "python\nimport base64", "ask_openai.py", address, tmp_path
    )
    assert printed == "The largest bore is Ø38 H12."


def test_the_whole_app_stands_behind_the_guard(address: str) -> None:
    with httpx.Client(base_url=f"http://{address}") as client:
        page = client.get("/")
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
        foreign = {"Origin": "http://evil.example"}
        assert client.post("/api/conversations", headers=foreign).status_code == 403
        picture = client.get("/iiif/none.1/info.json", headers=foreign)
        assert picture.status_code == 404
        assert picture.headers.get_list("access-control-allow-origin") == ["*"]
        assert client.get("/api/session").json()["signed_in"] is True
        large = client.post("/api/conversations", content=(b"x" * 65536 for _ in range(17)))
        assert large.status_code == 413
        assert large.json()["error"]["code"] == "file_too_large"


def test_every_call_in_the_docs_is_a_route(address: str) -> None:
    routes = httpx.get(f"http://{address}/openapi.json").json()["paths"]
    known = {re.sub(r"\{[^}]*\}", "{}", path) for path in routes}
    text = text_of("docs/api.md") + text_of("docs/operations.md")
    calls = re.findall(r"(?<![\w/.])(/(?:api|iiif|v1|ready|health|metrics)\b[^`? ]*)`?", text)
    assert len(calls) > 30
    for call in calls:
        path = re.sub(r"\{[^}]*\}", "{}", call.replace("{id}.{n}", "{id}"))
        assert path in known, call


def test_every_route_is_in_the_docs(address: str) -> None:
    routes = httpx.get(f"http://{address}/openapi.json").json()["paths"]
    text = re.sub(r"\{[^}]*\}", "{}", text_of("docs/api.md").replace("{id}.{n}", "{id}"))
    # The IIIF standard defines the paths below info.json; a model by its name is OpenAI's.
    described = {"/iiif", "/v1/models/{}"}
    for route in (re.sub(r"\{[^}]*\}", "{}", path) for path in routes):
        if not any(route.startswith(beginning) for beginning in described):
            assert f"{route}`" in text or f"{route}?" in text or f"{route} " in text, route
