"""Reads each recognised number a second time, to find its Ø, its ° and its small stacked tolerance.

The number is cut out upright and enlarged. The shapes of its pieces of ink settle what the letters
leave open; an unreadable deviation lowers the confidence in the number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from backend.drawings.text.glyph_shapes import Glyph, glyphs_of, is_diameter, is_ring
from backend.drawings.text.upright import Frame, Pixels

#: Height of a first reading's box on the enlarged picture, in pixels: digits of about 40.
TALL = 60
#: The margins around a reading, in its heights: left, above, right, below.
AROUND = (1.7, 0.7, 3.2, 0.7)
#: Height range of a deviation's digits, in heights of the number's digits.
SMALL = (0.3, 0.85)
#: Confidence of a number whose deviation is unreadable, and the least to accept a reading.
UNREAD = 0.7
ENOUGH = 0.75

_DEVIATION = re.compile(r"[+\-−±]?\d+(?:[.,]\d+)?°?")
#: Preferred Ra values of ISO 21920-1, next to its symbol.
_ROUGHNESS = re.compile(
    r"[/√vV]?(?:0[.,](?:0[0-9]+|1|2|4|8)|1[.,]6|3[.,]2|6[.,]3|12[.,]5|25|50|100)"
)
ROUGHNESS = "roughness"
#: A prefix of a size before its Ø.
_COUNT = re.compile(r"\(?(?:\d+\s?[xX×])?\s?S?")

#: Recognises upright pictures of one line each: text and confidence.
Recognise = Callable[[Sequence[Pixels]], list[tuple[str, float]]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A text, its frame and its confidence."""

    text: str
    frame: Frame
    trust: float
    role: str | None = None


def look_closer(picture: Pixels, seen: Seen, recognise: Recognise) -> list[Seen]:
    """Return the number as on the picture, and a stacked tolerance behind it as separate texts;
    `seen` itself if there is nothing to add.
    """
    if not re.search(r"\d", seen.text):
        return [seen]
    view = _View.of(picture, seen.frame)
    if view is None:
        return [seen]
    sign = next((g for g in view.row if is_diameter(g)), None)
    tail = view.tail()
    ring = view.ring()
    grown = view.parentheses()
    if _ROUGHNESS.fullmatch(seen.text) and _has_roughness_symbol(picture, seen.frame):
        return [replace(seen, text=seen.text.lstrip("/√"), role=ROUGHNESS)]
    if not (sign or tail or ring or grown):
        return [seen]
    main = _main(view, seen, sign, ring, bool(tail), recognise)
    return [main] if not tail else _with_tail(view, main, tail, recognise)


