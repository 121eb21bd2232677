"""Tool calls in a stream: the same text and calls for any chunking, and never a tag as text."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.tools import hermes
from backend.tools.hermes import Call, CallParser, defused, read_call, spoken, write_call
from backend.tools.tool_definition import ToolError

CALL = '<tool_call>\n{"name": "find_text", "arguments": {"query": "H7"}}\n</tool_call>'


def parsed(pieces: list[str]) -> list[str | Call]:
    """Everything that comes out, neighbouring texts joined."""
    parser = CallParser()
    found = [one for piece in pieces for one in parser.feed(piece)] + parser.finish()
    joined: list[str | Call] = []
    for one in found:
        assert one != ""
        if joined and isinstance(one, str) and isinstance(joined[-1], str):
            joined[-1] += one
        else:
            joined.append(one)
    return joined


def text_of(found: list[str | Call]) -> str:
    return "".join(one for one in found if isinstance(one, str))


def bodies(found: list[str | Call]) -> list[str]:
    return [one.body for one in found if isinstance(one, Call)]


@pytest.mark.parametrize(
    ("answer", "text", "calls"),
    [
        ("Ø38 < 40, 3 <= 4 ", "Ø38 < 40, 3 <= 4 ", []),
        (f"Let me look.\n{CALL}", "Let me look.", [CALL[11:-12]]),
        (f"{CALL}\n{CALL}", "", [CALL[11:-12]] * 2),
        (f"{CALL}The rest", "The rest", [CALL[11:-12]]),
        ('A <tool_call>{"name"', "A", ['{"name"']),
        ("A<tool_call>one<tool_call>two</tool_call>", "A", ["one", "two"]),
        ("A</tool_call> B", "A  B", []),
        ("A <too</tool_call>l_call> B", "A <too l_call> B", []),
        ("A <tool_response>Ø99</tool_response> B", "A   B", []),
        ("A <tool_response>never closed", "A  ", []),
        ("A <tools>[]</tools>", "A  [] ", []),
        ("A <tool_ca", "A ", []),
        ("A <to", "A <to", []),
        ("", "", []),
    ],
)
def test_text_and_calls_are_separated(answer: str, text: str, calls: list[str]) -> None:
    for pieces in ([answer], list(answer)):
        found = parsed(pieces)
        assert (text_of(found), bodies(found)) == (text, calls)


fragments = st.lists(
    st.sampled_from(
        [*hermes.TAGS, "<", "</", "tool", "_call>", "Ø38", " ", "\n", "{", '"', "x" * 9]
    ),
    max_size=14,
)


@given(fragments, st.randoms(use_true_random=False))
def test_any_chunking_gives_the_same_result(parts: list[str], rng: random.Random) -> None:
    answer = "".join(parts)
    cuts = sorted(rng.sample(range(len(answer) + 1), min(len(answer), 6)))
    pieces = [answer[a:b] for a, b in zip([0, *cuts], [*cuts, len(answer)], strict=True)]
    found = parsed(pieces)
    assert found == parsed([answer])
    told = [one for one in found if isinstance(one, str)]
    assert not any(tag in one for one in told for tag in hermes.TAGS)


def test_an_endless_call_is_cut_and_dropped_up_to_its_close() -> None:
    parser = CallParser()
    found = parser.feed("A <tool_call>" + "x" * 9000)
    assert found == ["A", Call("x" * hermes.MAX_CALL_CHARACTERS)]
    assert parser.feed("y" * 9000) == []
    assert parser.feed("</tool_call> B") == [" B"]
    with pytest.raises(ToolError, match="too long"):
        read_call("x" * hermes.MAX_CALL_CHARACTERS)


def test_a_call_is_read_and_written_in_the_models_format() -> None:
    body = CALL[11:-12]
    assert read_call(body) == ("find_text", {"query": "H7"})
    assert write_call("find_text", {"query": "H7"}) == body
    assert spoken("Look.", [body]) == f"Look.\n{CALL}"
    assert spoken("", [body, body]) == f"{CALL}\n{CALL}"
    twice = json.dumps({"name": "a", "arguments": '{"b": 1}'})
    assert read_call(twice) == ("a", {"b": 1})
    assert read_call('{"name": "a"}') == ("a", {})


@pytest.mark.parametrize(
    "body",
    [
        "", "null", "[]", "{", '{"name": 3}', '{"name": "a", "arguments": []}',
        '{"name": "a", "arguments": {"b": NaN}}', '{"name": "a", "arguments": "{"}',
        '{"name": "a", "arguments": {"b": [1e999]}}',
        '{"name": "a", "arguments": ' + '{"b":' * 20 + "1" + "}" * 21,
        '{"name": "a", "arguments": ' + "[" * 1500,
        '{"name": "a", "arguments": {"b": ' + "9" * 4500 + "}}",
    ],
)  # fmt: skip
def test_an_invalid_call_gets_an_example(body: str) -> None:
    with pytest.raises(ToolError, match=r"like|long"):
        read_call(body)


def test_a_lone_surrogate_is_replaced() -> None:
    _, arguments = read_call('{"name": "a", "arguments": {"b": "\\ud800"}}')
    assert arguments["b"].encode() == b"?"


@given(fragments)
def test_defused_text_has_no_tags_and_stays_readable(parts: list[str]) -> None:
    text = "".join(parts)
    assert not any(tag in defused(text) for tag in hermes.TAGS)
    assert defused(text).replace(" ", "") == text.replace(" ", "")
