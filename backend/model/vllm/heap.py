"""What an engine, while it is built and when it is gone, leaves in this process's heap."""

from __future__ import annotations

import ctypes
import gc


def settle() -> None:
    """After a build: what is here by now stays. Searching it all for garbage once more would stop
    the event loop for a third of a second."""
    _trim()
    gc.freeze()


def collect() -> None:
    """After an engine's end: it stands in a cycle; its memory, and `__del__`, are not for later."""
    gc.unfreeze()
    gc.collect()
    _trim()


def _trim() -> None:
    """Give the kernel what was freed; glibc keeps 60 MiB of a build for itself."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none
    if trim is not None:
        trim(0)
