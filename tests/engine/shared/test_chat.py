"""Turns over the real engine: prefixes are found again, Stop frees it, many run at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from backend.chat.prompt.context_window import most_tokens
from backend.chat.prompt.prompt_builder import SYSTEM_WITH_TOOLS
from backend.chat.turns.turn_manager import TurnManager
from backend.config.settings import Settings
from backend.model.control_tokens import ControlTokens
from backend.model.service import Delta, ImagePart, Message, Sampling, TextPart, Usage
from backend.model.vllm.chat_messages import chat_messages
from backend.qwen_vision_service import QwenVisionService
from backend.storage.conversations import ConversationStore
from backend.tools.hermes import spoken, write_call
from tests.chat_parts import Chat, check_order, open_database, text_of
from tests.engine.asking import until_free
from tests.fakes import FakeSheets, image
from tests.server_process import HANG_SECONDS

pytestmark = [
    pytest.mark.engine,
    pytest.mark.anyio,
    pytest.mark.filterwarnings("default"),  # what vLLM and torch warn of is theirs
]

#: Tokens of one block of the KV cache on a CPU: what a prefix is counted in.
BLOCK = 128
SHORT = {"max_tokens": 16, "temperature": 0}
LONG = {"max_tokens": 4000, "temperature": 0}


@pytest.fixture
async def chat(
    service: QwenVisionService, engine_settings: Settings, tmp_path: Path
) -> AsyncIterator[Chat]:
    database = await open_database(tmp_path / "chat.sqlite3")
    sheets = FakeSheets(overview_size=(1024, 768))
    turns = await TurnManager.open(database, sheets, service, engine_settings)
    yield Chat(turns, service, sheets, database, ConversationStore(database))  # type: ignore[arg-type]
    await turns.close()
    await database.close()


def usage_of(frames: list[dict[str, Any]]) -> dict[str, int]:
    assert frames[-1]["type"] == "done", frames[-1]
    usage: dict[str, int] = frames[-1]["usage"]
    return usage


async def test_each_turn_finds_the_prompt_before_it_cached(chat: Chat) -> None:
    info = chat.sheets.add("plate", [f"Ø{n} H7" for n in range(40)])
    first = await chat.ask("Largest bore?", drawings=[{"id": info.id, "page": 1}], options=SHORT)
    frames = await chat.frames(first)
    check_order(frames)
    usages = [usage_of(frames)]
    questions: list[dict[str, Any]] = [
        {},
        {"drawings": [{"id": info.id, "page": 1, "region": [100, 0, 300, 200]}]},
        {},
        {"drawings": [{"id": info.id}]},
    ]
    for more in questions:
        answer = await chat.answer(
            "And the next one?",
            conversation_id=first.row.conversation_id,
            options=SHORT,
            **more,
        )
        usages.append(usage_of(answer))
    for before, after in pairwise(usages):
        assert after["prompt_tokens"] > before["prompt_tokens"]
        # Everything of the prompt before, but its last, unfinished block and the header of
        # the answer, stands at the same place again.
        assert after["cached_tokens"] >= before["prompt_tokens"] - 2 * BLOCK
    assert usages[-1]["image_tokens"] > usages[0]["image_tokens"]


async def test_a_prefilled_drawing_is_cached_for_its_first_question(
    chat: Chat, service: QwenVisionService
) -> None:
    info = chat.sheets.add("cover", [f"M{n}" for n in range(40)])
    ready = asyncio.Event()
    chat.turns.prefills.readiness.changed.subscribe(
        lambda _, now: ready.set() if now.state == "ready" else None
    )
    chat.turns.prefills.drawing_uploaded("local", info.id)
    async with asyncio.timeout(HANG_SECONDS):
        await ready.wait()
    answer = await chat.answer(
        "Which thread?", drawings=[{"id": info.id, "page": 1}], options=SHORT
    )
    usage = usage_of(answer)
    assert usage["image_tokens"] == 768
    assert usage["cached_tokens"] >= usage["prompt_tokens"] - 2 * BLOCK


async def test_stop_frees_the_engine_and_the_next_question_is_answered(
    chat: Chat, service: QwenVisionService
) -> None:
    turn = await chat.ask("Tell me everything.", options=LONG)
    await chat.first(turn)
    await chat.turns.stop("local", turn.id)
    frames = await chat.frames(turn)
    check_order(frames)
    assert frames[-1]["type"] == "stopped"
    assert frames[-1]["usage"]["completion_tokens"] < 4000
    await until_free(service)
    stored = await chat.stored(turn)
    assert (stored.status, stored.text) == ("stopped", text_of(frames))
    again = await chat.answer("Again?", conversation_id=turn.row.conversation_id, options=SHORT)
    usage_of(again)


async def test_sixteen_conversations_at_once_are_all_whole(
    chat: Chat, service: QwenVisionService
) -> None:
    info = chat.sheets.add("shaft", ["Ø20 h6"])
    turns = [
        await chat.ask(
            f"Question {n}?", drawings=[{"id": info.id, "page": 1}], options={"max_tokens": 64}
        )
        for n in range(16)
    ]
    answers = await asyncio.gather(*(chat.frames(turn) for turn in turns))
    for turn, frames in zip(turns, answers, strict=True):
        check_order(frames)
        usage_of(frames)
        stored = await chat.stored(turn)
        assert (stored.status, stored.text) == ("complete", text_of(frames))
    await until_free(service)


async def test_too_long_a_prompt_is_refused_with_the_engines_own_count(
    chat: Chat, service: QwenVisionService
) -> None:
    frames = await chat.answer("Ø" * 15_999)
    assert (frames[-1]["type"], frames[-1]["code"]) == ("error", "context_too_long")
    assert "16,384" in frames[-1]["message"]
    assert service.requests_in_flight() == 0


class Scripted:
    """The real engine reads every prompt; what it says is replaced by a script, while there is
    one."""

    def __init__(self, service: QwenVisionService, *scripts: str) -> None:
        self._service = service
        self._scripts = list(scripts)
        #: The usage of each step, and its prompt as the engine's tokenizer read it.
        self.steps: list[Usage] = []
        self.prompts: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._service, name)

    async def stream(
        self, messages: Any, images: Any, sampling: Sampling, **options: Any
    ) -> AsyncGenerator[Delta | Usage, None]:
        script = self._scripts.pop(0) if self._scripts else None
        self.prompts.append(await rendered(self._service, messages, images))
        wanted = sampling if script is None else replace(sampling, max_tokens=1)
        async with aclosing(self._service.stream(messages, images, wanted, **options)) as stream:
            async for item in stream:
                if isinstance(item, Usage):
                    self.steps.append(item)
                    yield item if script is None else replace(item, finish_reason="stop")
                elif script is None:
                    yield item
                else:
                    yield Delta(script)


async def rendered(service: QwenVisionService, messages: Any, images: Any) -> str:
    """The prompt as the engine's own renderer writes it, one token for each picture."""
    from vllm.renderers import ChatParams

    chat = chat_messages(
        messages,
        images,
        ControlTokens(service.engine.get_tokenizer().get_added_vocab()).escape,
        pixels=False,
    )
    tools = [dict(tool) for message in messages for tool in message.tools]
    parameters = ChatParams(
        chat_template_kwargs={"add_generation_prompt": True, "tools": tools},
        chat_template_content_format="openai",
    )
    _, prompt = await service.engine.renderer.render_messages_async(chat, parameters)
    text: str = service.engine.get_tokenizer().decode(
        prompt["prompt_token_ids"], skip_special_tokens=False
    )
    return text


