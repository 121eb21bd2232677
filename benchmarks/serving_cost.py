"""CPU time of the serving process per output token: raw engine, this server, vLLM's own server.

    python -m benchmarks.serving_cost [--model FOLDER] [--streams 32] [--tokens 512] [--rounds 5]

On a GPU, for the full-size model without its weights (speed and memory do not depend on them;
configuration and tokenizer must be in the hub cache):

    python -m benchmarks.serving_cost --model Qwen/Qwen3-VL-30B-A3B-Instruct --dummy-weights \
        --one-at-a-time

Without `--model` it uses the project's tiny checkpoint with random weights and its end-of-turn
token suppressed, so that every answer has its full length. All peers have the same engine arguments
and answer the same text questions. CPU time (user and system) is that of the process that owns the
sockets, without the engine core and the client. Rounds alternate between the peers (with
`--one-at-a-time` each peer runs all its rounds alone, for a GPU that holds one engine); medians are
printed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from websockets.asyncio.client import connect

from backend.config.settings import has_nvidia_gpu
from tests.endless import write_endless_checkpoint
from tests.server_process import ServerProcess, free_port

ENGINE = {"max_model_len": 8192, "max_num_seqs": 64, "max_num_batched_tokens": 8192}
NAMED_SETTINGS = (*ENGINE, "enforce_eager")
START_SECONDS = 900
ENVIRONMENT = os.environ | {"VLLM_NO_USAGE_STATS": "1", "VLLM_CPU_KVCACHE_SPACE": "1"}
#: Runs one round of the given number of streams and tokens. Returns the total number of tokens.
Round = Callable[[int, int], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Setup:
    """Common to all peers: the model, a scratch folder, vLLM's engine arguments."""

    model: str
    folder: Path
    engine: dict[str, Any]


@dataclass(slots=True)
class Figures:
    """One value per round: microseconds of CPU per token, and tokens per second over all
    streams."""

    cpu_us: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)


@asynccontextmanager
async def drawing_chat(setup: Setup) -> AsyncIterator[tuple[int, Round]]:
    """This project's server, with one WebSocket per stream."""
    named = {key: setup.engine[key] for key in NAMED_SETTINGS}
    rest = {key: value for key, value in setup.engine.items() if key not in named}
    server = ServerProcess(
        setup.folder / "data", model=setup.model, engine_args=json.dumps(rest), **named
    )
    await asyncio.to_thread(lambda: server.start().wait_ready(START_SECONDS))

    async def one(number: int, tokens: int) -> int:
        address = server.url.replace("http", "ws") + "/ws"
        async with connect(address, compression=None) as socket:
            question = {"type": "ask", "id": str(number), "text": f"Question {number}?"}
            question["options"] = {"max_tokens": tokens, "temperature": 1, "seed": number}
            await socket.send(json.dumps(question))
            async for message in socket:
                frame = json.loads(message)
                if frame["type"] == "done":
                    return int(frame["usage"]["completion_tokens"])
                if frame["type"] == "error":
                    raise RuntimeError(frame["message"])
        raise RuntimeError("the socket closed before the answer ended")

    async def ask(streams: int, tokens: int) -> int:
        return sum(await asyncio.gather(*(one(number, tokens) for number in range(streams))))

    try:
        yield server.pid, ask
    finally:
        await asyncio.to_thread(server.stop)


