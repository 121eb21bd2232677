"""A process with an `AsyncLLMEngine` and nothing else; driven by `serving_cost.py`.

Reads `STREAMS TOKENS` lines from standard input and answers each with `TOKENS n`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any


async def one(engine: Any, number: str, tokens: int) -> int:
    """Run one stream; returns its number of tokens."""
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    sampling = SamplingParams(
        max_tokens=tokens, temperature=1, seed=1, output_kind=RequestOutputKind.DELTA
    )
    made = 0
    async for output in engine.generate(f"Question {number}?", sampling, number):
        made += len(output.outputs[0].token_ids)
    return made


async def main(values: dict[str, Any]) -> None:
    """Run rounds until standard input ends."""
    from vllm import AsyncEngineArgs, AsyncLLMEngine

    arguments = AsyncEngineArgs(**values)
    engine = await asyncio.to_thread(AsyncLLMEngine.from_engine_args, arguments)
    print("TOKENS 0", flush=True)
    serial = 0
    while line := await asyncio.to_thread(sys.stdin.readline):
        streams, tokens = map(int, line.split())
        serial += 1
        made = await asyncio.gather(
            *(one(engine, f"{serial}-{number}", tokens) for number in range(streams))
        )
        print(f"TOKENS {sum(made)}", flush=True)
    engine.shutdown()


if __name__ == "__main__":
    os.environ.setdefault("VLLM_WORKER_MULTIPROC_METHOD", "spawn")
    os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")
    asyncio.run(main(json.loads(sys.argv[1])))
