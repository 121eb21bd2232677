"""Which tokens open the door: the one of the settings and the owners' own, as they are now.

Knows settings and the token file; not headers, sessions or addresses.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from backend.config.settings import Settings, environment_name, is_loopback
from backend.errors import SettingsError, StorageUnusable
from backend.requests.owner import LOCAL_OWNER
from backend.storage.tokens import Token, TokenFile, digest

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Key:
    """A token that was shown: which one, and whose drawings it opens."""

    id: str
    owner: str


class Keys:
    """Asks each time whether the token file has changed, which takes microseconds."""

    def __init__(self, settings: Settings) -> None:
        self._file = TokenFile(settings.data_folder)
        self._open_house = settings.token is None and is_loopback(settings.host)
        self._fixed: list[tuple[str, Key]] = []
        if settings.token is not None:
            secret = settings.token.get_secret_value()
            self._fixed = [(digest(secret), Key("setting", LOCAL_OWNER))]
        self._keys: Sequence[tuple[str, Key]] = ()
        self._ids: frozenset[str] = frozenset()
        self._version: tuple[int, ...] | None = None

    def needed(self) -> bool:
        """False for the one person on a machine of their own, until the first token is made."""
        self._look()
        return not self._open_house or self._version != ()

    def find(self, token: str) -> Key | None:
        """Whose this token is. Takes the same time for every wrong one."""
        self._look()
        shown, found = digest(token), None
        for kept, key in self._keys:
            if hmac.compare_digest(shown, kept):
                found = key
        return found

    def holds(self, key: Key) -> bool:
        """True until the token is revoked."""
        self._look()
        return key.id in self._ids

    def _look(self) -> None:
        version = self._file.version()
        if version == self._version:
            return
        self._version = version
        self._keys = [*self._fixed, *_read(self._file)]
        self._ids = frozenset(key.id for _, key in self._keys)


def _read(file: TokenFile) -> list[tuple[str, Key]]:
    try:
        tokens: Sequence[Token] = file.read()
    except StorageUnusable as error:  # the door is shut rather than open
        logger.error("No token of the file opens the door: %s", error)
        return []
    return [(token.digest, Key(token.id, token.owner)) for token in tokens]


def check_bind(settings: Settings) -> None:
    """Raise `SettingsError` for an address that others reach while there is no token at all."""
    if is_loopback(settings.host) or settings.token is not None:
        return
    if TokenFile(settings.data_folder).read():
        return
    raise SettingsError(
        f"{environment_name('host')}={settings.host}: an address that others can reach needs a "
        "token. Make one with `drawing-chat token add NAME`, or set "
        f"{environment_name('token')} to the output of: "
        'python -c "import secrets; print(secrets.token_urlsafe(32))"'
    )
