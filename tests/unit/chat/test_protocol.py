"""The protocol without I/O: what is accepted, what is refused, how frames are written."""

from __future__ import annotations

import json

import pytest

from backend.chat.protocol.client_frames import (
    Ask,
    Ping,
    Resume,
    Stop,
    parse_client_frame,
)
from backend.chat.protocol.frame_types import MAX_QUESTION_CHARACTERS
from backend.chat.protocol.server_frames import ErrorFrame, encode
from backend.errors import InvalidFrame


def test_the_frames_of_the_contract_are_read() -> None:
    ask = parse_client_frame(
        '{"type":"ask","id":"c1","conversation_id":null,"parent_id":null,"text":"Largest bore?",'
        '"drawings":[{"id":"d","page":1,"region":[1,2,3.5,4]}],'
        '"options":{"max_tokens":512,"temperature":0}}'
    )
    assert isinstance(ask, Ask)
    assert ask.drawings[0].region == (1, 2, 3.5, 4)
    assert ask.options.max_tokens == 512
    assert parse_client_frame('{"type":"stop","turn_id":"t"}') == Stop(type="stop", turn_id="t")
    assert parse_client_frame('{"type":"resume","turn_id":"t"}') == Resume(
        type="resume", turn_id="t", after_seq=0
    )
    assert parse_client_frame('{"type":"ping"}') == Ping(type="ping")


@pytest.mark.fault(19, 20, 21, 22)
@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        '"ask"',
        "{}",
        '{"type":"nope"}',
        '{"type":["ask"]}',
        '{"type":"ask","id":"c"}',
        '{"type":"ask","id":"","text":"x"}',
        '{"type":"ask","id":"c","text":""}',
        '{"type":"ask","id":"c","text":"x","extra":1}',
        '{"type":"ask","id":"c","text":"\\u0000"}',
        '{"type":"ask","id":"c\\u0000","text":"x"}',
        '{"type":"ask","id":"c","text":"\\ud800"}',
        '{"type":"ask","id":"c","text":"x","drawings":[{"id":"d","region":[0,0,1]}]}',
        '{"type":"ask","id":"c","text":"x","drawings":[{"id":"d","region":[NaN,0,1,1]}]}',
        '{"type":"ask","id":"c","text":"x","drawings":[{"id":"d","region":[1e999,0,1,1]}]}',
        '{"type":"ask","id":"c","text":"x","options":{"temperature":-1}}',
        '{"type":"ask","id":"c","text":"x","options":{"max_tokens":"5"}}',
        '{"type":"ask","id":"c","text":"x","drawings":[{"id":"d","page":true}]}',
        '{"type":"ask","id":"c","text":"x","drawings":[{"id":"d","region":["1",0,1,1]}]}',
        '{"type":"resume","turn_id":"t","after_seq":-1}',
        '{"type":"resume","turn_id":"t","after_seq":"1"}',
        '{"type":"resume","turn_id":"t","after_seq":9223372036854775808}',
        '{"type":"resume","turn_id":"t","after_seq":' + "9" * 5000 + "}",
        '{"type":"ask","id":"c","text":' + "[" * 30_000 + "]" * 30_000 + "}",
        '{"type":"ask","id":"c","text":"' + "x" * (MAX_QUESTION_CHARACTERS + 1) + '"}',
    ],
)
def test_anything_else_is_an_invalid_frame_with_a_reason(text: str) -> None:
    with pytest.raises(InvalidFrame) as caught:
        parse_client_frame(text)
    assert 0 < len(str(caught.value)) < 300


def test_more_tokens_than_any_window_has_may_be_asked_for() -> None:
    ask = parse_client_frame(
        '{"type":"ask","id":"c","text":"x","options":{"max_tokens":1000000000}}'
    )
    assert isinstance(ask, Ask)
    assert ask.options.max_tokens == 1_000_000_000


def test_an_error_names_only_what_it_is_about() -> None:
    frame = ErrorFrame(code="busy", message="Later.", id="c1")
    assert json.loads(encode(frame)) == {
        "type": "error",
        "code": "busy",
        "message": "Later.",
        "id": "c1",
    }
