"""What the engine has read ahead: the drawings and conversations whose prompt begins in its cache.

Bookkeeping only. Told what was read and how much the engine has read since, it knows what the
prefix cache must still hold. Knows no engine, no prompts and no sockets.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

#: The cache drops what was used longest ago. Half of it is left to what runs beside: requests
#: that hold blocks while they run, and are not yet counted as read.
SHARE = 0.5
#: More is told to nobody; the oldest are forgotten.
LONGEST = 256


@dataclass(frozen=True, slots=True)
class Subject:
    """The beginning of a prompt: of a first question about a drawing, or of the next question
    of a conversation."""

    owner: str
    kind: Literal["drawing", "conversation"]
    id: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """How it stands with a subject. `detail` is what exactly: the page of a drawing,
    empty for all of them, or the answer that a conversation's next question follows."""

    state: Literal["preparing", "ready", "none"]
    detail: str = ""
    tokens: int = 0
    read_at: int = 0


Listener = Callable[[Subject, Beginning], None]


class Readiness:
    """`capacity` is the size of the prefix cache now, `computed_tokens` what the engine has
    computed since it was built; both in tokens."""

    def __init__(self, capacity: Callable[[], int], computed_tokens: Callable[[], int]) -> None:
        self._capacity = capacity
        self._computed_tokens = computed_tokens
        self._known: OrderedDict[Subject, Beginning] = OrderedDict()
        self._listeners: list[Listener] = []
        #: Nothing is lost before the engine has read so much.
        self._safe_until = 0.0

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` of each change, of all owners; the return value ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def of(self, owner: str) -> dict[Subject, Beginning]:
        """All of one owner, without what the cache may have dropped."""
        self.check()
        return {subject: known for subject, known in self._known.items() if subject.owner == owner}

    def get(self, subject: Subject) -> Beginning:
        """How it stands with one."""
        self.check()
        return self._known.get(subject, Beginning("none"))

    def preparing(self, subject: Subject, detail: str) -> None:
        """It waits for its turn, or is being read."""
        self._set(subject, Beginning("preparing", detail))

    def ready(self, subject: Subject, detail: str, tokens: int) -> None:
        """The engine has just read it, `tokens` in all."""
        now = self._computed_tokens()
        self._safe_until = min(self._safe_until, now + self._capacity() * SHARE - tokens)
        self._set(subject, Beginning("ready", detail, tokens, now))
        self.check()

    def none(self, subject: Subject) -> None:
        """It is not in the cache, or nobody knows."""
        if known := self._known.pop(subject, None):
            self._tell(subject, replace(known, state="none"))

    def clear(self) -> None:
        """A new engine begins with an empty cache."""
        for subject, known in list(self._known.items()):
            if known.state == "ready":
                self.none(subject)

    def check(self) -> None:
        """Forget what the cache may have dropped by now."""
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

    def _set(self, subject: Subject, new: Beginning) -> None:
        before = self._known.pop(subject, None)
        self._known[subject] = new
        if before is None or (before.state, before.detail) != (new.state, new.detail):
            self._tell(subject, new)
        while len(self._known) > LONGEST:
            self.none(next(iter(self._known)))

    def _tell(self, subject: Subject, beginning: Beginning) -> None:
        for listener in list(self._listeners):
            listener(subject, beginning)
