"""Earlier answers with their tool calls: the same in every later prompt, and short."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backend.chat.prompt.tool_history import KEPT_CHARACTERS, SEEN, answered, computed
from backend.model.control_tokens import FORMAT_TAGS
from tests.fakes import texts_of

FIT = {"hole": {"upper_um": 21, "lower_um": 0}, "standard": "ISO 286-1:2010"}


def call(name: str, at: int, result: Any = None, **more: Any) -> dict[str, Any]:
    state = "failed" if "error" in more else "done"
    return {"step": 1, "name": name, "state": state, "arguments": {"a": 1}, "result": result,
            "error": None, "at": at, **more}  # fmt: skip


def told(text: str, *calls: dict[str, Any]) -> list[tuple[str, str]]:
    return [(message.role, texts_of(message)) for message in answered(text, calls)]


def test_an_answer_without_calls_is_as_it_was() -> None:
    assert told(" Ø38 \n") == [("assistant", " Ø38 \n")]


def test_calls_stand_where_they_stood_counted_as_a_browser_does() -> None:
    text = "😀 Look.\n\nIt is +21."
    (first, tool, last) = told(text, call("convert", 8, FIT))
    assert first == (
        "assistant",
        '😀 Look.\n<tool_call>\n{"name": "convert", "arguments": {"a": 1}}\n</tool_call>',
    )
    assert tool == ("tool", json.dumps(FIT))
    assert last == ("assistant", "It is +21.")


def test_pictures_become_words_and_texts_are_cut() -> None:
    zoomed = {"drawing": "d", "page": 1, "region": [0, 0, 9, 9]}
    read = {**zoomed, "text": ["x" * 400] * 9}
    found = {"items": [{"text": "M6", "page": 1}, {"text": "M6", "page": 2}], "found": 2}
    rows = told(
        "end",
        call("image_zoom_in_tool", 0, zoomed),
        call("read_region", 0, read),
        call("find_text", 0, found),
        call("thread", 0, error="No such thread."),
    )
    answers = [json.loads(text) for role, text in rows if role == "tool"]
    assert answers[0] == {"note": SEEN}
    assert answers[1]["note"] == SEEN and len("".join(answers[1]["text"])) <= KEPT_CHARACTERS
    assert answers[2] == {"found": 2, "texts": ["M6"]}
    assert answers[3] == {"error": "No such thread."}


def test_malformed_calls_and_those_without_a_word_after_them_are_left_out() -> None:
    assert told("Well.", call("tool_call", 0, error="?"), call("convert", 5, FIT)) == [
        ("assistant", "Well.")
    ]


def test_what_was_computed_is_known_again() -> None:
    (known,) = computed([call("limits_and_fits", 0, FIT), call("find_text", 0, {"items": []}),
                         call("thread", 0, error="?")])  # fmt: skip
    assert known.tool == "limits_and_fits" and known.standards == ("ISO 286-1:2010",)


@given(st.text(alphabet="a😀 \n<>/", max_size=12), st.lists(st.integers(0, 20), max_size=4))
def test_no_word_is_lost_and_the_last_message_speaks(text: str, places: list[int]) -> None:
    rows = told(text, *(call("convert", at, FIT) for at in sorted(places)))
    said = "".join(words.split("<tool_call>")[0] for role, words in rows if role == "assistant")
    assert "".join(said.split()) == "".join(text.split())
    assert rows[-1][0] == "assistant" and not any(tag in rows[-1][1] for tag in FORMAT_TAGS)
