"""Metrics and a log line for each ended turn: numbers and ids, no text."""

from __future__ import annotations

import json
import logging

from backend.chat.turns.turn import Turn
from backend.metrics import PREFIX, TOKEN_RATE, TOKENS, TTFT, TURN_SECONDS, TURNS

logger = logging.getLogger(__name__)


def count(turn: Turn) -> None:
    """Count one turn, when its end is stored."""
    last = json.loads(turn.last_frame)
    code = last.get("code", "")
    TURNS.labels(turn.status, code).inc()
    outcome = f"{turn.status} ({code})" if code else turn.status
    logger.info("Turn %s: %s", turn.id, outcome, extra={"turn_id": turn.id})
    if last["type"] != "done":
        return
    usage, timing = last["usage"], last["timing"]
    for kind in ("prompt", "cached", "image", "completion"):
        TOKENS.labels(kind).inc(usage[f"{kind}_tokens"])
    PREFIX.labels("hit" if usage["cached_tokens"] * 2 >= usage["prompt_tokens"] else "miss").inc()
    TURN_SECONDS.observe(timing["total_ms"] / 1000)
    if timing["ttft_ms"] is None:
        return
    TTFT.observe(timing["ttft_ms"] / 1000)
    seconds = (timing["total_ms"] - timing["ttft_ms"]) / 1000
    if usage["completion_tokens"] > 1 and seconds > 0:
        TOKEN_RATE.observe((usage["completion_tokens"] - 1) / seconds)
