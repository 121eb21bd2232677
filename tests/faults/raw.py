"""Bytes on a socket: requests that no client would send, and WebSocket frames by hand."""

from __future__ import annotations

import base64
import os
import socket
import struct
import time
from collections.abc import Callable

from tests.server_process import HANG_SECONDS, ServerProcess


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    """Until it holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)


def connect(server: ServerProcess, seconds: float = 60) -> socket.socket:
    """A plain connection."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=seconds)


def handshake(server: ServerProcess, *headers: str, receive_bytes: int = 0) -> socket.socket:
    """A WebSocket after its handshake; `receive_bytes` keeps the kernel's buffer small."""
    client = socket.socket()
    if receive_bytes:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    client.settimeout(HANG_SECONDS)
    client.connect(("127.0.0.1", server.port))
    lines = [
        "GET /ws HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        *headers,
    ]
    client.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += client.recv(1)
    assert answer.startswith(b"HTTP/1.1 101"), answer
    assert b"permessage-deflate" not in answer.lower()
    return client


def frame(payload: bytes, first_byte: int = 0x81) -> bytes:
    """A masked frame of a client; the default is a whole text."""
    length = len(payload)
    if length < 126:
        size = bytes([0x80 | length])
    elif length < 1 << 16:
        size = bytes([0x80 | 126]) + struct.pack(">H", length)
    else:
        size = bytes([0x80 | 127]) + struct.pack(">Q", length)
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return bytes([first_byte]) + size + mask + masked


def close_code(client: socket.socket) -> int | None:
    """Read frames up to the close frame; its code, None where the line just ends."""
    data = b""
    while True:
        while len(data) < 2 or len(data) < 2 + _length(data)[0] + _length(data)[1]:
            try:
                more = client.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            data += more
        extra, length = _length(data)
        payload = data[2 + extra : 2 + extra + length]
        if data[0] & 0x0F == 8:
            return int(struct.unpack(">H", payload[:2])[0])
        data = data[2 + extra + length :]


def _length(data: bytes) -> tuple[int, int]:
    """Bytes of the extended length field, and the payload's length once that is there."""
    short = data[1] & 0x7F
    extra = {126: 2, 127: 8}.get(short, 0)
    if not extra:
        return 0, short
    if len(data) < 2 + extra:
        return extra, 1 << 60
    return extra, int.from_bytes(data[2 : 2 + extra])
