"""The state of the running app: all its parts, in one typed object.

`main.py` builds and owns the parts. Modules above `http` read them with `get_state`; the rooms
below declare what they use in their own `dependencies.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from backend.chat.turns.turn_manager import TurnManager
from backend.chat.verification import Verifier
from backend.config.settings import Settings
from backend.drawings.library import DrawingLibrary
from backend.extraction.extractor import Extractor
from backend.extraction.views.background_maps import MapAhead
from backend.http.model_switch import ModelSwitch
from backend.model.service import VisionService
from backend.requests.dependencies import app_state
from backend.storage.database import Database


@dataclass(frozen=True, slots=True)
class AppState:
    """The parts of a running server; each is open for the whole lifespan."""

    settings: Settings
    database: Database
    library: DrawingLibrary
    service: VisionService
    turns: TurnManager
    verification: Verifier
    extractor: Extractor
    sheet_maps: MapAhead
    model_switch: ModelSwitch


def get_state(connection: HTTPConnection) -> AppState:
    """The app's state, in an HTTP route or a WebSocket handler."""
    state: AppState = app_state(connection)
    return state


State = Annotated[AppState, Depends(get_state)]
