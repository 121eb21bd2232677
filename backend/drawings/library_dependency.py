"""FastAPI dependencies for the drawing routes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from backend.drawings.library import DrawingLibrary
from backend.requests.dependencies import app_state


def get_library(connection: HTTPConnection) -> DrawingLibrary:
    """Return the drawing library of the running server."""
    library: DrawingLibrary = app_state(connection).library
    return library


Library = Annotated[DrawingLibrary, Depends(get_library)]
