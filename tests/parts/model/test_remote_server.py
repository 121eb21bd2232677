"""The whole server with a model server on loopback instead of an engine."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from tests.model_server import MODEL, ModelServer
from tests.server_process import ServerProcess
from tests.talk import talk, text_of

pytestmark = pytest.mark.anyio


def conversation(server: ServerProcess) -> tuple[str, str]:
    """Ask; the answer, and the model server's key if it stands anywhere in the log."""
    with talk(server.url) as socket:
        socket.ask("Which is the largest bore?")
        frames = socket.receive_until("done", "error")
    return text_of(frames), server.log_tail()


async def test_a_question_goes_to_the_model_server_and_comes_back(tmp_path: Path) -> None:
    key = "sk-of-this-test-alone"
    async with ModelServer(key=key).running() as model:
        server = ServerProcess(
            tmp_path / "data", remote_urls=model.url, remote_api_key=key, image_max_pixels=1_048_576
        )
        await asyncio.to_thread(server.start)
        try:
            await asyncio.to_thread(server.wait_ready, 60)
            info = await asyncio.to_thread(server.model)
            assert (info["model"], info["leaves_machine"], info["plan"]) == (MODEL, False, None)
            text, log = await asyncio.to_thread(conversation, server)
        finally:
            assert await asyncio.to_thread(server.stop) in (0, -signal.SIGTERM)
    assert text == "".join(model.words)
    assert len(model.asked) == 1
    assert key not in log and str(model.port) not in log
