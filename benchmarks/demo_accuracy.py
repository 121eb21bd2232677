"""Measures the accuracy of the demo model through the server's WebSocket.

    python -m benchmarks.demo_accuracy --model FOLDER [--sheets 500] [--seconds 3600] [--out FILE]

Generates plain sheets with seeds never used in training, uploads half of them as PDF (the prompt
then includes the sheet's text) and half as PNG (pixels only: text recognition is off), and asks
about title-block fields, dimensions, a region and an absent value, in three languages, with greedy
decoding. An answer is correct if every character matches. Prints shares with 95 % Wilson intervals.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import tempfile
import time
from collections import defaultdict
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.client import Client
from demo.sheets.layout import plain_style
from demo.sheets.render import render
from demo.sheets.truth import DPI, TrueFact, Truth
from demo.training import questions
from demo.training.lessons import KINDS, MOST_PIXELS
from tests.server_process import ServerProcess

#: Training seeds are strings, never these numbers; the samples use other numbers too.
FIRST_SEED = 50_000_000
AT_ONCE = 8
PNG_DPI = 150
WINDOW = 8192


@dataclass(frozen=True)
class Question:
    """A question about a sheet and its correct answers: one, or one per language that the question
    may be in (“Radius?”). `kinds` are the result rows it counts in."""

    text: str
    answers: tuple[str, ...]
    kinds: tuple[str, ...]
    region: tuple[float, float, float, float] | None = None


def questions_about(truth: Truth, source: str, rng: random.Random) -> list[Question]:
    """Two fields, two dimensions, one region and one absent value, in random languages."""
    known = {fact.key: fact for fact in truth.facts if fact.key in questions.NAMES}
    block = [key for key in questions.TITLE_BLOCK if key in known]
    sizes = [key for key in questions.DIMENSIONS if key in known]
    absent = [key for key in questions.NAMES if key not in known]
    asked: list[Question] = []
    for kind, keys, count in (
        ("title block", block, 2),
        ("dimensions", sizes, 2),
        ("not on this sheet", absent, 1),
    ):
        for key in rng.sample(keys, min(count, len(keys))):
            language = rng.choice(questions.LANGUAGES)
            fact = known.get(key)
            text = questions.question(rng, key, language)
            answers = tuple(
                questions.answer(key, fact.value, known) if fact else questions.ABSENT[known]
                for known in questions.languages_of(key, text)
            )
            rows = (kind, f"{kind}, {language}", f"{kind}, {source}", "all")
            asked.append(Question(text, answers, rows))
    asked.append(_region(truth, known[rng.choice(block + sizes)], source, rng))
    return asked


def _region(truth: Truth, fact: TrueFact, source: str, rng: random.Random) -> Question:
    """A rectangle drawn closely around one text."""
    if fact.box is None:
        raise ValueError(f"{fact.key} has no place")
    # The truth is in pixels at 300 dpi.
    scale = PNG_DPI / DPI if source == "PNG" else 1.0
    x, y, width, height = (scale * side for side in fact.box)
    around, above = scale * rng.uniform(15, 45), scale * rng.uniform(10, 20)
    language = rng.choice(questions.LANGUAGES)
    return Question(
        rng.choice(questions.READ[language]),
        (fact.value,),
        ("regions", f"regions, {language}", f"regions, {source}", "all"),
        (x - around, y - above, width + 2 * around, height + 2 * above),
    )


def wilson(right: int, asked: int, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % score interval of a share (E. B. Wilson, 1927)."""
    if not asked:
        return 0.0, 1.0
    share = right / asked
    middle = share + z * z / (2 * asked)
    spread = z * math.sqrt(share * (1 - share) / asked + z * z / (4 * asked * asked))
    whole = 1 + z * z / asked
    return (middle - spread) / whole, (middle + spread) / whole


def draw(number: int, folder: Path) -> tuple[Truth, str, Path]:
    """Sheet `number`, its file type, and the file."""
    rng = random.Random(f"measured/{number}")  # noqa: S311
    drawn = render(FIRST_SEED + number, rng.choice(KINDS), style=plain_style(rng))
    source = ("PDF", "PNG")[number % 2]
    path = folder / f"sheet-{number}.{source.lower()}"
    path.write_bytes(drawn.pdf if source == "PDF" else drawn.png(dpi=PNG_DPI))
    return drawn.truth, source, path


async def measure(url: str, sheets: int, folder: Path, seconds: float) -> dict[str, Any]:
    """Ask about every sheet; returns the counts of each kind and some wrong answers.

    No further sheet is started after `seconds`.
    """
    deadline, done = time.monotonic() + seconds, 0
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    wrong: list[dict[str, str]] = []
    gate, sheet_gate = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(2)
    async with Client(url) as client:

        async def one(drawing: str, question: Question) -> None:
            async with gate:
                answer = await _answer(client, drawing, question)
            for kind in question.kinds:
                counts[kind][0] += answer in question.answers
                counts[kind][1] += 1
            if answer not in question.answers:
                wrong.append(
                    {"asked": question.text, "right": question.answers[0], "answer": answer}
                )

        async def sheet(number: int) -> None:
            nonlocal done
            async with sheet_gate:
                if time.monotonic() > deadline:
                    return
                truth, source, path = await asyncio.to_thread(draw, number, folder)
                drawing = (await client.upload(path))["id"]
                rng = random.Random(f"questions/{number}")  # noqa: S311
                asked = questions_about(truth, source, rng)
                await asyncio.gather(*(one(drawing, question) for question in asked))
                done += 1
                print(
                    f"\r{done} sheets, {counts['all'][0]} of {counts['all'][1]} right",
                    end="",
                    flush=True,
                )

        await asyncio.gather(*(sheet(number) for number in range(sheets)))
    print()
    kinds = {}
    for kind, (right, total) in sorted(counts.items()):
        low, high = wilson(right, total)
        kinds[kind] = {
            "right": right,
            "asked": total,
            "share": right / total,
            "low": low,
            "high": high,
        }
    return {"sheets": done, "kinds": kinds, "wrong": wrong[:40]}


async def _answer(client: Client, drawing: str, question: Question) -> str:
    reference: dict[str, Any] = {"id": drawing, "page": 1}
    if question.region is not None:
        reference["region"] = question.region
    text = ""
    options = {"temperature": 0, "max_tokens": 96}
    async with aclosing(client.ask(question.text, drawings=[reference], options=options)) as frames:
        async for frame in frames:
            if frame["type"] == "delta":
                text += frame["text"]
            elif frame["type"] == "error":
                return f"({frame['code']})"
    return text.strip()


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description="Measure the demo model through the product.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--sheets", type=int, default=500)
    parser.add_argument(
        "--seconds", type=float, default=3600, help="time limit for starting sheets"
    )
    parser.add_argument("--out", type=Path, help="write the figures here as JSON")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = ServerProcess(
            folder / "data",
            model=arguments.model,
            max_model_len=WINDOW,
            ocr="false",
            image_max_pixels=MOST_PIXELS,
        )
        server.start().wait_ready()
        try:
            results = asyncio.run(measure(server.url, arguments.sheets, folder, arguments.seconds))
        finally:
            server.stop()
    for kind, row in results["kinds"].items():
        print(
            f"{kind:28} {row['right']:5} of {row['asked']:5}  {row['share']:6.1%}  "
            f"({row['low']:.1%} – {row['high']:.1%})"
        )
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
