"""The owners' access tokens: a small file of hashes in the data folder.

A file and not a table: the command line creates and revokes tokens while the server runs, and
the database belongs to the server's process alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from backend.errors import BadRequest, NotFound, StorageUnusable

FILE_NAME = "tokens.json"
OWNER = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Token:
    """One token of one owner. `digest` is the SHA-256 of the token in hexadecimal: a token has
    256 random bits, so that salt and a slow hash would add nothing. `created_at` is UTC seconds
    since 1970."""

    id: str
    owner: str
    digest: str
    created_at: float


class TokenFile:
    """The tokens of one data folder. Synchronous; the file is replaced, never edited in place."""

    def __init__(self, data_folder: Path) -> None:
        self.path = data_folder / FILE_NAME

    def read(self) -> tuple[Token, ...]:
        """All tokens, oldest first; none without a file. Raises `StorageUnusable`."""
        try:
            content = json.loads(self.path.read_bytes())
            return tuple(Token(**entry) for entry in content["tokens"])
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise StorageUnusable(f"The tokens cannot be read ({error.strerror}).") from None
        except (ValueError, TypeError, KeyError):
            raise StorageUnusable(
                f"{FILE_NAME} in the data folder is damaged. Move it away and create new tokens "
                "with `drawing-chat token add`."
            ) from None

    def version(self) -> tuple[int, ...]:
        """A value that changes with the file; empty without a file."""
        try:
            found = self.path.stat()
        except OSError:
            return ()
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    def add(self, owner: str) -> tuple[Token, str]:
        """Create a token: its stored record, and the token itself, which is not stored.

        Raises `BadRequest` for an invalid name, and `StorageUnusable`.
        """
        if not OWNER.fullmatch(owner):
            raise BadRequest(
                "An owner's name has 1 to 64 characters: a-z, 0-9, dot, dash and underscore, "
                "starting with a letter or a digit."
            )
        secret = "dc_" + secrets.token_urlsafe(32)
        token = Token(secrets.token_hex(4), owner, digest(secret), time.time())
        with self._changing() as tokens:
            tokens.append(token)
        return token, secret

    def revoke(self, token_id: str) -> Token:
        """Remove a token. The file stays, so that tokens remain required. Raises `NotFound` and
        `StorageUnusable`."""
        with self._changing() as tokens:
            for token in tokens:
                if token.id == token_id:
                    tokens.remove(token)
                    return token
            raise NotFound(f"There is no token {token_id}. `drawing-chat token list` shows them.")

    @contextlib.contextmanager
    def _changing(self) -> Iterator[list[Token]]:
        """The list to change, written at the end of the block; one change at a time."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX)
                tokens = list(self.read())
                yield tokens
                self._write(tokens)
            finally:
                os.close(lock)
        except OSError as error:
            raise StorageUnusable(
                f"The data folder cannot be written ({error.strerror}). Make it writable, or set "
                "DRAWING_CHAT_DATA_FOLDER to another folder."
            ) from None

    def _write(self, tokens: list[Token]) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"tokens": [asdict(token) for token in tokens]}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self.path)


def digest(token: str) -> str:
    """The stored form of a token: its SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
