"""Builds the `AsyncLLMEngine` for one model. With `qwen_vision_service` the only vLLM importer."""

from __future__ import annotations

import logging
import os
import warnings
from contextlib import aclosing
from dataclasses import fields
from pathlib import Path
from typing import TypedDict

from backend.config.settings import Settings
from backend.model.service import DemoKind, ImagePart, Message, ModelImage, TextPart
from backend.model.vllm.chat_messages import chat_messages, template_arguments
from backend.model.vllm.engine_args import (
    ENV_DEFAULTS,
    demo_kind,
    engine_args,
    engine_environment,
    refuse_unknown,
)
from backend.model.vllm.engine_processes import EngineProcesses, engine_folder
from backend.model.vllm.qwen_engine import QwenEngine
from backend.model.vllm.socket_folder import SocketFolder

_WARM_UP_SIDE = 256


class ModelFacts(TypedDict):
    """The arguments of `StatusPublisher.describe`."""

    limits: dict[str, int]
    demo: DemoKind | None
    tools: bool


class EngineFactory:
    """Builds engines from `settings`. `prepare` and `build` block and run in the engine's thread.

    `folder`: the checkpoint of a model from the hub, set once it is downloaded.
    """

    def __init__(self, settings: Settings) -> None:
        self.folder: Path | None = None
        self._settings = settings
        self._processes = EngineProcesses(engine_folder(settings.data_folder))
        self._sockets = SocketFolder(settings.data_folder)

    def prepare(self) -> None:
        """Import vLLM, which takes seconds, after setting the environment that it reads.

        A step of its own: see `EngineSupervisor._in_thread`.
        """
        wanted = engine_environment(self._settings, os.sched_getaffinity(0))
        kept = {name: os.environ[name] for name in ENV_DEFAULTS if name in os.environ}
        os.environ.update(wanted | kept | self._processes.environment())
        # vLLM logs through our handlers until it has configured its own.
        logging.getLogger("vllm").setLevel(os.environ["VLLM_LOGGING_LEVEL"].upper())
        warnings.filterwarnings("ignore", "`torch.distributed.reduce_op` is", FutureWarning)
        from vllm import AsyncEngineArgs, AsyncLLMEngine  # noqa: F401
        from vllm.envs import disable_envs_cache

        disable_envs_cache()  # a previous engine may have had other settings

    def build(self) -> QwenEngine:
        """Start the engine's processes and load the model.

        Raises `SettingsError` for engine arguments that this vLLM does not have.
        """
        from vllm import AsyncEngineArgs, AsyncLLMEngine
        from vllm.envs import enable_envs_cache

        arguments = engine_args(self._settings)
        if self.folder is not None:  # complete on disk: the engine need not ask the hub
            arguments |= {"model": str(self.folder), "revision": None}
        refuse_unknown(arguments, {field.name for field in fields(AsyncEngineArgs)})
        with self._sockets.in_environment():
            core = AsyncLLMEngine.from_engine_args(AsyncEngineArgs(**arguments))
        enable_envs_cache()  # otherwise its statistics read the environment for each token
        return QwenEngine(core)

    def describe(self, engine: QwenEngine) -> ModelFacts:
        """The info about the model that its status reports."""
        return {
            "limits": engine.limits(self._settings),
            "demo": demo_kind(self._settings),
            "tools": engine.calls_tools,
        }

    async def warm_up(self, engine: QwenEngine) -> None:
        """Answer one short prompt with an image, so that the first user does not wait for it."""
        from vllm import SamplingParams
        from vllm.renderers import ChatParams

        side = _WARM_UP_SIDE
        image = ModelImage("warm-up", side, side, bytes(side * side * 3))
        messages = [Message("user", (ImagePart(image.key), TextPart("warm-up")))]
        chat = chat_messages(
            messages, {image.key: image}, engine.escape_control_tokens, pixels=True
        )
        parameters = ChatParams(
            chat_template_kwargs=template_arguments(messages),
            chat_template_content_format="openai",
        )
        renderer = engine.core.renderer
        _, rendered = await renderer.render_messages_async(chat, parameters)
        (prompt,) = await renderer.render_cmpl_async([rendered])
        outputs = engine.core.generate(
            prompt, SamplingParams(max_tokens=2, temperature=0), "warm-up"
        )
        async with aclosing(outputs):
            async for _ in outputs:
                continue
