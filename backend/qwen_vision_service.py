"""Runs Qwen3-VL in an `AsyncLLMEngine` of this process: the only module that imports vLLM.

`QwenVisionService` turns messages and pictures into streams of text. What needs no vLLM is in
the folder `engine/`, its life and death in `engine/supervisor.py`, which model it is in
`qwen_model.py`; drawings, conversations and HTTP are unknown here.
"""

from __future__ import annotations

import asyncio
import logging
import os
import warnings
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import fields, replace
from typing import Any

from backend.config.settings import Settings
from backend.errors import (
    BadRequest,
    Busy,
    ContextTooLong,
    DrawingChatError,
    EngineError,
    EngineRestarting,
    ModelNotReady,
)
from backend.model.image_size import TOKEN_EDGE
from backend.model.reasoning import OPENS, ReasoningParser
from backend.model.selection.plan import Plan
from backend.model.service import (
    PREFILL_PRIORITY,
    QUESTION_PRIORITY,
    Delta,
    ImagePart,
    Images,
    Message,
    ModelImage,
    ModelStatus,
    PromptSize,
    Sampling,
    TextPart,
    Usage,
)
from backend.model.vllm.chat_messages import TOOL_CALL, Neutraliser, chat_messages, picture_tokens
from backend.model.vllm.engine_args import (
    ENV_DEFAULTS,
    demo_kind,
    engine_args,
    engine_environment,
    refuse_unknown,
)
from backend.model.vllm.lifecycle import QwenModel
from backend.model.vllm.token_usage import UsageMeter

log = logging.getLogger(__name__)

#: Times that a prompt is sent. Two questions about a new picture at the same moment can each
#: lose it once.
TRIES = 3


