"""Measures idle sockets: memory per socket, and their effect on streaming clients.

    python -m benchmarks.sockets [--idle 5000] [--streams 16] [--pairs 6] [--questions 20]

Runs the real server process with a fake engine, so that only the serving code is measured. Times
are measured in the client, from sending a question to its first delta. Each pair is a round with
idle sockets and a round without; their order alternates, so that other load on the machine affects
both. The idle sockets belong to a separate process, so that their client's work is not included.
Memory per socket is the growth of the server's resident memory at the first opening.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import psutil
from websockets.asyncio.client import ClientConnection, connect

from tests.fake_server import FakeServerProcess

#: Handshakes under way at once.
AT_ONCE = 50


def address(server: FakeServerProcess) -> str:
    """Memory of the socket."""
    return server.url.replace("http", "ws", 1) + "/ws"


async def stream(server: FakeServerProcess, questions: int) -> list[float]:
    """Ask repeatedly; milliseconds to each first delta."""
    times = []
    async with connect(address(server), compression=None, proxy=None) as connection:
        for number in range(questions):
            ask = {"type": "ask", "id": f"q{number}", "text": "say 10 words slowly"}
            began = time.perf_counter()
            await connection.send(json.dumps(ask))
            waited = None
            async for message in connection:
                kind = json.loads(message)["type"]
                if kind == "delta" and waited is None:
                    waited = (time.perf_counter() - began) * 1000
                if kind in ("done", "error"):
                    break
            if waited is not None:
                times.append(waited)
    return times


async def streams(server: FakeServerProcess, count: int, questions: int) -> list[float]:
    """Milliseconds to each first delta, over all streams."""
    found = await asyncio.gather(*(stream(server, questions) for _ in range(count)))
    return [each for one in found for each in one]


async def hold_idle(url: str, count: int) -> None:
    """Open sockets that read their hello and then only answer pings; report, wait, close."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(stack: AsyncExitStack) -> None:
        async with gate:
            options = {"compression": None, "proxy": None, "open_timeout": 60}
            connection: ClientConnection = await connect(url, **options)  # type: ignore[arg-type]
            stack.push_async_callback(connection.close)
            await connection.recv()

    async with AsyncExitStack() as stack:
        await asyncio.gather(*(one(stack) for _ in range(count)))
        print("open", flush=True)
        await asyncio.to_thread(sys.stdin.readline)


@contextlib.contextmanager
def idle_beside(server: FakeServerProcess, count: int) -> Iterator[None]:
    """Hold this many idle sockets while the body runs; afterwards the server has dropped them
    all."""
    command = [sys.executable, "-m", "benchmarks.sockets", "--hold", address(server)]
    holder = subprocess.Popen(  # noqa: S603
        [*command, "--idle", str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        if holder.stdout is None or holder.stdout.readline() != "open\n":
            raise RuntimeError("The idle sockets could not be opened.")
        yield
        holder.communicate("\n")
    while 'drawing_chat_calls_open{kind="socket"} 0.0' not in server.get("/metrics").text:
        time.sleep(0.2)


def one_round(server: FakeServerProcess, options: argparse.Namespace, idle: int) -> list[float]:
    """Milliseconds to each first delta, over all streams, with this many idle sockets."""
    with idle_beside(server, idle) if idle else contextlib.nullcontext():
        return asyncio.run(streams(server, options.streams, options.questions))


def measure(server: FakeServerProcess, options: argparse.Namespace) -> None:
    """Print the figures."""
    asyncio.run(streams(server, options.streams, 2))  # one-time work is not measured
    process = psutil.Process(server.pid)
    before, began = process.memory_info().rss, time.perf_counter()
    with idle_beside(server, options.idle):
        opened, held = time.perf_counter() - began, process.memory_info().rss
    print(f"{options.idle} idle sockets, opened in {opened:.1f} s")
    print(f"memory per socket: {(held - before) / options.idle / 1024:.1f} KiB", flush=True)
    times: dict[int, list[list[float]]] = {0: [], options.idle: []}
    for pair in range(options.pairs):
        order = (0, options.idle) if pair % 2 == 0 else (options.idle, 0)
        for idle in order:
            times[idle].append(one_round(server, options, idle))
        alone, beside = (last_percent(times[idle][-1]) for idle in (0, options.idle))
        print(f"pair {pair + 1}: p99 {alone:.1f} ms alone, {beside:.1f} ms beside", flush=True)
    pairs = list(zip(times[0], times[options.idle], strict=True))
    ratios = [last_percent(beside) / last_percent(alone) for alone, beside in pairs]
    for name, rounds in (("without", times[0]), ("with", times[options.idle])):
        whole = [each for found in rounds for each in found]
        middle = statistics.median(whole)
        print(
            f"{options.streams} streams {name}, {len(whole)} answers: "
            f"median {middle:.1f} ms, p99 {last_percent(whole):.1f} ms"
        )
    print(
        f"p99 with idle sockets relative to without: median of {len(ratios)} pairs "
        f"{(statistics.median(ratios) - 1) * 100:+.0f} %, from {(min(ratios) - 1) * 100:+.0f} % "
        f"to {(max(ratios) - 1) * 100:+.0f} %"
    )


def last_percent(times: list[float]) -> float:
    """The 99th percentile."""
    return statistics.quantiles(times, n=100)[98]


def main() -> None:
    """Parse, start, measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--idle", type=int, default=5000)
    parser.add_argument("--streams", type=int, default=16)
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--questions", type=int, default=20, help="questions per stream in a round")
    parser.add_argument("--hold", help=argparse.SUPPRESS)  # the process with the idle sockets
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if options.hold:
        asyncio.run(hold_idle(options.hold, options.idle))
        return
    with tempfile.TemporaryDirectory() as folder:
        most = options.idle + options.streams + 10
        server = FakeServerProcess(Path(folder) / "data", max_sockets_per_owner=most)
        server.start().wait_ready()
        try:
            measure(server, options)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
