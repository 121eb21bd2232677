"""The layout of a prompt before it is fitted into the window: sheets, earlier turns, question.

The order never changes, so that each prompt starts like the one before it and the engine finds
that prefix in its cache.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from backend.chat.prompt import prompt_wording as prompt
from backend.chat.prompt.prompt_notes import Note
from backend.chat.prompt.prompt_report import Given
from backend.chat.prompt.prompt_sheets import Part
from backend.model.service import ImagePart, Message, ModelImage, TextPart


@dataclass(frozen=True, slots=True)
class PastTurn:
    """An earlier question with its answer. Its sheets stay in the prompt, the rest may go."""

    sheets: tuple[Part, ...]
    question: tuple[Part, ...]
    answer: tuple[Message, ...]
    given_sheets: tuple[Given, ...] = ()
    given_question: tuple[Given, ...] = ()

    @property
    def size(self) -> int:
        """A rough number of tokens, the same in every later prompt."""
        images = sum(isinstance(part, ImagePart) for part in self.question)
        parts = [*self.question, *(part for message in self.answer for part in message.parts)]
        text = sum(len(part.text) for part in parts if isinstance(part, TextPart))
        return text // prompt.CHARACTERS_PER_TOKEN + 1024 * images


@dataclass
class PromptLayout:
    """The parts of a prompt; `sheets`, `question` and `given` are those of the new question."""

    system: Message
    past: list[PastTurn] = field(default_factory=list)
    sheets: tuple[Part, ...] = ()
    question: tuple[Part, ...] = ()
    given: tuple[Given, ...] = ()
    images: dict[str, ModelImage] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def messages(self, cut: int) -> tuple[Message, ...]:
        """The messages without the first `cut` past turns, whose sheets move to the next one."""
        messages = [self.system]
        waiting: list[Part] = []
        for turn in self.past[:cut]:
            waiting += turn.sheets
        if cut:
            waiting.append(TextPart(prompt.LEFT_OUT))
        for turn in self.past[cut:]:
            messages.append(Message("user", (*waiting, *turn.sheets, *turn.question)))
            messages += turn.answer
            waiting = []
        last = (*waiting, *self.sheets, *self.question)
        if last:
            messages.append(Message("user", last))
        return tuple(messages)

    def given_to_model(self, cut: int) -> list[Given]:
        """The images and texts in `messages(cut)`."""
        given: list[Given] = []
        for index, turn in enumerate(self.past):
            given += turn.given_sheets
            if index >= cut:
                given += turn.given_question
        return [*given, *self.given]
