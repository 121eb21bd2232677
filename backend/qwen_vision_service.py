"""Runs Qwen3-VL in an `AsyncLLMEngine` in this process.

Renders messages and images into prompts, streams the answers, and maps vLLM's exceptions to ours.
The engine is built by `model/vllm/engine_factory.py` and kept alive by `model/vllm/supervisor.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
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
from backend.model.image_size import tokens_per_image
from backend.model.reasoning import ReasoningParser
from backend.model.selection.memory_plan import Plan
from backend.model.service import (
    PREFILL_PRIORITY,
    QUESTION_PRIORITY,
    Delta,
    Images,
    Message,
    ModelStatus,
    ModelSwitcher,
    PromptSize,
    Sampling,
    Usage,
)
from backend.model.vllm.chat_messages import chat_messages, template_arguments
from backend.model.vllm.lifecycle import ModelLifecycle
from backend.model.vllm.qwen_engine import QwenEngine
from backend.model.vllm.token_usage import UsageMeter

log = logging.getLogger(__name__)

#: Attempts to send a prompt. Two simultaneous questions about a new image can each lose it once.
ATTEMPTS = 3


class QwenVisionService:
    """A Qwen vision model on this machine; implements `VisionService`.

    `plan`, `probe_every_s`, `probe_timeout_s`, `idle_s`: see `ModelLifecycle`.
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
        self._lifecycle = ModelLifecycle(
            settings,
            plan,
            self._is_busy,
            probe_every_s=probe_every_s,
            probe_timeout_s=probe_timeout_s,
            idle_s=idle_s,
        )
        #: The running streams by request id; True once they are aborted.
        self._aborted: dict[str, bool] = {}
        self._computed_tokens = 0

    @property
    def switcher(self) -> ModelSwitcher:
        """Switches to another model on this machine."""
        return self._lifecycle

    async def start(self) -> None:
        """Build the engine; returns when the state is `ready` or `failed`, with `error` set."""
        if self.status().state in ("stopped", "failed"):
            await self._lifecycle.start()

    async def stop(self) -> None:
        """End every request and every process of the engine."""
        await self._lifecycle.stop()

    def status(self) -> ModelStatus:
        """The current status."""
        return self._lifecycle.status

    def on_status(self, listener: Callable[[ModelStatus], None]) -> Callable[[], None]:
        """Call `listener` at each change of the status; returns a function that ends this."""
        return self._lifecycle.subscribe(listener)

    @property
    def engine(self) -> Any:
        """The running `AsyncLLMEngine`; a new object after a restart.

        Raises `ModelNotReady` or `EngineRestarting` in any state but `ready`.
        """
        return self._ready_engine().core

    def requests_in_flight(self) -> int:
        """Requests that the engine has queued or is running."""
        engine = self._lifecycle.engine
        return 0 if engine is None else engine.requests_in_flight

    def computed_tokens(self) -> int:
        """Tokens computed since the start, without those taken from the prefix cache."""
        return self._computed_tokens

    # Requests

    async def count_tokens(self, messages: Sequence[Message], images: Images) -> PromptSize:
        """Count the tokens of the rendered prompt, including the generation prompt."""
        await self._lifecycle.wake()
        size, _ = await self._render(self._ready_engine(), messages, images, pixels=False)
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
        """Yield deltas, then exactly one `Usage`. Closing the generator ends the request.

        Wakes a sleeping engine first.
        """
        await self._lifecycle.wake()
        engine = self._ready_engine()
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
            if priority < PREFILL_PRIORITY:  # prefills do not keep the engine awake
                self._lifecycle.touch()

    async def abort(self, request_id: str) -> None:
        """End a stream at once; it finishes with `finish_reason` `abort`."""
        if request_id in self._aborted:
            self._aborted[request_id] = True
            if (engine := self._lifecycle.engine) is not None:
                await engine.abort(request_id)

    async def prefill(
        self, messages: Sequence[Message], images: Images, *, request_id: str
    ) -> Usage:
        """Run the prompt through the model at low priority to cache its prefix."""
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
        raise EngineError("The engine ended a prefill without an answer.")

    async def _answer(
        self,
        engine: QwenEngine,
        messages: Sequence[Message],
        images: Images,
        sampling: Sampling,
        request_id: str,
        priority: int,
        json_schema: Mapping[str, Any] | None,
    ) -> AsyncGenerator[Delta | Usage, None]:
        """Render and generate; again if the engine has lost a cached image."""
        meter = UsageMeter()
        for attempts_left in reversed(range(ATTEMPTS)):
            size, prompt = await self._render(engine, messages, images, pixels=True)
            meter.prompt(size)
            if self._aborted.get(request_id):
                break
            room = min(sampling.max_tokens, self._room(size))
            parameters = _sampling_parameters(replace(sampling, max_tokens=room), json_schema)
            opened = json_schema is None and engine.opens_reasoning(prompt["prompt_token_ids"])
            parser = ReasoningParser(opened=opened)
            outputs = engine.core.generate(prompt, parameters, request_id, priority=priority)
            try:
                async with aclosing(outputs):
                    async for output in outputs:
                        meter.note(output)
                        if text := output.outputs[0].text:
                            for delta in parser.feed(text):
                                yield delta
                for delta in parser.close():
                    yield delta
            finally:
                self._computed_tokens += meter.computed_tokens
            if meter.finish_reason != "error":
                break
            # The engine's core process lacked an image that its front end took for cached. The
            # front end knows that now, so rendering again sends the pixels.
            if not attempts_left or meter.completion_tokens:
                raise EngineError("The engine failed this request. Ask again.")
            log.warning("The engine lost an image of request %s; sending it again", request_id)
        yield meter.usage()

    async def _render(
        self, engine: QwenEngine, messages: Sequence[Message], images: Images, *, pixels: bool
    ) -> tuple[PromptSize, Any]:
        """The prompt's size and, with `pixels`, the prompt in the engine's form.

        Raises `ContextTooLong` for a prompt that leaves no room for an answer, before any image is
        processed.
        """
        from vllm.renderers import ChatParams

        settings = self._lifecycle.settings
        per_image = tokens_per_image(
            messages,
            images,
            min_pixels=settings.image_min_pixels,
            max_pixels=settings.image_max_pixels,
            limit=settings.images_per_prompt,
            edge=engine.token_edge,
        )
        chat = await asyncio.to_thread(
            chat_messages, messages, images, engine.escape_control_tokens, pixels=pixels
        )
        parameters = ChatParams(
            chat_template_kwargs=template_arguments(messages),
            chat_template_content_format="openai",
        )
        renderer = engine.core.renderer
        _, prompt = await renderer.render_messages_async(chat, parameters)
        # The rendered prompt has one placeholder token per image.
        tokens = len(prompt["prompt_token_ids"]) + sum(per_image) - len(per_image)
        size = PromptSize(tokens, sum(per_image))
        if not pixels:
            return size, None
        if self._room(size) < 1:
            raise ContextTooLong(
                f"The question with its drawings and history takes {size.tokens} tokens, "
                f"{size.image_tokens} of them for images. The model's context window holds "
                f"{settings.max_model_len}, including the answer. Ask with fewer images or less "
                "text, or start a new conversation."
            )
        (ready,) = await renderer.render_cmpl_async([prompt])
        return size, ready

    def _room(self, size: PromptSize) -> int:
        return self._lifecycle.settings.max_model_len - size.tokens

    def _is_busy(self) -> bool:
        return bool(self._aborted)

    # Errors

    def _ready_engine(self) -> QwenEngine:
        """The engine in the state `ready`; otherwise raises the error for the current state."""
        engine, status = self._lifecycle.engine, self.status()
        if engine is not None and status.state == "ready":
            return engine
        if status.state == "restarting":
            raise EngineRestarting("The model's engine died and is restarting.", retry_after_s=30)
        if status.state == "failed":
            raise ModelNotReady(status.error or "The model could not be started.")
        if status.state == "stopped":
            raise ModelNotReady("The model is not running.")
        raise ModelNotReady("The model is still loading.", retry_after_s=10)

    def _typed(self, engine: QwenEngine, error: Exception) -> DrawingChatError:
        """Map an engine's exception to ours; only its death concerns other requests."""
        from vllm.exceptions import QueueOverflowError, VLLMValidationError
        from vllm.v1.engine.exceptions import EngineDeadError

        if isinstance(error, EngineDeadError) or engine.errored:
            self._lifecycle.report_death(engine)
            return EngineRestarting(
                "The model's engine died during this answer and is restarting. Ask again in a "
                "minute.",
                retry_after_s=30,
            )
        if isinstance(error, QueueOverflowError):
            return Busy("Too many questions are queued for the model.", retry_after_s=5)
        if isinstance(error, VLLMValidationError):
            log.warning("The engine rejected a request: %s", error)
            return BadRequest(
                "The engine rejected this request: it does not support an option or the JSON "
                "schema."
            )
        log.error("The engine failed a request", exc_info=error)
        return EngineError("The engine failed this request. Ask again, or rephrase the question.")


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
