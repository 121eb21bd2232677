"""Reads `demo.json`, which marks a checkpoint as the project's demo model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE_NAME = "demo.json"


def read_marker(folder: Path) -> dict[str, Any]:
    """The marker in `folder`; empty for any other model, or if it cannot be read."""
    try:
        marker = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return marker if isinstance(marker, dict) else {}


def demo_settings(folder: Path) -> dict[str, int]:
    """The settings with which the demo model was trained: integers by field name."""
    settings = read_marker(folder).get("settings")
    if not isinstance(settings, dict):
        return {}
    return {str(key): value for key, value in settings.items() if type(value) is int}
