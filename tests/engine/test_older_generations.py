"""Qwen2.5-VL and Qwen2-VL by vLLM's own processor: their images cost a token for 28×28 pixels."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from backend.config.settings import Settings
from backend.errors import ContextTooLong
from backend.qwen_vision_service import QwenVisionService
from tests.engine.asking import ask, keyed, noise, say

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

GENERATIONS = ["Qwen2_5_VL", "Qwen2VL"]
WINDOW = 2048


def write_older(generation: str, tiny: Path, folder: Path) -> None:
    """A random checkpoint of an older generation, with the tokenizer of the tiny one."""
    import torch
    import transformers
    from transformers import AutoTokenizer, Qwen2VLImageProcessor

    tokenizer = AutoTokenizer.from_pretrained(tiny)
    folder.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(tiny / name, folder)
    number = tokenizer.convert_tokens_to_ids
    vocabulary = len(tokenizer)
    text: dict[str, Any] = {
        "vocab_size": vocabulary + (-vocabulary) % 64,
        "hidden_size": 128,
        "intermediate_size": 256,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": 32_768,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 1e6,
            "mrope_section": [8, 12, 12],
        },
        "bos_token_id": number("<|endoftext|>"),
        "eos_token_id": number("<|im_end|>"),
    }
    vision: dict[str, Any] = {"depth": 1, "num_heads": 2, "patch_size": 14, "spatial_merge_size": 2}
    if generation == "Qwen2VL":
        vision |= {"embed_dim": 64, "hidden_size": 128, "mlp_ratio": 2}
    else:
        vision |= {"hidden_size": 64, "out_hidden_size": 128, "intermediate_size": 128,
                   "window_size": 112, "fullatt_block_indexes": [0]}  # fmt: skip
    make_config: Any = getattr(transformers, f"{generation}Config")
    config = make_config(
        text_config=text,
        vision_config=vision,
        image_token_id=number("<|image_pad|>"),
        video_token_id=number("<|video_pad|>"),
        vision_start_token_id=number("<|vision_start|>"),
        vision_end_token_id=number("<|vision_end|>"),
        tie_word_embeddings=False,
    )
    torch.manual_seed(0)
    make_model: Any = getattr(transformers, f"{generation}ForConditionalGeneration")
    make_model(config).to(torch.bfloat16).save_pretrained(folder)
    Qwen2VLImageProcessor(
        patch_size=14, merge_size=2, size={"shortest_edge": 3136, "longest_edge": 12_845_056}
    ).save_pretrained(folder)


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_pictures_are_counted_as_the_engine_counts_them(
    generation: str, tiny_checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "older"
    write_older(generation, tiny_checkpoint, folder)
    settings = Settings(
        model=str(folder),
        data_folder=tmp_path / "data",
        max_model_len=WINDOW,
        images_per_prompt=2,
        image_max_pixels=1_048_576,
    )
    service = QwenVisionService(settings)
    engine = engine_without_model(service, monkeypatch)
    image = noise(1024, 736)
    messages, shown = [say("user", image, "What is it?")], keyed(image)
    counted = await service.count_tokens(messages, shown)
    size, prompt = await service._render(engine, messages, shown, pixels=True)
    assert counted == size
    assert counted.image_tokens == 37 * 26
    assert counted.tokens == len(prompt["prompt_token_ids"]), "the processor's own count"
    assert service.status().limits["image_token_edge"] == 28
    # 32×32 pixels a token would have let both of them in
    with pytest.raises(ContextTooLong, match="context window holds 2048"):
        await ask(service, image, noise(1024, 896, seed=1), "And this?", max_tokens=4)


def engine_without_model(service: QwenVisionService, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the service the part of an engine that reads prompts: vLLM's own configuration,
    tokenizer and processor, with no model behind them."""
    import vllm
    from vllm.renderers import renderer_from_config

    def front(arguments: Any) -> Any:
        config = arguments.create_engine_config()
        renderer = renderer_from_config(config)
        return SimpleNamespace(
            vllm_config=config,
            renderer=renderer,
            get_tokenizer=renderer.get_tokenizer,
            errored=False,
        )

    monkeypatch.setattr(vllm, "AsyncLLMEngine", SimpleNamespace(from_engine_args=front))
    lifecycle = service._lifecycle
    lifecycle._factory.prepare()
    lifecycle._supervisor.engine = engine = lifecycle._factory.build()
    lifecycle._publisher.describe(**lifecycle._factory.describe(engine))
    lifecycle._publisher.show("ready")
    return engine
