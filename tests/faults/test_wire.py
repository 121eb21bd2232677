"""Rows 12 to 22: what comes over the wire, by raw sockets against a server process."""

from __future__ import annotations

import contextlib
import json
import re
import select
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tests.fake_server import FakeServerProcess
from tests.faults.conftest import lives
from tests.faults.raw import close_code, connect, frame, handshake, wait_for
from tests.talk import talk

MIB = 1024 * 1024
STUCK_CLIENTS = 20


def memory(server: FakeServerProcess) -> int:
    """Bytes of the server process in main memory."""
    return int(psutil.Process(server.pid).memory_info().rss)


def open_files(server: FakeServerProcess) -> int:
    return psutil.Process(server.pid).num_fds()


def connections(server: FakeServerProcess) -> list[object]:
    """The server's ends of connections that are open."""
    found = psutil.Process(server.pid).net_connections("tcp")
    return [each for each in found if each.status == psutil.CONN_ESTABLISHED]


def tasks_of(server: FakeServerProcess) -> float:
    """Tasks of its event loop."""
    found = re.search(r"^drawing_chat_tasks (\S+)", server.get("/metrics").text, re.MULTILINE)
    assert found
    return float(found[1])


def settles(server: FakeServerProcess, files: int) -> None:
    """No connection is left over."""
    deadline = time.monotonic() + 60
    while open_files(server) > files and time.monotonic() < deadline:
        time.sleep(0.05)
    assert open_files(server) <= files


@pytest.mark.fault(12)
def test_clients_that_read_nothing_are_dropped_and_cost_nothing(
    server: FakeServerProcess,
) -> None:
    """Each wants the same ten megabytes again and takes none of it."""
    with talk(server.url, max_size=None) as client:
        client.ask("say 200 long words slowly")
        frames = client.receive_until("done", "error")
        assert frames[-1]["type"] == "done"
    turn = frames[0]["turn_id"]
    resume = json.dumps({"type": "resume", "turn_id": turn, "after_seq": 0}).encode()
    seen = [memory(server)]

    def dropped() -> bool:
        seen.append(memory(server))
        return not connections(server)

    with contextlib.ExitStack() as stack:
        for _ in range(STUCK_CLIENTS):
            stuck = stack.enter_context(handshake(server, receive_bytes=4096))
            stuck.sendall(frame(resume))
        assert len(connections(server)) >= STUCK_CLIENTS
        wait_for(dropped)  # though they hold their end
    assert max(seen) - seen[0] < 64 * MIB
    lives(server)


@pytest.mark.fault(14)
def test_idle_sockets_cost_little_and_leave_nothing(server: FakeServerProcess) -> None:
    """A small version; benchmarks/sockets.py has the 5,000."""
    lives(server)
    files, before, count = open_files(server), memory(server), 500
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(handshake(server))
        assert open_files(server) >= files + count
        lives(server)
        assert (memory(server) - before) / count < 60 * 1024
    settles(server, files)


HALF_SENT = (
    b"",
    b"GET /heal",
    b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n",
    b"POST /api/conversations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{",
)


@pytest.mark.fault(15)
def test_half_sent_requests_are_closed(server: FakeServerProcess) -> None:
    """Nothing, half a line, half a head, half a body; and a head and a body that trickle in."""
    lives(server)
    files = open_files(server)
    with contextlib.ExitStack() as stack:
        head, body = (stack.enter_context(connect(server)) for _ in range(2))
        head.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n")
        body.sendall(
            b"POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999\r\n\r\n"
        )
        clients = [stack.enter_context(connect(server)) for _ in range(1000)]
        for number, client in enumerate(clients):
            client.sendall(HALF_SENT[number % len(HALF_SENT)])
        lives(server)
        with ThreadPoolExecutor(2) as both:
            assert all(both.map(drips_until_closed, (head, body)))
        for client in clients:
            with contextlib.suppress(ConnectionResetError):
                while client.recv(4096):  # perhaps a refusal first
                    pass
    settles(server, files)


