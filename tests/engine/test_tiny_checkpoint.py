"""The random checkpoint: whole or absent, the same each time, and true to Qwen3-VL's template."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo import tiny_checkpoint as writer
from demo.tiny_checkpoint import MARKER, is_complete, write_checkpoint
from demo.tokenizer import SPECIAL_TOKENS, build_tokenizer

pytestmark = pytest.mark.engine

PICTURE = "<|vision_start|><|image_pad|><|vision_end|>"


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return build_tokenizer()


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def test_the_same_seed_writes_the_same_bytes(tiny_checkpoint: Path, tmp_path: Path) -> None:
    assert write_checkpoint(tmp_path / "again") is True
    assert digests(tmp_path / "again") == digests(tiny_checkpoint)


def test_what_is_complete_is_left_alone(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "_write_files", None)
    assert write_checkpoint(tiny_checkpoint) is False
    assert not is_complete(tiny_checkpoint, seed=1)


def test_an_interrupted_run_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(folder: Path, seed: int) -> int:
        (folder / "config.json").write_text("{}")
        raise KeyboardInterrupt

    monkeypatch.setattr(writer, "_write_files", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_checkpoint(tmp_path / "checkpoint")
    assert list(tmp_path.iterdir()) == []


def test_an_older_version_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "checkpoint"
    old.mkdir()
    (old / MARKER).write_text('{"kind": "random", "version": 0, "seed": 0}')
    (old / "stale.txt").write_text("")
    monkeypatch.setattr(writer, "_write_files", lambda folder, seed: 5)
    assert write_checkpoint(old) is True
    assert sorted(file.name for file in old.iterdir()) == [MARKER]


def test_the_marker_says_what_it_is(tiny_checkpoint: Path) -> None:
    marker = json.loads((tiny_checkpoint / MARKER).read_text())
    assert marker["kind"] == "random"
    assert 1_000_000 < marker["parameters"] < 10_000_000
    config = json.loads((tiny_checkpoint / "config.json").read_text())
    assert config["architectures"] == ["Qwen3VLMoeForConditionalGeneration"]
    assert config["text_config"]["max_position_embeddings"] >= 32_768


@settings(max_examples=100, deadline=None)
@given(text=st.text())
def test_any_text_comes_back(tokenizer: Any, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text), skip_special_tokens=False) == text


def test_special_tokens_are_one_token_each(tokenizer: Any) -> None:
    ids = tokenizer.encode("".join(SPECIAL_TOKENS))
    assert len(ids) == len(SPECIAL_TOKENS)
    assert tokenizer.eos_token == "<|im_end|>"


def render(tokenizer: Any, messages: list[dict[str, Any]], **options: Any) -> str:
    text: str = tokenizer.apply_chat_template(messages, tokenize=False, **options)
    return text


@pytest.mark.parametrize("kind", ["image", "image_pil", "image_url"])
def test_parts_stand_in_their_order(tokenizer: Any, kind: str) -> None:
    parts = [
        {"type": "text", "text": "a"},
        {"type": kind},
        {"type": "text", "text": "b"},
        {"type": kind},
    ]
    messages: list[dict[str, Any]] = [
        {"role": "system", "content": "S"},
        {"role": "user", "content": parts},
    ]
    assert render(tokenizer, messages, add_generation_prompt=True) == (
        "<|im_start|>system\nS<|im_end|>\n"
        f"<|im_start|>user\na{PICTURE}b{PICTURE}<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_tools_stand_as_in_qwen3_vl(tokenizer: Any) -> None:
    call: Any = {"function": {"name": "zoom", "arguments": {"box": [1, 2]}}}
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": "Let me look.", "tool_calls": [call]},
        {"role": "tool", "content": "one"},
        {"role": "tool", "content": [{"type": "text", "text": "two"}, {"type": "image"}]},
    ]
    text = render(tokenizer, messages, tools=[{"name": "zoom"}])
    head, _, rest = text.partition("<|im_start|>user\nq<|im_end|>\n")
    assert head.startswith("<|im_start|>system\n# Tools\n\n")
    assert '<tools>\n{"name": "zoom"}\n</tools>' in head
    assert rest == (
        "<|im_start|>assistant\nLet me look.\n<tool_call>\n"
        '{"name": "zoom", "arguments": {"box": [1, 2]}}\n</tool_call><|im_end|>\n'
        "<|im_start|>user\n<tool_response>\none\n</tool_response>\n"
        f"<tool_response>\ntwo{PICTURE}\n</tool_response><|im_end|>\n"
    )


def test_system_text_comes_before_the_tools(tokenizer: Any) -> None:
    messages = [{"role": "system", "content": "Be exact."}, {"role": "user", "content": "q"}]
    text = render(tokenizer, messages, tools=[{"name": "zoom"}])
    assert text.startswith("<|im_start|>system\nBe exact.\n\n# Tools")
    assert text.count("<|im_start|>system") == 1
