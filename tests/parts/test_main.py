"""Starting the server with settings that cannot be: one line and status 2, in a real process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from backend.config.settings import PROJECT_ROOT
from tests.server_process import HANG_SECONDS


def start(**settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "backend/main.py"],
        cwd=PROJECT_ROOT,
        env={**os.environ, **{f"DRAWING_CHAT_{key.upper()}": one for key, one in settings.items()}},
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
    )


def test_the_server_ends_with_the_line_and_status_2() -> None:
    ended = start(port="http")
    assert ended.returncode == 2
    assert ended.stderr == ("DRAWING_CHAT_PORT=http: must be an integer from 1 to 65535.\n")


def test_a_port_that_is_taken_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = start(port=str(port), data_folder=str(tmp_path))
    assert ended.returncode == 2
    told = f"DRAWING_CHAT_PORT={port}: cannot listen on 127.0.0.1:{port} (Address already in use)"
    assert ended.stderr.splitlines()[-1].startswith(told)
    assert "choose another port" in ended.stderr and "Traceback" not in ended.stderr


def test_a_sleep_that_nothing_could_keep_is_refused(tmp_path: Path) -> None:
    urls = "http://127.0.0.1:9/v1"
    ended = start(idle_sleep_minutes="30", remote_urls=urls, data_folder=str(tmp_path))
    assert ended.returncode == 2
    assert ended.stderr.startswith("DRAWING_CHAT_IDLE_SLEEP_MINUTES=30: the model servers in ")
