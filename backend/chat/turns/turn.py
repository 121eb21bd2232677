"""A turn: one question being answered, from its acceptance to exactly one terminal frame.

Turns the job's reports into frames and collects the final answer. Does no I/O and knows neither
engine nor database.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, Literal

from backend.chat.prompt.prompt_notes import Note
from backend.chat.protocol.server_frames import (
    Done,
    ErrorFrame,
    EvidenceFrame,
    EvidenceItem,
    NoteCode,
    Shown,
    Stopped,
    Timing,
    ToolFrame,
    ToolStep,
    TurnUsage,
)
from backend.chat.turns.frame_log import FrameLog, FrameMaker
from backend.engineering.note_codes import CODES
from backend.errors import DrawingChatError, EngineRestarting
from backend.model.service import Usage
from backend.storage.turn_rows import CUT_SHORT, Ending, TurnEvents, TurnRow, tool_calls

Status = Literal["streaming", "complete", "stopped", "interrupted", "failed"]


class Turn:
    """One turn and its frames.

    `on_change(turn, urgent)` is called for everything new to store; urgent are the changes that
    must not wait for more text: the first delta, tool calls, evidence, the end.
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
        #: Tokens of the last step's prompt and text, which the engine has in its cache; 0 if the
        #: engine did not report them.
        self.tokens_read = 0
        self._on_change = on_change
        self._log = FrameLog(row.id)
        self._accepted_at = time.perf_counter()
        self._first_text_at: float | None = None
        self._queue_ms = 0.0
        self._text: list[str] = []
        self._evidence: list[dict[str, Any]] = []
        self._tools: dict[int, ToolStep] = {}
        self._shown: list[Shown] = []
        self._ending: tuple[Status, TurnUsage | None] | None = None

    @property
    def id(self) -> str:
        """The turn's id, which is also the engine's request id."""
        return self.row.id

    @property
    def ended(self) -> bool:
        """True once its last frame is decided; nothing more is accepted."""
        return self._ending is not None

    @property
    def finished(self) -> bool:
        """True once its last frame is published."""
        return self._log.finished

    @property
    def status(self) -> Status:
        """`streaming`, then how it ended."""
        return self._ending[0] if self._ending else "streaming"

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self._text)

    @property
    def last_frame(self) -> str:
        """The last published frame, encoded."""
        return self._log.published[-1]

    @property
    def last_seq(self) -> int:
        """The number of the last published frame."""
        return len(self._log.published)

    # Reports of the job

    def left_queue(self) -> None:
        """The job starts: the time until now was spent waiting."""
        self._queue_ms = self._elapsed_ms()

    def saw(self, shown: Sequence[Shown]) -> None:
        """The model is shown these images; the terminal frame lists them."""
        self._shown += shown

    def add_text(self, text: str, *, reasoning: bool = False) -> None:
        """Text from the model."""
        if self.ended or not text:
            return
        self._log.add_text(text, reasoning=reasoning)
        if not reasoning:
            self._text.append(text)
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
        """A tool call started or ended; `step` counts the calls from 1."""
        if self.ended:
            return
        call = ToolStep(
            step=step,
            name=name,
            state=state,
            arguments=arguments,
            result=result,
            error=error,
            at=self._log.length,
            note_codes=_note_codes(result),
        )
        self._tools[step] = call
        self._add(lambda seq: ToolFrame(turn_id=self.id, seq=seq, **call.model_dump()))

    def add_evidence(self, items: list[EvidenceItem]) -> None:
        """Newly graded values of the answer."""
        self._evidence += [item.model_dump(mode="json") for item in items]
        self._add(lambda seq: EvidenceFrame(turn_id=self.id, seq=seq, items=items))

    def finish(self, usage: Usage, notes: list[Note]) -> None:
        """The answer is complete."""
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
        """It failed; the partial answer is kept. Does nothing once the turn has ended."""
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

    # For the event log

    def take(self) -> TurnEvents:
        """Number the new frames. The same frames again until `publish` or `discard`."""
        first_seq, frames = self._log.take()
        return TurnEvents(self.row, first_seq, frames, self._stored_ending())

    def publish(self) -> None:
        """Show the taken frames to the watchers: they are stored."""
        self._log.publish()

    def discard(self, error: DrawingChatError) -> None:
        """The taken frames cannot be stored: forget them and end with `error` instead."""
        self._log.discard()
        calls = tool_calls(json.loads(frame) for frame in self._log.published)
        self._tools = {call["step"]: ToolStep.model_validate(call) for call in calls}
        self._ending = None
        self.fail(error, interrupted=True)

    # For sockets

    def watch(self, after_seq: int) -> AsyncGenerator[str, None]:
        """The encoded frames after `after_seq`, then live to the last. Any number may watch."""
        return self._log.watch(after_seq)

    def _add(self, make: FrameMaker) -> None:
        if not self.ended:
            self._log.add(make)
            self._on_change(self, True)

    def _end(self, status: Status, usage: TurnUsage | None, make: FrameMaker) -> None:
        if not self.ended:
            for step, call in list(self._tools.items()):
                if call.state == "running":
                    self.add_tool(step, call.name, "failed", call.arguments, error=CUT_SHORT)
            self._ending = (status, usage)
            self._log.add(make)
            self._log.closed = True
            self._on_change(self, True)

    def _stored_ending(self) -> Ending | None:
        if self._ending is None:
            return None
        status, usage = self._ending
        return Ending(
            status,
            self._log.answer,
            usage.model_dump() if usage else None,
            self._evidence,
            [call.model_dump(mode="json") for call in self._tools.values()],
        )

    def _timing(self, usage: Usage | None) -> Timing:
        first = self._first_text_at
        return Timing(
            queue_ms=self._queue_ms + (usage.queue_ms if usage else 0.0),
            ttft_ms=None if first is None else (first - self._accepted_at) * 1000,
            total_ms=self._elapsed_ms(),
        )

    def _elapsed_ms(self) -> float:
        return (time.perf_counter() - self._accepted_at) * 1000


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
