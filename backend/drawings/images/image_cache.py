"""Pictures made lately, kept for the next question within a number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from backend.model.service import ModelImage

K = TypeVar("K")


class PictureCache(Generic[K]):
    """The pictures used last, within a number of bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = 0
        self._kept: OrderedDict[K, ModelImage] = OrderedDict()

    def get(self, key: K) -> ModelImage | None:
        """The picture, now the one used last."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, key: K, picture: ModelImage) -> None:
        """Keep it; the ones used longest ago make room."""
        if (replaced := self._kept.pop(key, None)) is not None:
            self._bytes -= len(replaced.rgb)
        self._bytes += len(picture.rgb)
        self._kept[key] = picture
        while self._bytes > self._limit and self._kept:
            self._bytes -= len(self._kept.popitem(last=False)[1].rgb)

    def forget(self, wanted: Callable[[K], bool]) -> None:
        """Drop the pictures whose key this holds for."""
        for key in [key for key in self._kept if wanted(key)]:
            self._bytes -= len(self._kept.pop(key).rgb)
