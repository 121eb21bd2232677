"""Rows 23, 24 and 41 to 48: floods, guesses and strangers, against a server with two owners."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from backend.http.authenticator import FREE_ATTEMPTS
from tests.fake_server import FakeServerProcess
from tests.faults.raw import connect as plain
from tests.faults.raw import wait_for
from tests.server_process import HANG_SECONDS, PROJECT_ROOT
from tests.talk import Frame, talk

SOCKETS, QUEUED, FLOOD = 6, 8, 40


@dataclass
class House:
    """A server and the tokens of its two owners."""

    server: FakeServerProcess
    alice: dict[str, str]
    bob: dict[str, str]

    def metrics(self) -> str:
        return httpx.get(
            f"{self.server.url}/metrics", headers=self.alice, timeout=HANG_SECONDS
        ).text


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The tokens are made while it runs, which it follows at once."""
    from backend.storage.tokens import TokenFile

    limits = {"max_sockets_per_owner": SOCKETS, "max_queued_turns": QUEUED, "max_num_seqs": 2}
    folder = tmp_path_factory.mktemp("doors") / "data"
    process = FakeServerProcess(folder, **limits).start().wait_ready()
    tokens = TokenFile(process.data_folder)
    alice, bob = ({"Authorization": f"Bearer {tokens.add(name)[1]}"} for name in ("alice", "bob"))
    yield House(process, alice, bob)
    process.stop()


@pytest.mark.fault(23)
def test_a_flood_of_questions_is_busy_and_others_are_answered(house: House) -> None:
    with talk(house.server.url, additional_headers=house.alice) as flood:
        for _ in range(FLOOD):
            flood.ask("say 3000 words slowly")
        answers: list[Frame] = []
        while len(answers) < FLOOD:
            answers += flood.receive_until("accepted", "error")[-1:]
    accepted = [each["turn_id"] for each in answers if each["type"] == "accepted"]
    assert {each["code"] for each in answers if each["type"] == "error"} == {"busy"}
    assert 1 <= len(accepted) <= QUEUED
    with talk(house.server.url, additional_headers=house.bob) as other:
        assert other.answer("Largest bore?")[-1]["type"] == "done"
    assert "drawing_chat_turns_running 0.0" not in house.metrics()  # hers go on
    with talk(house.server.url, additional_headers=house.alice) as again:
        for turn in accepted:
            again.send(type="stop", turn_id=turn)
        wait_for(lambda: "drawing_chat_turns_running 0.0" in house.metrics())
    assert "drawing_chat_turns_waiting 0.0" in house.metrics()


@pytest.mark.fault(24)
def test_a_flood_of_sockets_is_refused_and_others_come_in(house: House) -> None:
    url = house.server.url.replace("http", "ws", 1) + "/ws"
    wait_for(lambda: 'drawing_chat_calls_open{kind="socket"} 0.0' in house.metrics())
    with contextlib.ExitStack() as stack:
        for _ in range(SOCKETS):
            stack.enter_context(connect(url, additional_headers=house.alice, proxy=None))
        with pytest.raises(InvalidStatus) as refused:
            connect(url, additional_headers=house.alice, proxy=None)
        assert refused.value.response.status_code == 429
        assert int(refused.value.response.headers["Retry-After"]) >= 1
        with talk(house.server.url, additional_headers=house.bob) as other:
            assert other.answer("Largest bore?")[-1]["type"] == "done"
    wait_for(lambda: 'drawing_chat_calls_open{kind="socket"} 0.0' in house.metrics())
    with talk(house.server.url, additional_headers=house.alice) as again:
        assert again.answer("Largest bore?")[-1]["type"] == "done"


@pytest.mark.fault(41, 48)
def test_guessing_from_one_address_has_to_wait(house: House) -> None:
    """Another loopback address guesses; it says to be a new one each time."""
    url = f"{house.server.url}/api/conversations"
    elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(transport=elsewhere, timeout=HANG_SECONDS) as guesser:
        seen = []
        for number in range(FREE_ATTEMPTS + 3):
            wrong = {
                "Authorization": f"Bearer wrong-token-number-{number}",
                "X-Forwarded-For": f"198.51.100.{number}",
            }
            seen.append(guesser.get(url, headers=wrong))
        assert [each.status_code for each in seen[:FREE_ATTEMPTS]] == [401] * FREE_ATTEMPTS
        assert {each.status_code for each in seen[FREE_ATTEMPTS:]} == {429}
        assert int(seen[-1].headers["retry-after"]) >= 1
        assert guesser.get(url, headers=house.alice).status_code == 429  # even a right one
    assert httpx.get(url, headers=house.alice, timeout=HANG_SECONDS).status_code == 200


