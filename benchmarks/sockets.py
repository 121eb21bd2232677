"""Many idle sockets beside streams: memory for each, and what the streams notice of them.

    python -m benchmarks.sockets [--idle 5000] [--streams 16] [--rounds 20]

The real server process with a fake engine, so that only the serving is measured. Times are from
sending a question to its first delta, as the client sees them, first without and then with the
idle sockets; memory is the server's resident memory, divided by the sockets.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import psutil
from websockets.asyncio.client import ClientConnection, connect

from tests.fake_server import FakeServerProcess

#: Handshakes under way at once.
AT_ONCE = 50


def address(server: FakeServerProcess) -> str:
    """Of the socket."""
    return server.url.replace("http", "ws", 1) + "/ws"


async def stream(server: FakeServerProcess, rounds: int) -> list[float]:
    """Ask again and again; milliseconds to each first delta."""
    times = []
    async with connect(address(server), compression=None, proxy=None) as connection:
        for number in range(rounds):
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


async def streams(server: FakeServerProcess, count: int, rounds: int) -> tuple[float, float]:
    """Median and 99th percentile over all streams, in milliseconds."""
    found = await asyncio.gather(*(stream(server, rounds) for _ in range(count)))
    times = [each for one in found for each in one]
    return statistics.median(times), statistics.quantiles(times, n=100)[98]


async def open_idle(server: FakeServerProcess, count: int, stack: AsyncExitStack) -> None:
    """Open sockets that read their hello and then only answer pings."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with gate:
            options = {"compression": None, "proxy": None, "open_timeout": 60}
            connection: ClientConnection = await connect(address(server), **options)  # type: ignore[arg-type]
            stack.push_async_callback(connection.close)
            await connection.recv()

    await asyncio.gather(*(one() for _ in range(count)))


async def measure(server: FakeServerProcess, idle: int, count: int, rounds: int) -> None:
    """Print the figures."""
    await streams(server, count, 2)  # what is done once is not measured
    process = psutil.Process(server.pid)
    alone, before = await streams(server, count, rounds), process.memory_info().rss
    async with AsyncExitStack() as stack:
        began = time.perf_counter()
        await open_idle(server, idle, stack)
        opened, held = time.perf_counter() - began, process.memory_info().rss
        beside = await streams(server, count, rounds)
    print(f"{idle} idle sockets, opened in {opened:.1f} s")
    print(f"memory for each: {(held - before) / idle / 1024:.1f} KiB")
    for name, (middle, last) in (("without", alone), ("with", beside)):
        print(f"{count} streams {name}: median {middle:.1f} ms, p99 {last:.1f} ms")
    print(f"p99: {(beside[1] / alone[1] - 1) * 100:+.0f} %")


def main() -> None:
    """Parse, start, measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--idle", type=int, default=5000)
    parser.add_argument("--streams", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory() as folder:
        most = options.idle + options.streams + 10
        server = FakeServerProcess(Path(folder) / "data", max_sockets_per_owner=most)
        server.start().wait_ready()
        try:
            asyncio.run(measure(server, options.idle, options.streams, options.rounds))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
