"""The model servers: checks their health, finds the model they serve, and takes them in turn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import openai

from backend.config.settings import is_loopback
from backend.config.wording import one_line
from backend.model.remote.remote_errors import check_problem

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
CHECK_SECONDS = 5.0
#: A request may wait long in a busy server's queue before its first token.
SILENCE_SECONDS = 600.0
#: Names of served models to show in a message.
NAMES_SHOWN = 5


def is_loopback_url(url: str) -> bool:
    """Whether a server runs on this machine."""
    return is_loopback(urlsplit(url).hostname or "")


class Endpoint:
    """One server. `number` is its position in the setting, from 1; `model` the name under which it
    serves the model; `window` its context window in tokens, if it reports one (vLLM does);
    `problem` why it is not used, None while it is healthy."""

    def __init__(self, number: int, url: str, key: str | None) -> None:
        self.number = number
        self.client = openai.AsyncOpenAI(
            base_url=url,
            api_key=key or "none",  # otherwise the client would read one from the environment
            organization="",
            project="",
            max_retries=0,
            timeout=openai.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
            # A redirect could send drawings to a server that is not in the settings; a proxy from
            # the environment could send them off this machine.
            http_client=openai.DefaultAsyncHttpxClient(
                follow_redirects=False, trust_env=not is_loopback_url(url)
            ),
        )
        self.model = ""
        self.window: int | None = None
        self.problem: str | None = "The model server has not been checked yet."

    async def check(self, wanted: str | None) -> str | None:
        """List the server's models; returns a problem, or None if `wanted` (or just one model) is
        served."""
        try:
            page = await self.client.models.list(timeout=CHECK_SECONDS)
            served: dict[str, Any] = {str(model.id): model for model in page.data}
        except Exception as error:  # anything may respond at that address
            return check_problem(error, self.number)
        if wanted is None and len(served) != 1:
            return self._choice_problem("serves", served)
        name = next(iter(served)) if wanted is None else wanted
        if name not in served:
            return self._choice_problem(f"does not serve {one_line(name)}; it serves", served)
        window = getattr(served[name], "max_model_len", None)
        self.model, self.window = name, window if isinstance(window, int) else None
        return None

    def _choice_problem(self, verb: str, served: dict[str, Any]) -> str:
        names = [one_line(name) for name in sorted(served)]
        shown = ", ".join(names[:NAMES_SHOWN]) or "no model"
        more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
        return (
            f"Model server {self.number} of DRAWING_CHAT_REMOTE_URLS {verb} {shown}{more}. "
            "Set DRAWING_CHAT_MODEL to the name of a served model."
        )


class Endpoints:
    """All servers, taken in turn. `changed` is called after each check and each loss."""

    def __init__(
        self,
        urls: Sequence[str],
        key: str | None,
        wanted: str | None,
        every_s: float,
        changed: Callable[[], None],
    ) -> None:
        self.all = [Endpoint(number, url, key) for number, url in enumerate(urls, 1)]
        self._wanted, self._every_s, self._changed = wanted, every_s, changed
        self._turn = 0
        self._checks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Check all servers once, then periodically in the background."""
        await asyncio.gather(*(self._check(endpoint) for endpoint in self.all))
        self._checks = [
            asyncio.create_task(self._watch(endpoint), name=f"model-server-{endpoint.number}")
            for endpoint in self.all
        ]

    async def close(self) -> None:
        """End the checks and close all connections."""
        for check in self._checks:
            check.cancel()
        if self._checks:
            await asyncio.wait(self._checks)
        for endpoint in self.all:
            endpoint.problem = "The model is not running."
            await endpoint.client.close()

    def healthy(self) -> list[Endpoint]:
        """The servers that may be used."""
        return [endpoint for endpoint in self.all if endpoint.problem is None]

    def next(self, tried: Sequence[Endpoint]) -> Endpoint | None:
        """The next healthy server that is not in `tried`; None if there is none."""
        for step in range(len(self.all)):
            endpoint = self.all[(self._turn + step) % len(self.all)]
            if endpoint.problem is None and endpoint not in tried:
                self._turn = (self._turn + step + 1) % len(self.all)
                return endpoint
        return None

    def lost(self, endpoint: Endpoint, problem: str) -> None:
        """A request found this server unhealthy; the next check may find it healthy again."""
        self._note(endpoint, problem)

    async def _watch(self, endpoint: Endpoint) -> None:
        while True:
            await asyncio.sleep(self._every_s)
            await self._check(endpoint)

    async def _check(self, endpoint: Endpoint) -> None:
        self._note(endpoint, await endpoint.check(self._wanted))

    def _note(self, endpoint: Endpoint, problem: str | None) -> None:
        if problem != endpoint.problem:
            log.info("Model server %d: %s", endpoint.number, problem or "ready")
        endpoint.problem = problem
        self._changed()
