"""A worker that dies or is late fails its one job and is replaced; nobody waits for the gone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from backend.drawings.formats.format import Limits
from backend.drawings.workers.jobs import IngestJob, RenderJob, SourceFile
from backend.drawings.workers.worker_pool import PATIENCE, WorkerOptions, WorkerPool
from backend.errors import DamagedFile, RenderFailed, TooComplex
from backend.geometry import Box
from tests.drawing_samples import png

pytestmark = pytest.mark.anyio


@pytest.fixture
async def pool(tmp_path: Path) -> AsyncIterator[WorkerPool]:
    pool = WorkerPool("test", 1, WorkerOptions(2**31, 30, tmp_path))
    yield pool
    await pool.close()
    assert pool.process_ids == []


def _job(folder: Path, name: str = "sheet.png", seconds: float | None = None) -> IngestJob:
    path = folder / "sheet.png"
    path.write_bytes(png())
    source = SourceFile(str(folder / name), "png", Limits(pixels=10**9, pages=10, seconds=30))
    return IngestJob(file=source, previews=str(folder), seconds=seconds)


def _drawn(job: IngestJob, seconds: float | None = None) -> RenderJob:
    whole = Box(0, 0, 640, 480)
    return RenderJob(
        file=job.file, page=1, canvas=(640, 480), region=whole, size=(640, 480), seconds=seconds
    )


async def test_killed_late_and_damaged(pool: WorkerPool, tmp_path: Path) -> None:
    job = _job(tmp_path)
    assert (await pool.run(job)).result["canvases"][0]["width"] == 640
    (first,) = pool.process_ids

    os.kill(first, signal.SIGSTOP)
    killed = asyncio.create_task(pool.run(_drawn(job)))
    await asyncio.sleep(0.02)
    os.kill(first, signal.SIGKILL)
    with pytest.raises(RenderFailed):
        await killed

    assert (await pool.run(job)).result["canvases"][0]["width"] == 640
    (second,) = pool.process_ids
    assert second != first
    os.kill(second, signal.SIGSTOP)
    with pytest.raises(TooComplex, match="time"):
        await pool.run(replace(job, seconds=0.05))

    (tmp_path / "bad.png").write_bytes(png()[:-300])
    with pytest.raises(DamagedFile):
        await pool.run(_job(tmp_path, "bad.png"))
    assert (await pool.run(job)).result["canvases"][0]["width"] == 640


async def test_a_file_that_costs_worker_after_worker_waits_and_others_do_not(
    tmp_path: Path,
) -> None:
    """A viewer asks for dozens of tiles: each would take all of its time from everybody."""
    pool = WorkerPool("test", 1, WorkerOptions(2**31, 3, tmp_path))
    good = _job(tmp_path, seconds=30)
    other = _job(tmp_path, "other.png", seconds=30)
    (tmp_path / "other.png").write_bytes(png(300, 200))
    for _ in range(PATIENCE):
        with pytest.raises(RenderFailed, match="time"):
            await pool.run(_drawn(good, seconds=0.01))
    with pytest.raises(RenderFailed, match="time"):
        await pool.run(good)
    assert (await pool.run(other)).result["canvases"][0]["width"] == 300
    width = 0
    while not width:  # it may try again later
        with contextlib.suppress(RenderFailed):
            width = (await pool.run(good)).result["canvases"][0]["width"]
        await asyncio.sleep(0.05)
    assert width == 640
    await pool.close()


async def test_waiting_jobs_whose_asker_went_are_dropped(pool: WorkerPool, tmp_path: Path) -> None:
    job = _job(tmp_path)
    await pool.run(job)
    (worker,) = pool.process_ids
    os.kill(worker, signal.SIGSTOP)
    running = asyncio.create_task(pool.run(job))
    await asyncio.sleep(0)
    dropped = asyncio.create_task(pool.run(_job(tmp_path, "nowhere")))
    last = asyncio.create_task(pool.run(job))
    await asyncio.sleep(0.02)
    dropped.cancel()
    running.cancel()  # already begun: its worker finishes it for nobody
    os.kill(worker, signal.SIGCONT)
    assert (await last).result["canvases"][0]["width"] == 640
    assert dropped.cancelled()
    assert pool.process_ids == [worker]


async def test_the_environment_holds_no_secrets(
    pool: WorkerPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRAWING_CHAT_TOKEN", "a-secret-token-of-the-server")
    monkeypatch.setenv("HF_TOKEN", "another")
    await pool.run(_job(tmp_path))
    (worker,) = pool.process_ids
    environment, limits = _environment_and_limits(worker)
    assert b"TOKEN" not in environment
    assert str(tmp_path).encode() in environment
    assert str(2**31) in next(line for line in limits.splitlines() if "address space" in line)


def _environment_and_limits(process: int) -> tuple[bytes, str]:
    proc = Path(f"/proc/{process}")
    return (proc / "environ").read_bytes(), (proc / "limits").read_text()
