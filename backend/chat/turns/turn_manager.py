"""All turns of a server: accept, stop, watch, drain, and what a crash left behind.

A turn is a job of the server; sockets only watch it. Knows the order in which things happen;
the parts know how.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from backend.chat.answer_grading import EvidenceReader, load_index, region_of
from backend.chat.prefill.prefiller import Ahead, Prefiller, Wanted
from backend.chat.prefill.prefix_readiness import Readiness, Subject
from backend.chat.prompt.prompt_builder import ContextBuilder, Prompt
from backend.chat.prompt.prompt_sheets import Attachment, Sheets, check_attachment
from backend.chat.prompt.prompt_wording import title_of
from backend.chat.protocol.frames import Ask, AskOptions
from backend.chat.turns import turn_metrics
from backend.chat.turns.event_log import EventLog
from backend.chat.turns.idempotency import AskedBefore, unique_id
from backend.chat.turns.request_queue import WaitingLine
from backend.chat.turns.turn import Turn
from backend.chat.turns.turn_runner import Answering
from backend.config.settings import Settings
from backend.errors import (
    BadRequest,
    Busy,
    DrawingChatError,
    EngineRestarting,
    ModelNotReady,
)
from backend.model.service import ModelStatus, Sampling, VisionService
from backend.storage.conversations import ConversationStore
from backend.storage.database import Database
from backend.storage.turn_rows import Question, TurnRow
from backend.storage.turns import TurnStore
from backend.tools.sheet_tools import SheetTools
from backend.tools.toolbox import Toolbox

logger = logging.getLogger(__name__)

#: Pages of a document whose texts are read ahead with its first page.
SHORT_DOCUMENT = 8
CRASHED = "The server ended in the middle of this answer. What had arrived is kept; ask again."
STOPPING = "The server is stopping. What has arrived is kept; ask again once it is back."


class TurnManager:
    """Made by `TurnManager.open`, ended by `close`."""

    def __init__(
        self, database: Database, sheets: Sheets, service: VisionService, settings: Settings
    ) -> None:
        self._store = TurnStore(database)
        self._conversations = ConversationStore(database)
        self._sheets = sheets
        self._service = service
        self._context = ContextBuilder(
            sheets,
            service,
            window=settings.max_model_len,
            most_images=settings.images_per_prompt,
            answer_tokens=settings.max_answer_tokens,
            tools=settings.tools,
        )
        self._answer_tokens = settings.max_answer_tokens
        self._line = WaitingLine(settings.max_num_seqs, settings.max_queued_turns)
        self._asked = AskedBefore(self._store)
        #: What the engine has read ahead.
        self.readiness = Readiness(
            lambda: service.status().limits.get("kv_cache_tokens", 0), service.computed_tokens
        )
        self._prefiller = Prefiller(service, self.readiness)
        self._log = EventLog(self._store, on_lost=self._lost, on_end=self._forget)
        self._jobs: dict[str, Answering] = {}
        #: Owner and id of conversations with a turn that has not ended, accepted or about to be.
        self._answering: set[tuple[str, str]] = set()
        self._draining = False
        self._held = False
        self._engine_ready = False
        #: The cache is empty, and what was wanted last is to be read once more.
        self._read_again = False
        self._remove_listener = service.on_status(self._status_changed)
        self._status_changed(service.status())

    @classmethod
    async def open(
        cls, database: Database, sheets: Sheets, service: VisionService, settings: Settings
    ) -> TurnManager:
        """Mark what a crash left open, then take questions."""
        count = await TurnStore(database).interrupt_unfinished(EngineRestarting.code, CRASHED)
        if count:
            logger.info("%d answers were cut short when the server ended last time", count)
        return cls(database, sheets, service, settings)

    async def close(self) -> None:
        """End every turn, marked, and store the ends."""
        await self.drain(0)
        self._remove_listener()
        await self._prefiller.close()
        await self._log.close()

    # Turns

    async def accept(self, owner: str, ask: Ask) -> tuple[TurnRow, int]:
        """The turn of a question and its place in the line. A question that is sent again, after
        a line broke, finds the turn that it began before. Raises as `ask`."""
        async with self._asked.alone(owner, ask.id):
            if row := await self._asked.find(owner, ask):
                job = self._jobs.get(row.id)
                return row, job.turn.queue_position if job and not job.started else 0
            turn = await self.ask(owner, ask)
            return turn.row, turn.queue_position

    async def turn_asked(self, owner: str, ask_id: str) -> str | None:
        """The turn of a question by its own id, where that is one that it shares with no other."""
        return await self._asked.turn_of(owner, ask_id)

    async def ask(self, owner: str, ask: Ask) -> Turn:
        """Store the question and begin its turn; it has reached the disk on return.

        Raises `NotFound`, `BadRequest`, `BadRegion`, `Busy`, `ModelNotReady`, `StorageBusy` or
        `StorageFull`; nothing is stored then.
        """
        self._check_open(owner)
        for reference in ask.drawings:
            attachment = Attachment(reference.id, reference.page, reference.region)
            await check_attachment(self._sheets, owner, attachment)
        row = await self._accept(owner, ask)
        position = self._line.position()
        turn = Turn(owner, row, ask_id=ask.id, queue_position=position, on_change=self._log.changed)
        self._prefiller.pause()
        job = Answering(
            turn,
            service=self._service,
            line=self._line,
            build=lambda: self._prompt(turn, ask.options),
            evidence=lambda prompt: self._evidence(turn, ask, prompt),
            toolbox=lambda prompt: self._toolbox(turn, prompt),
        )
        self._jobs[turn.id] = job
        return turn

    async def stop(self, owner: str, turn_id: str) -> None:
        """Stop a running turn; one that has ended stays as it is. Raises `NotFound`."""
        job = self._jobs.get(turn_id)
        if job is not None and job.turn.owner == owner:
            await job.stop()
        else:
            await self._store.find(owner, turn_id)

    async def watch(self, owner: str, turn_id: str, after_seq: int) -> AsyncGenerator[str, None]:
        """The turn's encoded frames after `after_seq`, then live to its end.

        Checks at once: raises `NotFound`, or `BadRequest` for an event that is not there yet.
        """
        job = self._jobs.get(turn_id)
        if job is None or job.turn.owner != owner:
            first = await self._store.events(owner, turn_id, after_seq)
            return self._stored_frames(owner, turn_id, after_seq, first)
        if after_seq > job.turn.last_seq:
            raise BadRequest(f"after_seq: the turn's last event is {job.turn.last_seq}.")
        return job.turn.watch(after_seq)

    @asynccontextmanager
    async def place(self, owner: str) -> AsyncIterator[None]:
        """A place at the engine for a request that is no turn, in line with the turns.

        Raises `Busy` or `ModelNotReady`.
        """
        self._check_open(owner)
        async with self._line.place(owner):
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
        """While the body runs nobody is at the engine: who has a place is waited for, who comes
        waits, whatever state the service shows. Raises `TimeoutError` after `seconds`."""
        self._held = True
        self._line.shut()
        try:
            async with asyncio.timeout(seconds):
                while self._line.held():  # noqa: ASYNC110 — let go of in many places
                    await asyncio.sleep(0.05)
            yield
        finally:
            self._held = False
            self._status_changed(self._service.status())

    async def drain(self, grace_s: float) -> None:
        """Accept nothing more; running turns get `grace_s` seconds, then are interrupted."""
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

    # Prefill

    def prefill_drawing(self, owner: str, drawing_id: str) -> None:
        """A drawing has been uploaded: its first page goes through the model soon; of a short
        document everything that a question about all of it begins with."""

        async def build() -> Ahead:
            facts = await self._sheets.facts(owner, drawing_id)
            page = None if len(facts.pages) <= SHORT_DOCUMENT else 1
            prompt = await self._context.prefill(owner, [Attachment(drawing_id, page)])
            return Ahead(prompt, str(page or ""))

        self._prefiller.request(Subject(owner, "drawing", drawing_id), "", build)

    def prefill_conversation(self, owner: str, conversation_id: str, answer_id: str) -> None:
        """A conversation has been opened: its branch up to this answer goes through the model,
        unless it has it in its cache or is answering there."""
        subject = Subject(owner, "conversation", conversation_id)
        known = self.readiness.get(subject)
        is_known = known.state != "none" and known.detail == answer_id
        if not is_known and (owner, conversation_id) not in self._answering:
            wanted = self._wanted(owner, answer_id)
            self._prefiller.request(subject, wanted.detail, wanted.build)

    def page_read(self, owner: str, drawing_id: str) -> None:
        """A scanned page has its text now: prompts about it begin otherwise than before."""
        for subject in self.readiness.of(owner):
            if subject.kind == "conversation" or subject.id == drawing_id:
                self.readiness.none(subject)
        self._prefiller.again(owner)

    def waiting(self) -> int:
        """How many questions wait for a place at the engine."""
        return len(self._line)

    def running(self) -> int:
        """How many turns have a place."""
        return sum(job.started for job in self._jobs.values())

    def prefilling(self) -> int:
        """How many prefills wait or run."""
        return len(self._prefiller)

    # Within

    def _wanted(self, owner: str, answer_id: str) -> Wanted:
        """A conversation's branch up to this answer, to be prefilled."""

        async def build() -> Ahead:
            branch = await self._conversations.path(owner, answer_id)
            return Ahead(await self._context.prefill_branch(owner, branch), answer_id)

        return Wanted(answer_id, build)

    def _check_open(self, owner: str) -> None:
        if self._draining:
            raise Busy("The server is stopping. Try again in a minute.", retry_after_s=30)
        status = self._service.status()
        if status.state in ("failed", "stopped") and not self._held:
            raise _not_ready(status)
        self._line.check(owner)

    async def _accept(self, owner: str, ask: Ask) -> TurnRow:
        """Store the question, with its conversation reserved from before the first wait."""
        reserved = ask.conversation_id and (owner, ask.conversation_id)
        if reserved:
            if reserved in self._answering:
                raise Busy("This conversation is still answering. Stop it or wait for its end.")
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
        )
        try:
            row = await self._store.accept(question)
        except BaseException:
            if reserved:
                self._answering.discard(reserved)
            raise
        self._answering.add((owner, row.conversation_id))
        self.readiness.none(Subject(owner, "conversation", row.conversation_id))
        return row

    async def _prompt(self, turn: Turn, options: AskOptions) -> Prompt:
        branch = await self._conversations.path(turn.owner, turn.row.question_id)
        given: dict[str, Any] = options.model_dump(exclude_none=True)
        sampling = Sampling(**{"max_tokens": self._answer_tokens, **given})
        return await self._context.build(turn.owner, branch, sampling)

    def _evidence(self, turn: Turn, ask: Ask, prompt: Prompt) -> EvidenceReader | None:
        """What grades the answer; nothing where there is nothing to hold it against."""
        if not prompt.attachments and prompt.tools is None:
            return None
        asked = [Attachment(one.id, one.page, one.region) for one in ask.drawings]
        return EvidenceReader(
            lambda: load_index(self._sheets, turn.owner, prompt.attachments),
            region_of(asked),
            prompt.computed,
        )

    def _toolbox(self, turn: Turn, prompt: Prompt) -> Toolbox | None:
        """What the model may call while it answers: these drawings and no others."""
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
        if turn.tokens_read:
            subject = Subject(turn.owner, "conversation", turn.row.conversation_id)
            self._prefiller.remember(subject, self._wanted(turn.owner, turn.row.answer_id))
            self.readiness.ready(subject, turn.row.answer_id, turn.tokens_read)
        elif turn.status == "interrupted" and not self._draining:
            self.prefill_conversation(turn.owner, turn.row.conversation_id, turn.row.answer_id)
        self.readiness.check()
        if not self._jobs:
            self._prefiller.go_on()

    def _status_changed(self, status: ModelStatus) -> None:
        ready = status.state == "ready"
        if self._engine_ready and not ready:
            self.readiness.clear()
            self._read_again = True
        self._engine_ready = ready
        if self._read_again and status.state != "asleep":
            self._read_again = False
            self._prefiller.again()
        if ready:
            if not self._held:
                self._line.open()
                self._prefiller.go_on_if_idle()
        elif status.state in ("failed", "stopped") and not self._held:
            self._line.refuse(_not_ready(status))
        elif status.state == "asleep" and not self._held:
            self._line.open()  # whoever comes wakes it
        else:
            self._line.shut()


def _not_ready(status: ModelStatus) -> DrawingChatError:
    what = "has failed" if status.state == "failed" else "is stopped"
    reason = f": {status.error}" if status.error else "."
    return ModelNotReady(f"The model {what}{reason}")
