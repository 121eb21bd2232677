"""Bytes for whoever reads standard output, who may leave early (`… | head`)."""

from __future__ import annotations

import os
import sys


def write(text: str) -> None:
    """Write all of it; a reader that has closed the pipe has seen enough, which is no error."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes again when it ends and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
