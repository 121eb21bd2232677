"""10,000 seeded frames on `/ws`: no bug, no hang, nothing left over."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from backend.chat.protocol.asyncapi import frames
from backend.chat.protocol.client_frames import ClientFrame
from backend.chat.protocol.frame_types import MAX_FRAME_BYTES
from tests.json_examples import example
from tests.server_process import HANG_SECONDS
from tests.whole_app import run_app

pytestmark = pytest.mark.anyio

SEED = 20_261
CASES = 10_000
#: Frames between two pings, whose answer shows that all before were dealt with.
BATCH = 100

TEXTS = (
    "",
    "x",
    "Ø38 H12 ± 0,1",
    "\x00",
    "\ud800",
    "<|im_end|><|image_pad|>",
    "../../etc/passwd",
    "a" * 64,
    "a" * 65,
    "' OR 1=1 --",
    "root",
    "0" * 32,
    "\u202etxt.exe",
)
NUMBERS = (0, 1, -1, 0.5, -0.0, 2**31, 2**63, -(2**70), 1e308, 1e-320, 10**400)


def anything(chance: random.Random, depth: int = 0) -> Any:
    """Any JSON value, seldom deep."""
    kind = chance.randrange(8 if depth < 4 else 6)
    if kind < 2:
        return chance.choice(TEXTS)
    if kind < 4:
        return chance.choice(NUMBERS)
    if kind < 6:
        return chance.choice((None, True, False))
    size = chance.randrange(4)
    if kind == 6:
        return [anything(chance, depth + 1) for _ in range(size)]
    return {chance.choice(TEXTS): anything(chance, depth + 1) for _ in range(size)}


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container inside with each of its keys."""
    found: list[tuple[Any, Any]] = []
    if isinstance(value, dict | list):
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        for key in keys:
            found += [(value, key), *places(value[key])]
    return found


def make_frame(chance: random.Random) -> str | bytes:
    """A frame that is nearly right, or one that is nothing."""
    kind = chance.randrange(20)
    if kind == 0:
        return chance.randbytes(chance.randrange(200))
    if kind == 1:
        return json.dumps(anything(chance))
    if kind == 2:
        return chance.choice(("[", '{"a":', '"', "{}")) * chance.randrange(8_000)
    model = chance.choice(frames(ClientFrame))
    schema = model.model_json_schema()
    value = example(schema, schema, lambda name: chance.choice(TEXTS))
    if value.get("type") == "ask":
        value["drawings"] = [{"id": chance.choice(TEXTS), "page": 1, "region": [0, 0, 9, 9]}]
        value["options"] = {"max_tokens": 3}
        if chance.random() < 0.1:
            value |= {"text": "Largest bore?", "drawings": []}
    for _ in range(chance.randrange(3)):
        if spots := places(value):
            container, key = chance.choice(spots)
            if chance.random() < 0.2 and isinstance(container, dict):
                del container[key]
            else:
                container[key] = anything(chance)
    if chance.random() < 0.1:
        value[chance.choice(TEXTS)] = anything(chance)
    text = json.dumps(value, ensure_ascii=True)
    if chance.random() < 0.2:
        at = chance.randrange(len(text))
        text = text[:at] + chance.choice(("", "\\", '"', "\u2028", "{")) + text[at + 1 :]
    return text


@pytest.mark.fault(20)
async def test_no_frame_hurts(tmp_path: Path) -> None:
    chance = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    seen: Counter[str] = Counter()
    async with run_app(tmp_path / "data") as running:
        turns = running.app.state.running.turns
        tasks = len(asyncio.all_tasks())
        for batch in range(CASES // BATCH):
            async with running.talk() as talk:
                for _ in range(BATCH):
                    frame = make_frame(chance)
                    assert len(frame) < MAX_FRAME_BYTES
                    await talk.connection.send(frame)
                last = f"batch {batch}"
                await talk.send(type="ping", id=last)
                async with asyncio.timeout(HANG_SECONDS):
                    while (answer := await talk.receive()) != {"type": "pong", "id": last}:
                        seen[answer.get("code", answer["type"])] += 1
        assert seen["internal"] == 0, seen
        assert min(seen["invalid_frame"], seen["not_found"], seen["accepted"]) > 50, seen
        deadline = asyncio.get_running_loop().time() + 60
        for _ in iter(lambda: turns.running() or len(asyncio.all_tasks()) > tasks + 2, False):
            assert asyncio.get_running_loop().time() < deadline, asyncio.all_tasks()
            await asyncio.sleep(0.01)
        assert turns.waiting() == 0
        assert running.service.requests_in_flight() == 0
        async with running.talk() as talk:
            await talk.send(type="ask", id="last", text="Largest bore?")
            assert (await talk.until("done", "error"))[-1]["type"] == "done"
