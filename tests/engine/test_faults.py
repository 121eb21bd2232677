"""Rows 2 and 6 with the real engine: one that hangs in the middle of an answer is noticed and
built again; one that dies more often than is allowed ends the server with status 3."""

from __future__ import annotations

import contextlib
import json
import re
import signal
from pathlib import Path

import psutil
import pytest

from backend.model.vllm.socket_folder import SocketFolder
from tests.server_process import PROJECT_ROOT, ServerProcess, kill_engine_core
from tests.talk import talk

pytestmark = pytest.mark.engine


def stop_engine_core(server_pid: int) -> None:
    """SIGSTOP: it lives and does nothing."""
    for child in psutil.Process(server_pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "EngineCore" in child.name():
                child.send_signal(signal.SIGSTOP)


def test_row_2_a_hung_engine_is_not_ready_comes_back_and_is_given_up(
    tmp_path: Path, endless_checkpoint: Path
) -> None:
    settings = {"model": endless_checkpoint, "max_model_len": 8192, "engine_restart_limit": 1}
    server = ServerProcess(tmp_path / "data", **settings).start().wait_ready()
    try:
        with talk(server.url) as client:
            client.ask("Tell me everything.", options={"max_tokens": 3000})
            client.receive_until("delta")
            stop_engine_core(server.pid)
            assert client.receive_until("error", "done")[-1]["code"] == "engine_restarting"
        assert server.get("/ready").status_code == 503
        assert server.get("/health").status_code == 200
        server.wait_ready()
        with talk(server.url) as client:
            assert client.answer("Back?", options={"max_tokens": 8})[-1]["type"] == "done"
        check_dashboard(server.get("/metrics").text)
        sockets = SocketFolder(server.data_folder).path
        assert any(path.is_socket() for path in sockets.iterdir())
        kill_engine_core(server.pid)
        assert server.process is not None
        assert server.process.wait(60) == 3
        assert not sockets.exists()
    finally:
        if server.process is not None and server.process.poll() is None:
            server.kill()


def check_dashboard(metrics: str) -> None:
    """What the dashboard asks of vLLM is there."""
    dashboard = (PROJECT_ROOT / "deploy" / "grafana" / "drawing-chat.json").read_text()
    asked = set(re.findall(r"vllm:\w+", json.dumps(json.loads(dashboard))))
    assert asked and all(f"\n{name}{{" in metrics for name in asked), asked
    assert "drawing_chat_engine_deaths_total 1.0" in metrics
