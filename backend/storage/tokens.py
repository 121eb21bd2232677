"""The owners' access tokens: a small file in the data folder, of hashes only.

A file of its own, not a table: the command line makes and revokes tokens while the server runs,
and the database belongs to that one process. Knows owners and hashes; not who asks for what.
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
    """The tokens of one data folder. Synchronous; the file is replaced, never changed in place."""

    def __init__(self, data_folder: Path) -> None:
        self.path = data_folder / FILE_NAME

    def read(self) -> tuple[Token, ...]:
        """All tokens, oldest first; none where there is no file. Raises `StorageUnusable`."""
        try:
            content = json.loads(self.path.read_bytes())
            return tuple(Token(**entry) for entry in content["tokens"])
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise StorageUnusable(f"The tokens cannot be read ({error.strerror}).") from None
        except (ValueError, TypeError, KeyError):
            raise StorageUnusable(
                f"{FILE_NAME} in the data folder is damaged. Move it away and make the tokens "
                "anew with `drawing-chat token add`."
            ) from None

    def version(self) -> tuple[int, ...]:
        """Another value whenever the file has changed; empty where there is none."""
        try:
            found = self.path.stat()
        except OSError:
            return ()
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    def add(self, owner: str) -> tuple[Token, str]:
        """Make a token: what is kept of it, and the token itself, which is kept nowhere.

        Raises `BadRequest` for a name that is none, and `StorageUnusable`.
        """
        if not OWNER.fullmatch(owner):
            raise BadRequest(
                "An owner's name is 1 to 64 of a-z, 0-9, dot, dash and underscore, beginning with "
                "a letter or a digit."
            )
        secret = "dc_" + secrets.token_urlsafe(32)
        token = Token(secrets.token_hex(4), owner, digest(secret), time.time())
        with self._changing() as tokens:
            tokens.append(token)
        return token, secret

    def revoke(self, token_id: str) -> Token:
        """Remove a token. The file stays, so that the door stays shut. Raises `NotFound` and
        `StorageUnusable`."""
        with self._changing() as tokens:
            for token in tokens:
                if token.id == token_id:
                    tokens.remove(token)
                    return token
            raise NotFound(f"There is no token {token_id}. `drawing-chat token list` shows them.")

    @contextlib.contextmanager
    def _changing(self) -> Iterator[list[Token]]:
        """The list to change, written when the block ends well; one change at a time."""
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
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
