"""What `demo.json` in a checkpoint's folder says of the project's own demo model.

Knows neither settings nor engine.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE_NAME = "demo.json"


def read_marker(folder: Path) -> dict[str, Any]:
    """The marker in `folder`; empty for any other model, and where it cannot be read."""
    try:
        marker = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return marker if isinstance(marker, dict) else {}


def proposed_settings(folder: Path) -> dict[str, int]:
    """Settings that the demo model was trained with: whole numbers by field name."""
    proposed = read_marker(folder).get("settings")
    if not isinstance(proposed, dict):
        return {}
    return {str(key): value for key, value in proposed.items() if type(value) is int}
