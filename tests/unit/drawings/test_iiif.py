"""IIIF Image API 3.0 parameters, one rule of the specification at a time."""

from __future__ import annotations

import pytest

from backend.drawings.images import iiif
from backend.errors import BadRegion, BadRequest

PAGE = (1000, 600)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("full", (0, 0, 1000, 600)),
        ("square", (200, 0, 600, 600)),
        ("10,20,30,40", (10, 20, 30, 40)),
        ("900,500,400,400", (900, 500, 100, 100)),
        ("pct:10,10,50,50", (100, 60, 500, 300)),
        ("pct:12.5,0,25,100", (125, 0, 250, 600)),
    ],
)
def test_regions(text: str, region: iiif.Region) -> None:
    assert iiif.parse_region(text, PAGE) == region


@pytest.mark.parametrize("text", ["1000,0,10,10", "0,0,0,10", "0,600,10,10", "pct:100,0,10,10"])
def test_regions_outside_or_empty(text: str) -> None:
    with pytest.raises(BadRegion):
        iiif.parse_region(text, PAGE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "all",
        "1,2,3",
        "-1,0,5,5",
        "1.5,0,5,5",
        "pct:-1,0,5,5",
        "a,b,c,d",
        "٣,0,5,5",
        "9" * 5000 + ",0,5,5",
    ],
)
def test_regions_not_understood(text: str) -> None:
    with pytest.raises(BadRequest):
        iiif.parse_region(text, PAGE)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("max", (400, 200)),
        ("^max", (7071, 3535)),
        ("100,", (100, 50)),
        (",100", (200, 100)),
        ("^800,", (800, 400)),
        ("pct:50", (200, 100)),
        ("^pct:200", (800, 400)),
        ("100,100", (100, 100)),
        ("!100,100", (100, 50)),
        ("!400,1000", (400, 200)),
        ("^!1000,1000", (1000, 500)),
    ],
)
def test_sizes(text: str, size: iiif.Size) -> None:
    assert iiif.parse_size(text, (0, 0, 400, 200)) == size


@pytest.mark.parametrize(
    "text",
    [
        "",
        "full",
        "401,",
        ",201",
        "pct:101",
        "0,",
        "0,10",
        "pct:0",
        "!1000,1000",
        "!10,",
        ",",
        "-5,",
        "^20000,",
        "9999999999,1",
        "!0,0",
        "!0,100",
        "^!100,0",
        "٣,",
        "9" * 5000 + ",",
        "pct:" + "9" * 5000,
    ],
)
def test_sizes_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        iiif.parse_size(text, (0, 0, 400, 200))


def test_max_stays_within_the_limits() -> None:
    width, height = iiif.parse_size("max", (0, 0, 28_087, 19_866))
    assert width * height <= iiif.MAX_AREA
    assert width / height == pytest.approx(28_087 / 19_866, rel=1e-3)


@pytest.mark.parametrize(
    ("text", "rotation"),
    [
        ("0", (False, 0)),
        ("90", (False, 90)),
        ("!0", (True, 0)),
        ("22.5", (False, 22.5)),
        ("360", (False, 0)),
    ],
)
def test_rotations(text: str, rotation: tuple[bool, float]) -> None:
    assert iiif.parse_rotation(text) == rotation


@pytest.mark.parametrize("text", ["", "-90", "361", "a", "!", "90!", "1e2", "٣", "9" * 5000])
def test_rotations_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        iiif.parse_rotation(text)


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("full/max/0/default.jpg", "full/max/0/default.jpg"),
        ("0,0,1000,600/1000,/360/color.png", "full/max/0/default.png"),
        ("pct:0,0,50,50/!100,100/!90.0/gray.png", "0,0,500,300/100,60/!90/gray.png"),
        ("0,0,10,10/^20,/0.50/bitonal.webp", "0,0,10,10/^20,20/0.5/bitonal.webp"),
        ("square/pct:50/0/default.jpg", "200,0,600,600/300,300/0/default.jpg"),
    ],
)
def test_canonical_addresses(address: str, canonical: str) -> None:
    region, size, rotation, last = address.split("/")
    quality, format_name = last.split(".")
    wanted = iiif.parse(PAGE, region, size, rotation, quality, format_name)
    assert wanted.canonical == canonical
    region, size, rotation, last = canonical.split("/")
    again = iiif.parse(PAGE, region, size, rotation, *last.split("."))
    assert (again.region, again.size, again.canonical) == (wanted.region, wanted.size, canonical)


@pytest.mark.parametrize(
    ("quality", "format_name"), [("best", "jpg"), ("default", "tif"), ("default", "exe")]
)
def test_quality_and_format_refused(quality: str, format_name: str) -> None:
    with pytest.raises(BadRequest):
        iiif.parse(PAGE, "full", "max", "0", quality, format_name)


def test_information_offers_only_sizes_that_are_served() -> None:
    document = iiif.information("http://localhost/iiif/x.1", (28_087, 19_866))
    assert document["tiles"][0]["scaleFactors"][-1] == 64
    for size in document["sizes"]:
        assert iiif.parse_size(f"{size['width']},{size['height']}", (0, 0, 28_087, 19_866))
