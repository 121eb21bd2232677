"""Where the ODA File Converter is, without which DWG is refused. Starts nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

#: As the converter's package installs it.
PROGRAM = "ODAFileConverter"


def find_converter(setting: Path | None) -> Path | None:
    """The converter that the setting names, else the one in PATH, else None."""
    if setting is not None:
        return setting
    found = shutil.which(PROGRAM)
    return None if found is None else Path(found)
