"""Switching the real engine while eight answers stream: none of them is lost."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from backend.client import Client
from tests.server_process import HANG_SECONDS, ServerProcess
from tests.talk import talk

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

TOKENS = 3000


async def ask(url: str, begun: list[None], tokens: int = TOKENS) -> tuple[str, dict[str, Any]]:
    """Ask without a drawing; the answer's text and its last frame."""
    text, last = "", {}
    async with Client(url) as client:
        async for frame in client.ask("Count.", drawings=[], options={"max_tokens": tokens}):
            if frame["type"] == "delta":
                if not text:
                    begun.append(None)
                text += frame["text"]
            elif frame["type"] != "model":
                last = frame
    return text, last


async def until_ready(http: httpx.AsyncClient) -> dict[str, Any]:
    async with asyncio.timeout(HANG_SECONDS):
        while True:
            info: dict[str, Any] = (await http.get("/api/model")).json()
            if info["state"] in ("ready", "failed"):
                return info
            await asyncio.sleep(0.1)


@pytest.mark.fault(4)
async def test_eight_answers_and_two_switches(endless_checkpoint: Path, tmp_path: Path) -> None:
    second, broken = tmp_path / "second", tmp_path / "broken"
    for folder in (second, broken):
        shutil.copytree(endless_checkpoint, folder)
        (folder / "demo.json").unlink()
    (broken / "model.safetensors").write_bytes(b"no weights")
    server = ServerProcess(
        tmp_path / "data", model=str(endless_checkpoint), max_model_len=4096, max_num_seqs=16
    ).start()
    try:
        server.wait_ready()
        async with httpx.AsyncClient(base_url=server.url, timeout=HANG_SECONDS) as http:
            begun: list[None] = []
            answers = [asyncio.create_task(ask(server.url, begun)) for _ in range(8)]
            async with asyncio.timeout(HANG_SECONDS):
                while len(begun) < 8:  # noqa: ASYNC110 — filled by the tasks
                    await asyncio.sleep(0.01)
            accepted = await http.post("/api/model", json={"model": str(second)})
            assert accepted.status_code == 202, accepted.text
            assert not any(answer.done() for answer in answers)
            late = asyncio.create_task(ask(server.url, [], 8))
            for text, last in await asyncio.gather(*answers):
                assert last["type"] == "done", last
                assert last["usage"]["completion_tokens"] == TOKENS
                assert text
            assert (await late)[1]["type"] == "done"
            info = await until_ready(http)
            assert (info["state"], info["model"]) == ("ready", "second"), server.log_tail()

            assert (await http.post("/api/model", json={"model": "qwen3-vl:7b"})).status_code == 422
            accepted = await http.post("/api/model", json={"model": str(broken)})
            assert accepted.status_code == 202, accepted.text
            text, last = await ask(server.url, [], 8)
            assert last["type"] == "done", last
            info = await until_ready(http)
            assert (info["state"], info["model"]) == ("ready", "second"), server.log_tail()
            assert "broken was not loaded, second is back" in info["error"]
        await asyncio.to_thread(check_orderly_end, server)
    finally:
        if server.process is not None and server.process.poll() is None:
            server.stop()


def check_orderly_end(server: ServerProcess) -> None:
    """A SIGTERM in the middle of an answer ends the server and every process of its engine."""
    with talk(server.url) as client:
        client.ask("Count.", options={"max_tokens": TOKENS})
        client.receive_until("delta")
        children = psutil.Process(server.pid).children(recursive=True)
        assert children
        assert server.stop() in (0, -15)
    _, alive = psutil.wait_procs(children, timeout=HANG_SECONDS)
    assert not alive
