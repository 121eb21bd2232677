"""A server whose model is on the hub: downloading, loading, ready, and the plan it then shows."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.loopback_hub import Hub, Repository
from tests.server_process import ServerProcess

pytestmark = pytest.mark.engine

NAME = "someone/Tiny-VL"


def test_a_server_fetches_its_model_and_shows_its_plan(
    tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {file.name: file.read_bytes() for file in tiny_checkpoint.iterdir()}
    with Hub({NAME: Repository(files)}) as hub:
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)  # set by who writes the checkpoint
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hub-home"))
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
        server = ServerProcess(
            tmp_path / "data", model=NAME, max_model_len=4096, image_max_pixels=1_048_576
        ).start()
        try:
            states = [server.model()["state"]]
            while states[-1] not in ("ready", "failed"):
                time.sleep(0.05)
                if (state := server.model()["state"]) != states[-1]:
                    states.append(state)
            assert states[-2:] == ["warming", "ready"], (server.model(), server.log_tail())
            assert "downloading" in states
            asked = dict(hub.sent)
            assert asked["model.safetensors"] == len(files["model.safetensors"])
        finally:
            server.stop()
        # The second start is planned from the files that are here now, and asks nobody.
        hub.repositories.clear()
        try:
            info = server.start().wait_ready().model()
        finally:
            server.stop()
        assert hub.sent == asked
    assert (info["model"], info["error"]) == (NAME, None)
    plan = info["plan"]
    assert plan["fits"] and plan["weights_known"] == "exact"
    assert plan["kv_cache_tokens"] == pytest.approx(info["limits"]["kv_cache_tokens"], rel=0.05)
    assert plan["memory"]["weights"] == pytest.approx(len(files["model.safetensors"]), rel=0.05)
    assert plan["settings"]["max_model_len"] == info["limits"]["max_model_len"] == 4096
