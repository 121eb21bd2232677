"""The WebSocket as an outside program meets it: real uvicorn, real client."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from backend.drawing import PageInfo, TextSource
from backend.errors import EngineError
from backend.http.websocket_transport import HardenedWebSocketProtocol
from tests.chat_parts import check_order, text_of
from tests.chat_server import TERMINAL, Served, serve
from tests.server_process import HANG_SECONDS

pytestmark = pytest.mark.anyio


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serve(tmp_path) as running:
        yield running


async def test_a_question_as_in_the_contract(served: Served) -> None:
    served.chat.sheets.add("d", ["Ø38 H12"])
    served.chat.service.scripts = [["The largest bore is ", "Ø38 H12."]]
    async with served.talk() as talk:
        await talk.send(
            type="ask",
            id="c1",
            conversation_id=None,
            parent_id=None,
            text="Largest bore?",
            drawings=[{"id": "d", "page": 1, "region": [10, 10, 200, 100]}],
            options={"max_tokens": 512, "temperature": 0},
        )
        frames = await talk.until(*TERMINAL)
    accepted, events = frames[0], frames[1:]
    assert (accepted["type"], accepted["id"], accepted["queue_position"]) == ("accepted", "c1", 0)
    assert "seq" not in accepted
    assert {event["turn_id"] for event in events} == {accepted["turn_id"]}
    check_order(events)
    assert text_of(events) == "The largest bore is Ø38 H12."
    stored = (await served.http.get(f"/api/conversations/{accepted['conversation_id']}")).json()
    question, answer = stored["messages"]
    assert question["id"] == accepted["question_id"]
    assert question["drawings"] == [{"id": "d", "page": 1, "region": [10, 10, 200, 100]}]
    assert (answer["id"], answer["status"]) == (accepted["message_id"], "complete")
    assert answer["text"] == text_of(events)
    assert stored["drawings"] == ["d"]


@pytest.mark.fault(19, 20, 21, 22)
async def test_bad_frames_get_a_typed_error_and_the_socket_lives(
    served: Served,
) -> None:
    bad = [
        b"\x00\x01",
        "{",
        "[]",
        "[" * 30_000,
        '{"type":"nope","id":"n1"}',
        '{"type":"ask","id":"c1","text":"x","extra":1}',
        '{"type":"ask","id":"c1","text":"\\ud800"}',
        '{"type":"ask","id":"c1","text":"\\u0000"}',
        '{"type":"stop"}',
        '{"type":"stop","id":"a","turn_id":"b"}',
    ]
    async with served.talk() as talk:
        for frame in bad:
            await talk.connection.send(frame)
            error = await talk.error()
            assert error["code"] == "invalid_frame"
            assert "turn_id" not in error
        assert await talk.alive()
        await talk.connection.send('{"type":"ask","id":"c7","text":1}')
        assert (await talk.error())["id"] == "c7"


@pytest.mark.fault(17)
async def test_too_large_a_frame_closes_with_1009(served: Served) -> None:
    async with served.talk() as talk:
        await talk.connection.send('{"type":"ask","id":"c","text":"' + "x" * 70_000 + '"}')
        with pytest.raises(ConnectionClosed):
            await talk.receive()
        assert talk.connection.close_code == 1009


async def test_bad_utf8_closes_with_1007(served: Served) -> None:
    async with served.talk() as talk:
        await talk.connection.send(b"\xff\xfe", text=True)
        with pytest.raises(ConnectionClosed):
            await talk.receive()
        assert talk.connection.close_code == 1007


async def test_expected_errors_name_the_question_and_the_socket_lives(served: Served) -> None:
    async with served.talk() as talk:
        await talk.send(type="ask", id="c1", text="x", conversation_id="nope")
        error = await talk.error()
        assert (error["code"], error["id"]) == ("not_found", "c1")
        await talk.send(type="ask", id="c2", text="x", drawings=[{"id": "nope"}])
        error = await talk.error()
        assert (error["code"], error["id"]) == ("not_found", "c2")
        await talk.send(type="resume", turn_id="t9")
        error = await talk.error()
        assert (error["code"], error["id"]) == ("not_found", "t9")
        await talk.send(type="stop", turn_id="t9")
        error = await talk.error()
        assert (error["code"], error["id"]) == ("not_found", "t9")
        await talk.send(type="stop", id="c9")
        assert (await talk.error())["code"] == "not_found"
        assert await talk.alive()


async def test_several_conversations_at_once_on_one_socket(served: Served) -> None:
    gates = [asyncio.Event() for _ in range(3)]
    served.chat.service.scripts = [[f"{n} ", gate, "end"] for n, gate in enumerate(gates)]
    async with served.talk() as talk:
        turns: list[str] = []
        for number in range(3):
            await talk.send(type="ask", id=f"c{number}", text="x")
            turns.append((await talk.until("accepted"))[-1]["turn_id"])
            await talk.until("delta")
        for number in (2, 0, 1):
            gates[number].set()
            frames = await talk.until("done")
            assert frames[-1]["turn_id"] == turns[number]
    assert not served.chat.service.requests_in_flight()


@pytest.mark.parametrize("by", ["turn_id", "id"])
async def test_stop_from_the_same_socket(served: Served, by: str) -> None:
    served.chat.service.scripts = [["Partial", asyncio.Event()]]
    async with served.talk() as talk:
        await talk.send(type="ask", id="c1", text="x")
        frames = await talk.until("delta")
        await talk.send(type="stop", **{by: "c1" if by == "id" else frames[0]["turn_id"]})
        assert (await talk.until(*TERMINAL))[-1]["type"] == "stopped"
        assert served.chat.service.requests_in_flight() == 0


async def test_stop_and_resume_from_another_tab(served: Served) -> None:
    served.chat.service.scripts = [["Partial", asyncio.Event()]]
    async with served.talk() as first, served.talk() as second:
        await first.send(type="ask", id="c1", text="x")
        seen = await first.until("delta")
        turn_id = seen[0]["turn_id"]
        await second.send(type="resume", turn_id=turn_id)
        assert await second.receive() == seen[-1]
        await second.send(type="stop", turn_id=turn_id)
        ends = [await talk.until(*TERMINAL) for talk in (first, second)]
        assert ends[0] == ends[1]
        await second.send(type="resume", turn_id=turn_id, after_seq=1)
        assert await second.until(*TERMINAL) == ends[0]


@pytest.mark.fault(13)
async def test_a_lost_socket_is_no_stop_and_leaves_nothing(served: Served) -> None:
    gate = asyncio.Event()
    served.chat.service.scripts = [["One ", gate, "two."]]
    async with served.talk() as talk:
        await talk.send(type="ask", id="c1", text="x")
        seen = await talk.until("delta")
        talk.connection.transport.abort()
    turn_id = seen[0]["turn_id"]
    gate.set()
    async with served.talk() as talk:
        await talk.send(type="resume", turn_id=turn_id, after_seq=seen[-1]["seq"])
        rest = await talk.until(*TERMINAL)
        assert text_of(seen + rest) == "One two."
    watching = {task for task in asyncio.all_tasks() if task.get_name() == f"watch-{turn_id}"}
    if watching:  # cancelled already, or about to be
        async with asyncio.timeout(HANG_SECONDS):
            await asyncio.wait(watching)


async def test_a_resume_of_what_is_watched_does_not_double(served: Served) -> None:
    gate = asyncio.Event()
    served.chat.service.scripts = [["One ", gate, "two."]]
    async with served.talk() as talk:
        await talk.send(type="ask", id="c1", text="x")
        seen = await talk.until("delta")
        await talk.send(type="resume", turn_id=seen[0]["turn_id"], after_seq=0)
        assert await talk.receive() == seen[-1]
        gate.set()
        rest = await talk.until(*TERMINAL)
        check_order(rest, after_seq=1)
        assert await talk.alive()


async def test_a_state_change_is_pushed_to_every_socket(served: Served) -> None:
    async with served.talk() as first, served.talk() as second:
        served.chat.service.set_state("restarting")
        for talk in (first, second):
            frame = await talk.receive()
            assert (frame["type"], frame["model"]["state"]) == ("model", "restarting")
        served.chat.service.set_state("failed", "No memory.")
        await first.receive()
        await first.send(type="ask", id="c1", text="x")
        error = await first.error()
        assert (error["code"], error["message"]) == (
            "model_not_ready",
            "The model has failed: No memory.",
        )


@pytest.mark.parametrize(("source", "reading"), [("none", True), ("ocr", False)])
async def test_that_a_page_is_read_is_told_to_its_owner_alone(
    served: Served, source: TextSource, reading: bool
) -> None:
    page = PageInfo(2, 100, 100, source)
    async with served.talk() as mine, served.talk("other") as theirs:
        for listener in list(served.chat.sheets.listeners):
            listener("local", "scan", page, reading)
        assert await mine.receive() == {
            "type": "drawing",
            "id": "scan",
            "page": 2,
            "text_source": source,
            "reading": reading,
        }
        assert await theirs.alive()


async def test_a_turn_level_error_carries_turn_and_number(served: Served) -> None:
    served.chat.service.scripts = [["x", EngineError("This one failed.")]]
    async with served.talk() as talk:
        await talk.send(type="ask", id="c1", text="x")
        accepted, *events = await talk.until(*TERMINAL)
        assert events[-1] == {
            "type": "error",
            "code": "engine_error",
            "message": "This one failed.",
            "id": "c1",
            "turn_id": accepted["turn_id"],
            "seq": len(events),
        }
        assert await talk.alive()


@pytest.mark.fault(42)
async def test_another_owners_turn_is_not_there(served: Served) -> None:
    served.chat.service.scripts = [["x", asyncio.Event()]]
    async with served.talk() as mine, served.talk("other") as theirs:
        await mine.send(type="ask", id="c1", text="x")
        accepted = (await mine.until("delta"))[0]
        for frame in (
            {"type": "stop", "turn_id": accepted["turn_id"]},
            {"type": "stop", "id": "c1"},
            {"type": "resume", "turn_id": accepted["turn_id"]},
            {
                "type": "ask",
                "id": "c2",
                "text": "x",
                "conversation_id": accepted["conversation_id"],
            },
        ):
            await theirs.send(**frame)
            assert (await theirs.error())["code"] == "not_found"
    assert served.chat.service.requests_in_flight() == 1


@pytest.mark.fault(24)
async def test_turns_of_a_socket_are_bounded(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.chat.socket.TURNS_PER_SOCKET", 1)
    served.chat.service.scripts = [["x", asyncio.Event()]]
    async with served.talk() as talk:
        await talk.send(type="ask", id="c1", text="x")
        await talk.until("delta")
        await talk.send(type="ask", id="c2", text="x")
        assert (await talk.error())["code"] == "busy"
        async with served.talk("other") as other:
            assert await other.alive()


@pytest.mark.fault(12)
async def test_a_client_that_reads_nothing_is_dropped_and_the_turn_goes_on(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.chat.socket.SEND_SECONDS", 0.05)
    monkeypatch.setattr("backend.http.websocket_transport.STUCK_SECONDS", 0.05)
    gate, more, lost = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def connection_lost(protocol: HardenedWebSocketProtocol, error: Exception | None) -> None:
        really_lost(protocol, error)
        lost.set()

    really_lost = HardenedWebSocketProtocol.connection_lost
    monkeypatch.setattr(HardenedWebSocketProtocol, "connection_lost", connection_lost)
    served.chat.service.scripts = [["x", gate, *["y" * 1_000_000] * 8, more, "end"]]
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", int(served.url.rsplit(":", 1)[1])))
    async with served.talk(sock=raw, max_size=None, close_timeout=0) as talk:
        await talk.send(type="ask", id="c1", text="x")
        seen = await talk.until("delta")
        talk.connection.transport.pause_reading()
        gate.set()
        await lost.wait()
    monkeypatch.undo()
    more.set()
    async with served.talk(max_size=None) as talk:
        await talk.send(type="resume", turn_id=seen[0]["turn_id"], after_seq=1)
        assert text_of(await talk.until(*TERMINAL)) == "y" * 8_000_000 + "end"


async def test_hello_tells_protocol_and_model(served: Served) -> None:
    async with served.talk() as talk:
        await talk.connection.send(json.dumps({"type": "ping"}))
        assert await talk.receive() == {"type": "pong", "id": None}
    url = served.url.replace("http", "ws", 1) + "/ws"
    async with connect(url, proxy=None) as connection:
        hello = json.loads(await connection.recv())
    assert hello["protocol"] == 1
    assert hello["model"]["state"] == "ready"
    assert hello["model"]["limits"]["max_model_len"] == 4096


async def test_what_the_model_has_read_ahead_is_told_to_who_asks(served: Served) -> None:
    served.chat.sheets.add("d")
    gate = served.chat.service.prefill_gate = asyncio.Event()
    async with served.talk() as talk, served.talk("other") as other:
        for one in (talk, other):
            await one.send(type="prefill")
            assert await one.receive() == {"type": "prefill", "items": []}
        served.chat.turns.prefills.drawing_uploaded("local", "d")
        drawing = {"drawing": "d", "page": None, "conversation_id": None, "message_id": None}
        [item] = (await talk.receive())["items"]
        assert item == {**drawing, "state": "preparing"}
        gate.set()
        [item] = (await talk.receive())["items"]
        assert item == {**drawing, "state": "ready"}
        await talk.send(type="ask", id="c1", text="Bore?")
        accepted, *_ = await talk.until(*TERMINAL)
        [item] = (await talk.receive())["items"]
        assert (item["conversation_id"], item["message_id"], item["state"]) == (
            accepted["conversation_id"],
            accepted["message_id"],
            "ready",
        )
        assert await other.alive()
    async with served.talk() as talk:
        await talk.send(type="ping")
        assert (await talk.receive())["type"] == "pong"  # not told unasked
        await talk.send(type="prefill")
        assert len((await talk.receive())["items"]) == 2
