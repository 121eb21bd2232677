"""The job of one turn: wait for a slot, build the prompt, stream its steps, end it exactly once.

Stop, failure and shutdown all end here. The turn makes the frames.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing, closing, nullcontext
from dataclasses import replace

from backend.chat.answer_grading import EvidenceReader
from backend.chat.prompt.prompt_builder import Prompt
from backend.chat.prompt.prompt_notes import Note
from backend.chat.protocol.server_frames import EvidenceItem
from backend.chat.turns.request_queue import RequestQueue
from backend.chat.turns.tool_loop import ToolLoop
from backend.chat.turns.turn import Turn
from backend.chat.turns.turn_failure import failures_end
from backend.errors import DrawingChatError, EngineError
from backend.model.service import Delta, Usage, VisionService
from backend.tools.toolbox import Toolbox

logger = logging.getLogger(__name__)

#: The stream is closed if the engine does not end it within this time of an abort.
STOP_SECONDS = 2.0


class TurnRunner:
    """Runs a turn as a task of its own, independent of any socket."""

    def __init__(
        self,
        turn: Turn,
        *,
        service: VisionService,
        queue: RequestQueue,
        build: Callable[[], Awaitable[Prompt]],
        evidence: Callable[[Prompt], EvidenceReader | None],
        toolbox: Callable[[Prompt], Toolbox | None],
        claims: Callable[[Prompt], Awaitable[list[EvidenceItem]]] | None = None,
    ) -> None:
        self.turn = turn
        #: False while it waits for a slot.
        self.started = False
        self._service = service
        self._queue = queue
        self._build = build
        self._evidence = evidence
        self._toolbox = toolbox
        self._claims = claims
        #: The engine's current request; None while a tool runs.
        self._request: str | None = None
        self._usage: Usage | None = None
        self._stopping = False
        self.task = asyncio.create_task(self._run(), name=f"turn-{turn.id}")

    async def stop(self) -> None:
        """Stop it for a person: the engine is freed at once, the partial answer is kept."""
        if self._stopping or self.task.done():
            return
        self._stopping = True
        if self._request is None:
            self._end_stopped()
            return
        timer = asyncio.get_running_loop().call_later(STOP_SECONDS, self._end_stopped)
        self.task.add_done_callback(lambda _: timer.cancel())
        await self._service.abort(self._request)

    def interrupt(self, reason: DrawingChatError) -> None:
        """End it now; the partial answer is kept and marked interrupted."""
        self.turn.fail(reason, interrupted=True)
        self.task.cancel()

    def _end_stopped(self) -> None:
        # The turn ends here, not in the task: a task cancelled before its start never runs.
        self.turn.stop(self._usage)
        self.task.cancel()

    async def _run(self) -> None:
        with failures_end(self.turn):
            async with self._queue.slot(self.turn.owner):
                self.started = True
                self.turn.left_queue()
                await self._answer()

    async def _answer(self) -> None:
        prompt = await self._build()
        self.turn.saw(prompt.shown)
        evidence = self._evidence(prompt)
        with closing(evidence) if evidence else nullcontext():
            loop = ToolLoop(
                prompt,
                self._toolbox(prompt),
                service=self._service,
                turn=self.turn,
                evidence=evidence,
            )
            number = 1
            ended = await self._step(loop, evidence, self.turn.id)
            while ended and self._may_continue(ended) and await loop.next_step(ended):
                number += 1
                ended = await self._step(loop, evidence, f"{self.turn.id}-{number}")
            cut = ended is None or ended.finish_reason != "stop"
            if evidence and (items := await evidence.finish(cut=cut)):
                self.turn.add_evidence(items)
        await self._check_claims(prompt)
        self._end(ended, loop, prompt.notes)

    async def _check_claims(self, prompt: Prompt) -> None:
        """Hold the answer's claims against the sheets. A failure here loses only the check."""
        if self._claims is None or self._stopping:
            return
        try:
            items = await self._claims(prompt)
        except Exception:
            logger.exception("The claims of an answer could not be checked")
            return
        if items:
            self.turn.add_evidence(items)

    def _may_continue(self, ended: Usage) -> bool:
        return ended.finish_reason != "abort" and not self._stopping

    async def _step(
        self, loop: ToolLoop, evidence: EvidenceReader | None, request_id: str
    ) -> Usage | None:
        """Stream one step to its end; returns its usage, None if the engine reported none."""
        ended: Usage | None = None
        stream = self._service.stream(
            loop.messages, loop.images, loop.sampling, request_id=request_id
        )
        async with aclosing(stream):
            self._request = request_id
            try:
                async for item in stream:
                    if not isinstance(item, Delta):
                        ended = item
                    elif item.reasoning:
                        self.turn.add_text(item.text, reasoning=True)
                    else:
                        self._add(loop.feed(item.text), evidence)
                        if loop.overrun:
                            await self._service.abort(request_id)
            finally:
                self._request = None
        self._add(loop.close(), evidence)
        if ended is not None:
            if loop.overrun and ended.finish_reason == "abort" and not self._stopping:
                ended = replace(ended, finish_reason="stop")  # aborted by us, to run the tools
            self._usage = _total(self._usage, ended)
            self.turn.tokens_read = ended.prompt_tokens + ended.completion_tokens
        return ended

    def _add(self, text: str, evidence: EvidenceReader | None) -> None:
        self.turn.add_text(text)
        if text and evidence and (items := evidence.feed(text)):
            self.turn.add_evidence(items)

    def _end(self, ended: Usage | None, loop: ToolLoop, notes: tuple[Note, ...]) -> None:
        complete = ended is not None and ended.finish_reason != "abort" and not loop.calling
        if complete and self._usage is not None:
            reason = "length" if loop.full else self._usage.finish_reason
            self.turn.finish(replace(self._usage, finish_reason=reason), [*notes, *loop.notes])
        elif self._stopping:
            self.turn.stop(self._usage)
        else:
            error = EngineError("The engine aborted this answer. Ask again.")
            self.turn.fail(error, interrupted=True)


def _total(before: Usage | None, step: Usage) -> Usage:
    """The usage of all steps so far, with the finish reason of the last."""
    if before is None:
        return step
    return replace(
        step,
        prompt_tokens=before.prompt_tokens + step.prompt_tokens,
        cached_tokens=before.cached_tokens + step.cached_tokens,
        image_tokens=before.image_tokens + step.image_tokens,
        completion_tokens=before.completion_tokens + step.completion_tokens,
        queue_ms=before.queue_ms + step.queue_ms,
        ttft_ms=before.ttft_ms,
    )
