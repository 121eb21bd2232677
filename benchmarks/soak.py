"""Half an hour of questions with one fault in a hundred: does anything grow, is an answer lost?

    python -m benchmarks.soak [--minutes 30] [--clients 8] [--faults 0.01] [--engine]

Clients ask one question after the other; now and then one of them vanishes in the middle, sends
nonsense, cuts an upload off, stops its answer, or the engine dies. Every accepted question is
looked up afterwards: it must have ended, and hold every word that was shown. Memory, files and
tasks are read every five seconds; the slopes are least squares over the second half. Without
`--engine` the engine is a fake one, and only the serving is under test. The exit status is 1 when
an answer was lost.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.drawing_samples import png
from tests.endless import write_endless_checkpoint
from tests.fake_server import FakeServerProcess
from tests.server_process import ServerProcess, kill_engine_core

SAMPLE_SECONDS = 5
FAULTS = ("vanish", "nonsense", "cut upload", "stop", "engine")
NAMES = ("memory, MiB", "files", "tasks")


@dataclass
class Soak:
    """The run and what it has seen."""

    server: ServerProcess
    until: float
    share: float
    fake: bool
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311
    seen: dict[str, tuple[str, str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    samples: list[tuple[float, float, float, float]] = field(default_factory=list)

    async def client(self, number: int) -> None:
        """Ask until the time is over; connect again after a fault."""
        url = self.server.url.replace("http", "ws", 1) + "/ws"
        while time.monotonic() < self.until:
            try:
                async with connect(url, compression=None, proxy=None) as connection:
                    while time.monotonic() < self.until:
                        await self.question(connection, number)
            except (OSError, WebSocketException, ConnectionResetError):
                self.counts["connections lost"] += 1

    async def question(self, connection: object, number: int) -> None:
        """One question, perhaps with a fault in its middle."""
        fault = self.chance.choice(FAULTS) if self.chance.random() < self.share else ""
        text = "say 20 words slowly" if self.fake else f"Question {self.chance.random()}?"
        ask = {"type": "ask", "id": f"{number}-{self.chance.random()}"[:60], "text": text}
        await connection.send(json.dumps({**ask, "options": {"max_tokens": 40}}))  # type: ignore[attr-defined]
        async for message in connection:  # type: ignore[attr-defined]
            frame = json.loads(message)
            if frame["type"] == "accepted":
                self.counts["questions"] += 1
                turn, self.seen[frame["turn_id"]] = frame["turn_id"], (frame["conversation_id"], "")
            elif frame["type"] == "delta":
                conversation, text = self.seen[frame["turn_id"]]
                self.seen[frame["turn_id"]] = (conversation, text + frame["text"])
                if fault:
                    await self.make(fault, connection, turn)
                    fault = ""
            elif frame["type"] in ("done", "stopped", "error"):
                self.counts[frame.get("code", frame["type"])] += 1
                if frame["type"] == "error" and "turn_id" not in frame:
                    if frame["code"] == "invalid_frame":
                        continue  # the nonsense; the answer goes on
                    await asyncio.sleep(1)
                return

    async def make(self, fault: str, connection: object, turn: str) -> None:
        """Produce it."""
        self.counts[f"fault: {fault}"] += 1
        if fault == "vanish":
            connection.transport.abort()  # type: ignore[attr-defined]
        elif fault == "nonsense":
            await connection.send("{" * 100)  # type: ignore[attr-defined]
        elif fault == "stop":
            await connection.send(json.dumps({"type": "stop", "turn_id": turn}))  # type: ignore[attr-defined]
        elif fault == "cut upload":
            await self.cut_upload()
        elif self.fake:
            os.kill(self.server.pid, signal.SIGUSR1)
        else:
            await asyncio.to_thread(kill_engine_core, self.server.pid)

    async def cut_upload(self) -> None:
        """The head of a form and half a picture, then gone."""
        data = png()
        _, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        head = (
            f"POST /api/drawings HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(data) + 300}"
            "\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Disposition: "
            'form-data; name="file"; filename="x.png"\r\n\r\n'
        )
        writer.write(head.encode() + data[: len(data) // 2])
        await writer.drain()
        writer.transport.abort()

    async def sample(self) -> None:
        """Read memory, files and tasks until the time is over."""
        process = psutil.Process(self.server.pid)
        async with httpx.AsyncClient(base_url=self.server.url, timeout=60) as http:
            while time.monotonic() < self.until:
                text = (await http.get("/metrics")).text
                tasks = re.search(r"^drawing_chat_tasks (\S+)", text, re.MULTILINE)
                memory, files = process.memory_info().rss / 2**20, process.num_fds()
                values = (memory, files, float(tasks[1]) if tasks else 0.0)
                self.samples.append((time.monotonic(), *values))
                await asyncio.sleep(SAMPLE_SECONDS)

    def lost(self) -> list[str]:
        """Turns that have not ended, or lack what was shown of them."""
        missing = []
        with httpx.Client(base_url=self.server.url, timeout=60) as http:
            for turn, (conversation, text) in self.seen.items():
                messages = http.get(f"/api/conversations/{conversation}").json()["messages"]
                answer = next(
                    each
                    for each in messages
                    if each["turn_id"] == turn and each["role"] == "assistant"
                )
                if answer["status"] == "streaming" or not answer["text"].startswith(text):
                    missing.append(turn)
        return missing


def slope(points: list[tuple[float, float]]) -> float:
    """Growth in an hour, by least squares."""
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    across = sum((x - middle_x) ** 2 for x, _ in points)
    return 3600 * sum((x - middle_x) * (y - middle_y) for x, y in points) / (across or 1)


async def run(soak: Soak, clients: int) -> None:
    """All clients and the samples."""
    await asyncio.gather(soak.sample(), *(soak.client(number) for number in range(clients)))


def main() -> int:
    """Parse, run, print; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--faults", type=float, default=0.01)
    parser.add_argument("--engine", action="store_true", help="the real engine, a random model")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        server: ServerProcess = FakeServerProcess(data)
        if options.engine:
            model = write_endless_checkpoint(Path(folder) / "model")
            server = ServerProcess(data, model=model, engine_restart_limit=100)
        server.start().wait_ready()
        try:
            until = time.monotonic() + options.minutes * 60
            soak = Soak(server, until, options.faults, not options.engine)
            asyncio.run(run(soak, options.clients))
            server.wait_ready()
            lost = soak.lost()
        finally:
            server.stop()
    for name, count in sorted(soak.counts.items()):
        print(f"{name}: {count}")
    half = soak.samples[len(soak.samples) // 2 :]
    for index, name in enumerate(NAMES, 1):
        first, last = soak.samples[0][index], soak.samples[-1][index]
        grown = slope([(sample[0], sample[index]) for sample in half])
        print(f"{name}: {first:.0f} at first, {last:.0f} at last, {grown:+.1f} an hour")
    print(f"answers lost: {len(lost)}")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
