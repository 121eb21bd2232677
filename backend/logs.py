"""Formats the server's log as plain or JSON lines, with the turn that a line belongs to.

Drawings are confidential, and logs are read by others and kept for long, so lines contain only
ids, numbers and fixed texts. The message of an unexpected exception may quote a drawing, a
question or a database row; only its type and its place in the code are logged.
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
#: Names of the tasks of a turn.
_TURN_TASK = re.compile(r"(?:turn|watch)-([0-9a-f]{32})")
#: Exceptions whose messages are safe: written by us or by the operating system.
_SAFE_MESSAGES = (DrawingChatError, OSError)


def configure(form: Literal["plain", "json"], stream: TextIO | None = None) -> None:
    """Log everything from level INFO to `stream` (default: standard error)."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else PlainLines())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for client in ("httpx", "httpx2"):  # they log every request with its URL
        logging.getLogger(client).setLevel(logging.WARNING)


class PlainLines(logging.Formatter):
    """`time level logger message`, followed by the stack trace."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def formatException(self, ei: object) -> str:
        """The stack trace without unsafe messages."""
        error = ei[1] if isinstance(ei, tuple) else None
        return "\n".join(f"  {line}" for line in trace(error)) if error else ""


class JsonLines(logging.Formatter):
    """One JSON object per line: time (UTC), level, logger, message, turn_id and trace if any."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record."""
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
    """An exception and its causes: types, places in the code, and safe messages."""
    message = f": {error}" if isinstance(error, _SAFE_MESSAGES) else ""
    yield type(error).__name__ + message
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
