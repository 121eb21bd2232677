"""The times of the table that no test may measure: what is built in stays within them.

A test that waits for its clock fails on a busy machine; these are the same promises as numbers.
"""

from __future__ import annotations

import inspect

import pytest

from backend.chat import socket as chat_socket
from backend.chat.protocol import frame_types as protocol
from backend.http import http_transport, server
from backend.model.vllm import health_probe, parent_watch
from backend.qwen_vision_service import QwenVisionService
from backend.storage import database

DEFAULTS = {
    name: parameter.default
    for name, parameter in inspect.signature(QwenVisionService.__init__).parameters.items()
}
WITHIN = [
    (1, "the engine's death is noticed", health_probe.CHECK_SECONDS, 2),
    (
        2,
        "a hung engine is noticed",
        DEFAULTS["probe_every_s"] + DEFAULTS["probe_timeout_s"],
        30,
    ),
    (3, "the engine notices its server's death", parent_watch.POLL_SECONDS, 5),
    (5, "after the grace time the server ends", server.CLOSE_SECONDS, 5),
    (10, "a write waits for a lock", database.BUSY_SECONDS, 10),
    (12, "a slow reader is dropped", chat_socket.SEND_SECONDS, 10),
    (15, "a head that does not come", http_transport.HEAD_SECONDS, 15),
    (15, "a body that does not come", http_transport.BODY_SECONDS, 15),
    (17, "bytes of a frame", protocol.MAX_FRAME_BYTES, 64 * 1024),
]


@pytest.mark.fault(1, 2, 3, 5, 10, 12, 15, 17)
@pytest.mark.parametrize(("row", "what", "is_now", "at_most"), WITHIN)
def test_what_is_built_in_is_within(row: int, what: str, is_now: float, at_most: float) -> None:
    assert 0 < is_now <= at_most, f"row {row}: {what}"
