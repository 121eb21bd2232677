"""Writes text to standard output and tolerates a closed pipe."""

from __future__ import annotations

import os
import sys


def write(text: str) -> None:
    """Write all of `text`; a reader that closes the pipe early (`… | head`) is no error."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes again at exit and would report the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
