"""The access tokens that are valid now: the one in the settings and those in the token file.

Knows settings and the token file; does not know headers, sessions or addresses.
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
class TokenIdentity:
    """A known token, without its secret."""

    id: str
    owner: str


class TokenStore:
    """Looks tokens up. Each call checks whether the file has changed, in microseconds."""

    def __init__(self, settings: Settings) -> None:
        self._file = TokenFile(settings.data_folder)
        self._optional = settings.token is None and is_loopback(settings.host)
        self._from_settings: list[tuple[str, TokenIdentity]] = []
        if settings.token is not None:
            secret = settings.token.get_secret_value()
            self._from_settings = [(digest(secret), TokenIdentity("setting", LOCAL_OWNER))]
        self._tokens: Sequence[tuple[str, TokenIdentity]] = ()
        self._ids: frozenset[str] = frozenset()
        self._version: tuple[int, ...] | None = None

    def required(self) -> bool:
        """False on loopback until the first token is created."""
        self._refresh()
        return not self._optional or self._version != ()

    def find(self, token: str) -> TokenIdentity | None:
        """The identity of this token, or None. Takes the same time for every wrong token."""
        self._refresh()
        given, found = digest(token), None
        for stored, identity in self._tokens:
            if hmac.compare_digest(given, stored):
                found = identity
        return found

    def is_valid(self, identity: TokenIdentity) -> bool:
        """True until the token is revoked."""
        self._refresh()
        return identity.id in self._ids

    def _refresh(self) -> None:
        version = self._file.version()
        if version == self._version:
            return
        self._version = version
        self._tokens = [*self._from_settings, *_read(self._file)]
        self._ids = frozenset(identity.id for _, identity in self._tokens)


def _read(file: TokenFile) -> list[tuple[str, TokenIdentity]]:
    try:
        tokens: Sequence[Token] = file.read()
    except StorageUnusable as error:  # an unreadable file must not grant access
        logger.error("No token in the token file is accepted: %s", error)
        return []
    return [(token.digest, TokenIdentity(token.id, token.owner)) for token in tokens]


def check_bind(settings: Settings) -> None:
    """Raise `SettingsError` for an address that other machines can reach if no token exists."""
    if is_loopback(settings.host) or settings.token is not None:
        return
    if TokenFile(settings.data_folder).read():
        return
    raise SettingsError(
        f"{environment_name('host')}={settings.host}: an address that other machines can reach "
        "requires a token. Create one with `drawing-chat token add NAME`, or set "
        f"{environment_name('token')} to the output of: "
        'python -c "import secrets; print(secrets.token_urlsafe(32))"'
    )
