"""The job of a turn that the sheet answers: the counterpart of `TurnRunner` without an engine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from backend.chat.sheet_turns.sheet_answering import items_of
from backend.chat.turns.turn import Turn
from backend.chat.turns.turn_failure import failures_end
from backend.errors import DrawingChatError
from backend.evidence.parsing.folding import utf16_length
from backend.model.service import Usage
from backend.sheet_answers.languages import language_of
from backend.sheet_answers.phrases import phrase
from backend.sheet_answers.reply import Reply

#: Seconds between looks at whether a scan's text is there.
LOOK_SECONDS = 0.25
_NO_TOKENS = Usage("stop", 0, 0, 0, 0, 0.0, 0.0)


class SheetTurnRunner:
    """Runs a turn as a task of its own. `is_reading` tells whether text is still to come."""

    def __init__(
        self,
        turn: Turn,
        *,
        question: str,
        reply: Callable[[], Awaitable[Reply]],
        is_reading: Callable[[], Awaitable[bool]],
    ) -> None:
        self.turn = turn
        self.started = True
        self._question = question
        self._reply = reply
        self._is_reading = is_reading
        self.task = asyncio.create_task(self._run(), name=f"sheet-turn-{turn.id}")

    async def stop(self) -> None:
        """Stop it for a person; what is written is kept."""
        if not self.task.done():
            self.turn.stop(None)
            self.task.cancel()

    def interrupt(self, reason: DrawingChatError) -> None:
        """End it now; what is written is kept and marked interrupted."""
        self.turn.fail(reason, interrupted=True)
        self.task.cancel()

    async def _run(self) -> None:
        with failures_end(self.turn):
            self.turn.left_queue()
            await self._answer()

    async def _answer(self) -> None:
        before = ""
        if await self._is_reading():
            before = phrase(language_of(self._question) or "en", "reading") + "\n\n"
            self.turn.add_text(before)
            while await self._is_reading():  # noqa: ASYNC110 — one of many sheets may end it
                await asyncio.sleep(LOOK_SECONDS)
        reply = await self._reply()
        self.turn.add_text(reply.text)
        moved = utf16_length(before)
        items = items_of(reply)
        if items:
            self.turn.add_evidence(
                [
                    item.model_copy(update={"start": item.start + moved, "end": item.end + moved})
                    for item in items
                ]
            )
        self.turn.finish(_NO_TOKENS, [])
