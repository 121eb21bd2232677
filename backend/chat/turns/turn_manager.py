"""All turns of a server: accept, stop, watch, drain, and recovery after a crash.

A turn is a job of the server; sockets only watch it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from backend.chat.answer_grading import EvidenceReader, load_index, region_of
from backend.chat.prefill.prefill_planner import PrefillPlanner
from backend.chat.prompt.prompt_builder import Prompt, PromptBuilder
from backend.chat.prompt.prompt_sheets import Attachment, Sheets, check_attachment
from backend.chat.prompt.prompt_wording import title_of
from backend.chat.protocol.client_frames import Ask, AskOptions, DrawingReference
from backend.chat.protocol.server_frames import EvidenceItem
from backend.chat.sheet_turns.sheet_answering import SheetAnswering
from backend.chat.turns import turn_metrics
from backend.chat.turns.event_log import EventLog
from backend.chat.turns.idempotency import Idempotency, unique_id
from backend.chat.turns.request_queue import RequestQueue
from backend.chat.turns.sheet_turn_runner import SheetTurnRunner
from backend.chat.turns.turn import Turn
from backend.chat.turns.turn_runner import TurnRunner
from backend.config.settings import Settings
from backend.errors import (
    BadRequest,
    Busy,
    DrawingChatError,
    EngineRestarting,
    ModelNotReady,
)
from backend.geometry import Box
from backend.model.service import ModelStatus, Sampling, VisionService
from backend.storage.conversations import ConversationStore
from backend.storage.database import Database
from backend.storage.turn_rows import ROOT, Question, TurnRow
from backend.storage.turns import TurnStore
from backend.tools.sheet_tools import SheetTools
from backend.tools.toolbox import Toolbox

logger = logging.getLogger(__name__)

CRASHED = "The server stopped during this answer. The partial answer was kept; ask again."
STOPPING = "The server is stopping. The partial answer was kept; ask again once it is back."


class TurnManager:
    """Made by `TurnManager.open`, ended by `close`."""

    def __init__(
        self,
        database: Database,
        sheets: Sheets,
        service: VisionService,
        settings: Settings,
        answering: SheetAnswering | None = None,
    ) -> None:
        self._answering_sheets = answering
        self._store = TurnStore(database)
        self._conversations = ConversationStore(database)
        self._sheets = sheets
        self._service = service
        self._prompts = PromptBuilder(
            sheets,
            service,
            window=settings.max_model_len,
            most_images=settings.images_per_prompt,
            answer_tokens=settings.max_answer_tokens,
            tools=settings.tools,
        )
        self._answer_tokens = settings.max_answer_tokens
        self._queue = RequestQueue(settings.max_num_seqs, settings.max_queued_turns)
        self._idempotency = Idempotency(self._store)
        self.prefills = PrefillPlanner(service, sheets, self._conversations, self._prompts)
        self._log = EventLog(self._store, on_lost=self._lost, on_end=self._forget)
        self._jobs: dict[str, TurnRunner | SheetTurnRunner] = {}
        #: Owner and id of conversations with an unfinished turn, accepted or about to be.
        self._answering: set[tuple[str, str]] = set()
        self._draining = False
        self._held = False
        self._remove_listener = service.on_status(self._status_changed)
        self._status_changed(service.status())

    @classmethod
    async def open(
        cls,
        database: Database,
        sheets: Sheets,
        service: VisionService,
        settings: Settings,
        answering: SheetAnswering | None = None,
    ) -> TurnManager:
        """End the turns that a crash left open, then accept questions."""
        count = await TurnStore(database).interrupt_unfinished(EngineRestarting.code, CRASHED)
        if count:
            logger.info("%d answers were interrupted when the server last stopped", count)
        return cls(database, sheets, service, settings, answering)

    async def close(self) -> None:
        """Interrupt every turn and store the ends."""
        await self.drain(0)
        self._remove_listener()
        await self.prefills.close()
        await self._log.close()

    # Turns

    async def accept(self, owner: str, ask: Ask) -> tuple[TurnRow, int]:
        """The turn of a question and its queue position. A question that is sent again after a
        lost connection finds the turn it started before. Raises as `ask`."""
        async with self._idempotency.exclusive(owner, ask.id):
            if row := await self._idempotency.find(owner, ask):
                job = self._jobs.get(row.id)
                return row, job.turn.queue_position if job and not job.started else 0
            turn = await self.ask(owner, ask)
            return turn.row, turn.queue_position

    async def turn_asked(self, owner: str, ask_id: str) -> str | None:
        """The turn of the question with this id, if the id is unique."""
        return await self._idempotency.turn_of(owner, ask_id)

    async def ask(self, owner: str, ask: Ask) -> Turn:
        """Store the question and start its turn; it has reached the disk on return.

        Raises `NotFound`, `BadRequest`, `BadRegion`, `Busy`, `ModelNotReady`, `StorageBusy` or
        `StorageFull`; then nothing is stored.
        """
        self._check_not_draining()
        for reference in ask.drawings:
            attachment = _attachment(reference)
            await check_attachment(self._sheets, owner, attachment)
        attachments = await self._attached(owner, ask)
        answered_by = await self._who_answers(owner, ask, attachments)
        if answered_by == "sheet" and self._answering_sheets is not None:
            return await self._ask_sheet(owner, ask, attachments, self._answering_sheets)
        self._check_open(owner)
        row = await self._accept(owner, ask)
        position = self._queue.position()
        turn = Turn(owner, row, ask_id=ask.id, queue_position=position, on_change=self._log.changed)
        self.prefills.turn_started()
        job = TurnRunner(
            turn,
            service=self._service,
            queue=self._queue,
            build=lambda: self._prompt(turn, ask.options),
            evidence=lambda prompt: self._evidence(turn, ask, prompt),
            toolbox=lambda prompt: self._toolbox(turn, prompt),
            claims=lambda prompt: self._contradicted(turn, prompt),
        )
        self._jobs[turn.id] = job
        return turn

    async def _ask_sheet(
        self, owner: str, ask: Ask, attachments: list[Attachment], answering: SheetAnswering
    ) -> Turn:
        row = await self._accept(owner, ask, "sheet")
        turn = Turn(owner, row, ask_id=ask.id, on_change=self._log.changed)
        self.prefills.turn_started()
        self._jobs[turn.id] = SheetTurnRunner(
            turn,
            question=ask.text,
            reply=lambda: answering.reply(owner, ask.text, attachments),
            is_reading=lambda: answering.is_reading(owner, attachments),
        )
        return turn

    async def _who_answers(
        self, owner: str, ask: Ask, attachments: list[Attachment]
    ) -> Literal["model", "sheet"]:
        if self._answering_sheets is None:
            return "model"
        status = self._service.status()
        wanted = ask.options.answer_by
        return await self._answering_sheets.who_answers(
            owner, ask.text, attachments, status, wanted
        )

    async def _attached(self, owner: str, ask: Ask) -> list[Attachment]:
        """The question's drawings; without any, the newest ones of the branch it continues."""
        references = ask.drawings
        if not references and ask.conversation_id is not None and ask.parent_id != ROOT:
            parent = ask.parent_id
            if parent is None:
                newest = await self._conversations.messages(owner, ask.conversation_id, limit=1)
                parent = newest[-1].id if newest else None
            branch = await self._conversations.path(owner, parent) if parent else []
            last = next((row.drawings for row in reversed(branch) if row.drawings), [])
            references = [DrawingReference.model_validate(one) for one in last]
            references = [one.model_copy(update={"region": None}) for one in references]
        return [_attachment(one) for one in references]

    async def _contradicted(self, turn: Turn, prompt: Prompt) -> list[EvidenceItem]:
        if self._answering_sheets is None:
            return []
        return await self._answering_sheets.contradicted(turn.owner, turn.text, prompt.attachments)

    async def stop(self, owner: str, turn_id: str) -> None:
        """Stop a running turn; an ended one is left as it is. Raises `NotFound`."""
        job = self._jobs.get(turn_id)
        if job is not None and job.turn.owner == owner:
            await job.stop()
        else:
            await self._store.find(owner, turn_id)

    async def watch(self, owner: str, turn_id: str, after_seq: int) -> AsyncGenerator[str, None]:
        """The turn's encoded frames after `after_seq`, then live to its end.

        Raises `NotFound`, or `BadRequest` for an event that does not exist yet, at once.
        """
        job = self._jobs.get(turn_id)
        if job is None or job.turn.owner != owner:
            first = await self._store.events(owner, turn_id, after_seq)
            return self._stored_frames(owner, turn_id, after_seq, first)
        if after_seq > job.turn.last_seq:
            raise BadRequest(f"after_seq: the turn's last event is {job.turn.last_seq}.")
        return job.turn.watch(after_seq)

    @asynccontextmanager
    async def slot(self, owner: str) -> AsyncIterator[None]:
        """A slot at the engine for a request that is not a turn, queued with the turns.

        Raises `Busy` or `ModelNotReady`.
        """
        self._check_open(owner)
        async with self._queue.slot(owner):
            yield

    async def end_conversation(self, owner: str, conversation_id: str) -> None:
        """Stop the conversation's turn, if one runs, and wait for its end."""
        for job in list(self._jobs.values()):
            if job.turn.row.conversation_id == conversation_id and job.turn.owner == owner:
                await job.stop()
                async for _ in job.turn.watch(job.turn.last_seq):
                    pass

    @asynccontextmanager
    async def held(self, seconds: float) -> AsyncIterator[None]:
        """Hold the engine exclusively: wait for running requests, queue new ones, in any state of
        the service. Raises `TimeoutError` after `seconds`."""
        self._held = True
        self._queue.pause()
        try:
            async with asyncio.timeout(seconds):
                while self._queue.held():  # noqa: ASYNC110 — released in many places
                    await asyncio.sleep(0.05)
            yield
        finally:
            self._held = False
            self._status_changed(self._service.status())

    async def drain(self, grace_s: float) -> None:
        """Accept no more turns; running ones get `grace_s` seconds, then are interrupted."""
        self._draining = True
        reason = EngineRestarting(STOPPING)
        for job in self._jobs.values():
            if not job.started:
                job.interrupt(reason)
        tasks = {job.task for job in self._jobs.values()}
        if tasks and grace_s > 0:
            await asyncio.wait(tasks, timeout=grace_s)
        for job in self._jobs.values():
            if not job.task.done():
                job.interrupt(reason)
        for turn in [job.turn for job in self._jobs.values()]:
            async for _ in turn.watch(turn.last_seq):
                pass

    def prefill_conversation(self, owner: str, conversation_id: str, answer_id: str) -> None:
        """A conversation has been opened: prefill its branch, unless it is answering."""
        if (owner, conversation_id) not in self._answering:
            self.prefills.conversation_opened(owner, conversation_id, answer_id)

    def waiting(self) -> int:
        """The number of requests that wait for a slot."""
        return len(self._queue)

    def running(self) -> int:
        """The number of turns that have a slot."""
        return sum(job.started for job in self._jobs.values())

    def _check_not_draining(self) -> None:
        if self._draining:
            raise Busy("The server is stopping. Try again in a minute.", retry_after_s=30)

    def _check_open(self, owner: str) -> None:
        self._check_not_draining()
        status = self._service.status()
        if status.state in ("failed", "stopped") and not self._held:
            raise _not_ready(status)
        self._queue.check(owner)

    async def _accept(
        self, owner: str, ask: Ask, answered_by: Literal["model", "sheet"] = "model"
    ) -> TurnRow:
        """Store the question; its conversation is reserved before the first `await`."""
        reserved = ask.conversation_id and (owner, ask.conversation_id)
        if reserved:
            if reserved in self._answering:
                raise Busy(
                    "This conversation is still answering. Stop the answer, or wait for its end."
                )
            self._answering.add(reserved)
        question = Question(
            owner,
            ask.text,
            ask.conversation_id,
            ask.parent_id,
            [reference.model_dump(mode="json") for reference in ask.drawings],
            ask.options.model_dump(exclude_none=True),
            title_of(ask.text),
            unique_id(ask.id),
            answered_by,
        )
        try:
            row = await self._store.accept(question)
        except BaseException:
            if reserved:
                self._answering.discard(reserved)
            raise
        self._answering.add((owner, row.conversation_id))
        self.prefills.question_accepted(owner, row.conversation_id)
        return row

    async def _prompt(self, turn: Turn, options: AskOptions) -> Prompt:
        branch = await self._conversations.path(turn.owner, turn.row.question_id)
        given: dict[str, Any] = options.model_dump(exclude_none=True, exclude={"answer_by"})
        sampling = Sampling(**{"max_tokens": self._answer_tokens, **given})
        return await self._prompts.build(turn.owner, branch, sampling)

    def _evidence(self, turn: Turn, ask: Ask, prompt: Prompt) -> EvidenceReader | None:
        """Grades the answer; None without drawings or tools to check it against."""
        if not prompt.attachments and prompt.tools is None:
            return None
        asked = [_attachment(one) for one in ask.drawings]
        return EvidenceReader(
            lambda: load_index(self._sheets, turn.owner, prompt.attachments),
            region_of(asked),
            prompt.computed,
        )

    def _toolbox(self, turn: Turn, prompt: Prompt) -> Toolbox | None:
        """The tools the model may call, restricted to the prompt's drawings."""
        scope = prompt.tools
        if scope is None:
            return None
        return Toolbox(SheetTools(self._sheets, turn.owner, scope.drawings, scope.views))

    async def _stored_frames(
        self, owner: str, turn_id: str, after_seq: int, frames: list[str]
    ) -> AsyncGenerator[str, None]:
        while frames:
            for frame in frames:
                yield frame
            after_seq += len(frames)
            frames = await self._store.events(owner, turn_id, after_seq)

    def _lost(self, turn: Turn) -> None:
        self._jobs[turn.id].task.cancel()

    def _forget(self, turn: Turn) -> None:
        """Its end is stored: from now on it is read from the database."""
        del self._jobs[turn.id]
        turn_metrics.count(turn)
        self._answering.discard((turn.owner, turn.row.conversation_id))
        self.prefills.turn_ended(turn.owner, turn.row, turn.tokens_read)
        if turn.status == "interrupted" and not turn.tokens_read and not self._draining:
            self.prefill_conversation(turn.owner, turn.row.conversation_id, turn.row.answer_id)
        if not self._jobs:
            self.prefills.last_turn_ended()

    def _status_changed(self, status: ModelStatus) -> None:
        if status.state in ("ready", "asleep") and not self._held:  # a request wakes the engine
            self._queue.open()
        elif status.state in ("failed", "stopped") and not self._held:
            self._queue.refuse(_not_ready(status))
        elif status.state != "ready":
            self._queue.pause()
        self.prefills.engine_changed(status, held=self._held)


def _not_ready(status: ModelStatus) -> DrawingChatError:
    what = "has failed" if status.state == "failed" else "is stopped"
    reason = f": {status.error}" if status.error else "."
    return ModelNotReady(f"The model {what}{reason}")


def _attachment(reference: DrawingReference) -> Attachment:
    region = None if reference.region is None else Box(*reference.region)
    return Attachment(reference.id, reference.page, region)
