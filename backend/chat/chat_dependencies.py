"""FastAPI dependencies for the chat routes and socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Protocol

from fastapi import Depends
from starlette.requests import HTTPConnection

from backend.chat.prompt.prompt_sheets import Sheets
from backend.chat.turns.turn_manager import TurnManager
from backend.chat.verification import Verifier
from backend.drawing import PageInfo
from backend.model.service import VisionService
from backend.requests.dependencies import app_state
from backend.storage.conversations import ConversationStore


class WatchedSheets(Sheets, Protocol):
    """Sheets that also report when a scanned page is being read."""

    def on_reading(
        self, listener: Callable[[str, str, PageInfo, bool], None]
    ) -> Callable[[], None]:
        """Call `listener(owner, drawing_id, page, reading)`; the return value unsubscribes it."""


def get_sheets(connection: HTTPConnection) -> WatchedSheets:
    """Return the drawings of all owners."""
    library: WatchedSheets = app_state(connection).library
    return library


def get_service(connection: HTTPConnection) -> VisionService:
    """Return the model service."""
    service: VisionService = app_state(connection).service
    return service


def get_turns(connection: HTTPConnection) -> TurnManager:
    """Return the turns of all owners."""
    turns: TurnManager = app_state(connection).turns
    return turns


def get_verification(connection: HTTPConnection) -> Verifier:
    """Return the verification of single values."""
    verification: Verifier = app_state(connection).verification
    return verification


def get_conversations(connection: HTTPConnection) -> ConversationStore:
    """Return the conversations in the server's database."""
    return ConversationStore(app_state(connection).database)


LibrarySheets = Annotated[WatchedSheets, Depends(get_sheets)]
Service = Annotated[VisionService, Depends(get_service)]
Turns = Annotated[TurnManager, Depends(get_turns)]
Verification = Annotated[Verifier, Depends(get_verification)]
Conversations = Annotated[ConversationStore, Depends(get_conversations)]
