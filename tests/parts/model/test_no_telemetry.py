"""Drawings are secrets: what the engine's packages would report is off, by names they know."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from backend.config.settings import PROJECT_ROOT, Settings
from backend.model.vllm.engine_args import engine_environment
from tests.server_process import HANG_SECONDS

OFF = ("VLLM_NO_USAGE_STATS", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK")
ASK = """
import json
from huggingface_hub import constants
print(json.dumps(constants.HF_HUB_DISABLE_TELEMETRY))
"""


@pytest.mark.parametrize("on_gpu", [False, True])
def test_the_engine_runs_with_all_reports_off(on_gpu: bool) -> None:
    environment = engine_environment(Settings(), {0, 1}, on_gpu)
    assert {name: environment[name] for name in OFF} == dict.fromkeys(OFF, "1")


def test_the_installed_vllm_knows_the_name() -> None:
    vllm = find_spec("vllm")
    assert vllm is not None and vllm.origin is not None
    usage = Path(vllm.origin).parent / "usage" / "usage_lib.py"
    assert "envs.VLLM_NO_USAGE_STATS" in usage.read_text()


@pytest.mark.parametrize("name", OFF[1:])
def test_the_installed_hub_obeys_the_name(name: str) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in OFF}
    for added, expected in ({}, False), ({name: "1"}, True):
        answer = subprocess.run(
            [sys.executable, "-c", ASK],
            env=environment | added,
            capture_output=True,
            timeout=HANG_SECONDS,
            check=True,
        )
        assert json.loads(answer.stdout) is expected


def test_the_page_loads_nothing_from_elsewhere() -> None:
    html = (PROJECT_ROOT / "frontend" / "index.html").read_text()
    assert "http://" not in html and "https://" not in html and '="//' not in html
