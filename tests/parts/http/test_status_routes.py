"""Metrics, the dashboard over them, what the log keeps to itself, and the end without an engine."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import signal
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from backend import logs
from backend.errors import EngineError, EngineRestarting
from backend.http.status_listeners import EngineLoss, FirstReady
from backend.model.service import ModelStatus
from tests.drawing_samples import pdf, png
from tests.fake_server import FakeServerProcess
from tests.fakes import FakeVisionService
from tests.server_process import HANG_SECONDS, PROJECT_ROOT
from tests.whole_app import Running, run_app

pytestmark = pytest.mark.anyio

DASHBOARD = PROJECT_ROOT / "deploy" / "grafana" / "drawing-chat.json"
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


async def scrape(running: Running) -> Samples:
    """Every sample of `/metrics`: name and labels, value."""
    async with running.as_owner() as http:
        text = (await http.get("/metrics")).text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def more(before: Samples, after: Samples, name: str, **labels: str) -> float:
    """By how much a sample has grown."""
    key = (name, tuple(sorted(labels.items())))
    return after[key] - before.get(key, 0)


async def answer(running: Running, **more: Any) -> dict[str, Any]:
    """Ask and wait for the end; the last frame."""
    async with running.talk() as talk:
        await talk.send(type="ask", id="c1", text="x", **more)
        return (await talk.until("done", "stopped", "error"))[-1]


async def test_turns_and_drawings_are_counted(tmp_path: Path) -> None:
    async with run_app(tmp_path / "data") as running:
        before = await scrape(running)
        async with running.as_owner() as http:
            file = {"file": ("plate.png", png(), "image/png")}
            drawing = (await http.post("/api/drawings", files=file)).json()["id"]
            await http.post("/api/drawings", files={"file": ("x.png", b"no picture")})
            await http.post("/api/drawings", files={"file": ("x.png", png()[:200])})
        await answer(running, drawings=[{"id": drawing, "page": 1}])
        await answer(running, drawings=[{"id": drawing, "page": 1}])
        running.service.scripts = [["x", EngineError("broken")], ["x", EngineRestarting("gone")]]
        await answer(running)
        await answer(running)
        after = await scrape(running)
    turns = "drawing_chat_turns_total"
    assert more(before, after, turns, status="complete", code="") == 2
    assert more(before, after, turns, status="failed", code="engine_error") == 1
    assert more(before, after, turns, status="interrupted", code="engine_restarting") == 1
    for name in ("ttft_seconds", "turn_seconds", "tokens_per_second"):
        assert more(before, after, f"drawing_chat_{name}_count") == 2
    assert more(before, after, "drawing_chat_tokens_total", kind="completion") == 4
    assert more(before, after, "drawing_chat_prompts_total", prefix="hit") >= 1
    decode = {"pool": "ingest", "job": "ingest"}
    assert more(before, after, "drawing_chat_decode_seconds_count", **decode) == 2
    assert more(before, after, "drawing_chat_worker_starts_total", pool="ingest") >= 1
    failed = {"pool": "ingest", "code": "damaged_file"}
    assert more(before, after, "drawing_chat_decode_failures_total", **failed) == 1
    assert after["drawing_chat_engine_state", (("state", "ready"),)] == 1
    assert after["drawing_chat_engine_state", (("state", "failed"),)] == 0


async def test_who_waits_and_who_runs_is_told(tmp_path: Path) -> None:
    service = FakeVisionService()
    go = asyncio.Event()
    service.scripts = [["x", go], ["x", go]]
    async with run_app(tmp_path / "data", service, max_num_seqs=1) as running:
        async with running.talk() as talk:
            await talk.send(type="ask", id="c1", text="x")
            await talk.until("delta")
            await talk.send(type="ask", id="c2", text="x")
            await talk.until("accepted")
            await service.until(lambda found: len(found.questions()) == 1)
            samples = await scrape(running)
            assert samples["drawing_chat_turns_running", ()] == 1
            assert samples["drawing_chat_turns_waiting", ()] == 1
            assert samples["drawing_chat_calls_open", (("kind", "socket"),)] >= 1
            go.set()
            assert (await talk.until("done"))[-1]["type"] == "done"


# The dashboard

#: Words of PromQL that look like metrics.
_FUNCTIONS = {"sum", "rate", "increase", "histogram_quantile", "by", "le"}


def queries() -> list[str]:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", [])]


def metrics_in(query: str) -> Iterator[tuple[str, set[str]]]:
    """The metrics of a query, each with the labels that it selects or groups by."""
    grouped = {
        label.strip()
        for group in re.findall(r"by \(([^)]*)\)", query)
        for label in group.split(",")
        if label.strip() != "le"
    }
    bare = re.sub(r"by \([^)]*\)|\[[^]]*\]", " ", query)
    for name, selector in re.findall(r"([a-z_][a-z0-9_:]*)(\{[^}]*\})?", bare):
        if name not in _FUNCTIONS and ("_" in name or ":" in name):
            yield name, grouped | set(re.findall(r"(\w+)=", selector))


async def test_every_query_of_the_dashboard_asks_for_what_there_is(tmp_path: Path) -> None:
    async with run_app(tmp_path / "data") as running:
        async with running.as_owner() as http:
            await http.post("/api/drawings", files={"file": ("x.png", png())})
            await http.post("/api/drawings", files={"file": ("x.png", png()[:200])})
        await answer(running)
        samples = await scrape(running)
    labels: dict[str, set[str]] = {}
    for name, pairs in samples:
        labels.setdefault(name, set()).update(label for label, _ in pairs)
    asked = [found for query in queries() for found in metrics_in(query)]
    assert len(asked) > 30
    missing = {
        (name, *(selected - labels.get(name, set())))
        for name, selected in asked
        if not name.startswith("vllm:")
        and (name not in labels or not selected <= labels[name])
        # No sample before the first refusal; its label is `kind`.
        and (name, selected) != ("drawing_chat_calls_refused_total", {"kind"})
    }
    assert not missing
    ours = {name for name in labels if name.startswith("drawing_chat_")}
    bases = {re.sub(r"_(bucket|count|sum|created|total)$", "", name) for name in ours}
    shown = {re.sub(r"_(bucket|count|sum|total)$", "", name) for name, _ in asked}
    assert bases <= shown, "a metric that no panel shows"


@pytest.mark.skipif(find_spec("vllm") is None, reason="vLLM is not installed")
def test_the_dashboards_vllm_metrics_are_the_installed_ones() -> None:
    found = find_spec("vllm")
    assert found is not None and found.origin is not None
    source = (Path(found.origin).parent / "v1" / "metrics" / "loggers.py").read_text()
    known = set(re.findall(r'"(vllm:\w+)"', source))
    asked = {name for query in queries() for name, _ in metrics_in(query) if "vllm:" in name}
    assert len(asked) >= 8
    assert {re.sub(r"_(bucket|total)$", "", name) for name in asked} <= known


# The log

QUESTION, SHEET, FILE = "QUESTIONWORDS", "SHEETWORDS", "FILEWORDS"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    logs.configure("json", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_the_log_holds_nothing_of_drawings_or_questions(
    tmp_path: Path, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"BT /F1 12 Tf 50 50 Td ({SHEET}) Tj ET"
    async with run_app(tmp_path / "data") as running:
        service = running.service
        async with running.as_owner() as http:
            files = {"file": (f"{FILE}.pdf", pdf(text), "application/pdf")}
            drawing = (await http.post("/api/drawings", files=files)).json()["id"]
            assert SHEET in (await http.get(f"/api/drawings/{drawing}/pages/1/text")).text
            for data in (pdf(text)[:300], b"%PDF-1.7\n" + SHEET.encode(), SHEET.encode()):
                await http.post("/api/drawings", files={"file": (f"{FILE}.pdf", data)})
            await http.get(f"/api/conversations?q={QUESTION}")
            await http.get(f"/api/drawings/{drawing}/pages/1/text?query={SHEET}")
            await http.post("/api/conversations", json={"title": QUESTION, "x": QUESTION})
        service.scripts = [
            [f"about {SHEET}"],
            ["x", ValueError(f"{QUESTION} {SHEET} {FILE}")],
            ["x", EngineError("broken")],
        ]
        asked = {"drawings": [{"id": drawing, "page": 1}]}
        async with running.talk() as talk:
            for number in range(3):
                await talk.send(type="ask", id=f"c{number}", text=f"{QUESTION} {number}", **asked)
                await talk.until("done", "error")
            for bad in (f'{{"type":"{QUESTION}"}}', f'{{"{QUESTION}', QUESTION):
                await talk.connection.send(bad)
                await talk.error()

            async def broken(*_: object) -> None:
                raise KeyError(QUESTION)

            monkeypatch.setattr(type(running.app.state.running.turns), "stop", broken)
            await talk.send(type="stop", turn_id=QUESTION)
            assert (await talk.error())["code"] == "internal"
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    kept = [line for line in lines if line["logger"] != "httpx"]  # the client of this test
    for secret in (QUESTION, SHEET, FILE):
        assert secret not in json.dumps(kept)
    assert any("KeyError" in str(line.get("trace")) for line in kept)
    ends = [line for line in kept if line["message"].startswith("Turn ")]
    assert len({line["turn_id"] for line in ends}) == 3


# Without an engine


def test_only_a_lost_engine_is_a_loss() -> None:

    ended: list[bool] = []
    loss = EngineLoss(lambda: ended.append(True))

    def see(*states: Any) -> int:
        for state in states:
            loss(ModelStatus(state, "m"))
        return len(ended)

    assert see("loading", "failed") == 0  # row 6: the page says why
    assert see("loading", "warming", "ready", "restarting", "warming", "ready") == 0
    assert see("loading", "failed") == 0  # another model was chosen, and fails
    assert see("ready", "restarting", "warming", "failed") == 1
    assert see("loading", "ready", "restarting", "failed") == 2


@pytest.mark.parametrize("ends", [True, False])
def test_a_server_whose_engine_is_lost_ends_with_status_3(ends: bool, tmp_path: Path) -> None:
    settings = {} if ends else {"exit_on_engine_loss": "false"}
    server = FakeServerProcess(tmp_path / "data", **settings).start().wait_ready()
    assert server.process is not None
    server.process.send_signal(signal.SIGUSR2)
    if ends:
        assert server.process.wait(HANG_SECONDS) == 3
        assert "could not be restarted" in server.log_tail()
        return
    server._wait(lambda: server.model()["state"] == "failed", HANG_SECONDS, "failed")
    assert server.get("/ready").status_code == 503
    assert server.get("/health").status_code == 200
    assert server.stop() in (0, -signal.SIGTERM)


def test_the_first_ready_is_announced_once() -> None:
    said: list[str] = []
    listener = FirstReady(lambda: said.append("ready"))
    for state in ("loading", "warming", "ready", "restarting", "ready"):
        listener(ModelStatus(state, "demo"))
    assert said == ["ready"]
