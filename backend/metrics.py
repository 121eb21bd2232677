"""What is counted of ourselves, for `GET /metrics`; vLLM adds its own under `vllm:`.

Names and labels are a contract with dashboards: add, never rename. Labels come from fixed lists,
never from what people write. Knows numbers only.
"""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_RATES = (1, 2, 5, 10, 20, 40, 80, 160, 320, 640)

TURNS = Counter(
    "drawing_chat_turns",
    "Turns that ended: complete, stopped, interrupted or failed; `code` is the error's, or empty",
    ["status", "code"],
)
TTFT = Histogram(
    "drawing_chat_ttft_seconds",
    "From accepting a question to its first text, for complete answers",
    buckets=_SECONDS,
)
TURN_SECONDS = Histogram(
    "drawing_chat_turn_seconds",
    "From accepting a question to the end of a complete answer",
    buckets=(*_SECONDS, 300, 600),
)
TOKEN_RATE = Histogram(
    "drawing_chat_tokens_per_second",
    "Tokens of a complete answer for each second after its first text",
    buckets=_RATES,
)
TOKENS = Counter(
    "drawing_chat_tokens",
    "Tokens of complete answers: prompt, of it cached and image, and completion",
    ["kind"],
)
PREFIX = Counter(
    "drawing_chat_prompts",
    "Prompts of complete answers; `hit` where at least half of the tokens were in the cache",
    ["prefix"],
)
WAITING = Gauge("drawing_chat_turns_waiting", "Questions in the line before the engine")
RUNNING = Gauge("drawing_chat_turns_running", "Turns that the engine answers now")
PREFILLS = Gauge("drawing_chat_prefills_open", "Prefills that wait or run")
TASKS = Gauge("drawing_chat_tasks", "Tasks of the event loop")
ENGINE_STATE = Gauge("drawing_chat_engine_state", "1 for the state that the model is in", ["state"])
ENGINE_DEATHS = Counter("drawing_chat_engine_deaths", "Times that the engine died or hung")
CALLS = Gauge("drawing_chat_calls_open", "Calls that run now: request, upload or socket", ["kind"])
REFUSED = Counter(
    "drawing_chat_calls_refused", "Calls beyond what one owner may have at once", ["kind"]
)
WRONG_TOKENS = Counter("drawing_chat_wrong_tokens", "Sign-ins and calls with a wrong token")
DECODE_SECONDS = Histogram(
    "drawing_chat_decode_seconds",
    "Reading and drawing of sheets in worker processes, without the time in the queue",
    ["pool", "job"],
    buckets=_SECONDS,
)
DECODE_FAILURES = Counter(
    "drawing_chat_decode_failures", "Jobs of worker processes that failed", ["pool", "code"]
)
WORKER_STARTS = Counter(
    "drawing_chat_worker_starts", "Worker processes started, replacements included", ["pool"]
)


def show_state(state: str, states: tuple[str, ...]) -> None:
    """Set `drawing_chat_engine_state` to exactly one of `states`."""
    for each in states:
        ENGINE_STATE.labels(each).set(each == state)
