"""The service without an engine: what it tells and refuses before vLLM is ever imported."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from backend.config.settings import Settings
from backend.errors import ModelNotReady
from backend.model.service import Message, ModelStatus, Sampling, TextPart, VisionService
from backend.qwen_vision_service import QwenVisionService

pytestmark = pytest.mark.anyio

HELLO = [Message("user", (TextPart("hello"),))]


def service_for(model: Path, tmp_path: Path) -> QwenVisionService:
    return QwenVisionService(Settings(model=str(model), data_folder=tmp_path / "data"))


async def test_a_missing_model_fails_with_what_to_do(tmp_path: Path) -> None:
    service: VisionService = service_for(tmp_path / "gone", tmp_path)
    heard: list[ModelStatus] = []
    service.on_status(heard.append)
    await service.start()
    assert [status.state for status in heard] == ["failed"]
    error = service.status().error
    assert error is not None and "DRAWING_CHAT_MODEL" in error and str(tmp_path) not in error
    assert service.requests_in_flight() == 0
    with pytest.raises(ModelNotReady, match="no model folder gone"):
        await service.count_tokens(HELLO, {})
    await service.stop()
    assert service.status().state == "stopped"


async def test_a_stopped_model_answers_nobody(tmp_path: Path) -> None:
    service = service_for(tmp_path, tmp_path)
    with pytest.raises(ModelNotReady, match="not running"):
        async for _ in service.stream(HELLO, {}, Sampling(), request_id="r"):
            pytest.fail("there is no model")
    with pytest.raises(ModelNotReady):
        await service.prefill(HELLO, {}, request_id="p")
    await service.abort("never-heard-of")


async def test_nothing_of_the_engine_is_loaded_for_that(tmp_path: Path) -> None:
    loaded = "vllm" in sys.modules
    await service_for(tmp_path, tmp_path).start()  # an empty folder: no checkpoint
    assert ("vllm" in sys.modules) == loaded
