"""The client and `drawing-chat ask`, against a real server on loopback."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from backend import cli
from backend.chat.protocol.client_frames import Ask
from backend.client import Client, ServerRefused, ServerUnreachable
from backend.commands import ask as ask_cli
from backend.storage.turn_rows import TurnRow
from tests.chat_parts import check_order, text_of
from tests.chat_server import Served, serve
from tests.fakes import texts_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    monkeypatch.setattr("backend.client.PAUSES", (0,))
    async with serve(tmp_path) as running:
        yield running


def lose_connections(served: Served) -> None:
    for protocol in list(served.server.server_state.connections):
        protocol.transport.abort()


async def test_upload_and_ask(served: Served, tmp_path: Path) -> None:
    file = tmp_path / "flange.pdf"
    file.write_text("Ø38 H12")
    async with Client(served.url) as client:
        drawing = await client.upload(file)
        asking = client.ask("Bore?", drawings=[{"id": drawing["id"]}], options={"max_tokens": 9})
        frames = [frame async for frame in asking]
        listed = await client.get("/api/conversations", q="bore")
    assert frames[0]["type"] == "accepted"
    check_order(frames[1:])
    assert [item["id"] for item in listed["items"]] == [frames[0]["conversation_id"]]
    assert "Ø38 H12" in texts_of(served.chat.service.requests[0].messages[-1])


async def test_a_lost_connection_is_resumed_without_gap_or_double(served: Served) -> None:
    gates = [asyncio.Event() for _ in range(4)]
    served.chat.service.scripts = [
        [step for number, gate in enumerate(gates) for step in (f"piece {number} ", gate)]
    ]
    async with Client(served.url) as client:
        frames = []
        async with aclosing(client.ask("Bore?")) as asking:
            async for frame in asking:
                frames.append(frame)
                if frame["type"] == "delta":
                    lose_connections(served)
                    gates[frame["seq"] - 1].set()
    check_order(frames[1:])
    assert text_of(frames) == "piece 0 piece 1 piece 2 piece 3 "


async def test_a_question_whose_accepted_was_lost_is_not_asked_twice(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept, calls = served.chat.turns.accept, []

    async def lose_the_first(owner: str, ask: Ask) -> tuple[TurnRow, int]:
        accepted = await accept(owner, ask)
        calls.append(accepted[0].id)
        if len(calls) == 1:
            lose_connections(served)
        return accepted

    monkeypatch.setattr(served.chat.turns, "accept", lose_the_first)
    async with Client(served.url) as client:
        frames = [frame async for frame in client.ask("Bore?")]
    check_order(frames[1:])
    assert text_of(frames) == "The largest bore is Ø38 H12."
    assert len(calls) == 2
    assert {frame["turn_id"] for frame in frames} == set(calls)
    assert len(served.chat.service.requests) == 1


async def test_a_refusal_is_an_exception_with_its_code(served: Served) -> None:
    async with Client(served.url) as client:
        with pytest.raises(ServerRefused) as caught:
            [frame async for frame in client.ask("?", conversation_id="nope")]
        assert caught.value.code == "not_found"
        with pytest.raises(ServerRefused) as caught:
            await client.get("/api/conversations/nope")
        assert caught.value.code == "not_found"
        with pytest.raises(ServerRefused):
            [frame async for frame in client.resume("nope")]


async def test_nobody_there(tmp_path: Path) -> None:
    async with Client("http://127.0.0.1:9", patience_s=0) as client:
        with pytest.raises(ServerUnreachable):
            [frame async for frame in client.ask("?")]
        with pytest.raises(ServerUnreachable):
            await client.get("/health")


async def test_stop_keeps_the_partial_answer(served: Served) -> None:
    served.chat.service.scripts = [["Partial", asyncio.Event()]]
    async with Client(served.url) as client, aclosing(client.ask("?")) as asking:
        kinds = []
        async for frame in asking:
            kinds.append(frame["type"])
            if frame["type"] == "delta":
                await client.stop(frame["turn_id"])
    assert kinds == ["accepted", "delta", "stopped"]


async def ask(served: Served, *words: str) -> int:
    """`drawing-chat ask` in a thread, as in a process of its own."""
    return await asyncio.to_thread(cli.main, ["ask", "--server", served.url, *words])


async def test_the_command_streams_the_answer(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.pdf", "b.pdf"):
        (tmp_path / name).write_text("Ø38")
    files = [str(tmp_path / name) for name in ("a.pdf", "b.pdf")]
    status = await ask(served, "--region", "1,2,30,40", *files, "Largest bore?")
    assert (status, capsys.readouterr().out) == (0, "The largest bore is Ø38 H12.\n")
    [conversation] = await served.chat.store.newest("local")
    question, answer = await served.chat.store.messages("local", conversation.id)
    assert question.drawings == [
        {"id": "a.pdf", "page": 1, "region": [1, 2, 30, 40]},
        {"id": "b.pdf", "page": 1, "region": [1, 2, 30, 40]},
    ]
    assert [one["drawing"] for one in answer.shown if one["kind"] == "region"] == ["a.pdf", "b.pdf"]


async def test_the_command_prints_json(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert await ask(served, "--json", "Largest bore?") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["status"] == "complete"
    assert result["text"] == "The largest bore is Ø38 H12."
    assert result["usage"]["completion_tokens"] == 2
    assert result["shown"] == []
    more = await ask(served, "--json", "--conversation", result["conversation_id"], "And?")
    assert more == 0
    assert json.loads(capsys.readouterr().out)["conversation_id"] == result["conversation_id"]


async def test_the_command_tells_of_tools(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    served.chat.service.tools, served.chat.service.window = True, 32768
    body = '{"name": "convert", "arguments": {"quantity": "1 in", "unit": "mm"}}'
    call = f"<tool_call>{body}</tool_call>"
    served.chat.service.scripts = [[call], ["25 mm"], [call], ["25 mm"]]
    assert await ask(served, "One inch?") == 0
    printed = capsys.readouterr()
    assert (printed.out, "[convert]" in printed.err) == ("25 mm\n", True)
    assert await ask(served, "--json", "One inch?") == 0
    (step,) = json.loads(capsys.readouterr().out)["tools"]
    assert (step["name"], step["state"], step["result"]["unit"]) == ("convert", "done", "mm")


async def test_the_command_says_why_not(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await ask(served, str(tmp_path / "none.pdf"), "Bore?") == 2
    assert "no such file" in capsys.readouterr().err
    assert await ask(served, "--conversation", "nope", "Bore?") == 1
    assert "no such conversation" in capsys.readouterr().err
    assert await asyncio.to_thread(cli.main, ["ask", "--server", "http://127.0.0.1:9", "?"]) == 1
    assert "No Drawing Chat server" in capsys.readouterr().err
    served.chat.service.die()
    served.chat.service.set_state("failed", "No memory.")
    assert await ask(served, "Bore?") == 1
    assert "No memory." in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--region=1,2,3", "--region=1,2,0,4", "--page=0"])
def test_a_wrong_option_is_told(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["ask", option, "Bore?"])
    assert caught.value.code == 2
    assert option.split("=")[0] in capsys.readouterr().err


def test_an_answer_that_broke_off_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    frames: list[dict[str, Any]] = [
        {"type": "accepted", "turn_id": "t", "conversation_id": "c"},
        {"type": "model", "model": {"state": "restarting"}},
        {"type": "delta", "turn_id": "t", "seq": 1, "text": "Part"},
        {"type": "error", "turn_id": "t", "seq": 2, "code": "x", "message": "Engine died."},
    ]
    printer = ask_cli.Printer(sys.stdout, sys.stderr, as_json=False)
    for frame in frames:
        printer.show(frame)
    assert printer.finish() == 1
    printed = capsys.readouterr()
    assert printed.out == "Part\n"
    assert printed.err == "The model is restarting.\nEngine died.\n"
