"""Access from a request to the running parts of the server.

`http.app_state.AppState` holds the parts. Each room declares the ones it uses in its own
`dependencies.py`, typed, so that no room imports `http`.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import HTTPConnection

from backend.config.settings import Settings


def app_state(connection: HTTPConnection) -> Any:
    """The state object of the app; callers narrow each part to the type they declare."""
    return connection.app.state.running


def get_settings(connection: HTTPConnection) -> Settings:
    """The settings the server runs with."""
    settings: Settings = app_state(connection).settings
    return settings


RunningSettings = Annotated[Settings, Depends(get_settings)]
