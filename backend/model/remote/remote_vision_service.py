"""Answers with model servers that already run and speak OpenAI's chat API, one or several.

For example `vllm serve`, a cluster behind one address, Ollama, or a paid service. Features that
the API lacks degrade: there is no prefill, cached tokens are known only if the server reports
them, prompt sizes are estimates, and Qwen's control tokens are assumed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from backend.config.settings import Settings
from backend.errors import ContextTooLong, DrawingChatError, EngineRestarting, ModelNotReady
from backend.model.image_size import token_edge_of
from backend.model.remote import openai_request, remote_errors
from backend.model.remote.endpoints import CHECK_SECONDS, Endpoint, Endpoints, is_loopback_url
from backend.model.remote.remote_stream import AnswerParser, until
from backend.model.service import (
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
from backend.model.status_publisher import StatusPublisher

log = logging.getLogger(__name__)

#: Name of the family that was trained to call tools in the format that `tools/hermes.py` parses.
TOOL_CALLING_FAMILY = "qwen3-vl"


class RemoteVisionService:
    """Implements `VisionService`; each server is checked every `check_every_s` seconds.

    The state is `failed` until a server has passed its check, and `restarting` after all have been
    lost. The checks continue in both states; the first success makes it `ready`.
    """

    supports_prefill = False
    #: The servers load their own models.
    switcher: ModelSwitcher | None = None

    def __init__(self, settings: Settings, *, check_every_s: float = CHECK_SECONDS) -> None:
        self._settings = settings
        self._wanted = settings.model if "model" in settings.model_fields_set else None
        self._check_every_s = check_every_s
        self._endpoints: Endpoints | None = None
        leaves_machine = not all(is_loopback_url(url) for url in settings.remote_urls)
        self._publisher = StatusPublisher(self._wanted or "", leaves_machine=leaves_machine)
        #: The running streams by request id; setting the event ends the stream.
        self._ended: dict[str, asyncio.Event] = {}
        self._computed_tokens = 0

    async def start(self) -> None:
        """Check all servers once; returns when the state is `ready` or `failed`."""
        if self._endpoints is not None:
            return
        key = self._settings.remote_api_key
        endpoints = Endpoints(
            self._settings.remote_urls,
            key.get_secret_value() if key else None,
            self._wanted,
            self._check_every_s,
            self._update,
        )
        self._publisher.show("loading")
        self._endpoints = endpoints
        await endpoints.open()
        self._update(checked=True)

    async def stop(self) -> None:
        """End every request and close all connections; the servers keep running."""
        endpoints, self._endpoints = self._endpoints, None
        for ended in self._ended.values():
            ended.set()
        if endpoints is not None:
            await endpoints.close()
        self._publisher.show("stopped")

    def status(self) -> ModelStatus:
        """The current status."""
        return self._publisher.status

    def on_status(self, listener: Callable[[ModelStatus], None]) -> Callable[[], None]:
        """Call `listener` at each change of the status; returns a function that ends this."""
        return self._publisher.subscribe(listener)

    def requests_in_flight(self) -> int:
        """Requests that are sent to a server and not finished."""
        return len(self._ended)

    def computed_tokens(self) -> int:
        """Tokens computed since the start, as reported by the servers."""
        return self._computed_tokens

    async def count_tokens(self, messages: Sequence[Message], images: Images) -> PromptSize:
        """Estimate the tokens of the prompt conservatively; see `estimated_tokens`."""
        settings = self._settings
        return await asyncio.to_thread(
            openai_request.estimated_size,
            messages,
            images,
            min_pixels=settings.image_min_pixels,
            max_pixels=settings.image_max_pixels,
            limit=settings.images_per_prompt,
            edge=token_edge_of(self._publisher.status.model),
        )

    async def prefill(
        self, messages: Sequence[Message], images: Images, *, request_id: str
    ) -> Usage:
        """Do nothing: the API has no priorities, and a paid service would charge for it.

        Returns a usage without tokens.
        """
        return Usage("length", 0, 0, 0, 0, 0.0, 0.0)

    async def abort(self, request_id: str) -> None:
        """End a stream at once; it finishes with `finish_reason` `abort`."""
        if request_id in self._ended:
            self._ended[request_id].set()

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

        If a server fails before the first delta, the next one is asked; later, the answer fails.
        `priority` is ignored: the API has none.
        """
        endpoints = self._ready()
        ended = self._ended[request_id] = asyncio.Event()
        try:
            question, size = await self._question(messages, images, sampling, json_schema)
            tried: list[Endpoint] = []
            error: DrawingChatError = self._not_ready()
            while endpoint := endpoints.next(tried):
                tried.append(endpoint)
                parser = AnswerParser(size, plain=json_schema is not None)
                answer = until(ended, self._chunks(endpoint, question))
                try:
                    async with aclosing(answer) as chunks:
                        async for chunk in chunks:
                            for delta in parser.feed(chunk):
                                yield delta
                    if parser.finish_reason is None and not ended.is_set():
                        raise remote_errors.AnswerTruncated
                except Exception as cause:
                    failure = self._failed(endpoint, cause, parser.started, size)
                    if parser.started or not failure.try_next:
                        raise failure.error from cause
                    error = failure.error
                    continue
                for delta in parser.close():
                    yield delta
                if ended.is_set() and self._endpoints is None:
                    raise self._not_ready()
                usage = parser.usage()
                self._computed_tokens += (
                    usage.prompt_tokens - usage.cached_tokens + usage.completion_tokens
                )
                yield usage
                return
            raise error
        finally:
            del self._ended[request_id]

    async def _question(
        self,
        messages: Sequence[Message],
        images: Images,
        sampling: Sampling,
        json_schema: Mapping[str, Any] | None,
    ) -> tuple[dict[str, Any], PromptSize]:
        """The request without the model's name, and its size. Raises `ContextTooLong`."""
        size, window = await self.count_tokens(messages, images), self._window()
        if size.tokens >= window:
            raise ContextTooLong(
                f"The question with its drawings and history takes about {size.tokens} tokens, "
                f"{size.image_tokens} of them for images. The model's context window holds "
                f"{window}, including the answer. Ask with fewer images or less text, or start a "
                "new conversation."
            )
        sampling = replace(sampling, max_tokens=min(sampling.max_tokens, window - size.tokens))
        sent = await asyncio.to_thread(
            openai_request.chat_messages,
            messages,
            images,
            min_pixels=self._settings.image_min_pixels,
            max_pixels=self._settings.image_max_pixels,
        )
        return {"messages": sent} | openai_request.options(sampling, json_schema), size

    async def _chunks(
        self, endpoint: Endpoint, question: Mapping[str, Any]
    ) -> AsyncGenerator[Any, None]:
        """The chunks of one answer. Closing the generator closes the connection, which ends the
        request."""
        stream = await endpoint.client.chat.completions.create(
            model=endpoint.model,
            stream=True,
            stream_options={"include_usage": True},
            **question,
        )
        try:
            async for chunk in stream:
                yield chunk
        finally:
            await stream.close()

    def _failed(
        self, endpoint: Endpoint, cause: Exception, started: bool, size: PromptSize
    ) -> remote_errors.Failure:
        failure = remote_errors.answer_failure(
            cause, endpoint.number, started=started, size=size, window=self._window()
        )
        log.warning("Model server %d failed a request: %s", endpoint.number, type(cause).__name__)
        if failure.problem is not None and self._endpoints is not None:
            self._endpoints.lost(endpoint, failure.problem)
        return failure

    # State

    def _update(self, *, checked: bool = False) -> None:
        """Publish the state after a server's check or loss.

        `checked`: all servers have been checked once; before that none can be lost.
        """
        if self._endpoints is None:
            return
        state, healthy = self._publisher.status.state, self._endpoints.healthy()
        if healthy:
            name = healthy[0].model
            self._publisher.rename(name, None)
            self._publisher.describe(limits=self._limits(), demo=None, tools=_calls_tools(name))
            self._publisher.show("ready")
            return
        problem = self._endpoints.all[0].problem
        if state == "ready" or state == "restarting":
            self._publisher.show("restarting", error=problem)
        elif checked or state == "failed":
            self._publisher.show("failed", error=problem)

    def _window(self) -> int:
        """The context window in tokens: the smallest that a healthy server reports, limited by
        the setting if that was given; the setting if no server reports one."""
        healthy = self._endpoints.healthy() if self._endpoints else []
        windows = [one.window for one in healthy if one.window]
        if "max_model_len" in self._settings.model_fields_set or not windows:
            windows.append(self._settings.max_model_len)
        return min(windows)

    def _limits(self) -> dict[str, int]:
        settings = self._settings
        return {
            "max_model_len": self._window(),
            "max_num_seqs": settings.max_num_seqs,
            "image_min_pixels": settings.image_min_pixels,
            "image_max_pixels": settings.image_max_pixels,
            "image_token_edge": token_edge_of(self._publisher.status.model),
            "images_per_prompt": settings.images_per_prompt,
        }

    def _ready(self) -> Endpoints:
        if self._endpoints is None or self._publisher.status.state != "ready":
            raise self._not_ready()
        return self._endpoints

    def _not_ready(self) -> DrawingChatError:
        status = self._publisher.status
        if status.state == "failed":
            return ModelNotReady(status.error or "No model server responds.", retry_after_s=10)
        if status.state == "stopped":
            return ModelNotReady("The model is not running.")
        if status.state == "loading":
            return ModelNotReady("The model servers are being checked.", retry_after_s=5)
        return EngineRestarting(
            status.error or "No model server responds any more.", retry_after_s=10
        )


def _calls_tools(name: str) -> bool:
    return TOOL_CALLING_FAMILY in name.lower()