async def test_a_tool_loop_reads_its_own_prompts_from_the_cache(
    service: QwenVisionService, engine_settings: Settings, tmp_path: Path
) -> None:
    zoom = {"bbox_2d": [100, 100, 400, 400], "label": "bore", "img_idx": 0}
    scripted = Scripted(
        service,
        "I look.\n" + spoken("", [write_call("image_zoom_in_tool", zoom)]),
        spoken("", [write_call("limits_and_fits", {"designation": "20 H7"})]),
        "It is +21 µm.",
    )
    settings = engine_settings.model_copy(update={"tools": "on"})
    database = await open_database(tmp_path / "chat.sqlite3")
    sheets = FakeSheets(overview_size=(1024, 768))
    info = sheets.add("plate", [f"Ø{n} H7" for n in range(40)])
    turns = await TurnManager.open(database, sheets, scripted, settings)
    chat = Chat(turns, scripted, sheets, database, ConversationStore(database))  # type: ignore[arg-type]
    try:
        turn = await chat.ask("Bore?", drawings=[{"id": info.id, "page": 1}], options=SHORT)
        frames = await chat.frames(turn)
        later = await chat.answer("And?", conversation_id=turn.row.conversation_id, options=SHORT)
    finally:
        await turns.close()
        await database.close()
    check_order(frames)
    assert text_of(frames) == "I look.\n\nIt is +21 µm."
    ends = [frame for frame in frames if frame["type"] == "tool" and frame["state"] != "running"]
    assert [frame["state"] for frame in ends] == ["done", "done"], ends
    first, second, third, fourth = scripted.steps
    assert usage_of(frames)["prompt_tokens"] == sum(
        step.prompt_tokens for step in (first, second, third)
    )
    assert first.image_tokens == 768 and second.image_tokens == 768 + 64
    for before, after in pairwise((first, second, third)):
        assert after.cached_tokens >= before.prompt_tokens - 2 * BLOCK
    # The next turn begins as this one did, up to the picture that is not shown again.
    assert usage_of(later) and fourth.cached_tokens >= first.prompt_tokens - 2 * BLOCK
    image = "<|vision_start|><|image_pad|><|vision_end|>"
    assert (
        f"<|im_start|>user\n<tool_response>\n{image}\n</tool_response><|im_end|>\n"
        in (scripted.prompts[1])
    )
    assert '"upper_um": 21' in scripted.prompts[2].split("<tool_response>")[-1]
    assert scripted.prompts[3].count(image) == 1


async def test_no_prompt_has_more_tokens_than_the_bound_that_saves_its_count(
    service: QwenVisionService,
) -> None:
    shown = [image("large", 2048, 1536), image("small", 40, 33), image("strip", 4000, 40)]
    texts = ["Ø38 H12 ± 0,05 " * 40, "한국어 도면 " * 40, "<|im_end|>" * 40, "x", "0" * 500]
    messages = [
        SYSTEM_WITH_TOOLS,
        *(Message("user", (ImagePart(one.key), TextPart(two))) for one in shown for two in texts),
        Message("assistant", (TextPart("Ø"),)),
        Message("user", (TextPart("?"),)),
    ]
    images = {one.key: one for one in shown}
    for prompt in (messages, messages[:1] + messages[-1:], messages[:2], messages[-1:]):
        size = await service.count_tokens(prompt, images)
        assert size.tokens <= most_tokens(prompt, images)
