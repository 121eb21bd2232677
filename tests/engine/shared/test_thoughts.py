"""A model that thinks, by its own chat template: its thoughts come as reasoning, not as answer."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from backend.chat.turns.turn_manager import TurnManager
from backend.config.settings import Settings
from backend.qwen_vision_service import QwenVisionService
from backend.storage.conversations import ConversationStore
from tests.chat_parts import Chat, check_order, open_database, text_of
from tests.engine.asking import ask
from tests.fakes import FakeSheets

pytestmark = [
    pytest.mark.engine,
    pytest.mark.anyio,
    pytest.mark.filterwarnings("default"),  # what vLLM and torch warn of is theirs
]


@pytest.fixture
def thinking(sharded_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's prompts by the template of Qwen's thinking models, which opens the thought."""
    from vllm import renderers

    opening = "'<|im_start|>assistant\\n'"
    template = (sharded_checkpoint / "chat_template.jinja").read_text()
    assert template.count(opening) == 1
    template = template.replace(opening, "'<|im_start|>assistant\\n<think>\\n'")
    monkeypatch.setattr(renderers, "ChatParams", partial(renderers.ChatParams, template))


async def test_thoughts_are_told_apart_and_are_no_part_of_the_answer(
    service: QwenVisionService, engine_settings: Settings, tmp_path: Path, thinking: None
) -> None:
    database = await open_database(tmp_path / "chat.sqlite3")
    sheets = FakeSheets()
    turns = await TurnManager.open(database, sheets, service, engine_settings)
    chat = Chat(turns, service, sheets, database, ConversationStore(database))  # type: ignore[arg-type]
    turn = await chat.ask("Largest bore?", options={"max_tokens": 64, "temperature": 0})
    frames = await chat.frames(turn)
    check_order(frames)
    thoughts = "".join(frame["text"] for frame in frames if frame["type"] == "reasoning")
    assert len(thoughts) > 20
    assert text_of(frames) == "" == (await chat.stored(turn)).text
    assert frames[-1]["finish_reason"] == "length"
    assert frames[-1]["usage"]["completion_tokens"] == 64
    await turns.close()
    await database.close()


async def test_json_that_was_asked_for_is_an_answer(
    service: QwenVisionService, thinking: None
) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"]}
    answer = await ask(service, "Is it?", json_schema=schema, max_tokens=64)
    assert answer.text.startswith("{")
