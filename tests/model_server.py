"""A small model server on loopback that speaks OpenAI's API, for tests: real HTTP by uvicorn.

What it answers is set on it; what it was asked is kept, with the moment in which a client left.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.server_process import free_port

MODEL = "qwen3-vl-test"


@dataclass
class ModelServer:
    """`words` are sent one a chunk. `hold_after`: so many words, then it waits until it is
    released or left. `cut_after`: so many words, then the connection is torn."""

    words: tuple[str, ...] = ("The largest ", "bore ", "is Ø38.")
    model: str = MODEL
    more_models: tuple[str, ...] = ()
    window: int | None = 4096
    key: str | None = None
    hold_after: int | None = None
    cut_after: int | None = None
    #: Sent instead of an answer: a status and a message, or an address to go to.
    refusal: tuple[int, str] | None = None
    redirect: str | None = None
    cached_tokens: int | None = 7
    thoughts: str | None = None
    port: int = field(default_factory=free_port)
    #: Bodies and headers of the questions that came.
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    holding: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """The address below which the API is."""
        return f"http://127.0.0.1:{self.port}/v1"

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[ModelServer]:
        """Serve until the block is left, or `stop` is called."""
        routes = [
            Route("/v1/models", self._models),
            Route("/v1/chat/completions", self._answer, methods=["POST"]),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes),
            host="127.0.0.1",
            port=self.port,
            log_level="critical",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        self._serving = asyncio.create_task(self._server._serve())
        while not self._server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        try:
            yield self
        finally:
            await self.stop()

    async def stop(self) -> None:
        """End it as a crash would: its connections too."""
        self._server.should_exit = self._server.force_exit = True
        for connection in list(self._server.server_state.connections):
            connection.transport.abort()
        await self._serving

    async def _models(self, request: Request) -> Response:
        if (no := self._no(request)) is not None:
            return no
        told = {"object": "model", "created": 0, "owned_by": "test"}
        told |= {"max_model_len": self.window} if self.window else {}
        names = (self.model, *self.more_models)
        return JSONResponse({"object": "list", "data": [{"id": name} | told for name in names]})

    async def _answer(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        self.headers.append(dict(request.headers))
        if (no := self._no(request)) is not None:
            return no
        if self.refusal is not None:
            status, message = self.refusal
            return JSONResponse({"error": {"message": message, "type": "x"}}, status)
        if body["model"] not in (self.model, *self.more_models):
            return JSONResponse({"error": {"message": "no such model"}}, 404)
        return StreamingResponse(self._stream(), media_type="text/event-stream")

    def _no(self, request: Request) -> Response | None:
        if self.redirect is not None:
            return RedirectResponse(self.redirect + request.url.path.removeprefix("/v1"), 307)
        if self.key is not None and request.headers.get("authorization") != f"Bearer {self.key}":
            return JSONResponse({"error": {"message": f"wrong key, it is {self.key}"}}, 401)
        return None

    async def _stream(self) -> AsyncIterator[str]:
        try:
            if self.thoughts is not None:
                yield self._chunk({"reasoning_content": self.thoughts})
            for number, word in enumerate((*self.words, None)):
                if number == self.cut_after:
                    raise ConnectionError  # uvicorn tears the connection in the body's middle
                if number == self.hold_after:
                    self.holding.set()
                    await asyncio.Event().wait()
                if word is not None:
                    yield self._chunk({"content": word})
        except (asyncio.CancelledError, GeneratorExit):
            self.left.set()
            raise
        yield self._chunk({}, "stop")
        usage: dict[str, Any] = {"prompt_tokens": 42, "completion_tokens": len(self.words)}
        usage["total_tokens"] = sum(usage.values())
        if self.cached_tokens is not None:
            usage["prompt_tokens_details"] = {"cached_tokens": self.cached_tokens}
        yield "data: " + json.dumps(self._body([]) | {"usage": usage}) + "\n\ndata: [DONE]\n\n"

    def _chunk(self, delta: dict[str, str], reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return "data: " + json.dumps(self._body([choice])) + "\n\n"

    def _body(self, choices: list[dict[str, Any]]) -> dict[str, Any]:
        told = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": self.model}
        return {**told, "choices": choices}
