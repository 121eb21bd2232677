"""The job of one turn: wait for a place, build the prompt, stream its steps, end it exactly once.

Stop, failure and shutdown all come together here. Formats nothing: the turn makes the frames.
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
from backend.chat.turns.request_queue import WaitingLine
from backend.chat.turns.tool_loop import Steps
from backend.chat.turns.turn import Turn
from backend.errors import DrawingChatError, EngineError
from backend.model.service import Delta, Usage, VisionService
from backend.tools.toolbox import Toolbox

logger = logging.getLogger(__name__)

#: An engine that does not end an aborted stream within this is left by closing the stream.
STOP_SECONDS = 2.0


class Answering:
    """Runs a turn as a task of its own, whoever watches."""

    def __init__(
        self,
        turn: Turn,
        *,
        service: VisionService,
        line: WaitingLine,
        build: Callable[[], Awaitable[Prompt]],
        evidence: Callable[[Prompt], EvidenceReader | None],
        toolbox: Callable[[Prompt], Toolbox | None],
    ) -> None:
        self.turn = turn
        #: False while it waits for a place.
        self.started = False
        self._service = service
        self._line = line
        self._build = build
        self._evidence = evidence
        self._toolbox = toolbox
        #: The request that the engine answers now; none while a tool runs.
        self._request: str | None = None
        self._usage: Usage | None = None
        self._stopping = False
        self.task = asyncio.create_task(self._run(), name=f"turn-{turn.id}")

    async def stop(self) -> None:
        """A person stops it: the engine is free at once, the partial answer is kept."""
        if self._stopping or self.task.done():
            return
        self._stopping = True
        if self._request is None:
            self._give_up()
            return
        timer = asyncio.get_running_loop().call_later(STOP_SECONDS, self._give_up)
        self.task.add_done_callback(lambda _: timer.cancel())
        await self._service.abort(self._request)

    def interrupt(self, reason: DrawingChatError) -> None:
        """It must end now; the partial answer is kept and marked interrupted."""
        self.turn.fail(reason, interrupted=True)
        self.task.cancel()

    def _give_up(self) -> None:
        # The turn ends here, not in the task: a task that has not begun is never entered.
        self.turn.stop(self._usage)
        self.task.cancel()

    async def _run(self) -> None:
        try:
            async with self._line.place(self.turn.owner):
                self.started = True
                self.turn.left_queue()
                await self._answer()
        except asyncio.CancelledError:
            self.turn.fail(EngineError("The answer was cut short."), interrupted=True)
            raise
        except DrawingChatError as error:
            self.turn.fail(error)
        except Exception:
            logger.exception("Turn %s failed", self.turn.id)
            self.turn.fail(
                DrawingChatError("Something went wrong here. It has been logged; ask again.")
            )

    async def _answer(self) -> None:
        prompt = await self._build()
        self.turn.saw(prompt.shown)
        evidence = self._evidence(prompt)
        with closing(evidence) if evidence else nullcontext():
            steps = Steps(
                prompt,
                self._toolbox(prompt),
                service=self._service,
                turn=self.turn,
                evidence=evidence,
            )
            number = 1
            ended = await self._step(steps, evidence, self.turn.id)
            while ended and self._goes_on(ended) and await steps.go_on(ended):
                number += 1
                ended = await self._step(steps, evidence, f"{self.turn.id}-{number}")
            if evidence and (items := await evidence.finish()):
                self.turn.add_evidence(items)
        self._end(ended, steps, prompt.notes)

    def _goes_on(self, ended: Usage) -> bool:
        return ended.finish_reason != "abort" and not self._stopping

    async def _step(
        self, steps: Steps, evidence: EvidenceReader | None, request_id: str
    ) -> Usage | None:
        """Stream one step to its end; its own usage, None where the engine gave none."""
        ended: Usage | None = None
        stream = self._service.stream(
            steps.messages, steps.images, steps.sampling, request_id=request_id
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
                        self._add(steps.feed(item.text), evidence)
                        if steps.overrun:
                            await self._service.abort(request_id)
            finally:
                self._request = None
        self._add(steps.close(), evidence)
        if ended is not None:
            if steps.overrun and ended.finish_reason == "abort" and not self._stopping:
                ended = replace(ended, finish_reason="stop")  # it was told to wait for its tools
            self._usage = _total(self._usage, ended)
            self.turn.tokens_read = ended.prompt_tokens + ended.completion_tokens
        return ended

    def _add(self, text: str, evidence: EvidenceReader | None) -> None:
        self.turn.add_text(text)
        if text and evidence and (items := evidence.feed(text)):
            self.turn.add_evidence(items)

    def _end(self, ended: Usage | None, steps: Steps, notes: tuple[Note, ...]) -> None:
        complete = ended is not None and ended.finish_reason != "abort" and not steps.calling
        if complete and self._usage is not None:
            reason = "length" if steps.full else self._usage.finish_reason
            self.turn.finish(replace(self._usage, finish_reason=reason), [*notes, *steps.notes])
        elif self._stopping:
            self.turn.stop(self._usage)
        else:
            error = EngineError("The engine gave up this answer. Ask again.")
            self.turn.fail(error, interrupted=True)


def _total(before: Usage | None, step: Usage) -> Usage:
    """The usage of all steps so far; the end is that of the last."""
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
