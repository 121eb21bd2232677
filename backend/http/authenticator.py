"""Who may come in where tokens are needed: a token itself, the page's sessions, and back-off.

Knows headers and client addresses; does not know routes, ASGI or what lies behind the door.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from backend.errors import Busy, Unauthorized
from backend.http.token_store import Key, Keys
from backend.metrics import WRONG_TOKENS

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
        WRONG_TOKENS.inc()
        count = self._failures.pop(address, (0, 0.0))[0] + 1
        wait = min(LONGEST_WAIT_S, 2.0 ** min(count - FREE_ATTEMPTS, 10))
        until = self._clock() + wait if count >= FREE_ATTEMPTS else 0.0
        self._failures[address] = (count, until)
        if len(self._failures) > MAX_ADDRESSES:
            self._failures.popitem(last=False)

    def succeeded(self, address: str) -> None:
        """Forget the wrong tokens of this address."""
        self._failures.pop(address, None)


@dataclass(frozen=True, slots=True)
class Pass:
    """What let a request in: the token, and the session that was opened with it, if any."""

    key: Key
    session: str | None = None


class Door:
    """Lets in by a token, or by a session that was opened with one."""

    def __init__(self, keys: Keys, port: int, clock: Clock = time.monotonic) -> None:
        self._keys = keys
        self._clock = clock
        self._back_off = BackOff(clock)
        self._sessions: OrderedDict[str, tuple[Key, float]] = OrderedDict()
        # Cookies do not know ports: two servers on one host must not share a name.
        self.cookie_name = f"drawing_chat_session_{port}"

    def needed(self) -> bool:
        """False where everybody who reaches the server may come in."""
        return self._keys.needed()

    def admit(self, authorization: str | None, cookie: str | None, address: str) -> Pass:
        """Let a request in by its `Authorization` header, else by its cookie.

        Raises `Unauthorized`, or `Busy` after too many wrong tokens from `address`.
        """
        if authorization is not None:
            scheme, _, credentials = authorization.partition(" ")
            if scheme.lower() != "bearer":
                raise Unauthorized("Send the access token as `Authorization: Bearer …`.")
            return Pass(self._check_token(credentials.strip(), address))
        session = self._session_key(cookie)
        key = self._session_owner(session)
        if key is None:
            raise Unauthorized("Sign in with the access token first.")
        return Pass(key, session)

    def still_open(self, given: Pass) -> bool:
        """True until its token is revoked or its session has ended."""
        if given.session is not None:
            return self._session_owner(given.session) is not None
        return self._keys.holds(given.key)

    def sign_in(self, token: str, address: str) -> tuple[str, Key]:
        """Open a session: its random id and whose it is. Raises as `admit` does."""
        key = self._check_token(token, address)
        session = secrets.token_urlsafe(32)
        self._sessions[_digest(session)] = (key, self._clock() + SESSION_SECONDS)
        if len(self._sessions) > MAX_SESSIONS:
            self._sessions.popitem(last=False)
        return session, key

    def session_of(self, cookie: str | None) -> Key | None:
        """Whose open session the `Cookie` header names; None for none."""
        return self._session_owner(self._session_key(cookie))

    def sign_out(self, cookie: str | None) -> None:
        """End the session that the `Cookie` header names."""
        if key := self._session_key(cookie):
            self._sessions.pop(key, None)

    def cookie(self, session: str | None, *, secure: bool) -> str:
        """The `Set-Cookie` value that keeps this session, or with None removes it."""
        age = SESSION_SECONDS if session else 0
        value = f"{self.cookie_name}={session or ''}; Path=/; Max-Age={age}; HttpOnly"
        return value + "; SameSite=Strict" + ("; Secure" if secure else "")

    def _check_token(self, token: str, address: str) -> Key:
        self._back_off.check(address)
        key = self._keys.find(token)
        if key is None:
            self._back_off.failed(address)
            raise Unauthorized("This access token is not right.")
        self._back_off.succeeded(address)
        return key

    def _session_owner(self, session: str | None) -> Key | None:
        key, until = self._sessions.get(session or "", (None, 0.0))
        if key is None or until <= self._clock():
            return None
        if self._keys.holds(key):
            return key
        self._sessions.pop(session or "", None)  # its token was revoked
        return None

    def _session_key(self, cookie: str | None) -> str | None:
        try:
            morsel = SimpleCookie(cookie or "").get(self.cookie_name)
        except CookieError:
            return None
        # Looked up by digest: the time of a look-up tells nothing about a session's id.
        return _digest(morsel.value) if morsel else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
