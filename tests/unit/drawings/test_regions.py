"""The size at which the model sees a region."""

from __future__ import annotations

import pytest

from backend.drawing import PageInfo
from backend.drawings.images.regions import crop_size
from backend.geometry import Box

BUDGET = (1024, 4_194_304)


def page(dpi: float | None) -> PageInfo:
    return PageInfo(1, 3508, 2480, "vector", dpi)


@pytest.mark.parametrize(
    ("region", "dpi", "vector", "most_dpi", "size"),
    [
        # A scan keeps its pixels, a vector page is drawn finer: at most 1200 dpi on 300.
        ((0, 0, 320, 160), 300, False, 1200, (320, 160)),
        ((0, 0, 320, 160), 300, True, 1200, (1280, 640)),
        ((0, 0, 1600, 1600), 300, True, 1200, (1600, 1600)),
        # Never finer than asked for, whatever the canvas has.
        ((0, 0, 1600, 800), 300, True, 60, (320, 160)),
        ((0, 0, 800, 400), 150, False, 60, (320, 160)),
        # Unless a side would be too small for the model: 100 pixels become 32, not 20.
        ((0, 0, 500, 100), 300, True, 60, (160, 32)),
        # The paper size of a photo is unknown.
        ((0, 0, 320, 160), None, False, 60, (320, 160)),
        # Coarser than the limit: no reason to enlarge.
        ((0, 0, 320, 160), 50, False, 60, (320, 160)),
    ],
)
def test_crop_size(
    region: Box, dpi: float | None, vector: bool, most_dpi: int, size: tuple[int, int]
) -> None:
    assert crop_size(region, page(dpi), vector, *BUDGET, most_dpi) == size
