"""The owner of a request, as the gate (`http.gate`) established it before the route runs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

#: The owner of every request on loopback as long as no token exists.
LOCAL_OWNER = "local"


def get_owner(connection: HTTPConnection) -> str:
    """The owner of an HTTP request or a WebSocket."""
    owner: str = getattr(connection.state, "owner", LOCAL_OWNER)
    return owner


Owner = Annotated[str, Depends(get_owner)]