def _has_roughness_symbol(picture: Pixels, frame: Frame) -> bool:
    """Match two strokes at 60° that meet above, below or beside the number (ISO 1302)."""
    high, width = frame.height, frame.width
    left, above = 1.2 * high, 1.6 * high
    scale = TALL / high
    around = frame.part(-left, -above, width + left, high + above).cut_out(picture, scale)
    grey = np.ascontiguousarray(around[:, :, 1])
    ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)[1]
    rows = slice(int(above * scale), int((above + high) * scale))
    columns = slice(int(left * scale), int((left + width) * scale))
    ink[rows, columns][:, :] = 0  # the digits themselves have slants
    found = cv2.HoughLinesP(ink, 1, np.pi / 180, 20, minLineLength=0.5 * TALL, maxLineGap=3)
    if found is None:
        return False
    ends = found.reshape(-1, 4)
    slants = [math.degrees(math.atan2(y1 - y2, x2 - x1)) % 180 for x1, y1, x2, y2 in ends]
    return all(any(abs(slant - wanted) < 7 for slant in slants) for wanted in (60, 120))


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """The enlarged picture around a reading, and its pieces of ink."""

    picture: Pixels
    frame: Frame
    scale: float
    glyphs: list[Glyph]
    row: list[Glyph]
    tall: float

    @classmethod
    def of(cls, picture: Pixels, frame: Frame) -> _View | None:
        high = frame.height
        left, above, right, below = (share * high for share in AROUND)
        around = frame.part(-left, -above, frame.width + right, high + below)
        scale = TALL / high
        cut = around.cut_out(picture, scale)
        glyphs = glyphs_of(np.ascontiguousarray(cut[:, :, 1]))
        inside = [g for g in glyphs if _is_inside(g, frame, left, above, scale)]
        if not inside:
            return None
        # The stroke of a Ø extends beyond the digits.
        figures = [g for g in inside if not is_diameter(g)] or inside
        heights = sorted(g.height for g in figures)
        tall = float(heights[(3 * len(heights)) // 4])
        if not 0.35 * TALL < tall < 1.05 * TALL:
            return None
        row = _row(glyphs, inside, tall)
        return cls(cut, around, scale, glyphs, row, tall) if row else None

    def tail(self) -> list[list[Glyph]]:
        """Return two rows of smaller digits right behind the number; none without a stack."""
        last = self.row[-1].right
        centre = float(np.median([g.middle for g in self.row]))
        found: list[Glyph] = []
        reach = last + 1.6 * self.tall
        for glyph in self.glyphs:
            near = last - 0.1 * self.tall < glyph.left < reach
            if not near or glyph in self.row or glyph.height > SMALL[1] * self.tall:
                continue
            if abs(glyph.middle - centre) > 1.1 * self.tall or glyph.width > self.tall:
                continue
            found.append(glyph)
            reach = max(reach, glyph.right + 0.6 * self.tall)
        digits = [g for g in found if g.height >= SMALL[0] * self.tall]
        rows = [
            [g for g in digits if g.bottom <= centre + 0.2 * self.tall],
            [g for g in digits if g.top >= centre - 0.2 * self.tall],
        ]
        if not all(rows) or set(map(id, rows[0])) & set(map(id, rows[1])):
            return []
        return [_all_of(row, found) for row in rows]

    def ring(self) -> Glyph | None:
        """Return the degree sign right behind the number."""
        last = self.row[-1]
        for glyph in self.glyphs:
            low = glyph.bottom < last.middle + 0.1 * self.tall
            near = -0.1 * self.tall < glyph.left - last.right < 0.4 * self.tall
            small = 0.2 * self.tall < glyph.height < 0.65 * self.tall
            if low and near and small and glyph.top < last.top + 0.3 * self.tall and is_ring(glyph):
                return glyph
        return None

    def parentheses(self) -> list[Glyph]:
        """Return tall narrow strokes on both sides, if both are there."""
        left = [g for g in self.glyphs if self._is_bracket(g) and
                0 <= self.row[0].left - g.right < 0.5 * self.tall]  # fmt: skip
        right = [g for g in self.glyphs if self._is_bracket(g) and
                 0 <= g.left - self.row[-1].right < 0.5 * self.tall]  # fmt: skip
        return [left[-1], right[0]] if left and right else []

    def _is_bracket(self, glyph: Glyph) -> bool:
        share = glyph.mask.mean()
        return (
            1.05 * self.tall < glyph.height < 2.2 * self.tall
            and 0.1 < glyph.width / glyph.height < 0.45
            and share < 0.6
        )

    def cut(self, left: float, top: float, right: float, bottom: float) -> Pixels:
        """Return a part of the picture with some paper around."""
        pad = 0.18 * (bottom - top)
        high, wide = self.picture.shape[:2]
        rows = slice(max(0, int(top - pad)), min(high, int(bottom + pad) + 1))
        columns = slice(max(0, int(left - pad)), min(wide, int(right + pad) + 1))
        return np.ascontiguousarray(self.picture[rows, columns])

    def without(self, glyphs: Sequence[Glyph | None]) -> _View:
        """Return the same with these pieces of ink erased."""
        picture = self.picture.copy()
        for glyph in glyphs:
            if glyph is not None:
                mask = cv2.dilate(np.pad(glyph.mask, 2), np.ones((5, 5), np.uint8)) > 0
                top, left = max(0, glyph.top - 2), max(0, glyph.left - 2)
                part = picture[top : glyph.bottom + 2, left : glyph.right + 2]
                mask = mask[top - glyph.top + 2 :, left - glyph.left + 2 :]
                part[mask[: part.shape[0], : part.shape[1]]] = 255
        return replace(self, picture=picture)

    def alone(self, glyphs: Sequence[Glyph]) -> Pixels:
        """Return only these pieces of ink, in black."""
        left, top, right, bottom = _bounds(glyphs)
        pad = max(4, int(0.2 * (bottom - top)))
        shown = np.full((bottom - top + 2 * pad, right - left + 2 * pad, 3), 255, np.uint8)
        for g in glyphs:
            y, x = g.top - top + pad, g.left - left + pad
            source = self.picture[g.top : g.bottom, g.left : g.right]
            part = shown[y : y + g.height, x : x + g.width]
            part[g.mask > 0] = source[g.mask > 0]
        return shown

    def back(self, left: float, top: float, right: float, bottom: float) -> Frame:
        """Map a part of the picture back to a frame on the page's picture."""
        return self.frame.part(*(value / self.scale for value in (left, top, right, bottom)))


def _is_inside(glyph: Glyph, frame: Frame, left: float, above: float, scale: float) -> bool:
    x = (glyph.left + glyph.width / 2) / scale - left
    y = glyph.middle / scale - above
    if not (0 <= x <= frame.width and 0.2 * frame.height <= y <= 0.8 * frame.height):
        return False
    return 0.35 * TALL <= glyph.height <= 1.15 * TALL and glyph.width <= 1.3 * TALL


def _row(glyphs: list[Glyph], inside: list[Glyph], tall: float) -> list[Glyph]:
    """Return the number's own full-sized pieces, with a missed Ø before it."""
    large = [g for g in inside if g.height >= SMALL[1] * tall]
    if not large:
        return []
    centre = float(np.median([g.middle for g in large]))
    row = [g for g in large if abs(g.middle - centre) < 0.3 * tall]
    if not row:
        return []
    before = [g for g in glyphs if g not in row and is_diameter(g)
              and abs(g.middle - centre) < 0.3 * tall and 0.8 * tall < g.height < 1.6 * tall
              and -0.1 * tall < row[0].left - g.right < 0.9 * tall]  # fmt: skip
    return [*before[-1:], *row]


def _all_of(row: list[Glyph], found: list[Glyph]) -> list[Glyph]:
    """Return a row with its signs and points."""
    _, top, _, bottom = _bounds(row)
    return [g for g in found if top - 2 <= g.middle <= bottom + 0.35 * (bottom - top)]


def _bounds(glyphs: Sequence[Glyph]) -> tuple[int, int, int, int]:
    return (
        min(g.left for g in glyphs),
        min(g.top for g in glyphs),
        max(g.right for g in glyphs),
        max(g.bottom for g in glyphs),
    )


def _main(
    view: _View,
    seen: Seen,
    sign: Glyph | None,
    ring: Glyph | None,
    cut_tail: bool,
    recognise: Recognise,
) -> Seen:
    left, top, right, bottom = _bounds(view.row)
    if not cut_tail and ring is None:  # pieces behind the full-sized digits belong to it
        right = max(right, round((seen.frame.width + AROUND[0] * seen.frame.height) * view.scale))
    parts: list[tuple[float, float]] = [(left, right)]
    if sign is not None:
        parts = [(sign.right + 1, right)]
        before = [g for g in view.row if g.right <= sign.left + 2]
        if before:
            parts.insert(0, (_bounds(before)[0], sign.left - 1))
    clear = view.without([sign, ring])
    read = recognise([clear.cut(a, top, b, bottom) for a, b in parts])
    texts = [text.strip() for text, _ in read]
    trust = min(each for _, each in read)
    if trust < ENOUGH:
        return replace(seen, trust=min(seen.trust, UNREAD))
    if sign is not None and len(texts) == 2 and not _COUNT.fullmatch(texts[0]):
        return seen
    text = "Ø".join(texts) if len(texts) == 2 else ("Ø" if sign else "") + texts[0]
    text = text.replace("xØ", "x Ø") if sign else text
    if ring is not None and not re.search(r"\d[°%]?$", text):
        return seen
    if ring is not None:
        text, right = text.rstrip("°%") + "°", ring.right
    brackets = view.parentheses()
    if brackets and not text.startswith("(") and not cut_tail:
        text, left, right = f"({text.strip('()')})", brackets[0].left, brackets[1].right
    return Seen(text, view.back(left, top, right, bottom), trust)


def _with_tail(
    view: _View, main: Seen, tail: list[list[Glyph]], recognise: Recognise
) -> list[Seen]:
    read = recognise([view.alone(row) for row in tail])
    texts = [text.replace(" ", "").replace("O", "0").replace("o", "0") for text, _ in read]
    trust = min(each for _, each in read)
    good = all(_DEVIATION.fullmatch(text) for text in texts) and trust >= ENOUGH
    if not good or not any(text[0] in "+-−±" for text in texts):
        return [replace(main, trust=min(main.trust, UNREAD))]
    whole = view.back(*_bounds([*view.row, *tail[0], *tail[1]]))
    return [Seen(f"{main.text} {texts[0]}/{texts[1]}", whole, min(main.trust, trust))]
