"""Where a list goes on: the place of the last entry that was seen, as one opaque text.

It holds the moment and the id, so that a page follows its predecessor also when that entry has
been removed or has moved meanwhile. Pure.
"""

from __future__ import annotations

import math
import re

from backend.errors import BadRequest

#: As `new_id` makes them.
_ID = re.compile(r"[0-9a-f]{32}")
#: When, and the entry's id.
Place = tuple[float, str]


def cursor_of(at: float, entry_id: str) -> str:
    """The text for `before`."""
    return f"{at!r}-{entry_id}"


def place_of(before: str) -> Place | None:
    """The place that a `before` names; None where it is the id of an entry, which has to be found.

    Raises `BadRequest` for what is neither.
    """
    if _ID.fullmatch(before):
        return None
    at, _, entry_id = before.rpartition("-")
    try:
        moment = float(at)
    except ValueError:
        moment = math.nan
    if not math.isfinite(moment):
        raise BadRequest("before: it is the `next` of an earlier answer, or the id of an entry.")
    return moment, entry_id
