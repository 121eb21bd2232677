"""The whole server with the real engine, asked by a client that knows only the contract."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from PIL import Image, ImageDraw

from tests.server_process import ServerProcess
from tests.talk import Frame, sequence_of, talk, text_of

pytestmark = pytest.mark.engine

LONG = {"max_tokens": 3000}
SHORT = {"max_tokens": 24}


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, endless_checkpoint: Path
) -> Iterator[ServerProcess]:
    process = ServerProcess(
        tmp_path_factory.mktemp("server") / "data", model=endless_checkpoint, max_model_len=8192
    )
    process.start().wait_ready()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def sheet(server: ServerProcess, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    image = Image.new("RGB", (1654, 1169), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((100, 100, 900, 700), outline="black", width=4)
    draw.text((300, 380), "Ø38 H12", fill="black")
    path = tmp_path_factory.mktemp("sheets") / "plate.png"
    image.save(path)
    return server.upload(path)


def conversation_of(frames: list[Frame]) -> str:
    accepted = next(frame for frame in frames if frame["type"] == "accepted")
    conversation: str = accepted["conversation_id"]
    return conversation


def stored_answer(server: ServerProcess, conversation: str) -> dict[str, Any]:
    messages: list[dict[str, Any]] = server.get(f"/api/conversations/{conversation}").json()[
        "messages"
    ]
    return [message for message in messages if message["role"] == "assistant"][-1]


def test_an_answer_streams_with_gapless_numbers_and_ends_once(
    server: ServerProcess, sheet: dict[str, Any]
) -> None:
    with talk(server.url) as client:
        frames = client.answer(
            "Largest bore?", drawings=[{"id": sheet["id"], "page": 1}], options=SHORT
        )
    assert frames[0]["type"] == "accepted"
    done = frames[-1]
    assert done["type"] == "done"
    assert sequence_of(frames) == list(range(1, len(sequence_of(frames)) + 1))
    assert done["usage"]["image_tokens"] > 100
    assert done["usage"]["prompt_tokens"] > done["usage"]["image_tokens"]
    assert done["usage"]["completion_tokens"] <= 24
    assert done["timing"]["ttft_ms"] > 0
    stored = stored_answer(server, conversation_of(frames))
    assert stored["text"] == text_of(frames)
    assert stored["status"] == "complete"


def test_a_follow_up_finds_its_prefix_cached(server: ServerProcess, sheet: dict[str, Any]) -> None:
    with talk(server.url) as client:
        frames = client.answer("Material?", drawings=[{"id": sheet["id"]}], options=SHORT)
        first = frames[-1]["usage"]
        frames = client.answer(
            "And the scale?", conversation_id=conversation_of(frames), options=SHORT
        )
        second = frames[-1]["usage"]
    assert second["prompt_tokens"] > first["prompt_tokens"]
    assert second["cached_tokens"] >= first["prompt_tokens"] * 0.8


def test_stop_keeps_the_partial_answer_and_frees_the_engine(server: ServerProcess) -> None:
    with talk(server.url) as client:
        client.ask("Tell me everything.", options=LONG)
        frames = client.receive_until("delta")
        turn = frames[-1]["turn_id"]
        client.send(type="stop", turn_id=turn)
        frames += client.receive_until("done", "stopped", "error")
        assert frames[-1]["type"] == "stopped"
        client.answer("Still there?", options=SHORT)
    stored = stored_answer(server, conversation_of(frames))
    assert stored["status"] == "stopped"
    assert stored["text"] == text_of(frames)


def test_a_turn_goes_on_without_a_watcher_and_is_resumed_in_full(server: ServerProcess) -> None:
    with talk(server.url) as client:
        client.ask("Tell me everything.", options={"max_tokens": 400})
        seen = client.receive_until("delta")
    last = seen[-1]
    with talk(server.url) as client:
        client.send(type="resume", turn_id=last["turn_id"], after_seq=last["seq"])
        rest = client.receive_until("done", "stopped", "error")
    assert rest[-1]["type"] == "done"
    numbers = sequence_of(seen) + sequence_of(rest)
    assert numbers == list(range(1, len(numbers) + 1))
    stored = stored_answer(server, conversation_of(seen))
    assert stored["text"] == text_of(seen) + text_of(rest)


def test_a_second_question_while_answering_is_busy(server: ServerProcess) -> None:
    with talk(server.url) as client:
        client.ask("Tell me everything.", options=LONG)
        accepted = client.receive_until("accepted")[-1]
        second = client.ask("Another?", conversation_id=accepted["conversation_id"])
        frames = client.receive_until("error")
        assert (frames[-1]["code"], frames[-1]["id"]) == ("busy", second)
        client.send(type="stop", turn_id=accepted["turn_id"])
        assert client.receive_until("stopped", "done")[-1]["type"] == "stopped"


def test_row_25_too_long_a_prompt_is_refused_with_numbers(server: ServerProcess) -> None:
    with talk(server.url) as client:
        frames = client.answer("ζ" * 12_000)
    assert frames[-1]["type"] == "error"
    assert frames[-1]["code"] == "context_too_long"
    assert any(character.isdigit() for character in frames[-1]["message"])


@pytest.mark.parametrize(
    "frame", ["{", "[]", '{"type":"nope"}', '{"type":"ask","id":"x","text":"y","extra":1}', b"\x00"]
)
def test_a_bad_frame_gets_a_typed_error_and_the_socket_lives(
    server: ServerProcess, frame: str | bytes
) -> None:
    with talk(server.url) as client:
        client.connection.send(frame)
        assert client.receive_until("error")[-1]["code"] in ("invalid_frame", "bad_request")
        client.send(type="ping")
        assert client.receive_until("pong")[-1]["type"] == "pong"


def test_uploads_are_judged_by_content(server: ServerProcess) -> None:
    answer = httpx.post(
        server.url + "/api/drawings", files={"file": ("sheet.png", b"not a picture at all")}
    )
    assert answer.status_code == 415
    assert answer.json()["error"]["code"] == "unsupported_format"


def test_pictures_come_through_iiif(server: ServerProcess, sheet: dict[str, Any]) -> None:
    info = server.get(f"/iiif/{sheet['id']}.1/info.json").json()
    assert (info["width"], info["height"]) == (1654, 1169)
    answer = server.get(f"/iiif/{sheet['id']}.1/100,100,400,300/200,/0/default.png")
    assert answer.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(answer.content)).size == (200, 150)


def test_row_1_a_killed_engine_is_told_and_comes_back(server: ServerProcess) -> None:
    pid = server.pid
    with talk(server.url) as client:
        client.ask("Tell me everything.", options=LONG)
        frames = client.receive_until("delta")
        for child in psutil.Process(server.pid).children(recursive=True):
            if "EngineCore" in child.name() or any(
                "EngineCore" in part for part in child.cmdline()
            ):
                child.kill()
        frames += client.receive_until("error", "done")
        assert frames[-1]["code"] == "engine_restarting"
        states = [frame["model"]["state"] for frame in frames if frame["type"] == "model"]
        if "restarting" not in states:  # then it is the next that is told
            assert client.receive_until("model")[-1]["model"]["state"] == "restarting"
    assert stored_answer(server, conversation_of(frames))["status"] == "interrupted"
    server.wait_ready()
    assert server.process is not None and server.process.poll() is None and server.pid == pid
    with talk(server.url) as client:
        assert client.answer("Back?", options=SHORT)[-1]["type"] == "done"


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def test_row_3_a_killed_server_leaves_no_process_and_marks_the_answer(
    tmp_path_factory: pytest.TempPathFactory, endless_checkpoint: Path
) -> None:
    data = tmp_path_factory.mktemp("killed") / "data"
    server = ServerProcess(data, model=endless_checkpoint).start().wait_ready()
    with talk(server.url) as client:
        client.ask("Tell me everything.", options=LONG)
        frames = client.receive_until("delta")
        children = descendants(server.pid)
        assert children
        server.kill()
    _, alive = psutil.wait_procs(children, timeout=5)
    assert not alive
    again = ServerProcess(data, model=endless_checkpoint).start()
    try:
        stored = stored_answer(again, conversation_of(frames))
        assert stored["status"] == "interrupted"
        assert stored["text"].startswith(text_of(frames))
        again.wait_ready()
        with talk(again.url) as client:
            client.ask("Tell me everything.", options={"max_tokens": 300})
            frames = client.receive_until("delta")
            children = descendants(again.pid)
            started = time.monotonic()
            assert again.stop() in (0, -15)
            assert time.monotonic() - started < 40
        _, alive = psutil.wait_procs(children, timeout=5)
        assert not alive
    finally:
        if again.process and again.process.poll() is None:
            again.kill()
