"""A small Hugging Face hub on loopback: as much of its HTTP as the real client asks for.

Repositories are folders of bytes; faults are set per file. It counts the bytes that it sent, so
that a test can say what was fetched again.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "c" * 40
_RESOLVE = re.compile(r"/(?P<repository>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)")
_MODEL = re.compile(r"/api/models/(?P<repository>[^/]+/[^/]+?)(?P<rest>/.*)?")


@dataclass
class Repository:
    """Files by name; a large one (`.safetensors`) has a sha256, as on the hub."""

    files: dict[str, bytes]
    gated: bool = False
    licence: str = "apache-2.0"


@dataclass
class Hub:
    """The hub's content, its faults and what it was asked."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    #: After so many bytes of a file the connection is cut; once for each number in the list.
    cuts: dict[str, list[int]] = field(default_factory=dict)
    #: Files of which other bytes are sent than the checksum says; so many times.
    spoiled: dict[str, int] = field(default_factory=dict)
    #: Sizes that the list of files gives instead of the true ones.
    claimed: dict[str, int] = field(default_factory=dict)
    #: Tokens that may have gated repositories.
    tokens: set[str] = field(default_factory=set)
    #: Bytes that were sent of each file, and the tokens and agents that came along.
    sent: dict[str, int] = field(default_factory=dict)
    ranges: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    #: Set to make each large file wait in its middle until it is released.
    pause: threading.Event | None = None
    paused: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Hub:
        hub = self

        class Handler(_Handler):
            pass

        Handler.hub = hub
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *exception: object) -> None:
        if self.pause is not None:
            self.pause.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: object) -> None:
        """Silence."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.hub.agents.add(self.headers.get("User-Agent", ""))
        path = self.path.partition("?")[0]
        if match := _MODEL.fullmatch(path):
            self._model(match["repository"], match["rest"] or "")
        elif match := _RESOLVE.fullmatch(path):
            self._file(match["repository"], match["file"])
        else:
            self._answer(404, {})

    def _allowed(self, name: str) -> Repository | None:
        repository = self.hub.repositories.get(name)
        if repository is None:
            self._answer(404, {}, code="RepoNotFound")
        return repository

    def _has_token(self) -> bool:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        return given in self.hub.tokens

    def _model(self, name: str, rest: str) -> None:
        repository = self._allowed(name)
        if repository is None:
            return
        if rest == "/auth-check":
            if repository.gated and not self._has_token():
                self._answer(403, {}, code="GatedRepo")
            else:
                self._answer(200, {})
            return
        siblings = []
        for file, content in repository.files.items():
            size = self.hub.claimed.get(file, len(content))
            sibling: dict[str, Any] = {"rfilename": file, "size": size}
            if file.endswith(".safetensors"):
                digest = hashlib.sha256(content).hexdigest()
                sibling["lfs"] = {"sha256": digest, "size": size, "pointerSize": 134}
            siblings.append(sibling)
        body = {
            "id": name,
            "sha": COMMIT,
            "private": False,
            "gated": "auto" if repository.gated else False,
            "siblings": siblings,
            "tags": [],
            "downloads": 0,
            "likes": 0,
            # As on the hub: one that it has no short name for is `other` with its own.
            "cardData": {"license": repository.licence}
            if repository.licence == "apache-2.0"
            else {"license": "other", "license_name": repository.licence},
        }
        self._answer(200, body)

    def _file(self, name: str, file: str) -> None:
        repository = self._allowed(name)
        if repository is None:
            return
        if repository.gated and not self._has_token():
            self._answer(403, {}, code="GatedRepo")
            return
        content = repository.files.get(file)
        if content is None:
            self._answer(404, {}, code="EntryNotFound")
            return
        etag = hashlib.sha256(content).hexdigest()
        if not file.endswith(".safetensors"):
            etag = hashlib.sha1(content).hexdigest()  # noqa: S324 — as git names it
        begin = 0
        if wanted := self.headers.get("Range"):
            self.hub.ranges.append(f"{file} {wanted}")
            begin = int(wanted.removeprefix("bytes=").partition("-")[0])
        body = content[begin:]
        if self.hub.spoiled.get(file, 0) > 0 and self.command == "GET":
            self.hub.spoiled[file] -= 1
            body = bytes(len(body))
        self.send_response(206 if begin else 200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{etag}"')
        self.send_header("Content-Length", str(len(body)))
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if self.command == "GET":
            self._send(file, begin, body)

    def _send(self, file: str, begin: int, body: bytes) -> None:
        cuts = self.hub.cuts.get(file)
        end = len(body)
        if cuts:
            end = max(0, cuts.pop(0) - begin)
        middle = end // 2
        try:
            self.wfile.write(body[:middle])
            if self.hub.pause is not None and file.endswith(".safetensors"):
                self.wfile.flush()
                self.hub.paused.set()
                self.hub.pause.wait(60)
            self.wfile.write(body[middle:end])
        except OSError:
            end = middle
        self.hub.sent[file] = self.hub.sent.get(file, 0) + end
        if end < len(body):
            self.close_connection = True
            self.connection.close()

    def _answer(self, status: int, body: object, code: str | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        if code is not None:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)
