"""Measures time to first token: with and without prefill, over 50 turns, and on resume.

    python -m benchmarks.turns [--model FOLDER] [--rounds 5]

Runs this project's server with the real engine and asks over the WebSocket. Times are measured in
the client, from sending the frame to the first delta; medians are printed. Without `--model` it
uses the project's tiny checkpoint with random weights and its end-of-turn token suppressed.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from tests.endless import write_endless_checkpoint
from tests.server_process import ServerProcess
from tests.talk import Talk, talk

WIDTH, HEIGHT = 2048, 1536
RESUME_TOKENS = 2000


def sheet(folder: Path, seed: int) -> Path:
    """A sheet that is not in any cache."""
    dice = random.Random(seed)  # noqa: S311 - images, not secrets
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    for _ in range(400):
        ends = [(dice.randrange(WIDTH), dice.randrange(HEIGHT)) for _ in range(2)]
        draw.line(ends, fill="black", width=2)
    path = folder / f"sheet-{seed}.png"
    image.save(path)
    return path


def first_words(client: Talk, text: str, **more: Any) -> tuple[float, dict[str, Any], str]:
    """Milliseconds to the first delta, the usage and the conversation."""
    began = time.perf_counter()
    client.ask(text, options={"max_tokens": 16}, **more)
    frames = client.receive_until("delta", "error")
    waited = (time.perf_counter() - began) * 1000
    frames += client.receive_until("done", "error", seconds=300)
    accepted = next(frame for frame in frames if frame["type"] == "accepted")
    return waited, frames[-1]["usage"], accepted["conversation_id"]


def until_ready(client: Talk, drawing: str) -> None:
    """Wait until the server reports that the drawing is prefilled."""
    while True:
        items = client.receive_until("prefill", seconds=300)[-1]["items"]
        if any(item["drawing"] == drawing and item["state"] == "ready" for item in items):
            return


def first_questions(server: ServerProcess, folder: Path, rounds: int) -> dict[str, list[float]]:
    """The first question at once, the first question after prefill, and a follow-up."""
    times: dict[str, list[float]] = {"cold": [], "prefilled": [], "follow-up": []}
    with talk(server.url) as client:
        client.send(type="prefill")
        for number in range(rounds):
            cold = server.upload(sheet(folder, 2 * number))
            waited, usage, _ = first_words(client, "Scale?", drawings=[{"id": cold["id"]}])
            if usage["cached_tokens"] < usage["image_tokens"] / 2:
                times["cold"].append(waited)
            warm = server.upload(sheet(folder, 2 * number + 1))
            until_ready(client, warm["id"])
            waited, usage, conversation = first_words(
                client, "Scale?", drawings=[{"id": warm["id"]}]
            )
            if usage["cached_tokens"] < usage["image_tokens"]:
                raise RuntimeError(f"reported as prefilled, but not in the cache: {usage}")
            times["prefilled"].append(waited)
            waited, _, _ = first_words(client, "Material?", conversation_id=conversation)
            times["follow-up"].append(waited)
    return times


def many_turns(server: ServerProcess, folder: Path, turns: int = 50) -> list[float]:
    """Times to the first token over one long conversation about one sheet."""
    drawing = server.upload(sheet(folder, 9999))
    times, conversation = [], None
    with talk(server.url) as client:
        for number in range(turns):
            attached = [] if conversation else [{"id": drawing["id"]}]
            waited, _, conversation = first_words(
                client, f"Question {number}?", drawings=attached, conversation_id=conversation
            )
            times.append(waited)
    return times


def resume(server: ServerProcess, rounds: int) -> tuple[int, list[float]]:
    """Tokens of a finished answer, and milliseconds to resume all its events."""
    with talk(server.url) as client:
        client.ask("Tell me everything.", options={"max_tokens": RESUME_TOKENS})
        frames = client.receive_until("done", "error", seconds=300)
        times = []
        for _ in range(rounds):
            began = time.perf_counter()
            client.send(type="resume", turn_id=frames[-1]["turn_id"], after_seq=0)
            again = client.receive_until("done", "error")
            times.append((time.perf_counter() - began) * 1000)
            if len(again) != len(frames) - 1:  # `accepted` is not an event
                raise RuntimeError("the resumed events differ")
    return frames[-1]["usage"]["completion_tokens"], times


def main() -> None:
    """Measure and print one Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = options.model or write_endless_checkpoint(folder / "checkpoint")
        server = ServerProcess(folder / "data", model=model).start().wait_ready()
        try:
            first = first_questions(server, folder, options.rounds)
            turns = many_turns(server, folder)
            tokens, resumed = resume(server, options.rounds)
        finally:
            server.stop()
    follow_up = statistics.median(first["follow-up"])
    print("| Time to first token | Median ms | Min to max | Relative to a follow-up |")
    print("|---|---|---|---|")
    for label, values in first.items():
        median = statistics.median(values)
        spread = f"{min(values):.0f} to {max(values):.0f}"
        print(
            f"| {label}, {WIDTH}×{HEIGHT} | {median:.0f} | {spread} | {median / follow_up:.2f}× |"
        )
    early, late = statistics.median(turns[1:11]), statistics.median(turns[-10:])
    print(f"\n50 turns: turns 2 to 11 {early:.0f} ms, 41 to 50 {late:.0f} ms ({late / early:.2f}×)")
    print(f"Resume of {tokens} tokens: {statistics.median(resumed):.0f} ms")


if __name__ == "__main__":
    main()
