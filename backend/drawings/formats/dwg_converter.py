"""Locates the ODA File Converter; without it, DWG files are refused."""

from __future__ import annotations

import shutil
from pathlib import Path

#: Path used by the converter's own installer.
PROGRAM = "ODAFileConverter"


def find_converter(setting: Path | None) -> Path | None:
    """The converter named by the setting, otherwise the one in PATH, otherwise None."""
    if setting is not None:
        return setting
    found = shutil.which(PROGRAM)
    return None if found is None else Path(found)