class QwenVisionService:
    """One model on this machine; see `vision_service.VisionService` for the promises.

    `plan`, `probe_every_s`, `probe_timeout_s`, `idle_s`: see `QwenModel`.
    """

    supports_prefill = True

    def __init__(
        self,
        settings: Settings,
        plan: Plan | None = None,
        *,
        probe_every_s: float = 4.0,
        probe_timeout_s: float = 20.0,
        idle_s: float | None = None,
    ) -> None:
        self._model = QwenModel(
            self,
            settings,
            plan,
            self._has_streams,
            probe_every_s=probe_every_s,
            probe_timeout_s=probe_timeout_s,
            idle_s=idle_s,
        )
        self._neutralise = Neutraliser(())
        self._calls_tools = False
        self._token_edge = TOKEN_EDGE
        #: Requests of the streams that run, and whether they were told to end.
        self._aborted: dict[str, bool] = {}
        self._computed_tokens = 0

    async def start(self) -> None:
        """Build the engine; returns when it is `ready` or `failed` (the status says why)."""
        if self.status().state in ("stopped", "failed"):
            await self._model.start()

    async def stop(self) -> None:
        """End every request and process of the engine."""
        await self._model.stop()

    async def bring(self, settings: Settings) -> None:
        """Fetch another model, if it is not here, while this one serves. Raises `BadModel`."""
        await self._model.bring(settings)

    async def switch(self, settings: Settings, plan: Plan | None) -> str | None:
        """Change to another model; why it failed, where it did and the old one is back.

        No request may run.
        """
        return await self._model.switch(settings, plan)

    def _has_streams(self) -> bool:
        return bool(self._aborted)

    def status(self) -> ModelStatus:
        """The state now."""
        return self._model.board.now

    def on_status(self, listener: Callable[[ModelStatus], None]) -> Callable[[], None]:
        """Call `listener` on the event loop at each change; returns its removal."""
        return self._model.board.subscribe(listener)

    @property
    def engine(self) -> Any:
        """The running `AsyncLLMEngine`; a new object after a restart. Raises as `stream`, also
        where it sleeps."""
        if self._model.supervisor.engine is None or self._model.board.now.state != "ready":
            raise self._not_ready()
        return self._model.supervisor.engine

    def requests_in_flight(self) -> int:
        """Requests that the engine holds right now."""
        engine = self._model.supervisor.engine
        return 0 if engine is None else int(engine.get_num_unfinished_requests())

    def computed_tokens(self) -> int:
        """Tokens that the engine has taken in and written, other than from its cache."""
        return self._computed_tokens

    # Requests

    async def count_tokens(self, messages: Sequence[Message], images: Images) -> PromptSize:
        """Tokens of the rendered prompt, generation prompt included."""
        await self._model.idle.wake()
        size, _ = await self._render(self.engine, messages, images, pixels=False)
        return size

    async def stream(
        self,
        messages: Sequence[Message],
        images: Images,
        sampling: Sampling,
        *,
        request_id: str,
        priority: int = QUESTION_PRIORITY,
        json_schema: Mapping[str, Any] | None = None,
    ) -> AsyncGenerator[Delta | Usage, None]:
        """Answer: deltas, then exactly one `Usage`. Closing the generator frees the engine.

        An engine that sleeps is woken first.
        """
        await self._model.idle.wake()
        engine = self.engine
        answer = self._answer(engine, messages, images, sampling, request_id, priority, json_schema)
        self._aborted[request_id] = False
        try:
            async with aclosing(answer):
                async for item in answer:
                    yield item
        except DrawingChatError:
            raise
        except Exception as error:
            raise self._typed(engine, error) from error
        finally:
            del self._aborted[request_id]
            if priority < PREFILL_PRIORITY:  # reading ahead keeps nobody awake
                self._model.idle.used()

    async def abort(self, request_id: str) -> None:
        """End that stream at once; it finishes with `finish_reason` `abort`."""
        if request_id in self._aborted:
            self._aborted[request_id] = True
            if self._model.supervisor.engine is not None:
                await self._model.supervisor.engine.abort(request_id)

    async def prefill(
        self, messages: Sequence[Message], images: Images, *, request_id: str
    ) -> Usage:
        """Run the prompt through the model at low priority, so that its prefix is cached."""
        stream = self.stream(
            messages,
            images,
            Sampling(max_tokens=1),
            request_id=request_id,
            priority=PREFILL_PRIORITY,
        )
        async with aclosing(stream) as items:
            async for item in items:
                if isinstance(item, Usage):
                    return item
        raise EngineError("The engine ended a prefill without a word.")

    async def _answer(
        self,
        engine: Any,
        messages: Sequence[Message],
        images: Images,
        sampling: Sampling,
        request_id: str,
        priority: int,
        json_schema: Mapping[str, Any] | None,
    ) -> AsyncGenerator[Delta | Usage, None]:
        """Render and generate, again if the engine has lost a picture it knew."""
        meter = UsageMeter()
        for tries_left in reversed(range(TRIES)):
            size, prompt = await self._render(engine, messages, images, pixels=True)
            meter.prompt(size)
            if self._aborted.get(request_id):
                break
            room = min(sampling.max_tokens, self._room(size))
            parameters = _sampling_parameters(replace(sampling, max_tokens=room), json_schema)
            opened = json_schema is None and _opens_thought(engine, prompt)
            thoughts = ReasoningParser(opened=opened)
            outputs = engine.generate(prompt, parameters, request_id, priority=priority)
            try:
                async with aclosing(outputs):
                    async for output in outputs:
                        meter.note(output)
                        if text := output.outputs[0].text:
                            for delta in thoughts.feed(text):
                                yield delta
                for delta in thoughts.close():
                    yield delta
            finally:
                self._computed_tokens += meter.computed_tokens
            if meter.finish_reason != "error":
                break
            # The engine and its front disagreed on which pictures are cached. The front has
            # been told; rendering again sends the pixels.
            if not tries_left or meter.completion_tokens:
                raise EngineError("The engine failed this request. Ask again.")
            log.warning("The engine had lost a picture of request %s: sent again", request_id)
        yield meter.usage()

    async def _render(
        self, engine: Any, messages: Sequence[Message], images: Images, *, pixels: bool
    ) -> tuple[PromptSize, Any]:
        """The prompt's size and, with `pixels`, the prompt as the engine takes it.

        Raises `ContextTooLong` for a prompt that is to be answered and does not fit; it is
        measured before any picture is worked on.
        """
        from vllm.renderers import ChatParams

        settings = self._model.settings
        per_image = picture_tokens(
            messages,
            images,
            min_pixels=settings.image_min_pixels,
            max_pixels=settings.image_max_pixels,
            limit=settings.images_per_prompt,
            edge=self._token_edge,
        )
        chat = await asyncio.to_thread(
            chat_messages, messages, images, self._neutralise, pixels=pixels
        )
        parameters = ChatParams(
            chat_template_kwargs={"add_generation_prompt": True, **_tools(messages)},
            chat_template_content_format="openai",
        )
        _, prompt = await engine.renderer.render_messages_async(chat, parameters)
        # The rendered prompt has one token in each picture's place.
        tokens = len(prompt["prompt_token_ids"]) + sum(per_image) - len(per_image)
        size = PromptSize(tokens, sum(per_image))
        if not pixels:
            return size, None
        if self._room(size) < 1:
            raise ContextTooLong(
                f"The question with its drawings and history has {size.tokens} tokens, "
                f"{size.image_tokens} of them pictures; the model's window has "
                f"{settings.max_model_len} and the answer needs room too. Ask with fewer "
                "pictures or less text, or start a new conversation."
            )
        (ready,) = await engine.renderer.render_cmpl_async([prompt])
        return size, ready

    def _room(self, size: PromptSize) -> int:
        return self._model.settings.max_model_len - size.tokens

    # How the supervisor makes an engine

    def prepare(self) -> None:
        """Import vLLM, which takes seconds; what it reads from the environment is set before."""
        wanted = engine_environment(self._model.settings, os.sched_getaffinity(0))
        kept = {name: os.environ[name] for name in ENV_DEFAULTS if name in os.environ}
        os.environ.update(wanted | kept | self._model.supervisor.processes.environment())
        # Until vLLM has set up a log of its own, it speaks through ours.
        logging.getLogger("vllm").setLevel(os.environ["VLLM_LOGGING_LEVEL"].upper())
        warnings.filterwarnings("ignore", "`torch.distributed.reduce_op` is", FutureWarning)
        from vllm import AsyncEngineArgs, AsyncLLMEngine  # noqa: F401
        from vllm.envs import disable_envs_cache

        disable_envs_cache()  # of an engine before, which may have had other settings

    def build(self) -> Any:
        """Make the engine; blocks for as long as the model loads."""
        from vllm import AsyncEngineArgs, AsyncLLMEngine
        from vllm.envs import enable_envs_cache

        arguments = engine_args(self._model.settings)
        if self._model.folder is not None:  # all of it is here: the engine asks the hub for nothing
            arguments |= {"model": str(self._model.folder), "revision": None}
        refuse_unknown(arguments, {field.name for field in fields(AsyncEngineArgs)})
        with self._model.supervisor.sockets.named():
            engine = AsyncLLMEngine.from_engine_args(AsyncEngineArgs(**arguments))
        enable_envs_cache()  # else its statistics ask the environment for each token
        tokens = engine.get_tokenizer().get_added_vocab()
        self._neutralise = Neutraliser(tokens)
        self._calls_tools = TOOL_CALL in tokens
        vision = engine.vllm_config.model_config.hf_config.vision_config
        self._token_edge = vision.patch_size * vision.spatial_merge_size
        return engine

    async def warm_up(self, engine: Any) -> None:
        """One small question with a picture, so that the first person does not wait for it."""
        side = 256
        image = ModelImage("warm-up", side, side, bytes(side * side * 3))
        message = Message("user", (ImagePart(image.key), TextPart("warm-up")))
        answer = self._answer(
            engine, [message], {image.key: image}, Sampling(max_tokens=2), "warm-up", 0, None
        )
        async for _ in answer:
            continue

    def built(self, engine: Any) -> None:
        """Tell what is known of the model now."""
        settings, cache = self._model.settings, engine.vllm_config.cache_config
        limits = {
            "max_model_len": settings.max_model_len,
            "max_num_seqs": settings.max_num_seqs,
            "image_min_pixels": settings.image_min_pixels,
            "image_max_pixels": settings.image_max_pixels,
            "image_token_edge": self._token_edge,
            "images_per_prompt": settings.images_per_prompt,
            "kv_block_tokens": int(cache.block_size or 0),
            "kv_cache_tokens": int((cache.num_gpu_blocks or 0) * (cache.block_size or 0)),
        }
        kind = demo_kind(settings)
        self._model.board.describe(limits=limits, demo=kind, tools=self._calls_tools)

    # Errors

    def _not_ready(self) -> DrawingChatError:
        status = self._model.board.now
        if status.state == "restarting":
            return EngineRestarting(
                "The model's engine has died and is being built again.", retry_after_s=30
            )
        if status.state == "failed":
            return ModelNotReady(status.error or "The model could not be started.")
        if status.state == "stopped":
            return ModelNotReady("The model is not running.")
        return ModelNotReady("The model is still loading.", retry_after_s=10)

    def _typed(self, engine: Any, error: Exception) -> DrawingChatError:
        """The engine's exception as one of ours; only a death concerns other requests."""
        from vllm.exceptions import QueueOverflowError, VLLMValidationError
        from vllm.v1.engine.exceptions import EngineDeadError

        if isinstance(error, EngineDeadError) or engine.errored:
            self._model.supervisor.died(engine)
            return EngineRestarting(
                "The model's engine has died in the middle of this answer and is being built "
                "again. Ask again in a minute.",
                retry_after_s=30,
            )
        if isinstance(error, QueueOverflowError):
            return Busy("Too many questions wait for the model.", retry_after_s=5)
        if isinstance(error, VLLMValidationError):
            log.warning("The engine refused a request: %s", error)
            return BadRequest(
                "The engine refuses this request: an option or a JSON schema that it does not know."
            )
        log.error("The engine failed a request", exc_info=error)
        return EngineError("The engine failed this request. Ask again, or ask differently.")


def _tools(messages: Sequence[Message]) -> dict[str, Any]:
    """What the chat template is to print of the tools."""
    tools = [dict(tool) for message in messages for tool in message.tools]
    return {"tools": tools} if tools else {}


def _opens_thought(engine: Any, prompt: Any) -> bool:
    """Whether the chat template lets the answer begin inside a thought."""
    # A tag of seven characters and white space, in a tokenizer that may know single characters.
    end = engine.get_tokenizer().decode(prompt["prompt_token_ids"][-16:])
    return bool(end.rstrip().endswith(OPENS))


def _sampling_parameters(sampling: Sampling, json_schema: Mapping[str, Any] | None) -> Any:
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

    return SamplingParams(
        max_tokens=sampling.max_tokens,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        top_k=sampling.top_k,
        presence_penalty=sampling.presence_penalty,
        frequency_penalty=sampling.frequency_penalty,
        repetition_penalty=sampling.repetition_penalty,
        seed=sampling.seed,
        stop=list(sampling.stop),
        ignore_eos=sampling.ignore_eos,
        output_kind=RequestOutputKind.DELTA,
        structured_outputs=(
            None if json_schema is None else StructuredOutputsParams(json=dict(json_schema))
        ),
    )
