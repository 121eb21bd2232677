"""An in-memory cache of images rendered for the model, limited in bytes."""

from __future__ import annotations

from cachetools import LRUCache

from backend.drawings.formats.format import Size
from backend.geometry import Box
from backend.model.service import ModelImage

#: Content (sha256), page, region (canvas pixels) and size (pixels).
Key = tuple[str, int, Box, Size]


class ImageCache(LRUCache[Key, ModelImage]):
    """Holds at most `limit` bytes of pixels; a larger image is not cached."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit, getsizeof=lambda image: len(image.rgb))

    def put(self, key: Key, image: ModelImage) -> None:
        """Add an image; the least recently used ones make room."""
        if len(image.rgb) <= self.maxsize:
            self[key] = image

    def forget(self, content: str) -> None:
        """Remove every image of a content."""
        for key in [key for key in self if key[0] == content]:
            del self[key]
