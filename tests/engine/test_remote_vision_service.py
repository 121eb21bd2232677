"""The remote service over vLLM's own OpenAI-compatible server, as `vllm serve` starts it."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import httpx
import psutil
import pytest

from backend.config.settings import Settings
from backend.errors import ContextTooLong, EngineRestarting
from backend.model.image_size import fit_to_budget, image_tokens
from backend.model.remote.remote_vision_service import RemoteVisionService
from backend.model.service import Delta, Sampling, Usage
from tests.engine.asking import ask, noise, say, until_state
from tests.model_server import ModelServer
from tests.server_process import HANG_SECONDS, free_port

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

WINDOW = 16_384
#: Answers that each server works on at once; further questions wait there.
AT_ONCE = 2
#: Tokens of an answer that still runs when the others have come, also on a fast machine.
LONG = 15_000
#: What only a hang reaches.
START_SECONDS = 900
PIXELS = {"image_min_pixels": 65_536, "image_max_pixels": 1_048_576}
KEY = "the-key-of-this-test"
SCHEMA = {
    "type": "object",
    "properties": {"text": {"enum": ["Ø38 ±0.05 – 図面"]}},
    "required": ["text"],
    "additionalProperties": False,
}


class VllmServer:
    """One `vllm serve` on loopback, that can be killed."""

    def __init__(self, checkpoint: Path, log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = log
        self._command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server"]
        for name, value in {
            "model": checkpoint,
            "served-model-name": "qwen3-vl-tiny",
            "host": "127.0.0.1",
            "port": self.port,
            "api-key": KEY,
            "max-model-len": WINDOW,
            "max-num-seqs": AT_ONCE,
            "dtype": "float32",
            "mm-processor-kwargs": '{"min_pixels": 65536, "max_pixels": 1048576}',
        }.items():
            self._command += [f"--{name}", str(value)]
        self._command += ["--enable-prompt-tokens-details", "--disable-uvicorn-access-log"]
        self.start()

    def start(self) -> None:
        """Begin to load; it answers half a minute later."""
        environment = os.environ | {"VLLM_NO_USAGE_STATS": "1", "VLLM_CPU_KVCACHE_SPACE": "1"}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, env=environment)

    def kill(self) -> None:
        """The server and its engine are gone from one moment to the next."""
        server = psutil.Process(self._process.pid)
        for process in (server, *server.children(recursive=True)):
            os.kill(process.pid, signal.SIGKILL)
        self._process.wait(HANG_SECONDS)

    def stop(self) -> None:
        """End it politely."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait(HANG_SECONDS)

    async def metric(self, name: str) -> float:
        """One figure of its own metrics, summed over its labels; 0 before it listens."""
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                text = (await client.get(f"{self.url}/metrics", timeout=HANG_SECONDS)).text
            except httpx.ConnectError:
                return 0
        lines = [line for line in text.splitlines() if line.startswith(f"vllm:{name}{{")]
        return sum(float(line.rpartition(" ")[2]) for line in lines)


@pytest.fixture(scope="module")
def vllm_server(
    endless_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VllmServer]:
    """One that loads."""
    server = VllmServer(endless_checkpoint, tmp_path_factory.mktemp("vllm") / "log")
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
async def remote(vllm_server: VllmServer) -> AsyncIterator[RemoteVisionService]:
    settings = Settings(remote_urls=[vllm_server.url], remote_api_key=KEY, **PIXELS)
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
    image = noise(width, height, seed=width)
    size = fit_to_budget(width, height, PIXELS["image_min_pixels"], PIXELS["image_max_pixels"])
    answer = await ask(remote, image, "Scale?", max_tokens=2)
    without = await ask(remote, "Scale?", max_tokens=2)
    assert answer.usage.prompt_tokens - without.usage.prompt_tokens == image_tokens(*size) + 2
    assert answer.usage.image_tokens == image_tokens(*size)


async def test_a_long_beginning_is_found_in_the_servers_cache(remote: RemoteVisionService) -> None:
    image = noise(512, 512, seed=7)
    await ask(remote, image, "First?")
    assert (await ask(remote, image, "First?")).usage.cached_tokens >= 128


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


