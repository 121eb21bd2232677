"""Checks whether OCR is installed, and decodes a worker's readings for the server.

The server does not load the models or OpenCV: `recogniser.py` does, in the workers.
"""

from __future__ import annotations

import importlib.util
from typing import Any

from backend.drawings.text.ocr_merge import Reading
from backend.geometry import Box


def ocr_is_installed() -> bool:
    """Whether the OCR package can be imported, without importing it."""
    return importlib.util.find_spec("rapidocr_onnxruntime") is not None


def readings_of(values: list[dict[str, Any]]) -> list[Reading]:
    """Decode a worker's answer."""
    return [
        Reading(**{**value, "box": Box(*value["box"]), "size": tuple(value["size"])})
        for value in values
    ]
