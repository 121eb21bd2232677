"""Uses model servers that already run: any that speak OpenAI's API, one or several.

`vllm serve`, a cluster behind one address, Ollama, a paid service. What that API does not have
degrades: nothing is read ahead (`prefill`), cached tokens are known only where the server tells
them, tokens before an answer are estimates, and there is no tokenizer whose control tokens could
be asked for (Qwen's are taken). Knows nothing of drawings, conversations or our own HTTP.
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
from backend.model.remote import openai_request as wire
from backend.model.remote import remote_errors as failures
from backend.model.remote.endpoints import CHECK_SECONDS, Endpoint, Endpoints
from backend.model.remote.remote_stream import AnswerReader, until
from backend.model.service import (
    QUESTION_PRIORITY,
    Delta,
    Images,
    Message,
    ModelStatus,
    PromptSize,
    Sampling,
    Usage,
)
from backend.model.status_publisher import StatusPublisher

log = logging.getLogger(__name__)

#: Families that were trained to call tools in the form that `tools/hermes.py` reads.
CALLS_TOOLS = "qwen3-vl"


class RemoteVisionService:
    """See `vision_service.VisionService` for the promises; `check_every_s` seconds lie between
    two looks at each server.

    `failed` before the first server has been found well, `restarting` when none is any more; the
    checks go on in both, and the first that succeeds makes it `ready`.
    """

    supports_prefill = False

    def __init__(self, settings: Settings, *, check_every_s: float = CHECK_SECONDS) -> None:
        self._settings = settings
        self._wanted = settings.model if "model" in settings.model_fields_set else None
        self._check_every_s = check_every_s
        self._endpoints: Endpoints | None = None
        self._board = StatusPublisher(self._wanted or "")
        #: Of the streams that run: set to end one.
        self._ended: dict[str, asyncio.Event] = {}
        self._computed_tokens = 0

    async def start(self) -> None:
        """Look at all servers once; returns when it is `ready` or `failed`."""
        if self._endpoints is not None:
            return
        key = self._settings.remote_api_key
        endpoints = Endpoints(
            self._settings.remote_urls,
            key.get_secret_value() if key else None,
            self._wanted,
            self._check_every_s,
            self._tell,
        )
        self._board.now = replace(
            self._board.now, leaves_machine=not all(one.loopback for one in endpoints.all)
        )
        self._board.show("loading")
        self._endpoints = endpoints
        await endpoints.open()
        self._tell(checked=True)

    async def stop(self) -> None:
        """End every request and all connections; the servers go on."""
        endpoints, self._endpoints = self._endpoints, None
        for ended in self._ended.values():
            ended.set()
        if endpoints is not None:
            await endpoints.close()
        self._board.show("stopped")

    def status(self) -> ModelStatus:
        """The state now."""
        return self._board.now

    def on_status(self, listener: Callable[[ModelStatus], None]) -> Callable[[], None]:
        """Call `listener` on the event loop at each change; returns its removal."""
        return self._board.subscribe(listener)

    def requests_in_flight(self) -> int:
        """Requests that are at a server right now."""
        return len(self._ended)

    def computed_tokens(self) -> int:
        """Tokens that the servers said they took in and wrote, other than from their caches."""
        return self._computed_tokens

    async def count_tokens(self, messages: Sequence[Message], images: Images) -> PromptSize:
        """About the tokens of the prompt, rather too many: see `wire.estimated_tokens`."""
        settings = self._settings
        return await asyncio.to_thread(
            wire.estimated_size,
            messages,
            images,
            min_pixels=settings.image_min_pixels,
            max_pixels=settings.image_max_pixels,
            limit=settings.images_per_prompt,
            edge=token_edge_of(self._board.now.model),
        )

    async def prefill(
        self, messages: Sequence[Message], images: Images, *, request_id: str
    ) -> Usage:
        """Nothing: the API cannot read ahead at low priority, and a paid server would charge it.

        The usage has no tokens.
        """
        return Usage("length", 0, 0, 0, 0, 0.0, 0.0)

    async def abort(self, request_id: str) -> None:
        """End that stream at once; it finishes with `finish_reason` `abort`."""
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
        """Answer: deltas, then exactly one `Usage`. Closing the generator closes the request.

        Before the first delta a server that fails gives way to the next; after it, its failure is
        the answer's. `priority` has no place in the API.
        """
        endpoints = self._ready()
        ended = self._ended[request_id] = asyncio.Event()
        try:
            question, size = await self._question(messages, images, sampling, json_schema)
            tried: list[Endpoint] = []
            error: DrawingChatError = self._not_ready()
            while endpoint := endpoints.next(tried):
                tried.append(endpoint)
                reader = AnswerReader(size, plain=json_schema is not None)
                answer = until(ended, self._chunks(endpoint, question))
                try:
                    async with aclosing(answer) as chunks:
                        async for chunk in chunks:
                            for delta in reader.feed(chunk):
                                yield delta
                    if reader.finish_reason is None and not ended.is_set():
                        raise failures.AnswerCut
                except Exception as cause:
                    failure = self._failed(endpoint, cause, reader.begun, size)
                    if reader.begun or not failure.elsewhere:
                        raise failure.error from cause
                    error = failure.error
                    continue
                for delta in reader.close():
                    yield delta
                if ended.is_set() and self._endpoints is None:
                    raise self._not_ready()
                usage = reader.usage()
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
        """The request, all but the model's name, and its size. Raises `ContextTooLong`."""
        size, window = await self.count_tokens(messages, images), self._window()
        if size.tokens >= window:
            raise ContextTooLong(
                f"The question with its drawings and history has about {size.tokens} tokens, "
                f"{size.image_tokens} of them pictures; the model's window has {window} and the "
                "answer needs room too. Ask with fewer pictures or less text, or start a new "
                "conversation."
            )
        sampling = replace(sampling, max_tokens=min(sampling.max_tokens, window - size.tokens))
        told = await asyncio.to_thread(
            wire.chat_messages,
            messages,
            images,
            min_pixels=self._settings.image_min_pixels,
            max_pixels=self._settings.image_max_pixels,
        )
        return {"messages": told} | wire.options(sampling, json_schema), size

    async def _chunks(
        self, endpoint: Endpoint, question: Mapping[str, Any]
    ) -> AsyncGenerator[Any, None]:
        """The chunks of one answer; closing it closes the connection, which ends the request."""
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
        self, endpoint: Endpoint, cause: Exception, begun: bool, size: PromptSize
    ) -> failures.Failure:
        failure = failures.of_answer(
            cause, endpoint.number, begun=begun, size=size, window=self._window()
        )
        log.warning("Model server %d failed a request: %s", endpoint.number, type(cause).__name__)
        if failure.problem is not None and self._endpoints is not None:
            self._endpoints.lost(endpoint, failure.problem)
        return failure

    # State

    def _tell(self, *, checked: bool = False) -> None:
        """Something may have changed at a server. Before all were `checked` once, nothing is
        lost yet."""
        if self._endpoints is None:
            return
        state, well = self._board.now.state, self._endpoints.well()
        if well:
            name = well[0].model
            self._board.now = replace(self._board.now, model=name)
            self._board.describe(limits=self._limits(), demo=None, tools=_calls_tools(name))
            self._board.show("ready")
            return
        problem = self._endpoints.all[0].problem
        if state == "ready" or state == "restarting":
            self._board.show("restarting", error=problem)
        elif checked or state == "failed":
            self._board.show("failed", error=problem)

    def _window(self) -> int:
        """Tokens of prompt and answer: what all servers have that tell it, at most what is set;
        where none tells, what is set."""
        told = (
            [one.window for one in self._endpoints.well() if one.window] if self._endpoints else []
        )
        if "max_model_len" in self._settings.model_fields_set or not told:
            told.append(self._settings.max_model_len)
        return min(told)

    def _limits(self) -> dict[str, int]:
        settings = self._settings
        return {
            "max_model_len": self._window(),
            "max_num_seqs": settings.max_num_seqs,
            "image_min_pixels": settings.image_min_pixels,
            "image_max_pixels": settings.image_max_pixels,
            "image_token_edge": token_edge_of(self._board.now.model),
            "images_per_prompt": settings.images_per_prompt,
        }

    def _ready(self) -> Endpoints:
        if self._endpoints is None or self._board.now.state != "ready":
            raise self._not_ready()
        return self._endpoints

    def _not_ready(self) -> DrawingChatError:
        status = self._board.now
        if status.state == "failed":
            return ModelNotReady(status.error or "No model server answers.", retry_after_s=10)
        if status.state == "stopped":
            return ModelNotReady("The model is not running.")
        if status.state == "loading":
            return ModelNotReady("The model's servers are being asked.", retry_after_s=5)
        return EngineRestarting(
            status.error or "No model server answers any more.", retry_after_s=10
        )


def _calls_tools(name: str) -> bool:
    return CALLS_TOOLS in name.lower()
