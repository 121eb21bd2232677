"""Rows 3 to 11: signals, disks and databases, against a server process of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shlex
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from PIL import Image

from tests.drawing_samples import png
from tests.fake_server import FakeServerProcess
from tests.faults.conftest import lives
from tests.faults.raw import frame, handshake, wait_for
from tests.server_process import HANG_SECONDS, PROJECT_ROOT, ServerProcess
from tests.talk import Frame, talk, text_of

MIB = 1024 * 1024


def answer_of(server: ServerProcess, frames: list[Frame]) -> dict[str, Any]:
    """The stored answer of these frames' turn."""
    conversation = next(each for each in frames if each["type"] == "accepted")["conversation_id"]
    messages = server.get(f"/api/conversations/{conversation}").json()["messages"]
    found: dict[str, Any] = messages[-1]
    return found


@contextlib.contextmanager
def started(process: ServerProcess) -> Iterator[ServerProcess]:
    """Started and ready; ended however the test ends."""
    try:
        yield process.start().wait_ready(120)
    finally:
        if process.process is not None and process.process.poll() is None:
            process.kill()


def is_sound(server: ServerProcess) -> bool:
    """Every page of its database, by SQLite's own judgement; while it runs or after."""
    inside = getattr(server, "inside", server.data_folder)
    with contextlib.closing(sqlite3.connect(inside / "drawing-chat.sqlite3")) as found:
        return bool(found.execute("PRAGMA integrity_check").fetchone() == ("ok",))


@pytest.mark.fault(3)
def test_a_killed_server_keeps_every_word_that_was_shown(tmp_path: Path) -> None:
    """Its decode workers end with it. That the engine's processes do is in `tests/engine`."""
    with started(FakeServerProcess(tmp_path / "data")) as server:
        files = {"file": ("small.png", png())}
        assert httpx.post(f"{server.url}/api/drawings", files=files).status_code == 201
        children = psutil.Process(server.pid).children(recursive=True)
        assert children
        with talk(server.url) as client:
            client.ask("say 3000 words slowly")
            frames = [*client.receive_until("delta"), *client.receive_until("delta")]
            server.kill()
        _, alive = psutil.wait_procs(children, timeout=HANG_SECONDS)
        assert not alive
    with started(FakeServerProcess(tmp_path / "data")) as again:
        stored = answer_of(again, frames)
        assert stored["status"] == "interrupted"
        assert stored["text"].startswith(text_of(frames))
        accepted = next(each for each in frames if each["type"] == "accepted")
        question = again.get(f"/api/conversations/{accepted['conversation_id']}").json()
        assert question["messages"][0]["text"] == "say 3000 words slowly"
        with talk(again.url) as client:
            client.send(type="resume", turn_id=accepted["turn_id"], after_seq=0)
            resumed = client.receive_until("done", "stopped", "error")
            assert resumed[-1]["code"] == "engine_restarting"
            assert text_of(resumed) == stored["text"]
        lives(again)
        again.stop()
    assert is_sound(again)


@pytest.mark.fault(4)
@pytest.mark.parametrize(
    ("grace", "last", "status"), [(30, "done", "complete"), (0.3, "error", "interrupted")]
)
def test_a_sigterm_loses_no_word(grace: float, last: str, status: str, tmp_path: Path) -> None:
    settings = {"shutdown_grace_s": grace}
    with started(FakeServerProcess(tmp_path / "data", **settings)) as server:
        with talk(server.url) as client:
            client.ask("say 100 words slowly")
            frames = client.receive_until("delta")
            os.kill(server.pid, signal.SIGTERM)
            frames += client.receive_until("done", "error")
        assert frames[-1]["type"] == last
        assert server.stop() in (0, -signal.SIGTERM)
    if status == "complete":
        assert text_of(frames).split() == [f"word{number}" for number in range(100)]
    with started(FakeServerProcess(tmp_path / "data")) as again:
        stored = answer_of(again, frames)
        assert (stored["status"], stored["text"]) == (status, text_of(frames))
        again.stop()


