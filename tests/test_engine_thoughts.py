"""Thoughts and answer of a model that thinks, however the stream is cut."""

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
def test_both_are_whole_however_the_stream_is_cut(size: int, opened: bool) -> None:
    text = WHOLE if opened else "<think>" + WHOLE
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert read(pieces, opened=opened) == (THOUGHT, ANSWER)


@pytest.mark.parametrize("text", ["It is Ø38.", "<b>", "<thin", " a </think> b", "<|x|>"])
def test_an_answer_without_thoughts_is_untouched(text: str) -> None:
    assert read(list(text), opened=False) == ("", text)


def test_a_thought_that_is_cut_short_stays_a_thought() -> None:
    assert read(list("Well, </thi"), opened=True) == ("Well, </thi", "")


def test_text_is_not_held_back_longer_than_it_must_be() -> None:
    reader = ReasoningParser(opened=True)
    assert [delta.text for delta in reader.feed("The bore")] == ["The bore"]
    reader.feed("</think>")
    assert [delta.text for delta in reader.feed("Ø")] == ["Ø"]
    assert [delta.text for delta in reader.feed("\n")] == ["\n"]


def test_an_empty_thought_is_none() -> None:
    assert read(["<think>\n\n</think>\n\n", "Ø38"], opened=False) == ("", "Ø38")
