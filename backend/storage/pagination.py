"""Cursors for lists: the place of the last entry seen, as one opaque string. Pure.

A cursor has the entry's time and id, so that the next page follows even if that entry has been
deleted or has moved.
"""

from __future__ import annotations

import math
import re

from backend.errors import BadRequest

#: The form of `new_id`.
_ID = re.compile(r"[0-9a-f]{32}")
#: The entry's time and id.
Place = tuple[float, str]


def cursor_of(at: float, entry_id: str) -> str:
    """The value for `before`."""
    return f"{at!r}-{entry_id}"


def place_of(before: str) -> Place | None:
    """The place of a `before`; None if it is the id of an entry, which must be looked up.

    Raises `BadRequest` for anything else.
    """
    if _ID.fullmatch(before):
        return None
    at, _, entry_id = before.rpartition("-")
    try:
        moment = float(at)
    except ValueError:
        moment = math.nan
    if not math.isfinite(moment):
        raise BadRequest("before: use the `next` of an earlier response, or the id of an entry.")
    return moment, entry_id