@asynccontextmanager
async def openai_server(setup: Setup) -> AsyncIterator[tuple[int, Round]]:
    """vLLM's own OpenAI-compatible server, over server-sent events."""
    port = free_port()
    command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server"]
    command += ["--model", setup.model, "--port", str(port), "--host", "127.0.0.1"]
    command += ["--disable-uvicorn-access-log"]
    for key, value in setup.engine.items():
        option = "--" + key.replace("_", "-")
        command += [option] if value is True else [] if value is False else [option, str(value)]
    with (setup.folder / "openai.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=ENVIRONMENT
        )
    url = f"http://127.0.0.1:{port}"
    # A connection per stream, as for the WebSocket; a connection kept from the last round may be
    # closed by the server just when it is reused.
    limits = httpx.Limits(max_connections=256, max_keepalive_connections=0)
    client = httpx.AsyncClient(timeout=600, limits=limits)

    async def one(number: int, tokens: int) -> int:
        question = {
            "model": setup.model,
            "messages": [{"role": "user", "content": f"Question {number}?"}],
            "max_tokens": tokens,
            "temperature": 1,
            "seed": number,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        usage = 0
        async with client.stream("POST", url + "/v1/chat/completions", json=question) as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                if line.startswith("data: {") and (body := json.loads(line[6:])).get("usage"):
                    usage = int(body["usage"]["completion_tokens"])
        return usage

    async def ask(streams: int, tokens: int) -> int:
        return sum(await asyncio.gather(*(one(number, tokens) for number in range(streams))))

    try:
        await _until_healthy(client, url, process)
        yield process.pid, ask
    finally:
        await client.aclose()
        process.terminate()
        await process.wait()


async def _until_healthy(
    client: httpx.AsyncClient, url: str, process: asyncio.subprocess.Process
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.returncode is None:
        try:
            if (await client.get(url + "/health")).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.5)
    raise RuntimeError("vLLM's OpenAI server did not start")


@asynccontextmanager
async def raw_engine(setup: Setup) -> AsyncIterator[tuple[int, Round]]:
    """`AsyncLLMEngine` alone, in a process that only counts deltas."""
    arguments = json.dumps({"model": setup.model, **setup.engine})
    command = [sys.executable, "-m", "benchmarks.raw_engine", arguments]
    with (setup.folder / "raw.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, env=ENVIRONMENT
        )
    assert process.stdin and process.stdout  # noqa: S101 — both are pipes

    async def ask(streams: int, tokens: int) -> int:
        assert process.stdin and process.stdout  # noqa: S101
        process.stdin.write(f"{streams} {tokens}\n".encode())
        await process.stdin.drain()
        return await _answer(process.stdout)

    try:
        await _answer(process.stdout)  # it is ready
        yield process.pid, ask
    finally:
        process.stdin.close()
        await process.wait()


async def _answer(stream: asyncio.StreamReader) -> int:
    while line := await stream.readline():
        if line.startswith(b"TOKENS "):
            return int(line.split()[1])
    raise RuntimeError("the raw engine ended")


PEERS = {
    "raw AsyncLLMEngine": raw_engine,
    "Drawing Chat (WebSocket)": drawing_chat,
    "vLLM's OpenAI server (SSE)": openai_server,
}


async def one_round(pid: int, ask: Round, streams: int, tokens: int) -> tuple[float, float]:
    """Microseconds of CPU per token, and tokens per second."""
    before, began = psutil.Process(pid).cpu_times(), time.perf_counter()
    produced = await ask(streams, tokens)
    seconds, after = time.perf_counter() - began, psutil.Process(pid).cpu_times()
    if produced < 0.9 * streams * tokens:
        raise RuntimeError(f"only {produced} tokens: the model ends its answers too early")
    used = after.user + after.system - before.user - before.system
    return used / produced * 1e6, produced / seconds


async def measure(
    setup: Setup, peers: list[str], streams: int, tokens: int, rounds: int
) -> dict[str, Figures]:
    """Run the peers in turn; each peer's first round is a warm-up and does not count."""
    figures = {name: Figures() for name in peers}
    async with AsyncExitStack() as stack:
        running = {name: await stack.enter_async_context(PEERS[name](setup)) for name in peers}
        for number in range(rounds + 1):
            for name, (pid, ask) in running.items():
                cpu_us, rate = await one_round(pid, ask, streams, tokens)
                if number:
                    figures[name].cpu_us.append(cpu_us)
                    figures[name].rate.append(rate)
    return figures


def main() -> None:
    """Measure and print one Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model")
    parser.add_argument("--dummy-weights", action="store_true")
    parser.add_argument("--one-at-a-time", action="store_true")
    parser.add_argument("--streams", type=int, default=32)
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    engine: dict[str, Any] = {**ENGINE, "enforce_eager": not has_nvidia_gpu()}
    if options.dummy_weights:
        engine["load_format"] = "dummy"
    groups = [[name] for name in PEERS] if options.one_at_a_time else [list(PEERS)]
    figures: dict[str, Figures] = {}
    with tempfile.TemporaryDirectory() as folder:
        model = options.model or str(write_endless_checkpoint(Path(folder) / "checkpoint"))
        setup = Setup(model, Path(folder), engine)
        for peers in groups:
            figures |= asyncio.run(
                measure(setup, peers, options.streams, options.tokens, options.rounds)
            )
    raw = statistics.median(figures["raw AsyncLLMEngine"].cpu_us)
    print("| Server | µs of CPU per token | Min to max | Relative to raw | Tokens/s |")
    print("|---|---|---|---|---|")
    for name, one in figures.items():
        cpu, rate = statistics.median(one.cpu_us), statistics.median(one.rate)
        spread = f"{min(one.cpu_us):.1f} to {max(one.cpu_us):.1f}"
        print(f"| {name} | {cpu:.1f} | {spread} | {cpu / raw:.2f}× | {rate:.0f} |")


if __name__ == "__main__":
    main()
