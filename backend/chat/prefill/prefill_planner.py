"""Decides what is prefilled and when: uploaded drawings, opened conversations, ended turns.

Follows the life of the engine: its cache is empty after a restart, so the most recent prefills
are repeated then.
"""

from __future__ import annotations

from backend.chat.prefill.prefiller import Prefiller, PrefillPrompt, PrefillRequest
from backend.chat.prefill.prefix_readiness import Readiness, Subject
from backend.chat.prompt.prompt_builder import PromptBuilder
from backend.chat.prompt.prompt_sheets import Attachment, Sheets
from backend.model.service import ModelStatus, VisionService
from backend.storage.conversations import ConversationStore
from backend.storage.turn_rows import TurnRow

#: Pages of a document that is prefilled as a whole; of a longer one only the first page is.
SHORT_DOCUMENT = 8


class PrefillPlanner:
    """Handles the events that make a prefill useful or obsolete."""

    def __init__(
        self,
        service: VisionService,
        sheets: Sheets,
        conversations: ConversationStore,
        prompts: PromptBuilder,
    ) -> None:
        self._sheets = sheets
        self._conversations = conversations
        self._prompts = prompts
        #: The prefixes in the engine's cache.
        self.readiness = Readiness(
            lambda: service.status().limits.get("kv_cache_tokens", 0), service.computed_tokens
        )
        self._prefiller = Prefiller(service, self.readiness)
        self._engine_ready = False
        self._repeat = False

    def __len__(self) -> int:
        """The number of waiting and running prefills."""
        return len(self._prefiller)

    async def close(self) -> None:
        """End all prefills."""
        await self._prefiller.close()

    def drawing_uploaded(self, owner: str, drawing_id: str) -> None:
        """Prefill its first page, or all of a short document."""

        async def build() -> PrefillPrompt:
            info = await self._sheets.info(owner, drawing_id)
            page = None if len(info.pages) <= SHORT_DOCUMENT else 1
            prompt = await self._prompts.prefill(owner, [Attachment(drawing_id, page)])
            return PrefillPrompt(prompt, str(page or ""))

        self._prefiller.request(Subject(owner, "drawing", drawing_id), PrefillRequest("", build))

    def conversation_opened(self, owner: str, conversation_id: str, answer_id: str) -> None:
        """Prefill its branch up to this answer, unless that is in the cache."""
        subject = Subject(owner, "conversation", conversation_id)
        known = self.readiness.get(subject)
        if known.state == "none" or known.detail != answer_id:
            self._prefiller.request(subject, self._branch(owner, answer_id))

    def page_recognised(self, owner: str, drawing_id: str) -> None:
        """A scanned page has its text now, so prompts about it start differently."""
        for subject in self.readiness.of(owner):
            if subject.kind == "conversation" or subject.id == drawing_id:
                self.readiness.none(subject)
        self._prefiller.repeat(owner)

    def question_accepted(self, owner: str, conversation_id: str) -> None:
        """The prefix of this conversation is about to change."""
        self.readiness.none(Subject(owner, "conversation", conversation_id))

    def turn_started(self) -> None:
        """Interrupt the prefills: a question comes first."""
        self._prefiller.pause()

    def turn_ended(self, owner: str, turn: TurnRow, tokens: int) -> None:
        """The conversation's prefix is in the cache, if the engine has read `tokens` of it."""
        if tokens:
            subject = Subject(owner, "conversation", turn.conversation_id)
            self._prefiller.remember(subject, self._branch(owner, turn.answer_id))
            self.readiness.ready(subject, turn.answer_id, tokens)
        self.readiness.check()

    def last_turn_ended(self) -> None:
        """Resume the prefills."""
        self._prefiller.resume()

    def engine_changed(self, status: ModelStatus, *, held: bool) -> None:
        """The engine's state has changed; with `held` prefills have to wait."""
        ready = status.state == "ready"
        if self._engine_ready and not ready:
            self.readiness.clear()
            self._repeat = True
        self._engine_ready = ready
        if self._repeat and status.state != "asleep":
            self._repeat = False
            self._prefiller.repeat()
        if ready and not held:
            self._prefiller.start_idle()

    def _branch(self, owner: str, answer_id: str) -> PrefillRequest:
        async def build() -> PrefillPrompt:
            branch = await self._conversations.path(owner, answer_id)
            return PrefillPrompt(await self._prompts.prefill_branch(owner, branch), answer_id)

        return PrefillRequest(answer_id, build)
