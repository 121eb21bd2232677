"""Where the parts of an engine meet: a private folder for their Unix sockets.

Left to itself vLLM puts them beside everybody's temporary files, and an engine that is killed
leaves them there for ever.
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
    """One for each data folder, which has one server; in the folder of temporary files, as the
    path of a socket has 107 bytes at most (unix(7)) and a data folder may lie deep."""

    def __init__(self, data_folder: Path) -> None:
        key = hashlib.sha256(os.fsencode(data_folder.resolve())).hexdigest()[:12]
        self.path = Path(tempfile.gettempdir()) / f"drawing-chat-{os.getuid()}-{key}"

    @contextmanager
    def named(self) -> Iterator[None]:
        """While an engine is built vLLM finds this folder in the environment, empty, whatever a
        killed server has left in it; not afterwards, as it goes with the engine. A folder that
        somebody has named there stays. Raises `OSError` where something else stands in its place.
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
        """Nothing may use it any more."""
        shutil.rmtree(self.path, ignore_errors=True)