@pytest.mark.fault(41)
def test_tokens_are_compared_in_constant_time() -> None:
    """What cannot be measured here: no shown token is compared with `==` or looked up."""
    source = (PROJECT_ROOT / "backend/http/token_store.py").read_text()
    found = source[source.index("def find(") : source.index("def is_valid(")]
    assert "hmac.compare_digest" in found and "==" not in found and "return identity" not in found


# Other sites

STRANGE = [
    (43, {"Origin": "http://evil.example"}, 403, "forbidden_origin"),
    (43, {"Origin": "null"}, 403, "forbidden_origin"),
    (43, {"Origin": "http://127.0.0.1:1"}, 403, "forbidden_origin"),
    (44, {"Host": "evil.example"}, 400, "bad_host"),
    (44, {"Host": "127.0.0.1.evil.example"}, 400, "bad_host"),
    (45, {"Sec-Fetch-Site": "cross-site"}, 403, "forbidden_origin"),
    (45, {"Sec-Fetch-Site": "same-site"}, 403, "forbidden_origin"),
]


#: Row 45 is about what changes something: a link from elsewhere may lead here.
CALLS = [
    (*strange, call)
    for strange in STRANGE
    for call in ("read", "form", "socket")
    if (strange[0], call) != (45, "read")
]


@pytest.mark.fault(43, 44, 45)
@pytest.mark.parametrize(("row", "headers", "status", "code", "call"), CALLS)
def test_strangers_are_refused(
    house: House, row: int, headers: dict[str, str], status: int, code: str, call: str
) -> None:
    """With a right token: a browser would send the cookie along."""
    wanted = {
        "read": ("GET /api/conversations", {}),
        "form": (
            "POST /api/drawings",
            {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "1000"},
        ),
        "socket": (
            "GET /ws",
            {
                "Connection": "Upgrade",
                "Upgrade": "websocket",
                "Sec-WebSocket-Version": "13",
                "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg==",
            },
        ),
    }
    line, own = wanted[call]
    host = {"Host": f"127.0.0.1:{house.server.port}"}
    answer = exchange(house.server, line, {**host, **own, **house.alice, **headers})
    assert answer.startswith(f"HTTP/1.1 {status} "), answer
    assert f'"code":"{code}"' in answer
    proper = exchange(house.server, line, {**host, **own, **house.alice}, but_look=True)
    assert not proper.startswith(f"HTTP/1.1 {status} ")


def exchange(
    server: FakeServerProcess, line: str, headers: dict[str, str], *, but_look: bool = False
) -> str:
    """One request by hand; the answer to the end of its body, or with `but_look` its first bytes.

    A form's body is never sent: it is refused before, or awaited."""
    head = "\r\n".join([f"{line} HTTP/1.1", *(f"{key}: {text}" for key, text in headers.items())])
    with plain(server, 60) as client:
        client.sendall((head + "\r\n\r\n").encode())
        if but_look:
            if line.startswith("POST"):
                client.shutdown(socket.SHUT_WR)
            return client.recv(65536).decode("latin-1")
        answer = b""
        while b'"message"' not in answer and (more := client.recv(65536)):
            answer += more
    return answer.decode("latin-1")


@pytest.mark.fault(43)
def test_pictures_may_be_read_from_anywhere(house: House) -> None:
    """The one exception, without credentials; a token is still needed."""
    evil = {"Origin": "http://evil.example"}
    url = f"{house.server.url}/iiif/{'0' * 32}.1/info.json"
    assert httpx.get(url, headers={**evil, **house.alice}, timeout=HANG_SECONDS).status_code == 404
    answer = httpx.get(url, headers=evil, timeout=HANG_SECONDS)
    assert answer.status_code == 401
    assert "access-control-allow-credentials" not in answer.headers
