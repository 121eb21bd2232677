"""Authentication by access token or session cookie, with a back-off after wrong tokens.

Knows headers and client addresses; does not know routes or ASGI.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from cachetools import LRUCache, TTLCache

from backend.errors import Busy, Unauthorized
from backend.http.token_store import TokenIdentity, TokenStore
from backend.metrics import WRONG_TOKENS

#: Lifetime of a session after its sign-in. A restart of the server ends all sessions.
SESSION_SECONDS = 30 * 24 * 3600
MAX_SESSIONS = 1000
#: Wrong tokens from one address without a wait; each further one doubles it.
FREE_ATTEMPTS = 5
LONGEST_WAIT_S = 60.0
#: Addresses whose wrong tokens are counted.
MAX_ADDRESSES = 10_000

Clock = Callable[[], float]


class BackOff:
    """Counts wrong tokens by address and makes that address wait."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._failures: LRUCache[str, tuple[int, float]] = LRUCache(MAX_ADDRESSES)

    def check(self, address: str) -> None:
        """Raise `Busy` while this address has to wait."""
        wait = self._failures.get(address, (0, 0.0))[1] - self._clock()
        if wait > 0:
            raise Busy(
                f"Too many wrong tokens. Try again in {math.ceil(wait)} s.", retry_after_s=wait
            )

    def failed(self, address: str) -> None:
        """Count one wrong token."""
        WRONG_TOKENS.inc()
        count = self._failures.get(address, (0, 0.0))[0] + 1
        wait = min(LONGEST_WAIT_S, 2.0 ** min(count - FREE_ATTEMPTS, 10))
        until = self._clock() + wait if count >= FREE_ATTEMPTS else 0.0
        self._failures[address] = (count, until)

    def succeeded(self, address: str) -> None:
        """Forget the wrong tokens of this address."""
        self._failures.pop(address, None)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The token of a request, and the session it came from, if any."""

    token: TokenIdentity
    session: str | None = None


class Authenticator:
    """Accepts a token, or a session that was opened with one."""

    def __init__(self, tokens: TokenStore, port: int, clock: Clock = time.monotonic) -> None:
        self._tokens = tokens
        self._back_off = BackOff(clock)
        self._sessions: TTLCache[str, TokenIdentity] = TTLCache(
            MAX_SESSIONS, SESSION_SECONDS, clock
        )
        # Cookies ignore ports: two servers on one host must not share a name.
        self.cookie_name = f"drawing_chat_session_{port}"

    def required(self) -> bool:
        """False as long as requests need no token."""
        return self._tokens.required()

    def authenticate(
        self, authorization: str | None, cookie: str | None, address: str
    ) -> Credentials:
        """Check a request's `Authorization` header or, without one, its cookie.

        Raises `Unauthorized`, or `Busy` after too many wrong tokens from `address`.
        """
        if authorization is not None:
            scheme, _, token = authorization.partition(" ")
            if scheme.lower() != "bearer":
                raise Unauthorized("Send the access token as `Authorization: Bearer …`.")
            return Credentials(self._check_token(token.strip(), address))
        session = self._session_id(cookie)
        identity = self._session_token(session)
        if identity is None:
            raise Unauthorized("Sign in with an access token first.")
        return Credentials(identity, session)

    def is_valid(self, credentials: Credentials) -> bool:
        """True until the token is revoked or the session ends."""
        if credentials.session is not None:
            return self._session_token(credentials.session) is not None
        return self._tokens.is_valid(credentials.token)

    def sign_in(self, token: str, address: str) -> tuple[str, TokenIdentity]:
        """Open a session; its random id, and the token's identity. Raises as `authenticate`."""
        identity = self._check_token(token, address)
        session = secrets.token_urlsafe(32)
        self._sessions[_digest(session)] = identity
        return session, identity

    def signed_in(self, cookie: str | None) -> TokenIdentity | None:
        """The token of the open session in the `Cookie` header, or None."""
        return self._session_token(self._session_id(cookie))

    def sign_out(self, cookie: str | None) -> None:
        """End the session in the `Cookie` header."""
        if session := self._session_id(cookie):
            self._sessions.pop(session, None)

    def set_cookie(self, session: str | None, *, secure: bool) -> str:
        """The `Set-Cookie` value that stores this session, or with None removes it."""
        age = SESSION_SECONDS if session else 0
        value = f"{self.cookie_name}={session or ''}; Path=/; Max-Age={age}; HttpOnly"
        return value + "; SameSite=Strict" + ("; Secure" if secure else "")

    def _check_token(self, token: str, address: str) -> TokenIdentity:
        self._back_off.check(address)
        identity = self._tokens.find(token)
        if identity is None:
            self._back_off.failed(address)
            raise Unauthorized("The access token is invalid.")
        self._back_off.succeeded(address)
        return identity

    def _session_token(self, session: str | None) -> TokenIdentity | None:
        identity = self._sessions.get(session or "")
        if identity is None or self._tokens.is_valid(identity):
            return identity
        self._sessions.pop(session or "", None)  # its token was revoked
        return None

    def _session_id(self, cookie: str | None) -> str | None:
        try:
            morsel = SimpleCookie(cookie or "").get(self.cookie_name)
        except CookieError:
            return None
        # Sessions are stored by digest: the time of a look-up reveals nothing about the id.
        return _digest(morsel.value) if morsel else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
