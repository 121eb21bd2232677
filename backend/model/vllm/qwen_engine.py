"""One running `AsyncLLMEngine`, with the info about its model that a service needs.

Reads the engine by its attributes; does not import vLLM.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend.config.settings import Settings
from backend.model.control_tokens import TOOL_CALL, ControlTokens
from backend.model.reasoning import OPENING_TAG

#: Tokens in which the end of a prompt is searched for `<think>`: seven characters and white space,
#: in a tokenizer that may have single characters only.
_OPENING_TAG_TOKENS = 16


class QwenEngine:
    """`core` is the `AsyncLLMEngine`; `token_edge` the side of one image token in pixels.

    `calls_tools`: whether the model was trained to call tools.
    """

    def __init__(self, core: Any) -> None:
        self.core = core
        vocabulary = core.get_tokenizer().get_added_vocab()
        self.escape_control_tokens = ControlTokens(vocabulary).escape
        self.calls_tools = TOOL_CALL in vocabulary
        vision = core.vllm_config.model_config.hf_config.vision_config
        self.token_edge = int(vision.patch_size * vision.spatial_merge_size)

    @property
    def errored(self) -> bool:
        """Whether the engine is dead."""
        return bool(self.core.errored)

    @property
    def requests_in_flight(self) -> int:
        """Requests that are queued or running."""
        return int(self.core.get_num_unfinished_requests())

    def limits(self, settings: Settings) -> dict[str, int]:
        """The limits that `/api/model` reports."""
        cache = self.core.vllm_config.cache_config
        return {
            "max_model_len": settings.max_model_len,
            "max_num_seqs": settings.max_num_seqs,
            "image_min_pixels": settings.image_min_pixels,
            "image_max_pixels": settings.image_max_pixels,
            "image_token_edge": self.token_edge,
            "images_per_prompt": settings.images_per_prompt,
            "kv_block_tokens": int(cache.block_size or 0),
            "kv_cache_tokens": int((cache.num_gpu_blocks or 0) * (cache.block_size or 0)),
        }

    def opens_reasoning(self, prompt_token_ids: Sequence[int]) -> bool:
        """Whether the prompt ends inside a `<think>` block, opened by the chat template."""
        end = self.core.get_tokenizer().decode(prompt_token_ids[-_OPENING_TAG_TOKENS:])
        return bool(end.rstrip().endswith(OPENING_TAG))

    async def is_sleeping(self) -> bool:
        """Whether the engine sleeps; the answer comes from its core process."""
        return bool(await self.core.is_sleeping())

    async def sleep(self, level: int) -> None:
        """Release GPU memory; see vLLM's sleep levels."""
        await self.core.sleep(level=level)

    async def wake_up(self) -> None:
        """Load the weights back onto the GPU."""
        await self.core.wake_up()

    async def abort(self, request_id: str) -> None:
        """End a request; its stream finishes with the reason `abort`."""
        await self.core.abort(request_id)

    def shutdown(self, timeout: float) -> None:
        """End the engine's processes, forcibly after `timeout` seconds."""
        self.core.shutdown(timeout=timeout)
