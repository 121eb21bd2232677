"""The model servers: which of them answer, what they serve, and whose turn it is.

Asks each for its models now and then. Knows nothing of questions.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import openai

from backend.config.settings import is_loopback
from backend.config.wording import one_line
from backend.model.remote import remote_errors as failures

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
CHECK_SECONDS = 5.0
#: A question may wait long in a busy server's queue before its first word.
SILENCE_SECONDS = 600.0
#: Names of models that a message shows.
NAMES_SHOWN = 5


class Endpoint:
    """One server. `number` is its place in the setting, from 1; `model` the name that it serves
    ours under, `window` its tokens where it tells them (vLLM does). `problem` is why it is not
    asked, None while it is well."""

    def __init__(self, number: int, url: str, key: str | None) -> None:
        self.number = number
        self.loopback = is_loopback(urlsplit(url).hostname or "")
        self.client = openai.AsyncOpenAI(
            base_url=url,
            api_key=key or "none",  # else the client would take one from the environment
            organization="",
            project="",
            max_retries=0,
            timeout=openai.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
            # A redirect would carry drawings, and a proxy what is to stay on this machine,
            # to where nobody has sent them.
            http_client=openai.DefaultAsyncHttpxClient(
                follow_redirects=False, trust_env=not self.loopback
            ),
        )
        self.model = ""
        self.window: int | None = None
        self.problem: str | None = "The model's server has not been asked yet."

    async def check(self, wanted: str | None) -> str | None:
        """Ask for the models; None where `wanted` (or the only one there is) is served."""
        try:
            page = await self.client.models.list(timeout=CHECK_SECONDS)
            served: dict[str, Any] = {str(model.id): model for model in page.data}
        except Exception as error:  # whatever answers at that address, it is no reason to end
            return failures.of_check(error, self.number)
        if wanted is None and len(served) != 1:
            return self._choose("serves", served)
        name = next(iter(served)) if wanted is None else wanted
        if name not in served:
            return self._choose(f"does not serve {one_line(name)}, but", served)
        window = getattr(served[name], "max_model_len", None)
        self.model, self.window = name, window if isinstance(window, int) else None
        return None

    def _choose(self, verb: str, served: dict[str, Any]) -> str:
        names = [one_line(name) for name in sorted(served)]
        shown = ", ".join(names[:NAMES_SHOWN]) or "no model"
        more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
        return (
            f"Model server {self.number} of DRAWING_CHAT_REMOTE_URLS {verb} {shown}{more}. "
            "Set DRAWING_CHAT_MODEL to the name of one."
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
        """Check all once, then go on in the background."""
        await asyncio.gather(*(self._check(endpoint) for endpoint in self.all))
        self._checks = [
            asyncio.create_task(self._watch(endpoint), name=f"model-server-{endpoint.number}")
            for endpoint in self.all
        ]

    async def close(self) -> None:
        """End the checks and all connections."""
        for check in self._checks:
            check.cancel()
        if self._checks:
            await asyncio.wait(self._checks)
        for endpoint in self.all:
            endpoint.problem = "The model is not running."
            await endpoint.client.close()

    def well(self) -> list[Endpoint]:
        """Those that may be asked."""
        return [endpoint for endpoint in self.all if endpoint.problem is None]

    def next(self, tried: Sequence[Endpoint]) -> Endpoint | None:
        """Whose turn it is, other than those that were tried; None where none is left."""
        for step in range(len(self.all)):
            endpoint = self.all[(self._turn + step) % len(self.all)]
            if endpoint.problem is None and endpoint not in tried:
                self._turn = (self._turn + step + 1) % len(self.all)
                return endpoint
        return None

    def lost(self, endpoint: Endpoint, problem: str) -> None:
        """A question found this one not to be well; the next check may find it well again."""
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
