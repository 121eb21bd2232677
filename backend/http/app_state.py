"""The running parts of one server, and how a route gets at them.

The lifespan in `main.py` builds the parts and owns them; handlers receive them through these
dependencies, so that no module has globals. Knows no route and no rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

if TYPE_CHECKING:
    from backend.chat.turns.turn_manager import TurnManager
    from backend.chat.verification import SecondLooks
    from backend.config.settings import Settings
    from backend.drawings.library import DrawingLibrary
    from backend.model.service import VisionService
    from backend.storage.database import Database

#: Who asks on loopback without tokens.
LOCAL_OWNER = "local"


@dataclass(frozen=True, slots=True)
class Parts:
    """What a running server is made of; each is open for the whole lifespan."""

    settings: Settings
    database: Database
    library: DrawingLibrary
    service: VisionService
    turns: TurnManager
    looks: SecondLooks


def get_parts(connection: HTTPConnection) -> Parts:
    """The server's parts, in an HTTP route or a WebSocket handler."""
    parts: Parts = connection.app.state.parts
    return parts


def get_owner(connection: HTTPConnection) -> str:
    """Who is asking, as `guard.py` established it before the route ran."""
    owner: str = getattr(connection.state, "owner", LOCAL_OWNER)
    return owner
