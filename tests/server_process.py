"""A real server process for the engine and browser suites: start, wait, signal, look at the log."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psutil

PROJECT_ROOT = Path(__file__).resolve().parent.parent
#: What only a hang reaches: on a slow or busy machine everything takes many times as long.
HANG_SECONDS = 600
READY_SECONDS = HANG_SECONDS


def free_port() -> int:
    """A port that is free now on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def kill_engine_core(server_pid: int) -> None:
    """SIGKILL the engine's core; its workers end with it, maybe while we look."""
    for child in psutil.Process(server_pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "EngineCore" in child.name():
                child.kill()


class ServerProcess:
    """`python backend/main.py` on a free port, with its own data folder."""

    def __init__(self, data_folder: Path, **settings: object) -> None:
        self.data_folder = data_folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_folder.with_name(data_folder.name + ".log")
        self.settings = settings
        self.command = [sys.executable, "backend/main.py"]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> ServerProcess:
        """Start it; returns when it answers on its port, while the engine still loads."""
        environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith("DRAWING_CHAT_") and key != "MODEL_NAME"
        }
        environment |= {
            "DRAWING_CHAT_PORT": str(self.port),
            "DRAWING_CHAT_DATA_FOLDER": str(self.data_folder),
        }
        environment |= {
            "DRAWING_CHAT_" + key.upper(): str(value) for key, value in self.settings.items()
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=PROJECT_ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait(lambda: self.get("/health").status_code == 200, HANG_SECONDS, "answering")
        return self

    def wait_ready(self, seconds: float = READY_SECONDS) -> ServerProcess:
        """Wait until the engine answers; fails at once when its state is `failed`."""

        def ready() -> bool:
            info = self.model()
            if info["state"] == "failed":
                raise AssertionError(f"the engine failed: {info['error']}\n{self.log_tail()}")
            return bool(info["state"] == "ready")

        self._wait(ready, seconds, "ready")
        return self

    def get(self, path: str) -> httpx.Response:
        """One GET of the server."""
        return httpx.get(self.url + path, timeout=HANG_SECONDS)

    def model(self) -> dict[str, Any]:
        """The body of `/api/model`."""
        body: dict[str, Any] = self.get("/api/model").json()
        return body

    def upload(self, path: Path, name: str | None = None) -> dict[str, Any]:
        """Upload a drawing; its description."""
        with path.open("rb") as file:
            files = {"file": (name or path.name, file)}
            answer = httpx.post(self.url + "/api/drawings", files=files, timeout=HANG_SECONDS)
        assert answer.status_code in (200, 201), answer.text
        body: dict[str, Any] = answer.json()
        return body

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self.process is not None
        return self.process.pid

    def stop(self, seconds: float = HANG_SECONDS) -> int:
        """SIGTERM and wait; the exit status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(HANG_SECONDS)
            raise AssertionError(f"SIGTERM did not end the server\n{self.log_tail()}") from None

    def kill(self) -> None:
        """SIGKILL, as a crash or the out-of-memory killer would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(HANG_SECONDS)

    def log_tail(self, characters: int = 4000) -> str:
        """The end of what the server printed."""
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""

    def _wait(self, condition: Any, seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                raise AssertionError(
                    f"the server ended with {self.process.returncode}\n{self.log_tail()}"
                )
            try:
                if condition():
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"not {what} within {seconds} s\n{self.log_tail()}")
