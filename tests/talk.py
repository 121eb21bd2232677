"""A plain WebSocket client for tests: speaks the contract and nothing of the project's code."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.server_process import HANG_SECONDS

Frame = dict[str, Any]
TERMINAL = {"done", "stopped", "error"}
_ids = itertools.count(1)


class Talk:
    """One socket; frames are read in order."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, **frame: Any) -> None:
        """Send one frame."""
        self.connection.send(json.dumps(frame, ensure_ascii=False))

    def receive(self, seconds: float = HANG_SECONDS) -> Frame:
        """The next frame."""
        frame: Frame = json.loads(self.connection.recv(timeout=seconds))
        return frame

    def receive_until(self, *types: str, seconds: float = HANG_SECONDS) -> list[Frame]:
        """All frames up to the first of one of `types`, that one included."""
        frames: list[Frame] = []
        while not frames or frames[-1]["type"] not in types:
            frames.append(self.receive(seconds))
        return frames

    def ask(self, text: str, **more: Any) -> str:
        """Send a question; its client-side id."""
        ask_id = f"c{next(_ids)}"
        self.send(type="ask", id=ask_id, text=text, **more)
        return ask_id

    def answer(self, text: str, **more: Any) -> list[Frame]:
        """Ask and read up to the terminal event."""
        self.ask(text, **more)
        return self.receive_until(*TERMINAL)


@contextmanager
def talk(url: str, **options: Any) -> Iterator[Talk]:
    """Open `/ws` of the server at `url` and read its `hello`."""
    with connect(
        url.replace("http", "ws", 1) + "/ws",
        compression=None,
        **({"open_timeout": HANG_SECONDS} | options),
    ) as connection:
        client = Talk(connection)
        hello = client.receive()
        assert hello["type"] == "hello", hello
        yield client


def text_of(frames: list[Frame]) -> str:
    """What the deltas add up to."""
    return "".join(frame["text"] for frame in frames if frame["type"] == "delta")


def sequence_of(frames: list[Frame]) -> list[int]:
    """The `seq` of every frame that has one."""
    return [frame["seq"] for frame in frames if frame.get("seq") is not None]
