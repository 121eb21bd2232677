"""The app's state has every part that a room declares, at the type it declares."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields
from types import ModuleType, SimpleNamespace
from typing import Any, get_type_hints

import pytest
from typing_extensions import get_protocol_members, is_protocol

from backend.chat import chat_dependencies as chat
from backend.drawings import library_dependency as drawings
from backend.extraction import extractor_dependency as extraction
from backend.http.app_state import AppState
from backend.requests import dependencies as requests
from backend.storage.conversations import ConversationStore


def declared(*rooms: ModuleType) -> list[Callable[..., Any]]:
    """The functions that fetch a part, in these modules alone."""
    return [
        value
        for room in rooms
        for name, value in vars(room).items()
        if name.startswith("get_") and inspect.getmodule(value) is room
    ]


@pytest.mark.parametrize(
    "get", declared(chat, drawings, extraction, requests), ids=lambda get: get.__name__
)
def test_a_declared_part_is_a_part_of_the_app(get: Callable[..., Any]) -> None:
    state = AppState(**{field.name: object() for field in fields(AppState)})
    app = SimpleNamespace(state=SimpleNamespace(running=state))
    part = get(SimpleNamespace(app=app))
    if isinstance(part, ConversationStore):
        return
    name = next(field.name for field in fields(AppState) if getattr(state, field.name) is part)
    provided, wanted = get_type_hints(AppState)[name], get_type_hints(get)["return"]
    if provided is not wanted:
        assert is_protocol(wanted)
        assert all(hasattr(provided, member) for member in get_protocol_members(wanted))