@pytest.mark.fault(5)
def test_a_sigterm_with_a_client_that_reads_nothing(tmp_path: Path) -> None:
    with started(FakeServerProcess(tmp_path / "data", shutdown_grace_s=2)) as server:
        with handshake(server, receive_bytes=4096) as stuck:
            ask = {"type": "ask", "id": "c1", "text": "say 2000 long words slowly"}
            stuck.sendall(frame(json.dumps(ask).encode()))
            wait_for(lambda: "drawing_chat_turns_running 1.0" in server.get("/metrics").text)
            os.kill(server.pid, signal.SIGTERM)
            assert server.process is not None
            assert server.process.wait(HANG_SECONDS) in (0, -signal.SIGTERM)


@pytest.mark.fault(6)
def test_a_missing_model_leaves_the_page_up_and_says_what_to_do(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data", model=tmp_path / "no-such-model").start()
    try:
        wait_for(lambda: server.model()["state"] == "failed")
        info = server.model()
        assert "DRAWING_CHAT_MODEL" in info["error"] and str(tmp_path) not in info["error"]
        assert server.get("/ready").status_code == 503
        assert server.get("/").status_code in (200, 503)  # 503: the page has not been built
        with talk(server.url) as client:
            error = client.answer("Largest bore?")[-1]
            assert (error["type"], error["code"]) == ("error", "model_not_ready")
        children = subprocess.run(
            ["pgrep", "-P", str(server.pid), "-f", "EngineCore"], capture_output=True
        )
        assert children.stdout == b""
    finally:
        assert server.stop() in (0, -signal.SIGTERM)


# A small disk


def can_mount() -> bool:
    """Whether this machine lets a process have a small disk of its own."""
    command = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]
    try:
        return subprocess.run(command, capture_output=True, timeout=HANG_SECONDS).returncode == 0
    except OSError:
        return False


class SmallDisk(FakeServerProcess):
    """Its data folder is a tmpfs that only it sees; `inside` is the way to it from here."""

    def __init__(self, data_folder: Path, size: str) -> None:
        super().__init__(data_folder)
        data_folder.mkdir()
        mount = f"mount -t tmpfs -o size={size} tmpfs {shlex.quote(str(data_folder))}"
        serve = f"exec {shlex.quote(sys.executable)} -m tests.fake_server"
        self.command = ["unshare", "-rm", "sh", "-c", f"{mount} && {serve}"]

    @property
    def inside(self) -> Path:
        return Path(f"/proc/{self.pid}/root{self.data_folder}")


def noise(side: int) -> bytes:
    """A picture that does not compress."""
    image = Image.frombytes("RGB", (side, side), os.urandom(side * side * 3))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.fault(8, 9)
@pytest.mark.skipif(not can_mount(), reason="no user namespaces: no small disk can be made")
def test_a_full_disk(tmp_path: Path) -> None:
    with started(SmallDisk(tmp_path / "data", "12m")) as server:
        assert isinstance(server, SmallDisk)
        files = {"file": ("large.png", noise(2600))}
        answer = httpx.post(f"{server.url}/api/drawings", files=files, timeout=HANG_SECONDS)
        assert (answer.status_code, answer.json()["error"]["code"]) == (507, "storage_full")
        assert list((server.inside / "spool").iterdir()) == []
        assert [path for path in (server.inside / "blobs").rglob("*") if path.is_file()] == []
        lives(server)
        small = {"file": ("small.png", png())}
        assert (
            httpx.post(f"{server.url}/api/drawings", files=small, timeout=HANG_SECONDS).status_code
            == 201
        )

        filler = server.inside / "filler"
        with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        codes = set()
        for _ in range(3):
            answer = httpx.post(f"{server.url}/api/conversations", json={"title": "x" * 255})
            codes.add(answer.status_code)
            with talk(server.url) as client:
                last = client.answer("x" * 15_000)[-1]
                codes.add(last.get("code", last["type"]))
        assert codes & {507, "storage_full"}
        assert codes <= {201, 507, "storage_full", "done"}
        filler.unlink()
        lives(server)
        assert is_sound(server)
        assert server.stop() in (0, -signal.SIGTERM)


# The database


