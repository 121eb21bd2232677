"""The job of one turn: wait for a place, build the prompt, stream, end the turn exactly once.

Stop, failure and shutdown all come together here. Formats nothing: the turn makes the frames.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing, closing, nullcontext

from backend.chat.context import Prompt
from backend.chat.evidence import EvidenceReader
from backend.chat.turn import Turn
from backend.chat.waiting_line import WaitingLine
from backend.errors import DrawingChatError, EngineError
from backend.vision_service import Delta, Usage, VisionService

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
    ) -> None:
        self.turn = turn
        #: False while it waits for a place.
        self.started = False
        self._service = service
        self._line = line
        self._build = build
        self._evidence = evidence
        self._streaming = False
        self._stopping = False
        self.task = asyncio.create_task(self._run(), name=f"turn-{turn.id}")

    async def stop(self) -> None:
        """A person stops it: the engine is free at once, the partial answer is kept."""
        if self._stopping or self.task.done():
            return
        self._stopping = True
        if not self._streaming:
            self._give_up()
            return
        timer = asyncio.get_running_loop().call_later(STOP_SECONDS, self._give_up)
        self.task.add_done_callback(lambda _: timer.cancel())
        await self._service.abort(self.turn.id)

    def interrupt(self, reason: DrawingChatError) -> None:
        """It must end now; the partial answer is kept and marked interrupted."""
        self.turn.fail(reason, interrupted=True)
        self.task.cancel()

    def _give_up(self) -> None:
        # The turn ends here, not in the task: a task that has not begun is never entered.
        self.turn.stop(None)
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
        stream = self._service.stream(
            prompt.messages, prompt.images, prompt.sampling, request_id=self.turn.id
        )
        usage: Usage | None = None
        evidence = self._evidence(prompt)
        with closing(evidence) if evidence else nullcontext():
            async with aclosing(stream):
                self._streaming = True
                async for item in stream:
                    if isinstance(item, Delta):
                        self._add(item, evidence)
                    else:
                        usage = item
            if evidence and (items := await evidence.finish()):
                self.turn.add_evidence(items)
        self._end(usage, prompt.notes)

    def _add(self, delta: Delta, evidence: EvidenceReader | None) -> None:
        self.turn.add_text(delta.text, reasoning=delta.reasoning)
        if evidence and not delta.reasoning and (items := evidence.feed(delta.text)):
            self.turn.add_evidence(items)

    def _end(self, usage: Usage | None, notes: tuple[str, ...]) -> None:
        if usage is not None and usage.finish_reason != "abort":
            self.turn.finish(usage, list(notes))
        elif self._stopping:
            self.turn.stop(usage)
        else:
            error = EngineError("The engine gave up this answer. Ask again.")
            self.turn.fail(error, interrupted=True)