def drips_until_closed(client: socket.socket) -> bool:
    """Send a header line now and then; whether the server had enough of it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            client.sendall(b"X-More: 1\r\n")
            readable, _, _ = select.select([client], [], [], 0.5)
            if readable and client.recv(4096) == b"":
                return True
        except OSError:
            return True
    return False


@pytest.mark.fault(16)
def test_endless_headers(server: FakeServerProcess) -> None:
    lives(server)
    before, sent = memory(server), 0
    line = b"X-Endless: " + b"a" * 1000 + b"\r\n"
    answer = b""
    with connect(server) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n")
        try:
            while sent < 200 * MIB and not answer:
                client.sendall(line * 100)
                sent += 100 * len(line)
                if select.select([client], [], [], 0)[0]:
                    answer = client.recv(4096)
        except OSError:
            pass  # cut off, which is an answer too
        else:
            assert answer[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 431")
    assert sent < 200 * MIB
    assert memory(server) - before < 32 * MIB
    lives(server)


@pytest.mark.fault(17)
@pytest.mark.parametrize("pieces", [1, 100], ids=["whole", "fragments"])
def test_a_message_of_100_mb(server: FakeServerProcess, pieces: int) -> None:
    before, code = memory(server), None
    piece = b"a" * (100 * MIB // pieces // 100)  # its head alone announces the size
    with handshake(server) as client:
        with contextlib.suppress(OSError):
            if pieces == 1:
                client.sendall(b"\x81\xff" + (100 * MIB).to_bytes(8) + b"\0\0\0\0" + piece)
            else:
                client.sendall(frame(piece, 0x01))
                for _ in range(pieces):
                    client.sendall(frame(piece, 0x00))
        code = close_code(client)
    assert code in (1009, None if pieces > 1 else 1009)
    assert memory(server) - before < 32 * MIB
    lives(server)


@pytest.mark.fault(18)
def test_compression_is_never_agreed_on(server: FakeServerProcess) -> None:
    """Without it no frame can be a bomb: one that claims to be compressed breaks the protocol."""
    offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
    with handshake(server, offer) as client:
        client.sendall(frame(b"\x00" * 1000, 0xC1))
        assert close_code(client) == 1002
    lives(server)


FRAMES = {
    19: [b"\x00\x01\x02", b""],
    20: ["{", "nonsense", "[" * 30_000, '{"a":' * 6_000, "1e999", '"' + "x" * 60_000 + '"'],
    21: ['{"type":"nope"}', '{"type":"ask","id":"c","text":"x","extra":1}', '{"type":["ask"]}'],
    22: [
        '{"type":"ask","id":"c","text":"\\ud800"}',
        '{"type":"ask","id":"c","text":"\\u0000"}',
        '{"type":"ask","id":"\\u0000","text":"x"}',
        '{"type":"stop","turn_id":"\\udfff"}',
    ],
}


@pytest.mark.fault(19, 20, 21, 22)
@pytest.mark.parametrize("row", FRAMES)
def test_bad_frames(server: FakeServerProcess, row: int) -> None:
    with talk(server.url) as client:
        for bad in FRAMES[row]:
            client.connection.send(bad)
            error = client.receive_until("error")[-1]
            assert error["code"] in ("invalid_frame", "bad_request"), (bad, error)
        client.send(type="ping", id="p")
        assert client.receive_until("pong")[-1]["id"] == "p"
    lives(server)


@pytest.mark.fault(22)
def test_bad_utf_8_closes_with_1007(server: FakeServerProcess) -> None:
    with handshake(server) as client:
        client.sendall(frame(b'{"type":"ping","id":"\xff\xfe"}'))
        assert close_code(client) == 1007
    lives(server)


@pytest.mark.fault(23)
@pytest.mark.parametrize("empty", [0x89, 0x8A], ids=["pings", "pongs"])
def test_a_flood_of_empty_frames_is_cut_off(server: FakeServerProcess, empty: int) -> None:
    """Nobody else had a turn, and the engine seemed to hang."""
    with handshake(server) as client:
        with contextlib.suppress(OSError):
            for _ in range(50):
                client.sendall(frame(b"", empty) * 1000)
        assert close_code(client) in (1008, None)  # None: cut off in the middle of a frame
    lives(server)


@pytest.mark.fault(13)
def test_a_client_that_vanishes_leaves_nothing(server: FakeServerProcess) -> None:
    lives(server)
    files, tasks = open_files(server), tasks_of(server)
    ask = {"type": "ask", "id": "c1", "text": "say 30 words slowly"}
    for _ in range(20):
        client = handshake(server)
        client.sendall(frame(json.dumps(ask).encode()))
        client.recv(4096)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()  # a reset, not a goodbye
    settles(server, files)
    wait_for(lambda: "drawing_chat_turns_running 0.0" in server.get("/metrics").text)
    wait_for(lambda: 'drawing_chat_calls_open{kind="socket"} 0.0' in server.get("/metrics").text)
    wait_for(lambda: tasks_of(server) <= tasks)
    lives(server)
