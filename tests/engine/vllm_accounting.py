"""Asks vLLM what it takes for each checkpoint folder given: prints one JSON line for each.

A program of its own, as vLLM is then loaded in one process (`VLLM_ENABLE_V1_MULTIPROCESSING=0`)
whose model and cache can be looked at.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from typing import Any

os.environ |= {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_NO_USAGE_STATS": "1",
    "HF_HUB_OFFLINE": "1",
}


#: Bytes of the model's parameters as loaded; a CPU packs some away afterwards.
loaded: list[int] = []


def note_weights() -> None:
    """Have vLLM note the parameters' bytes between loading and packing them."""
    from vllm.model_executor.model_loader import base_loader

    pack = base_loader.process_weights_after_loading

    def noting(model: Any, *rest: Any) -> None:
        seen = {p.data_ptr(): p.numel() * p.element_size() for p in model.parameters()}
        loaded.append(sum(seen.values()))
        pack(model, *rest)

    base_loader.process_weights_after_loading = noting


def figures(folder: str) -> dict[str, Any]:
    """Bytes of weights, bytes of KV cache a token, tokens of one GiB, as vLLM has them."""
    from vllm import LLM

    llm = LLM(
        folder,
        load_format="dummy",
        dtype="bfloat16",
        enforce_eager=True,
        max_model_len=2048,
        max_num_seqs=2,
        limit_mm_per_prompt={"image": 1, "video": 0},
        mm_processor_kwargs={"size": {"shortest_edge": 65_536, "longest_edge": 262_144}},
    )
    executor: Any = llm.llm_engine.model_executor
    runner = executor.driver_worker.worker.model_runner
    specs = runner.get_kv_cache_spec().values()
    cache = llm.llm_engine.vllm_config.cache_config
    return {
        "weights": loaded[-1],
        "kv_bytes_per_token": sum(one.page_size_bytes / one.block_size for one in specs),
        "kv_tokens": cache.num_gpu_blocks * cache.block_size,
    }


if __name__ == "__main__":
    note_weights()
    for folder in sys.argv[1:]:
        print("figures " + json.dumps(figures(folder)), flush=True)
        gc.collect()
