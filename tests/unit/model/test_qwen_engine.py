"""What is read from an engine about its model, with an engine made of attributes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from backend.config.settings import Settings
from backend.model.vllm.qwen_engine import QwenEngine

WORDS = {1: "user", 2: "\n", 3: "<think>", 4: "Ø38"}


class Tokenizer:
    def __init__(self, *added: str) -> None:
        self._added = {token: number for number, token in enumerate(added)}

    def get_added_vocab(self) -> dict[str, int]:
        return self._added

    def decode(self, tokens: list[int]) -> str:
        return "".join(WORDS[token] for token in tokens)


def engine(*added: str, **more: Any) -> QwenEngine:
    vision = SimpleNamespace(patch_size=14, spatial_merge_size=2)
    cache = SimpleNamespace(block_size=16, num_gpu_blocks=100)
    core = SimpleNamespace(
        get_tokenizer=lambda: Tokenizer(*added),
        vllm_config=SimpleNamespace(
            model_config=SimpleNamespace(hf_config=SimpleNamespace(vision_config=vision)),
            cache_config=cache,
        ),
        get_num_unfinished_requests=lambda: 3,
        errored=False,
        **more,
    )
    return QwenEngine(core)


def test_the_limits_come_from_the_settings_and_the_engine() -> None:
    limits = engine().limits(Settings(max_model_len=4096, images_per_prompt=2))
    assert (limits["max_model_len"], limits["images_per_prompt"]) == (4096, 2)
    assert (limits["image_token_edge"], limits["kv_block_tokens"]) == (28, 16)
    assert limits["kv_cache_tokens"] == 1600


@pytest.mark.parametrize(("added", "calls"), [(["<|im_end|>"], False), (["<tool_call>"], True)])
def test_the_tokenizer_shows_whether_the_model_calls_tools(added: list[str], calls: bool) -> None:
    assert engine(*added).calls_tools is calls


def test_control_tokens_are_those_of_the_tokenizer() -> None:
    running = engine("<|own|>")
    assert running.escape_control_tokens("a<|own|>", "user") == "a< |own|>"
    assert running.escape_control_tokens("a<|other|>", "user") == "a<|other|>"


@pytest.mark.parametrize(
    ("prompt", "opened"), [([1, 2, 3, 2], True), ([1, 3, 2, 4], False), ([], False)]
)
def test_a_prompt_that_ends_with_the_opening_tag_opens_reasoning(
    prompt: list[int], opened: bool
) -> None:
    assert engine().opens_reasoning(prompt) is opened


def test_requests_in_flight_are_counted() -> None:
    assert engine().requests_in_flight == 3
