"""The remote service over vLLM's own OpenAI-compatible server, as `vllm serve` starts it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import psutil
import pytest

from backend.config import Settings
from backend.errors import ContextTooLong, EngineRestarting
from backend.image_size import fit_to_budget, image_tokens
from backend.remote_vision_service import RemoteVisionService
from backend.vision_service import Delta, Sampling, Usage
from tests.engine.asking import ask, noise, say, until_state
from tests.model_server import ModelServer
from tests.server_process import free_port

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

WINDOW = 4096
#: vLLM takes half a minute to begin on two idle cores.
START_SECONDS = 420
PIXELS = {"image_min_pixels": 65_536, "image_max_pixels": 1_048_576}
KEY = "the-key-of-this-test"
SCHEMA = {
    "type": "object",
    "properties": {"text": {"enum": ["Ø38 ±0.05 – 図面"]}},
    "required": ["text"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def vllm_server(
    endless_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, str]]:
    """Process and address of a vLLM server that loads."""
    port = free_port()
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server"]
    command += ["--model", str(endless_checkpoint), "--served-model-name", "qwen3-vl-tiny"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--api-key", KEY]
    command += ["--max-model-len", str(WINDOW), "--max-num-seqs", "8", "--dtype", "float32"]
    command += ["--enable-prompt-tokens-details", "--disable-uvicorn-access-log"]
    command += ["--mm-processor-kwargs", '{"min_pixels": 65536, "max_pixels": 1048576}']
    environment = os.environ | {"VLLM_NO_USAGE_STATS": "1", "VLLM_CPU_KVCACHE_SPACE": "1"}
    with (tmp_path_factory.mktemp("vllm") / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        yield process.pid, f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(60)


@pytest.fixture(scope="module")
async def remote(vllm_server: tuple[int, str]) -> AsyncIterator[RemoteVisionService]:
    settings = Settings(remote_urls=[vllm_server[1]], remote_api_key=KEY, **PIXELS)
    service = RemoteVisionService(settings, check_every_s=1.0)
    await service.start()
    await until_state(service, "ready", START_SECONDS)
    yield service
    await service.stop()


async def test_the_server_tells_its_model_and_its_window(remote: RemoteVisionService) -> None:
    status = remote.status()
    assert (status.model, status.limits["max_model_len"]) == ("qwen3-vl-tiny", WINDOW)
    assert not status.leaves_machine


async def test_an_answer_is_as_long_as_it_was_asked_for(remote: RemoteVisionService) -> None:
    answer = await ask(remote, "What is the largest bore?", max_tokens=24)
    assert (answer.usage.completion_tokens, answer.usage.finish_reason) == (24, "length")
    again = await ask(remote, "What is the largest bore?", max_tokens=24)
    assert again.text == answer.text != ""


@pytest.mark.parametrize(("width", "height"), [(256, 256), (1600, 1200), (801, 799), (33, 900)])
async def test_a_picture_takes_the_tokens_that_were_computed(
    remote: RemoteVisionService, width: int, height: int
) -> None:
    picture = noise(width, height, seed=width)
    size = fit_to_budget(width, height, PIXELS["image_min_pixels"], PIXELS["image_max_pixels"])
    answer = await ask(remote, picture, "Scale?", max_tokens=2)
    without = await ask(remote, "Scale?", max_tokens=2)
    assert answer.usage.prompt_tokens - without.usage.prompt_tokens == image_tokens(*size) + 2
    assert answer.usage.image_tokens == image_tokens(*size)


async def test_a_long_beginning_is_found_in_the_servers_cache(remote: RemoteVisionService) -> None:
    picture = noise(512, 512, seed=7)
    await ask(remote, picture, "First?")
    assert (await ask(remote, picture, "First?")).usage.cached_tokens >= 128


async def test_a_schema_holds(remote: RemoteVisionService) -> None:
    answer = await ask(remote, "Tell", json_schema=SCHEMA, max_tokens=120)
    assert json.loads(answer.text) == {"text": "Ø38 ±0.05 – 図面"}


async def test_stop_frees_the_server(remote: RemoteVisionService) -> None:
    stream = remote.stream([say("user", "Long")], {}, Sampling(max_tokens=3000), request_id="long")
    async with aclosing(stream) as items:
        assert isinstance(await anext(items), Delta)
        await remote.abort("long")
        *_, last = [item async for item in items]
    assert isinstance(last, Usage) and last.finish_reason == "abort"
    assert remote.requests_in_flight() == 0


async def test_what_the_server_finds_too_long_is_told(vllm_server: tuple[int, str]) -> None:
    picture = noise(1024, 1024, seed=1)
    settings = Settings(
        remote_urls=[vllm_server[1]], remote_api_key=KEY, max_model_len=1_000_000, **PIXELS
    )
    service = RemoteVisionService(settings)
    await service.start()
    try:
        assert service.status().limits["max_model_len"] == WINDOW
        # Signs of a tokenizer that the estimate does not know: it takes them for less.
        with pytest.raises(ContextTooLong, match="the model's server says"):
            await ask(service, picture, "aaa" * 3000)
    finally:
        await service.stop()


async def test_a_killed_server_gives_way_to_the_other(vllm_server: tuple[int, str]) -> None:
    """The last test: it takes the server away."""
    pid, url = vllm_server
    async with ModelServer(model="qwen3-vl-tiny").running() as other:
        settings = Settings(remote_urls=[url, other.url], remote_api_key=KEY, **PIXELS)
        service = RemoteVisionService(settings, check_every_s=1.0)
        await service.start()
        try:
            stream = service.stream(
                [say("user", "Long")], {}, Sampling(max_tokens=3000), request_id="long"
            )
            async with aclosing(stream) as items:
                assert isinstance(await anext(items), Delta)
                children = psutil.Process(pid).children(recursive=True)
                for process in (psutil.Process(pid), *children):
                    os.kill(process.pid, signal.SIGKILL)
                with pytest.raises(EngineRestarting):
                    _ = [item async for item in items]
            for _ in range(2):
                answer = await asyncio.wait_for(ask(service, "?"), 60)
                assert answer.text == "".join(other.words)
        finally:
            await service.stop()
