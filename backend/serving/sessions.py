"""Who may come in when a token is set: the token itself, the page's sessions, and back-off.

Knows headers and client addresses; does not know routes, ASGI or what lies behind the door.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from pydantic import SecretStr

from backend.errors import Busy, Unauthorized

#: A session ends this long after its sign-in; the server's end ends all.
SESSION_SECONDS = 30 * 24 * 3600
MAX_SESSIONS = 1000
#: Wrong tokens from one address that cost nothing; each further one doubles the wait.
FREE_ATTEMPTS = 5
LONGEST_WAIT_S = 60.0
#: Addresses remembered for their wrong tokens; the oldest is forgotten first.
MAX_ADDRESSES = 10_000

Clock = Callable[[], float]


class BackOff:
    """Counts wrong tokens by address and makes that address wait."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def check(self, address: str) -> None:
        """Raise `Busy` while this address has to wait."""
        wait = self._failures.get(address, (0, 0.0))[1] - self._clock()
        if wait > 0:
            raise Busy(
                f"Too many wrong tokens. Try again in {math.ceil(wait)} s.", retry_after_s=wait
            )

    def failed(self, address: str) -> None:
        """Count one wrong token."""
        count = self._failures.pop(address, (0, 0.0))[0] + 1
        wait = min(LONGEST_WAIT_S, 2.0 ** min(count - FREE_ATTEMPTS, 10))
        until = self._clock() + wait if count >= FREE_ATTEMPTS else 0.0
        self._failures[address] = (count, until)
        if len(self._failures) > MAX_ADDRESSES:
            self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """Forget the wrong tokens of this address."""
        self._failures.pop(address, None)


class Door:
    """The one token of the settings, and the sessions that were opened with it."""

    def __init__(self, token: SecretStr, port: int, clock: Clock = time.monotonic) -> None:
        self._token = _digest(token.get_secret_value())
        self._clock = clock
        self._back_off = BackOff(clock)
        self._sessions: OrderedDict[str, float] = OrderedDict()
        # Cookies do not know ports: two servers on one host must not share a name.
        self.cookie_name = f"drawing_chat_session_{port}"

    def admit(self, authorization: str | None, cookie: str | None, address: str) -> None:
        """Let a request in by its `Authorization` header, else by its cookie.

        Raises `Unauthorized`, or `Busy` after too many wrong tokens from `address`.
        """
        if authorization is not None:
            scheme, _, credentials = authorization.partition(" ")
            if scheme.lower() != "bearer":
                raise Unauthorized("Send the access token as `Authorization: Bearer …`.")
            self._check_token(credentials.strip(), address)
        elif not self.has_session(cookie):
            raise Unauthorized("Sign in with the access token first.")

    def sign_in(self, token: str, address: str) -> str:
        """Open a session; its random id. Raises as `admit` does."""
        self._check_token(token, address)
        session = secrets.token_urlsafe(32)
        self._sessions[_digest(session).hex()] = self._clock() + SESSION_SECONDS
        if len(self._sessions) > MAX_SESSIONS:
            self._sessions.popitem(last=False)
        return session

    def has_session(self, cookie: str | None) -> bool:
        """True if the `Cookie` header names a session that is open."""
        key = self._session_key(cookie)
        return key is not None and self._sessions.get(key, 0.0) > self._clock()

    def sign_out(self, cookie: str | None) -> None:
        """End the session that the `Cookie` header names."""
        if key := self._session_key(cookie):
            self._sessions.pop(key, None)

    def cookie(self, session: str | None, *, secure: bool) -> str:
        """The `Set-Cookie` value that keeps this session, or with None removes it."""
        age = SESSION_SECONDS if session else 0
        value = f"{self.cookie_name}={session or ''}; Path=/; Max-Age={age}; HttpOnly"
        return value + "; SameSite=Strict" + ("; Secure" if secure else "")

    def _check_token(self, token: str, address: str) -> None:
        self._back_off.check(address)
        if not hmac.compare_digest(_digest(token), self._token):
            self._back_off.failed(address)
            raise Unauthorized("This access token is not right.")
        self._back_off.succeeded(address)

    def _session_key(self, cookie: str | None) -> str | None:
        try:
            morsel = SimpleCookie(cookie or "").get(self.cookie_name)
        except CookieError:
            return None
        # Looked up by digest: the time of a look-up tells nothing about a session's id.
        return _digest(morsel.value).hex() if morsel else None


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
