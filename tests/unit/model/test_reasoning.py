"""Separating reasoning from the answer, however the stream is split."""

from __future__ import annotations

import pytest

from backend.model.reasoning import ReasoningParser

WHOLE = "\nThe bore is\n\nØ38 < Ø40, so </b> no.\n</think>\n\nIt is Ø38.\n\nYes."
THOUGHT, ANSWER = "The bore is\n\nØ38 < Ø40, so </b> no.", "It is Ø38.\n\nYes."


def read(pieces: list[str], *, opened: bool) -> tuple[str, str]:
    """Thoughts and answer; every delta has text."""
    reader = ReasoningParser(opened=opened)
    deltas = [delta for piece in pieces for delta in reader.feed(piece)] + reader.close()
    assert all(delta.text for delta in deltas)
    kinds = [delta.reasoning for delta in deltas]
    assert kinds == sorted(kinds, reverse=True)  # a thought never follows the answer
    thought, answer = (
        "".join(delta.text for delta in deltas if delta.reasoning is kind) for kind in (True, False)
    )
    return thought.strip(), answer


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize("opened", [True, False])
def test_reasoning_and_answer_are_complete_however_the_stream_is_split(
    size: int, opened: bool
) -> None:
    text = WHOLE if opened else "<think>" + WHOLE
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert read(pieces, opened=opened) == (THOUGHT, ANSWER)


@pytest.mark.parametrize("text", ["It is Ø38.", "<b>", "<thin", " a </think> b", "<|x|>"])
def test_an_answer_without_reasoning_is_unchanged(text: str) -> None:
    assert read(list(text), opened=False) == ("", text)


def test_truncated_reasoning_stays_reasoning() -> None:
    assert read(list("Well, </thi"), opened=True) == ("Well, </thi", "")


def test_text_is_held_back_no_longer_than_necessary() -> None:
    reader = ReasoningParser(opened=True)
    assert [delta.text for delta in reader.feed("The bore")] == ["The bore"]
    reader.feed("</think>")
    assert [delta.text for delta in reader.feed("Ø")] == ["Ø"]
    assert [delta.text for delta in reader.feed("\n")] == ["\n"]


def test_empty_reasoning_is_dropped() -> None:
    assert read(["<think>\n\n</think>\n\n", "Ø38"], opened=False) == ("", "Ø38")
