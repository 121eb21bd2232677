"""A private folder for the Unix sockets between an engine's processes.

By default vLLM puts them into the shared folder for temporary files, where those of a killed
engine stay forever.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "VLLM_RPC_BASE_PATH"


class SocketFolder:
    """One folder per data folder, because each data folder has one server.

    It is below the folder for temporary files: a socket's path may have 107 bytes (unix(7)), and
    the path of a data folder may be longer.
    """

    def __init__(self, data_folder: Path) -> None:
        key = hashlib.sha256(os.fsencode(data_folder.resolve())).hexdigest()[:12]
        self.path = Path(tempfile.gettempdir()) / f"drawing-chat-{os.getuid()}-{key}"

    @contextmanager
    def in_environment(self) -> Iterator[None]:
        """Name this folder, emptied, in the environment while an engine is built.

        A folder that the user has set there wins. Raises `OSError` if the path is taken by
        something else.
        """
        if VARIABLE in os.environ:
            yield
            return
        self.remove()
        self.path.mkdir(mode=0o700)
        os.environ[VARIABLE] = str(self.path)
        try:
            yield
        finally:
            del os.environ[VARIABLE]

    def remove(self) -> None:
        """Delete the folder; no engine may be using it."""
        shutil.rmtree(self.path, ignore_errors=True)
