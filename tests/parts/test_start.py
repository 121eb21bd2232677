"""Starting the server with wrong settings: one line and status 2, in a real process."""

from __future__ import annotations

import os
import subprocess
import sys

from backend.config import PROJECT_ROOT


def test_the_server_ends_with_the_line_and_status_2() -> None:
    environment = {**os.environ, "DRAWING_CHAT_PORT": "http"}
    ended = subprocess.run(
        [sys.executable, "backend/main.py"],
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 2
    assert ended.stderr == ("DRAWING_CHAT_PORT=http: needed is a whole number from 1 to 65535.\n")
