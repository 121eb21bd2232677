"""Our Prometheus metrics for `GET /metrics`; vLLM adds its own under `vllm:`.

Dashboards depend on names and labels: add new ones, never rename. Label values come from fixed
lists, never from user input.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_RATES = (1, 2, 5, 10, 20, 40, 80, 160, 320, 640)

TURNS = Counter(
    "drawing_chat_turns",
    "Finished turns: complete, stopped, interrupted or failed; `code` is the error code or empty",
    ["status", "code"],
)
TTFT = Histogram(
    "drawing_chat_ttft_seconds",
    "Time from accepting a question to the first token, for complete answers",
    buckets=_SECONDS,
)
TURN_SECONDS = Histogram(
    "drawing_chat_turn_seconds",
    "Time from accepting a question to the end of a complete answer",
    buckets=(*_SECONDS, 300, 600),
)
TOKEN_RATE = Histogram(
    "drawing_chat_tokens_per_second",
    "Tokens per second of complete answers after the first token",
    buckets=_RATES,
)
TOKENS = Counter(
    "drawing_chat_tokens",
    "Tokens of complete answers: prompt (including cached and image), and completion",
    ["kind"],
)
PREFIX = Counter(
    "drawing_chat_prompts",
    "Prompts of complete answers; `hit` if at least half of the tokens were cached",
    ["prefix"],
)
WAITING = Gauge("drawing_chat_turns_waiting", "Questions that are queued")
RUNNING = Gauge("drawing_chat_turns_running", "Turns that are being answered")
PREFILLS = Gauge("drawing_chat_prefills_open", "Prefills that are queued or running")
TASKS = Gauge("drawing_chat_tasks", "Tasks on the event loop")
ENGINE_STATE = Gauge("drawing_chat_engine_state", "1 for the model's current state", ["state"])
ENGINE_DEATHS = Counter("drawing_chat_engine_deaths", "Times the engine died or hung")
CALLS = Gauge("drawing_chat_calls_open", "Open calls: request, upload or socket", ["kind"])
REFUSED = Counter("drawing_chat_calls_refused", "Calls refused by the limits per owner", ["kind"])
WRONG_TOKENS = Counter("drawing_chat_wrong_tokens", "Sign-ins and calls with a wrong token")
DECODE_SECONDS = Histogram(
    "drawing_chat_decode_seconds",
    "Duration of jobs in decode workers, without queueing",
    ["pool", "job"],
    buckets=_SECONDS,
)
DECODE_FAILURES = Counter(
    "drawing_chat_decode_failures", "Failed jobs in decode workers", ["pool", "code"]
)
WORKER_STARTS = Counter(
    "drawing_chat_worker_starts", "Started decode workers, including replacements", ["pool"]
)


def show_state(state: str, states: tuple[str, ...]) -> None:
    """Set `drawing_chat_engine_state` to exactly one of `states`."""
    for each in states:
        ENGINE_STATE.labels(each).set(each == state)
