"""The numbered frames of one turn, watched by any number of sockets.

Text is coalesced before it is numbered. Frames are handed out in two steps, so that they can be
stored in between: `take` numbers the new ones, `publish` shows them to the watchers. Does no I/O.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from backend.chat.protocol.server_frames import (
    DeltaFrame,
    Done,
    ErrorFrame,
    EvidenceFrame,
    ReasoningFrame,
    Stopped,
    ToolFrame,
    encode,
)
from backend.evidence.parsing.folding import utf16_length

TurnFrame = DeltaFrame | ReasoningFrame | ToolFrame | EvidenceFrame | Done | Stopped | ErrorFrame
#: Makes a frame once its number is known.
FrameMaker = Callable[[int], TurnFrame]


class FrameLog:
    """The frames of the turn `turn_id`, gapless from 1. The last one sets `closed`."""

    def __init__(self, turn_id: str) -> None:
        self.turn_id = turn_id
        #: True once the last frame has been added.
        self.closed = False
        #: UTF-16 units of the answer so far, published or not.
        self.length = 0
        self._chunks: list[str] = []
        self._chunks_are_reasoning = False
        self._pending: list[FrameMaker] = []
        self._taken: list[TurnFrame] = []
        self._taken_encoded: list[str] = []
        self._published: list[str] = []
        self._answer: list[str] = []
        self._changed = asyncio.Event()

    @property
    def finished(self) -> bool:
        """True once the last frame is published."""
        return self.closed and not (self._pending or self._chunks or self._taken)

    @property
    def published(self) -> Sequence[str]:
        """The published frames, encoded."""
        return self._published

    @property
    def answer(self) -> str:
        """The text of the deltas that are published or taken."""
        return "".join(self._answer + _texts(self._taken))

    def add_text(self, text: str, *, reasoning: bool = False) -> None:
        """Append text to the deltas not numbered yet."""
        if reasoning != self._chunks_are_reasoning:
            self._end_text()
            self._chunks_are_reasoning = reasoning
        self._chunks.append(text)
        if not reasoning:
            self.length += utf16_length(text)

    def add(self, make: FrameMaker) -> None:
        """Append a frame after the text so far."""
        self._end_text()
        self._pending.append(make)

    def take(self) -> tuple[int, tuple[str, ...]]:
        """Number the new frames: the first number and the encoded frames.

        The same frames again until `publish` or `discard`.
        """
        self._end_text()
        first = len(self._published) + 1
        for make in self._pending:
            frame = make(first + len(self._taken))
            self._taken.append(frame)
            self._taken_encoded.append(encode(frame))
        self._pending.clear()
        return first, tuple(self._taken_encoded)

    def publish(self) -> None:
        """Show the taken frames to the watchers: they are stored."""
        self._published += self._taken_encoded
        self._answer += _texts(self._taken)
        self._forget_taken()
        self._changed.set()
        self._changed = asyncio.Event()

    def discard(self) -> None:
        """Forget every frame that is not published: they cannot be stored."""
        self._forget_taken()
        self._pending.clear()
        self._chunks.clear()
        self.closed = False

    async def watch(self, after_seq: int) -> AsyncGenerator[str, None]:
        """The encoded frames after `after_seq`, then live to the last.

        Watchers share the frames; a slow one only holds its own position.
        """
        while True:
            while after_seq < len(self._published):
                yield self._published[after_seq]
                after_seq += 1
            if self.finished:
                return
            await self._changed.wait()

    def _end_text(self) -> None:
        if not self._chunks:
            return
        # A lone surrogate can be neither stored nor sent.
        text = "".join(self._chunks).encode(errors="replace").decode()
        kind = ReasoningFrame if self._chunks_are_reasoning else DeltaFrame
        self._chunks.clear()
        self._pending.append(lambda seq: kind(turn_id=self.turn_id, seq=seq, text=text))

    def _forget_taken(self) -> None:
        self._taken.clear()
        self._taken_encoded.clear()


def _texts(frames: Sequence[TurnFrame]) -> list[str]:
    return [frame.text for frame in frames if isinstance(frame, DeltaFrame)]
