"""A turn: one question being answered, as a numbered sequence of frames that sockets watch.

Coalesces text before it is numbered and hands out frames in two steps, so that the event log
can store them between: `take` numbers what is new, `publish` shows it to the watchers. Does no
I/O and knows neither engine nor database.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, Literal

from backend.chat.prompt.prompt_notes import Note
from backend.chat.protocol.frames import (
    DeltaFrame,
    Done,
    ErrorFrame,
    EvidenceFrame,
    EvidenceItem,
    NoteCode,
    ReasoningFrame,
    Shown,
    Stopped,
    Timing,
    ToolFrame,
    ToolStep,
    TurnUsage,
    encode,
)
from backend.engineering.note_codes import CODES
from backend.errors import DrawingChatError, EngineRestarting
from backend.evidence.parsing.folding import utf16_length
from backend.model.service import Usage
from backend.storage.turn_rows import CUT_SHORT, Ending, TurnEvents, TurnRow, tool_calls

TurnFrame = DeltaFrame | ReasoningFrame | ToolFrame | EvidenceFrame | Done | Stopped | ErrorFrame
Status = Literal["streaming", "complete", "stopped", "interrupted", "failed"]

#: Makes a frame once its number is known.
_Maker = Callable[[int], TurnFrame]


class Turn:
    """The frames of one turn, gapless from 1, with exactly one terminal frame at the end.

    `on_change(turn, urgent)` is called whenever there is something new to store; urgent is what
    must not wait for more text to join it: the first delta, tool calls, evidence, the end.
    """

    def __init__(
        self,
        owner: str,
        row: TurnRow,
        *,
        ask_id: str,
        queue_position: int = 0,
        on_change: Callable[[Turn, bool], None],
    ) -> None:
        self.owner = owner
        self.row = row
        self.ask_id = ask_id
        self.queue_position = queue_position
        self._on_change = on_change
        self._accepted_at = time.perf_counter()
        self._first_text_at: float | None = None
        self._queue_ms = 0.0
        self._pending: list[_Maker] = []
        self._text_pieces: list[str] = []
        self._text_is_reasoning = False
        self._taken: list[TurnFrame] = []
        self._taken_encoded: list[str] = []
        self._frames: list[str] = []
        self._answer: list[str] = []
        self._evidence: list[dict[str, Any]] = []
        #: UTF-16 units of the answer so far, published or not.
        self._length = 0
        self._tools: dict[int, ToolStep] = {}
        self._shown: list[Shown] = []
        self._ending: tuple[Status, TurnUsage | None] | None = None
        #: Tokens of the last step's prompt and text, which the engine has in its cache; 0 where
        #: it did not say.
        self.tokens_read = 0
        self._changed = asyncio.Event()

    @property
    def id(self) -> str:
        """The turn's id, which is also the engine's request id."""
        return self.row.id

    @property
    def ended(self) -> bool:
        """True once its last frame is decided; nothing more is taken in."""
        return self._ending is not None

    @property
    def finished(self) -> bool:
        """True once its last frame is published."""
        return self.ended and not (self._pending or self._text_pieces or self._taken)

    @property
    def status(self) -> Status:
        """How it ended; `streaming` until then."""
        return self._ending[0] if self._ending else "streaming"

    @property
    def last_frame(self) -> str:
        """The last published frame, encoded."""
        return self._frames[-1]

    @property
    def last_seq(self) -> int:
        """The number of the last published frame."""
        return len(self._frames)

    # What the job reports

    def left_queue(self) -> None:
        """The job begins: the time until now was spent waiting."""
        self._queue_ms = self._elapsed_ms()

    def saw(self, shown: Sequence[Shown]) -> None:
        """The model is given this; told at the turn's end."""
        self._shown += shown

    def add_text(self, text: str, *, reasoning: bool = False) -> None:
        """Text from the model; joins what has not been numbered yet."""
        if self.ended or not text:
            return
        if reasoning != self._text_is_reasoning:
            self._close_text()
            self._text_is_reasoning = reasoning
        self._text_pieces.append(text)
        if not reasoning:
            self._length += utf16_length(text)
        urgent = self._first_text_at is None
        if urgent:
            self._first_text_at = time.perf_counter()
        self._on_change(self, urgent)

    def add_tool(
        self,
        step: int,
        name: str,
        state: Literal["running", "done", "failed"],
        arguments: dict[str, Any],
        result: dict[str, Any] | None = None,
        *,
        error: str | None = None,
    ) -> None:
        """A tool call that began or ended; `step` counts the calls from 1."""
        if self.ended:
            return
        call = ToolStep(
            step=step,
            name=name,
            state=state,
            arguments=arguments,
            result=result,
            error=error,
            at=self._length,
            note_codes=_note_codes(result),
        )
        self._tools[step] = call
        self._add(lambda seq: ToolFrame(turn_id=self.id, seq=seq, **call.model_dump()))

    def add_evidence(self, items: list[EvidenceItem]) -> None:
        """Values of the answer that were newly found or graded."""
        self._evidence += [item.model_dump(mode="json") for item in items]
        self._add(lambda seq: EvidenceFrame(turn_id=self.id, seq=seq, items=items))

    def finish(self, usage: Usage, notes: list[Note]) -> None:
        """The engine has answered to the end."""
        tokens, timing = _tokens(usage), self._timing(usage)
        reason: Literal["stop", "length"] = "length" if usage.finish_reason == "length" else "stop"
        self._end(
            "complete",
            tokens,
            lambda seq: Done(
                turn_id=self.id,
                seq=seq,
                finish_reason=reason,
                usage=tokens,
                timing=timing,
                notes=list(notes),
                note_codes=[NoteCode(code=note.code, values=note.values) for note in notes],
                shown=self._shown,
            ),
        )

    def stop(self, usage: Usage | None) -> None:
        """A person stopped it; the partial answer is kept."""
        tokens = None if usage is None else _tokens(usage)
        timing = self._timing(usage)
        self._end(
            "stopped",
            tokens,
            lambda seq: Stopped(
                turn_id=self.id, seq=seq, usage=tokens, timing=timing, shown=self._shown
            ),
        )

    def fail(self, error: DrawingChatError, *, interrupted: bool = False) -> None:
        """It cannot go on; the partial answer is kept. Does nothing once the turn has ended."""
        status: Status = "failed"
        if interrupted or isinstance(error, EngineRestarting):
            status = "interrupted"
        self._end(
            status,
            None,
            lambda seq: ErrorFrame(
                code=error.code,
                message=str(error),
                id=self.ask_id,
                turn_id=self.id,
                seq=seq,
                retry_after_s=error.retry_after_s,
            ),
        )

    # What the event log does

    def take(self) -> TurnEvents:
        """Number what is new. The same frames again until `publish` or `discard`."""
        self._close_text()
        published = len(self._frames)
        for make in self._pending:
            frame = make(published + len(self._taken) + 1)
            self._taken.append(frame)
            self._taken_encoded.append(encode(frame))
        self._pending.clear()
        ending = self._stored_ending()
        return TurnEvents(self.row, published + 1, tuple(self._taken_encoded), ending)

    def publish(self) -> None:
        """Show the watchers what was taken: it is stored."""
        self._frames += self._taken_encoded
        self._answer += _texts(self._taken)
        self._forget_taken()
        self._changed.set()
        self._changed = asyncio.Event()

    def discard(self, error: DrawingChatError) -> None:
        """What was taken cannot be stored: forget it and end with `error` instead."""
        self._forget_taken()
        self._pending.clear()
        self._text_pieces.clear()
        calls = tool_calls(json.loads(frame) for frame in self._frames)
        self._tools = {call["step"]: ToolStep.model_validate(call) for call in calls}
        self._ending = None
        self.fail(error, interrupted=True)

    # What a socket does

    async def watch(self, after_seq: int) -> AsyncGenerator[str, None]:
        """The encoded frames after `after_seq`, then live to the last. Any number may watch.

        A slow watcher only holds its own place; the frames are shared.
        """
        while True:
            while after_seq < len(self._frames):
                yield self._frames[after_seq]
                after_seq += 1
            if self.finished:
                return
            await self._changed.wait()

    def _add(self, make: _Maker) -> None:
        if not self.ended:
            self._close_text()
            self._pending.append(make)
            self._on_change(self, True)

    def _end(self, status: Status, usage: TurnUsage | None, make: _Maker) -> None:
        if not self.ended:
            for step, call in list(self._tools.items()):
                if call.state == "running":
                    self.add_tool(step, call.name, "failed", call.arguments, error=CUT_SHORT)
            self._close_text()
            self._ending = (status, usage)
            self._pending.append(make)
            self._on_change(self, True)

    def _close_text(self) -> None:
        if not self._text_pieces:
            return
        # A lone surrogate can be neither stored nor sent.
        text = "".join(self._text_pieces).encode(errors="replace").decode()
        kind = ReasoningFrame if self._text_is_reasoning else DeltaFrame
        self._text_pieces.clear()
        self._pending.append(lambda seq: kind(turn_id=self.id, seq=seq, text=text))

    def _stored_ending(self) -> Ending | None:
        if self._ending is None:
            return None
        status, usage = self._ending
        return Ending(
            status,
            "".join(self._answer + _texts(self._taken)),
            usage.model_dump() if usage else None,
            self._evidence,
            [call.model_dump(mode="json") for call in self._tools.values()],
        )

    def _forget_taken(self) -> None:
        self._taken.clear()
        self._taken_encoded.clear()

    def _timing(self, usage: Usage | None) -> Timing:
        first = self._first_text_at
        return Timing(
            queue_ms=self._queue_ms + (usage.queue_ms if usage else 0.0),
            ttft_ms=None if first is None else (first - self._accepted_at) * 1000,
            total_ms=self._elapsed_ms(),
        )

    def _elapsed_ms(self) -> float:
        return (time.perf_counter() - self._accepted_at) * 1000


def _texts(frames: Sequence[TurnFrame]) -> list[str]:
    return [frame.text for frame in frames if isinstance(frame, DeltaFrame)]


def _note_codes(result: dict[str, Any] | None) -> list[NoteCode | None]:
    notes = (result or {}).get("notes")
    if not isinstance(notes, list):
        return []
    found = CODES.of_all(str(note) for note in notes)
    return [
        None if coded is None else NoteCode(code=coded["code"], values=dict(coded["values"]))
        for coded in found
    ]


def _tokens(usage: Usage) -> TurnUsage:
    return TurnUsage(
        prompt_tokens=usage.prompt_tokens,
        cached_tokens=usage.cached_tokens,
        image_tokens=usage.image_tokens,
        completion_tokens=usage.completion_tokens,
    )
