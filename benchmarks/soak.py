"""Soak test: half an hour of questions, 1 % of them with a fault. Finds leaks and lost answers.

    python -m benchmarks.soak [--minutes 30] [--clients 8] [--faults 0.01] [--engine-kills 2]
                              [--samples FILE] [--fake]

Runs the real server process and engine (the tiny checkpoint with random weights; with `--fake` a
fake engine, to measure the serving code alone). Each client asks one question after another; every
tenth is about a drawing that is uploaded for it, viewed and deleted. One question in a hundred has
a fault in the middle of its answer (`soak_faults.py`): a cut connection, nonsense on the socket, a
stop, a truncated or invalid upload, or a killed render worker. `--engine-kills` kills of the engine
are spread evenly over the run.

Every accepted question is checked afterwards: its stored status and text must match exactly what
the client received, and its events must be numbered without gaps. Memory, files, threads and tasks
are sampled every five seconds. Slopes are fitted by least squares after the first fifth of the run.
The exit status is 1 if an answer was lost or a resource was not released.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from backend.client import ServerRefused, ServerUnreachable
from benchmarks.soak_faults import CuttableClient, Faults, unique_sheet
from tests.endless import write_endless_checkpoint
from tests.fake_server import FakeServerProcess
from tests.server_process import ServerProcess, kill_engine_core

SAMPLE_SECONDS = 5
#: Share of the run before the slopes begin: caches fill, workers start.
WARM_UP = 0.2
#: Average seconds between two questions of a client, random up to twice as long.
THINK_SECONDS = 1.0
#: Also on a busy machine.
READY_SECONDS = 900
NAMES = ("server, MiB", "all processes, MiB", "files", "threads", "tasks", "processes")
STATUS = {"done": {"complete"}, "stopped": {"stopped"}, "error": {"interrupted", "failed"}}


@dataclass
class Asked:
    """An accepted question and the events its client received."""

    conversation: str
    text: str = ""
    last: str = ""
    numbers: list[int] = field(default_factory=list)


@dataclass
class Soak:
    """A run and its results."""

    server: ServerProcess
    seconds: float
    share: float
    kills: int
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311
    asked: dict[str, Asked] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    samples: list[tuple[float, ...]] = field(default_factory=list)
    kept: Path | None = None
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.faults = Faults(self.server, self.chance)

    @property
    def passed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.began

    async def client(self) -> None:
        """Ask questions until the run ends."""
        async with (
            CuttableClient(self.server.url, patience_s=600) as client,
            httpx.AsyncClient(base_url=self.server.url, timeout=120) as http,
        ):
            while self.passed < self.seconds:
                await asyncio.sleep(self.chance.random() * 2 * THINK_SECONDS)
                try:
                    drawing = await self.upload(http) if self.chance.random() < 0.1 else None
                    await self.question(client, drawing)
                    if drawing:
                        removed = await http.delete(f"/api/drawings/{drawing}")
                        self.counts[f"removals: {removed.status_code}"] += 1
                except ServerRefused as error:
                    self.counts[f"refused: {error.code}"] += 1
                    await asyncio.sleep(1)
                except (ServerUnreachable, httpx.TransportError) as error:
                    self.counts[f"no answer: {type(error).__name__}"] += 1
                    await asyncio.sleep(1)

    async def upload(self, http: httpx.AsyncClient) -> str | None:
        """Upload a new drawing and view it once; None if a killed worker made it fail."""
        files = {"file": ("sheet.png", unique_sheet(self.chance))}
        answer = await http.post("/api/drawings", files=files)
        if answer.status_code != 201:
            self.counts[f"upload refused: {answer.json()['error']['code']}"] += 1
            return None
        self.counts["uploads"] += 1
        drawing: str = answer.json()["id"]
        image = await http.get(f"/iiif/{drawing}.1/full/200,/0/default.png")
        self.counts[f"images: {image.status_code}"] += 1
        return drawing

    async def question(self, client: CuttableClient, drawing: str | None) -> None:
        """Ask one question, possibly with a fault in the middle of its answer."""
        fault = self.chance.random() < self.share
        attached = [{"id": drawing, "page": 1}] if drawing else []
        text = f"say 20 words slowly {self.chance.random()}"  # the fake engine does
        turn = ""
        asking = client.ask(text, drawings=attached, options={"max_tokens": 40})
        async with aclosing(asking) as frames:
            async for frame in frames:
                if frame["type"] == "accepted":
                    turn = frame["turn_id"]
                    self.asked.setdefault(turn, Asked(frame["conversation_id"]))
                if frame.get("turn_id") != turn or "seq" not in frame:
                    continue
                asked = self.asked[turn]
                asked.numbers.append(frame["seq"])
                asked.last = frame["type"]
                if frame["type"] == "delta":
                    asked.text += frame["text"]
                    if fault:
                        fault = False
                        await self.faults.one(client, turn)
                elif frame["type"] == "error":
                    self.counts[f"turn error: {frame['code']}"] += 1

    async def kill_engine(self, kill: Callable[[int], Any]) -> None:
        """Kill the engine the given number of times, evenly spread."""
        for number in range(1, self.kills + 1):
            await asyncio.sleep(self.seconds * number / (self.kills + 1) - self.passed)
            await asyncio.to_thread(kill, self.server.pid)
            self.counts["engine killed"] += 1
            print(f"{self.passed:.0f} s: engine killed", file=sys.stderr, flush=True)

    async def sample(self) -> None:
        """Sample memory, files, threads and tasks until the run ends."""
        async with httpx.AsyncClient(base_url=self.server.url, timeout=120) as http:
            while self.passed < self.seconds:
                with contextlib.suppress(httpx.TransportError):
                    self.keep(await asyncio.to_thread(self.look, await metrics(http)))
                await asyncio.sleep(SAMPLE_SECONDS)

    def keep(self, sample: tuple[float, ...]) -> None:
        """Store a sample, and append it to the file if there is one."""
        self.samples.append(sample)
        if self.kept:
            with self.kept.open("a") as file:
                file.write(", ".join(f"{each:.1f}" for each in sample) + "\n")

    def look(self, text: str) -> tuple[float, ...]:
        """Seconds since the start, then the values of `NAMES`."""
        process = psutil.Process(self.server.pid)
        family = [process, *process.children(recursive=True)]
        memory = 0
        for each in family:
            with contextlib.suppress(psutil.Error):
                memory += each.memory_info().rss
        return (
            self.passed,
            process.memory_info().rss / 2**20,
            memory / 2**20,
            process.num_fds(),
            process.num_threads(),
            value(text, "drawing_chat_tasks"),
            len(family),
        )

    async def lost(self) -> list[str]:
        """Turns whose stored end or text differs from the events the client received."""
        missing = []
        async with httpx.AsyncClient(base_url=self.server.url, timeout=120) as http:
            for turn, asked in self.asked.items():
                answer = await http.get(f"/api/conversations/{asked.conversation}")
                stored = [
                    each
                    for each in answer.json()["messages"]
                    if each["turn_id"] == turn and each["role"] == "assistant"
                ]
                whole = asked.numbers == list(range(1, len(asked.numbers) + 1))
                kept = stored and stored[0]["text"] == asked.text
                if not (whole and kept and stored[0]["status"] in STATUS.get(asked.last, ())):
                    missing.append(f"{turn} {asked.last} {stored and stored[0]['status']}")
        return missing


async def metrics(http: httpx.AsyncClient) -> str:
    """The text of `/metrics`."""
    return (await http.get("/metrics")).text


def value(text: str, name: str) -> float:
    """One sample without labels, or with the labels given in `name`."""
    found = re.search(rf"^{re.escape(name)} (\S+)", text, re.MULTILINE)
    return float(found[1]) if found else float("nan")


def slope(points: list[tuple[float, float]]) -> float:
    """Growth per hour by least squares; x in seconds."""
    middle_x = sum(x for x, _ in points) / len(points)
    middle_y = sum(y for _, y in points) / len(points)
    across = sum((x - middle_x) ** 2 for x, _ in points)
    return 3600 * sum((x - middle_x) * (y - middle_y) for x, y in points) / (across or 1)


async def run(soak: Soak, clients: int, kill: Callable[[int], Any]) -> None:
    """Run all clients, the engine kills and the sampling."""
    async with asyncio.TaskGroup() as group:
        group.create_task(soak.sample())
        group.create_task(soak.kill_engine(kill))
        for _ in range(clients):
            group.create_task(soak.client())


async def left_behind(soak: Soak) -> list[str]:
    """Resources still open after all clients disconnected; allows a minute for cleanup."""
    names = (
        "drawing_chat_turns_running",
        "drawing_chat_turns_waiting",
        'drawing_chat_calls_open{kind="socket"}',
        'drawing_chat_calls_open{kind="upload"}',
    )
    async with httpx.AsyncClient(base_url=soak.server.url, timeout=120) as http:
        for _ in range(60):
            text = await metrics(http)
            found = [name for name in names if value(text, name)]
            spool = soak.server.data_folder / "spool"
            found += [f"spool/{path.name}" for path in spool.iterdir()]
            if not found:
                return []
            await asyncio.sleep(1)
    return found


def report(soak: Soak, at_rest: tuple[float, ...], after: tuple[float, ...]) -> None:
    """Print the counts and the slopes."""
    counts = soak.counts + Counter({f"fault: {k}": n for k, n in soak.faults.counts.items()})
    counts["questions accepted"] = len(soak.asked)
    for ending, number in Counter(each.last for each in soak.asked.values()).items():
        counts[f"ended with: {ending}"] = number
    for name, count in sorted(counts.items()):
        print(f"{name}: {count}")
    measured = [each for each in soak.samples if each[0] >= WARM_UP * soak.seconds]
    print(f"{len(measured)} samples after {WARM_UP * soak.seconds:.0f} s of warm-up")
    print("| Resource | Before clients | First | Last | Max | Slope per hour | After clients |")
    print("|---|---|---|---|---|---|---|")
    for index, name in enumerate(NAMES, 1):
        values = [each[index] for each in measured]
        grown = slope([(each[0], each[index]) for each in measured])
        cells = (at_rest[index], values[0], values[-1], max(values))
        row = " | ".join(f"{cell:.0f}" for cell in cells)
        print(f"| {name} | {row} | {grown:+.1f} | {after[index]:.0f} |")


def main() -> int:
    """Parse, run, print; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--faults", type=float, default=0.01)
    parser.add_argument("--engine-kills", type=int, default=2)
    parser.add_argument("--samples", type=Path, help="write every sample to this file, as CSV")
    parser.add_argument("--fake", action="store_true", help="measure with a fake engine")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        if options.fake:
            server: ServerProcess = FakeServerProcess(data)
            kill: Callable[[int], Any] = die_and_come_back
        else:
            model = write_endless_checkpoint(Path(folder) / "model")
            server = ServerProcess(data, model=model, max_model_len=8192)
            kill = kill_engine_core
        try:
            server.start().wait_ready(READY_SECONDS)
            soak = Soak(server, options.minutes * 60, options.faults, options.engine_kills)
            soak.kept = options.samples
            at_rest = soak.look(server.get("/metrics").text)
            asyncio.run(run(soak, options.clients, kill))
            server.wait_ready(READY_SECONDS)
            left = asyncio.run(left_behind(soak))
            after = soak.look(server.get("/metrics").text)
            lost = asyncio.run(soak.lost())
        finally:
            server.stop()
    report(soak, at_rest, after)
    print(f"left behind: {len(left)} {left}")
    print(f"answers lost: {len(lost)} {lost[:5]}")
    return 1 if lost or left else 0


def die_and_come_back(server_pid: int) -> None:
    """Make the fake engine fail at this signal."""
    psutil.Process(server_pid).send_signal(signal.SIGUSR1)


if __name__ == "__main__":
    sys.exit(main())