async def test_what_the_server_finds_too_long_is_told(vllm_server: VllmServer) -> None:
    image = noise(1024, 1024, seed=1)
    settings = Settings(
        remote_urls=[vllm_server.url], remote_api_key=KEY, max_model_len=1_000_000, **PIXELS
    )
    service = RemoteVisionService(settings)
    await service.start()
    try:
        await until(lambda: service.status().state == "ready")
        assert service.status().limits["max_model_len"] == WINDOW
        # Signs of a tokenizer that the estimate does not know: it takes them for less.
        with pytest.raises(ContextTooLong, match="exceeds the model server's context window"):
            await ask(service, image, "aaa" * (3 * WINDOW // 4))
    finally:
        await service.stop()


async def test_a_killed_server_gives_way_to_another(
    vllm_server: VllmServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The last test: it takes the server away. The other one is not vLLM.

    vLLM works on two answers at once, so that of its four questions two have begun and two wait
    for their first token. The begun answers end; the waiting questions go on to the other. That a
    server which is back gets its share again is proven with two of the other kind,
    `tests/parts/model/test_remote_vision_service.py`.
    """
    caplog.set_level(logging.INFO, logger="backend.model.remote.endpoints")
    async with ModelServer(model="qwen3-vl-tiny", window=WINDOW, key=KEY).running() as other:
        urls = [vllm_server.url, other.url]
        settings = Settings(remote_urls=urls, remote_api_key=KEY, **PIXELS)
        service = RemoteVisionService(settings, check_every_s=1.0)
        await service.start()
        try:
            await until(lambda: all(f"server {n}: ready" in caplog.text for n in (1, 2)))
            begun = await questions_to_first(service, "begun", LONG)
            for question in begun:
                await question.first.wait()
            waiting = await questions_to_first(service, "waiting", 8)
            await until_waiting(vllm_server, AT_ONCE)
            assert not any(question.first.is_set() for question in waiting)

            answered = len(other.asked)
            vllm_server.kill()
            for question in begun:
                with pytest.raises(EngineRestarting) as lost:
                    await question.task
                assert lost.value.code == "engine_restarting"
            ends = await asyncio.gather(*(question.task for question in waiting))
            assert [usage.finish_reason for usage in ends] == ["stop"] * AT_ONCE
            assert len(other.asked) == answered + AT_ONCE
            assert "Model server 1: Model server 1 of DRAWING_CHAT_REMOTE_URLS" in caplog.text

            assert service.status().state == "ready"
            failures = caplog.text.count("failed a request")
            assert failures == 2 * AT_ONCE  # those that it had
            later = (ask(service, "Later?", request_id=f"later-{number}") for number in range(4))
            await asyncio.gather(*later)
            assert caplog.text.count("failed a request") == failures
        finally:
            await service.stop()


async def questions_to_first(
    service: RemoteVisionService, name: str, tokens: int
) -> list[Question]:
    """As many as the first server works on at once: two servers take turns, and the second one
    answers what it gets."""
    asked = [Question(service, f"{name}-{number}", tokens) for number in range(2 * AT_ONCE)]
    await until(lambda: sum(question.task.done() for question in asked) == AT_ONCE)
    return [question for question in asked if not question.task.done()]


class Question:
    """A question on its way; `first` is set with its first word, `task` ends with its usage."""

    def __init__(self, service: RemoteVisionService, name: str, tokens: int) -> None:
        self.id = name
        self.first = asyncio.Event()
        self.task = asyncio.create_task(self._ask(service, tokens), name=name)

    async def _ask(self, service: RemoteVisionService, tokens: int) -> Usage:
        stream = service.stream(
            [say("user", self.id)], {}, Sampling(max_tokens=tokens), request_id=self.id
        )
        async with aclosing(stream) as items:
            async for item in items:
                self.first.set()
                if isinstance(item, Usage):
                    return item
        raise AssertionError("an answer without an end")


async def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds; a server may have to load first."""
    async with asyncio.timeout(START_SECONDS):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def until_waiting(server: VllmServer, count: int) -> None:
    """Wait until so many questions wait at that server."""
    async with asyncio.timeout(START_SECONDS):
        while await server.metric("num_requests_waiting") != count:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
