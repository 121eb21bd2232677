"""What the routes of drawings use of the running server."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from backend.drawings.library import DrawingLibrary
from backend.requests.dependencies import app_state


def get_library(connection: HTTPConnection) -> DrawingLibrary:
    """The drawings of all owners."""
    library: DrawingLibrary = app_state(connection).library
    return library


Library = Annotated[DrawingLibrary, Depends(get_library)]
