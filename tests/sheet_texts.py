"""Pages of text written down by hand, for the tests of extraction."""

from __future__ import annotations

from backend.drawing import TextItem, TextSource
from backend.evidence.index.sheet_index import PageText
from backend.geometry import Box

#: text, x, y, width, height and, where it is turned, the angle.
Placed = tuple[str, float, float, float, float] | tuple[str, float, float, float, float, float]


def page_of(
    *texts: Placed, size: tuple[float, float] = (3508, 2480), source: TextSource = "vector"
) -> PageText:
    """A page of these texts."""
    items = [
        TextItem(
            one[0],
            Box(one[1], one[2], one[3], one[4]),
            one[5] if len(one) == 6 else 0.0,
            "ocr" if source == "ocr" else "vector",
        )
        for one in texts
    ]
    return PageText("d1", 1, items, source, *size)


def row_of(y: float, *cells: tuple[str, float], height: float = 36) -> list[Placed]:
    """Cells on one line: each text with its left edge."""
    return [(text, x, y, len(text) * height * 0.6, height) for text, x in cells]


#: A title block as CAD templates have it, with the grid of the frame around.
TITLE_BLOCK: list[Placed] = [
    *[(letter, x, y, 25, 36) for x in (190, 3405) for letter, y in
      (("A", 380), ("B", 940), ("C", 1500), ("D", 2060))],
    *[(number, x, y, 22, 36) for y in (70, 2374) for number, x in
      (("1", 490), ("2", 1013), ("3", 1539), ("4", 2064), ("5", 2592), ("6", 3116))],
    ("Title", 2059, 1805, 91, 38), ("FLANGE", 2076, 1856, 300, 61),
    ("Material", 1282, 1947, 169, 38), ("S235JR", 1301, 1998, 237, 60),
    ("Drawing no.", 2062, 1948, 250, 46), ("83-8834", 2077, 1997, 294, 61),
    ("Rev.", 2983, 1949, 85, 36),
    ("General tolerance", 1282, 2088, 377, 38), ("ISO 2768-mK", 1302, 2136, 375, 64),
    ("SCALE: 1:2", 2579, 2088, 215, 38),
    ("Drawn", 1282, 2232, 133, 36), ("M. NOVAK", 1301, 2281, 374, 61),
    ("Projection", 2700, 2232, 212, 46),
]  # fmt: skip
