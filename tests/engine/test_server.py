"""The whole server with the real engine, asked by a client that knows only the contract.

The last tests take the engine's life, then the server's, in this order; the others leave both as
they found them.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from PIL import Image, ImageDraw

from backend.model.vllm.socket_folder import SocketFolder
from tests.server_process import HANG_SECONDS, PROJECT_ROOT, ServerProcess
from tests.talk import Frame, sequence_of, talk, text_of

pytestmark = pytest.mark.engine

LONG = {"max_tokens": 3000}
SHORT = {"max_tokens": 24}


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, endless_checkpoint: Path
) -> Iterator[ServerProcess]:
    process = ServerProcess(
        tmp_path_factory.mktemp("server") / "data",
        model=endless_checkpoint,
        max_model_len=8192,
        engine_restart_limit=2,
    )
    process.start().wait_ready()
    yield process
    if process.process is not None and process.process.poll() is None:
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


@pytest.mark.fault(25)
def test_too_long_a_prompt_is_refused_with_numbers(server: ServerProcess) -> None:
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


def engine_cores(server: ServerProcess) -> list[psutil.Process]:
    """The engine's cores, of which one is enough to end it."""
    found = []
    for child in psutil.Process(server.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "EngineCore" in " ".join([child.name(), *child.cmdline()]):
                found.append(child)
    return found


@pytest.mark.fault(1)
def test_a_killed_engine_is_told_and_comes_back(server: ServerProcess) -> None:
    pid = server.pid
    with talk(server.url) as client:
        client.ask("Tell me everything.", options=LONG)
        frames = client.receive_until("delta")
        for core in engine_cores(server):
            core.kill()
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


@pytest.mark.fault(2)
def test_a_hung_engine_is_not_ready_and_comes_back(server: ServerProcess) -> None:
    with talk(server.url) as client:
        client.ask("Tell me everything.", options=LONG)
        client.receive_until("delta")
        for core in engine_cores(server):
            core.send_signal(signal.SIGSTOP)
        assert client.receive_until("error", "done")[-1]["code"] == "engine_restarting"
    assert server.get("/ready").status_code == 503
    assert server.get("/health").status_code == 200
    server.wait_ready()
    with talk(server.url) as client:
        assert client.answer("Back?", options=SHORT)[-1]["type"] == "done"
    check_dashboard(server.get("/metrics").text, deaths=2)


def check_dashboard(metrics: str, deaths: int) -> None:
    """What the dashboard asks of vLLM is there."""
    dashboard = (PROJECT_ROOT / "deploy" / "grafana" / "drawing-chat.json").read_text()
    asked = set(re.findall(r"vllm:\w+", json.dumps(json.loads(dashboard))))
    assert asked and all(f"\n{name}{{" in metrics for name in asked), asked
    assert f"drawing_chat_engine_deaths_total {deaths}.0" in metrics


@pytest.mark.fault(6)
def test_a_server_whose_engine_dies_too_often_ends_with_status_3(server: ServerProcess) -> None:
    sockets = SocketFolder(server.data_folder).path
    assert any(path.is_socket() for path in sockets.iterdir())
    for core in engine_cores(server):
        core.kill()
    assert server.process is not None
    assert server.process.wait(HANG_SECONDS) == 3
    assert not sockets.exists()


@pytest.mark.fault(3)
def test_a_killed_server_leaves_no_process_and_marks_the_answer(server: ServerProcess) -> None:
    server.start().wait_ready()
    with talk(server.url) as client:
        client.ask("Tell me everything.", options=LONG)
        frames = client.receive_until("delta")
        children = psutil.Process(server.pid).children(recursive=True)
        assert children
        server.kill()
    _, alive = psutil.wait_procs(children, timeout=HANG_SECONDS)
    assert not alive
    server.start()  # the engine is not waited for: what is stored needs none
    stored = stored_answer(server, conversation_of(frames))
    assert stored["status"] == "interrupted"
    assert stored["text"].startswith(text_of(frames))
    children = psutil.Process(server.pid).children(recursive=True)
    assert server.stop() in (0, -15)
    _, alive = psutil.wait_procs(children, timeout=HANG_SECONDS)
    assert not alive
