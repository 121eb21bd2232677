"""Whether scans can be read here, and what a worker's reading becomes in the server.

The server does not load the models or OpenCV: `recogniser.py` does, in the workers.
"""

from __future__ import annotations

import importlib.util
from typing import Any

from backend.drawings.text.ocr_merge import Reading
from backend.geometry import Box


def ocr_is_installed() -> bool:
    """True where the OCR package can be imported; nothing is loaded."""
    return importlib.util.find_spec("rapidocr_onnxruntime") is not None


def readings_of(values: list[dict[str, Any]]) -> list[Reading]:
    """From a worker's answer."""
    return [
        Reading(**{**value, "box": Box(*value["box"]), "size": tuple(value["size"])})
        for value in values
    ]
