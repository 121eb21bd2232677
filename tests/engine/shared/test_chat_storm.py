"""Two hundred conversations at once on the real engine: clients vanish, come back and stop."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from backend.config.settings import Settings
from backend.qwen_vision_service import QwenVisionService
from backend.storage.tables import events, messages, turns
from tests.chat_parts import Frame, check_order, text_of
from tests.chat_server import TERMINAL, Served, serve
from tests.server_process import HANG_SECONDS

pytestmark = [
    pytest.mark.engine,
    pytest.mark.anyio,
    pytest.mark.filterwarnings("default"),  # what vLLM and torch warn of is theirs
]

CLIENTS = 200
PLANS = ("stay", "vanish and come back", "stop", "vanish")


async def client(served: Served, number: int, plan: str) -> None:
    """One person with one question, who behaves according to `plan`."""
    async with served.talk() as talk:
        options = {"max_tokens": 48, "temperature": 1, "seed": number}
        await talk.send(type="ask", id="c", text=f"Question {number}?", options=options)
        seen = await talk.until("delta", *TERMINAL)
        assert seen[0]["type"] == "accepted", seen
        turn_id = seen[0]["turn_id"]
        if plan == "stop":
            await talk.send(type="stop", turn_id=turn_id)
        if plan in ("stay", "stop") and seen[-1]["type"] == "delta":
            seen += await talk.until(*TERMINAL)
        if plan.startswith("vanish"):
            talk.connection.transport.abort()
    if plan == "vanish and come back" and seen[-1]["type"] == "delta":
        async with served.talk() as talk:
            await talk.send(type="resume", turn_id=turn_id, after_seq=seen[-1]["seq"])
            seen += await talk.until(*TERMINAL)
    if plan != "vanish":
        check_order(seen[1:])


async def test_every_answer_is_complete_or_marked(
    service: QwenVisionService, engine_settings: Settings, tmp_path: Path
) -> None:
    draw = random.Random(7)  # noqa: S311 — a plan, not a secret
    plans = [draw.choice(PLANS) for _ in range(CLIENTS)]
    async with serve(
        tmp_path,
        service,  # type: ignore[arg-type]
        max_num_seqs=engine_settings.max_num_seqs,
        max_queued_turns=2 * CLIENTS,
    ) as served:
        async with asyncio.timeout(HANG_SECONDS):
            await asyncio.gather(
                *(client(served, number, plan) for number, plan in enumerate(plans))
            )
            await served.chat.turns.drain(200)
        assert service.requests_in_flight() == 0
        rows, answers, frames = await served.chat.database.read(_stored)
    assert len(rows) == CLIENTS
    for turn in rows:
        check_order(frames[turn.id])
        assert turn.state == answers[turn.id].status
        assert answers[turn.id].text == text_of(frames[turn.id])
    states = Counter(turn.state for turn in rows)
    assert set(states) <= {"complete", "stopped"}
    assert states["complete"] >= CLIENTS - plans.count("stop")


def _stored(sql: Connection) -> tuple[list[Any], dict[str, Any], dict[str, list[Frame]]]:
    """The turns, their answers and their frames, as an intact database has them."""
    assert sql.scalar(text("PRAGMA integrity_check")) == "ok"
    rows = list(sql.execute(select(turns)))
    answers = {row.turn_id: row for row in sql.execute(select(messages)) if row.turn_id}
    frames: dict[str, list[Frame]] = {turn.id: [] for turn in rows}
    for event in sql.execute(select(events).order_by(events.c.seq)):
        frames[event.turn_id].append(event.frame)
    return rows, answers, frames
