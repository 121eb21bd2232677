"""OpenAI-compatible routes over the same engine: `/v1/models`, `/v1/chat/completions`.

Stateless: nothing is stored. Shares the request queue with the chat, so that neither starves the
other. `chat_requests.py` parses the requests.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from backend.errors import DrawingChatError, EngineError, NotFound
from backend.http.app_state import AppState, State
from backend.http.openai_errors import PREFIX, error_values
from backend.model.service import Delta, Usage
from backend.openai.chat_requests import ChatRequest, read_messages
from backend.requests.disconnect import unless_gone
from backend.requests.owner import Owner

router = APIRouter(prefix=PREFIX)

Answer = AsyncGenerator[Delta | Usage, None]


@router.get("/models")
async def models(state: State) -> dict[str, Any]:
    """The model that this server runs."""
    return {"object": "list", "data": [_model(state)]}


@router.get("/models/{model:path}")
async def one_model(model: str, state: State) -> dict[str, Any]:
    """The model, if it has this name."""
    _check_model(model, state)
    return _model(state)


@router.post(
    "/chat/completions",
    response_model=None,
    responses={200: {"content": {"application/json": {}, "text/event-stream": {}}}},
)
async def chat_completions(
    body: ChatRequest, request: Request, owner: Owner, state: State
) -> Response:
    """Answer a chat, in one body or as server-sent events."""
    identifier = "chatcmpl-" + secrets.token_hex(16)
    answer = _answer(body, owner, state, identifier)
    responses = _Responses(identifier, state.service.status().model)
    try:
        return await unless_gone(request, _respond(body, answer, responses))
    except DrawingChatError as error:
        return JSONResponse(_error(error), error.status)


async def _respond(body: ChatRequest, answer: Answer, responses: _Responses) -> Response:
    # Wait for the first item before the status line, so that a refusal gets its own status.
    first = await anext(answer)
    if not body.stream:
        return await responses.whole(first, answer)
    with_usage = bool(body.stream_options and body.stream_options.include_usage)
    return _Events(responses.events(first, answer, with_usage))


async def _answer(body: ChatRequest, owner: str, state: AppState, identifier: str) -> Answer:
    settings = state.settings
    _check_model(body.model, state)
    messages, images = await asyncio.to_thread(
        read_messages,
        body,
        min_pixels=settings.image_min_pixels,
        max_pixels=settings.image_max_pixels,
    )
    async with state.turns.slot(owner):
        window = state.service.status().limits.get("max_model_len", settings.max_model_len)
        stream = state.service.stream(
            messages,
            images,
            body.sampling(window),
            request_id=identifier,
            json_schema=body.schema_for_answer(),
        )
        async with aclosing(stream):
            async for item in stream:
                yield item


def _model(state: AppState) -> dict[str, Any]:
    status = state.service.status()
    return {
        "id": status.model,
        "object": "model",
        "created": 0,
        "owned_by": "drawing-chat",
        "max_model_len": status.limits.get("max_model_len"),
    }


def _check_model(name: str, state: AppState) -> None:
    running = state.service.status().model
    if name != running:
        raise NotFound(f"model: this server runs {running!r}, not {name!r}.")


class _Responses:
    """The response's JSON, in one body or in chunks."""

    def __init__(self, identifier: str, model: str) -> None:
        self._head = {"id": identifier, "created": int(time.time()), "model": model}

    async def whole(self, first: Delta | Usage, answer: Answer) -> Response:
        """The whole answer in one body."""
        texts: dict[bool, list[str]] = {False: [], True: []}
        async with aclosing(answer):
            item = first
            while isinstance(item, Delta):
                texts[item.reasoning].append(item.text)
                item = await anext(answer)
        message: dict[str, Any] = {"role": "assistant", "content": "".join(texts[False])}
        if texts[True]:
            message["reasoning_content"] = "".join(texts[True])
        choice = {"index": 0, "message": message, "finish_reason": _reason(item), "logprobs": None}
        return JSONResponse(
            {
                **self._head,
                "object": "chat.completion",
                "choices": [choice],
                "usage": _usage(item),
            }
        )

    async def events(
        self, first: Delta | Usage, answer: Answer, with_usage: bool
    ) -> AsyncGenerator[str, None]:
        """One server-sent event per chunk; the last is `[DONE]`."""
        yield self._chunk({"role": "assistant", "content": ""})
        async with aclosing(answer):
            item = first
            try:
                while isinstance(item, Delta):
                    field = "reasoning_content" if item.reasoning else "content"
                    yield self._chunk({field: item.text})
                    item = await anext(answer)
                yield self._chunk({}, finish_reason=_reason(item))
                if with_usage:
                    yield _event({**self._chunk_head(), "choices": [], "usage": _usage(item)})
            except DrawingChatError as error:  # the status line has been sent already
                yield _event(_error(error))
        yield "data: [DONE]\n\n"

    def _chunk(self, delta: dict[str, str], finish_reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
        return _event({**self._chunk_head(), "choices": [choice]})

    def _chunk_head(self) -> dict[str, Any]:
        return {**self._head, "object": "chat.completion.chunk"}


class _Events(StreamingResponse):
    """Closes the generator when the client disconnects, which frees the engine."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[str, None]) -> None:
        super().__init__(events, headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the end, or until the client disconnects."""
        async with aclosing(self._events):
            await super().__call__(scope, receive, send)


def _reason(usage: Usage) -> str:
    if usage.finish_reason == "abort":
        raise EngineError("The engine aborted this answer. Ask again.")
    return usage.finish_reason


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
    }


def _error(error: DrawingChatError) -> dict[str, Any]:
    return {"error": error_values(error.code, str(error), error.status)}


def _event(values: dict[str, Any]) -> str:
    return f"data: {json.dumps(values, ensure_ascii=False, separators=(',', ':'))}\n\n"
