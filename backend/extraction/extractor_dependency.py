"""FastAPI dependencies for the extraction routes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from backend.extraction.extractor import Extractor
from backend.requests.dependencies import app_state


def get_extractor(connection: HTTPConnection) -> Extractor:
    """Return the server's extractor."""
    extractor: Extractor = app_state(connection).extractor
    return extractor


RunningExtractor = Annotated[Extractor, Depends(get_extractor)]
