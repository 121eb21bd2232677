"""The status publisher and the start clock."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from backend.model.service import ModelStatus, Progress
from backend.model.status_publisher import StatusPublisher
from backend.model.vllm.load_progress import Stage
from backend.model.vllm.start_clock import StartClock

pytestmark = pytest.mark.anyio


def test_listeners_are_called_only_on_changes() -> None:
    publisher = StatusPublisher("m")
    heard: list[ModelStatus] = []
    remove = publisher.subscribe(heard.append)
    publisher.show("loading")
    publisher.show("loading")
    publisher.show("failed", error="why")
    remove()
    remove()
    publisher.show("stopped")
    assert [(status.state, status.error) for status in heard] == [
        ("loading", None),
        ("failed", "why"),
    ]


def test_a_description_is_published_with_the_next_state() -> None:
    publisher = StatusPublisher("m")
    heard: list[ModelStatus] = []
    publisher.subscribe(heard.append)
    publisher.describe(limits={"max_model_len": 5}, demo="trained")
    assert heard == []
    publisher.show("ready")
    assert (heard[0].limits, heard[0].demo) == ({"max_model_len": 5}, "trained")


def test_a_failing_listener_does_not_affect_others(caplog: pytest.LogCaptureFixture) -> None:
    publisher = StatusPublisher("m")
    heard: list[ModelStatus] = []

    def broken(status: ModelStatus) -> None:
        raise RuntimeError("mine")

    publisher.subscribe(broken)
    publisher.subscribe(heard.append)
    with caplog.at_level(logging.ERROR):
        publisher.show("ready")
    assert len(heard) == 1
    assert "mine" in caplog.text


async def test_progress_is_estimated_from_the_last_start(tmp_path: Path) -> None:
    publisher = StatusPublisher("m")
    first = StartClock(tmp_path / "data" / "times.json", "m")
    assert first.expected() is None
    first.remember(24.04)
    assert StartClock(tmp_path / "data" / "times.json", "other").expected() is None
    second = StartClock(tmp_path / "data" / "times.json", "m")
    assert second.expected() == 24.0
    async with second.ticking(publisher, "loading", "loading"):
        await asyncio.sleep(0)
        progress = publisher.status.progress
    assert progress == Progress("loading", 0.0, 24.0, "", 24.0)


async def test_several_weight_files_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("backend.model.vllm.start_clock.TICK_SECONDS", 0)
    publisher = StatusPublisher("m")
    clock = StartClock(tmp_path / "times.json", "m")
    clock.remember(600)
    loaded: Stage | None = None
    phases: asyncio.Queue[Progress] = asyncio.Queue()
    publisher.subscribe(lambda status: phases.put_nowait(status.progress or Progress("none")))

    async def until(phase: str, done: float | None = None) -> Progress:
        while (now := await phases.get()).phase != phase or done not in (None, now.done):
            pass
        return now

    async with clock.ticking(publisher, "loading", "loading", lambda: loaded):
        await until("loading")
        for done in (0, 3):
            loaded = Stage("weights", done, 13)
            progress = await until("weights", done)
            assert (progress.total, progress.unit) == (13, "")
            assert progress.eta_s is not None and progress.eta_s > 500
        loaded = Stage("profiling")
        assert (await until("profiling")).total == 600
        loaded = Stage("capturing")
        assert (await until("capturing")).total == 600
        loaded = Stage("weights", 0, 1)  # of one file there is nothing to count
        assert (await until("loading")).total == 600
    assert "Loading the model, weights: 3 of 13" in caplog.text


def test_damaged_times_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "times.json").write_text("[1")
    clock = StartClock(tmp_path / "times.json", "m")
    assert clock.expected() is None
    clock.remember(1)
    assert clock.expected() == 1.0


def test_an_unwritable_folder_is_only_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    StartClock(tmp_path / "file" / "times.json", "m").remember(1)
    assert "Could not store" in caplog.text