@pytest.mark.fault(10)
def test_a_locked_database_is_a_bounded_wait_and_503(tmp_path: Path) -> None:
    with started(FakeServerProcess(tmp_path / "data")) as server:
        lives(server)
        for name in ("blobs", "spool", "scratch"):  # by the way: nobody else may look in
            assert (server.data_folder / name).stat().st_mode & 0o077 == 0, name
        file = server.data_folder / "drawing-chat.sqlite3"
        with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with ThreadPoolExecutor(1) as beside:
                waiting = beside.submit(
                    httpx.post, f"{server.url}/api/conversations", timeout=HANG_SECONDS
                )
                answered = 0  # meanwhile, while somebody waits for the lock
                while not waiting.done():
                    assert server.get("/health").status_code == 200
                    assert server.get("/api/conversations").status_code == 200
                    answered += 1
                refused = waiting.result()
            assert answered >= 3
            assert refused.status_code == 503
            assert refused.json()["error"]["code"] == "storage_busy"
            assert int(refused.headers["retry-after"]) >= 1
            other.execute("ROLLBACK")
        lives(server)
        server.stop()


def run_to_the_end(server: ServerProcess) -> str:
    """What it says when it refuses to start; its exit status must be 1."""
    environment = {**os.environ, "DRAWING_CHAT_DATA_FOLDER": str(server.data_folder)}
    environment["DRAWING_CHAT_PORT"] = str(server.port)
    ended = subprocess.run(
        server.command, env=environment, cwd=PROJECT_ROOT, capture_output=True, timeout=HANG_SECONDS
    )
    assert ended.returncode == 1, ended
    return ended.stderr.decode().strip().splitlines()[-1]


@pytest.mark.fault(11)
@pytest.mark.skipif(not can_mount(), reason="no user namespaces: no disk can be made read-only")
def test_a_read_only_data_folder_refuses_the_start(tmp_path: Path) -> None:
    """A read-only mount: root may write anywhere else."""
    server = FakeServerProcess(tmp_path / "data")
    folder = shlex.quote(str(server.data_folder))
    mount = f"mkdir -p {folder} && mount -t tmpfs -o ro tmpfs {folder}"
    server.command = ["unshare", "-rm", "sh", "-c", f'{mount} && exec "$@"', "-", *server.command]
    line = run_to_the_end(server)
    assert "cannot be written" in line and "DRAWING_CHAT_DATA_FOLDER" in line


def data_command(server: ServerProcess, *words: str) -> str:
    """`drawing-chat data …` on the server's folder; what it prints."""
    call = "import sys; from backend.cli import main; sys.exit(main())"
    environment = {**os.environ, "DRAWING_CHAT_DATA_FOLDER": str(server.data_folder)}
    return subprocess.run(
        [sys.executable, "-c", call, "data", *words],
        env=environment,
        cwd=PROJECT_ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def damage(file: Path, harm: str) -> None:
    """As a failing disk or another program would."""
    content = file.read_bytes()
    if harm == "text":
        file.write_bytes(b"this is no database" + content[19:])
    else:
        half = len(content) // 2
        file.write_bytes(content[: half - 20_000] + os.urandom(40_000) + content[half + 20_000 :])


@pytest.mark.parametrize("harm", ["text", "middle"])
def test_a_damaged_database_refuses_the_start_and_offers_the_way_back(
    harm: str, tmp_path: Path
) -> None:
    """First where only a backup of one's own helps, then with the copy that the server made."""
    server = FakeServerProcess(tmp_path / "data")
    file = server.data_folder / "drawing-chat.sqlite3"
    with started(server):
        lives(server)
        files = {"file": ("small.png", png())}
        assert httpx.post(f"{server.url}/api/drawings", files=files).status_code == 201
        data_command(server, "backup", str(tmp_path / "kept.tar"))
        server.stop()
    damage(file, harm)
    line = run_to_the_end(server)
    assert "damaged" in line and "`drawing-chat data restore FILE.tar`" in line
    data_command(server, "restore", str(tmp_path / "kept.tar"))
    with started(server):  # there is something to copy now
        assert len(server.get("/api/conversations").json()["items"]) == 1
        wait_for(lambda: list((server.data_folder / "copies").glob("*.sqlite3")))
        lives(server)
        server.stop()
    damage(file, harm)
    line = run_to_the_end(server)
    assert "damaged" in line and "`drawing-chat data restore` to return to the copy of" in line
    assert "before-restore-" in data_command(server, "restore")
    with started(server):
        assert len(server.get("/api/conversations").json()["items"]) == 1
        (drawing,) = server.get("/api/drawings").json()["items"]
        assert server.get(f"/api/drawings/{drawing['id']}/original").content == png()
        lives(server)
        server.stop()
