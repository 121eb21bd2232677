"""How the server writes its log: plain lines or JSON lines, with the turn that a line is about.

Drawings are secrets, and a log is read by others and kept for long: a line holds ids, numbers and
fixed texts. What an unexpected exception says may quote a drawing, a question or a row of the
database, so of such a one only its type and its place in the code are written.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TextIO

from backend.errors import DrawingChatError

_ROOT = str(Path(__file__).resolve().parent.parent) + "/"
#: The tasks of a turn are named after it.
_TURN_TASK = re.compile(r"(?:turn|watch)-([0-9a-f]{32})")
#: Exceptions whose texts are our own or the system's.
_PLAIN_SPOKEN = (DrawingChatError, OSError)


def configure(form: Literal["plain", "json"], stream: TextIO | None = None) -> None:
    """Write everything from INFO on to `stream` (standard error)."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else PlainLines())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for client in ("httpx", "httpx2"):  # each call with its address is no line of ours
        logging.getLogger(client).setLevel(logging.WARNING)


class PlainLines(logging.Formatter):
    """`time level logger message`, and the trace below."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatException(self, ei: object) -> str:
        """Where it happened, without what it says."""
        error = ei[1] if isinstance(ei, tuple) else None
        return "\n".join(f"  {line}" for line in trace(error)) if error else ""


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message; turn_id and trace where known."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, object] = {
            "time": f"{at}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if turn_id := getattr(record, "turn_id", None) or _turn_of_the_task():
            line["turn_id"] = turn_id
        if record.exc_info and record.exc_info[1]:
            line["trace"] = list(trace(record.exc_info[1]))
        return json.dumps(line, ensure_ascii=False)


def trace(error: BaseException) -> Iterator[str]:
    """An exception and its causes: type and places, its own words only where they are ours."""
    told = f": {error}" if isinstance(error, _PLAIN_SPOKEN) else ""
    yield type(error).__name__ + told
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"at {frame.filename.removeprefix(_ROOT)}:{frame.lineno} in {frame.name}"
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield "caused by"
        yield from trace(cause)


def _turn_of_the_task() -> str | None:
    try:
        task = asyncio.current_task()
    except RuntimeError:  # no event loop in this thread
        return None
    match = _TURN_TASK.fullmatch(task.get_name()) if task else None
    return match[1] if match else None
