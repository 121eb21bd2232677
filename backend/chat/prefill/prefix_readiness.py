"""The drawings and conversations whose prompts start with a prefix in the engine's cache.

Bookkeeping only: from the prefills so far, and from the tokens the engine has read since, it
derives which prefixes the cache must still hold.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from backend.concurrency.signal import Signal

#: Share of the cache that prefixes are expected to keep: the cache evicts the least recently used
#: blocks, and running requests hold blocks that are not yet counted as read.
SHARE = 0.5
#: Subjects that are tracked; the oldest are dropped.
MAX_SUBJECTS = 256


@dataclass(frozen=True, slots=True)
class Subject:
    """The prefix of a first question about a drawing, or of a conversation's next question."""

    owner: str
    kind: Literal["drawing", "conversation"]
    id: str


@dataclass(frozen=True, slots=True)
class PrefixState:
    """The state of a subject's prefix. `detail` is the page of a drawing, empty for all pages, or
    the answer that a conversation's next question follows."""

    state: Literal["preparing", "ready", "none"]
    detail: str = ""
    tokens: int = 0
    read_at: int = 0


class Readiness:
    """`capacity` is the current size of the prefix cache, `computed_tokens` the tokens the engine
    has computed since it was built."""

    def __init__(self, capacity: Callable[[], int], computed_tokens: Callable[[], int]) -> None:
        self._capacity = capacity
        self._computed_tokens = computed_tokens
        self._known: OrderedDict[Subject, PrefixState] = OrderedDict()
        #: Each change, of all owners.
        self.changed: Signal[Subject, PrefixState] = Signal()
        #: No prefix is evicted before the engine has read this many tokens.
        self._safe_until = 0.0

    def of(self, owner: str) -> dict[Subject, PrefixState]:
        """All subjects of one owner whose prefix the cache must still hold or is about to."""
        self.check()
        return {subject: known for subject, known in self._known.items() if subject.owner == owner}

    def get(self, subject: Subject) -> PrefixState:
        """The state of one subject."""
        self.check()
        return self._known.get(subject, PrefixState("none"))

    def preparing(self, subject: Subject, detail: str) -> None:
        """Its prefill waits or runs."""
        self._set(subject, PrefixState("preparing", detail))

    def ready(self, subject: Subject, detail: str, tokens: int) -> None:
        """The engine has just read it, `tokens` in total."""
        now = self._computed_tokens()
        self._safe_until = min(self._safe_until, now + self._capacity() * SHARE - tokens)
        self._set(subject, PrefixState("ready", detail, tokens, now))
        self.check()

    def none(self, subject: Subject) -> None:
        """It is not in the cache, or may not be."""
        if known := self._known.pop(subject, None):
            self.changed.emit(subject, replace(known, state="none"))

    def clear(self) -> None:
        """Drop every prefix: a new engine has an empty cache."""
        for subject, known in list(self._known.items()):
            if known.state == "ready":
                self.none(subject)

    def check(self) -> None:
        """Drop the prefixes that the cache may have evicted by now."""
        now = self._computed_tokens()
        if now <= self._safe_until:
            return
        room = self._capacity() * SHARE
        ready = [(one, known) for one, known in self._known.items() if known.state == "ready"]
        lost = {one: known.read_at + room - known.tokens for one, known in ready}
        self._safe_until = min((until for until in lost.values() if until >= now), default=now)
        for subject, until in lost.items():
            if until < now:
                self.none(subject)

    def _set(self, subject: Subject, new: PrefixState) -> None:
        before = self._known.pop(subject, None)
        self._known[subject] = new
        if before is None or (before.state, before.detail) != (new.state, new.detail):
            self.changed.emit(subject, new)
        while len(self._known) > MAX_SUBJECTS:
            self.none(next(iter(self._known)))
