"""Checks whether a drawn sign is plausible at its place: its size, its level and its gap to the
letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from backend.drawings.symbols.text_frame import Extent, TextFrame, is_digit
from backend.drawings.text.text_lines import Letter


@dataclass(frozen=True, slots=True)
class Room:
    """The area allowed for a sign before or behind a number, in digit heights."""

    height: tuple[float, float]
    width: tuple[float, float]
    middle: tuple[float, float]
    gap: float

    def holds(self, extent: Extent, gap: float) -> bool:
        """Whether a shape of this extent, at this gap from the number, is inside."""
        return (
            self.height[0] <= extent.height <= self.height[1]
            and self.width[0] <= extent.width <= self.width[1]
            and self.middle[0] <= extent.center[1] <= self.middle[1]
            and gap <= self.gap
        )

    def at(self, middle: tuple[float, float]) -> Room:
        """Return the same area at another level."""
        return replace(self, middle=middle)


BEFORE = {
    "Ø": Room((0.55, 1.75), (0.45, 1.7), (0.15, 0.85), 1.2),
    "±": Room((0.45, 1.4), (0.3, 1.2), (0.05, 0.85), 0.8),
    "↧": Room((0.5, 1.6), (0.3, 1.5), (0.1, 0.9), 1.2),
    "⌴": Room((0.3, 1.3), (0.5, 2.3), (-0.1, 0.85), 1.2),
    "⌵": Room((0.3, 1.3), (0.5, 2.3), (-0.1, 0.85), 1.2),
    "□": Room((0.5, 1.25), (0.5, 1.25), (0.2, 0.8), 0.8),
    "⌒": Room((0.12, 0.9), (0.5, 1.6), (0.2, 1.1), 0.85),
    "√": Room((0.8, 3.4), (0.5, 3.4), (-0.9, 1.2), 1.2),
    "(": Room((0.9, 2.0), (0.06, 0.7), (0.2, 0.8), 1.3),
    "[": Room((0.9, 2.0), (0.06, 0.7), (0.2, 0.8), 1.3),
}
BEHIND = {
    "°": Room((0.12, 0.55), (0.12, 0.55), (0.55, 1.25), 0.5),
    ")": BEFORE["("],
    "]": BEFORE["["],
}
OPENING = {"(": ")", "[": "]"}
#: Drawn signs that may follow another one.
CHAINED = frozenset("Ø□⌒±")


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The letters around a candidate, and the gaps to them in digit heights."""

    left: Letter | None
    right: Letter | None
    gap_left: float
    gap_right: float
    inside: tuple[Letter, ...]

    @classmethod
    def of(cls, letters: Sequence[Letter], extent: Extent, frame: TextFrame) -> Neighbours:
        """Return the neighbours among a line's letters, which are sorted by their start."""
        left = right = None
        inside = []
        for letter in letters:  # sorted by start
            start, end = frame_u(letter.start, frame), frame_u(letter.end, frame)
            middle = (start + end) / 2
            if middle < extent.left + 0.1:
                left = letter
            elif middle > extent.right - 0.1:
                right = letter
                break
            else:
                inside.append(letter)
        gap_left = extent.left - frame_u(left.end, frame) if left else 99.0
        gap_right = frame_u(right.start, frame) - extent.right if right else 99.0
        return cls(left, right, gap_left, gap_right, tuple(inside))


def frame_u(along: float, frame: TextFrame) -> float:
    """Return a place along the text in digit heights."""
    return along / frame.height


def allowed_signs(place: Neighbours, extent: Extent) -> frozenset[str]:
    """Return the signs that are plausible there."""
    signs: set[str] = set()
    right, left = place.right, place.left
    if right is not None and -0.35 <= place.gap_right and place.gap_left >= -0.35:
        signs |= {
            sign
            for sign, room in BEFORE.items()
            if room.holds(extent, place.gap_right) and _may_precede(sign, right)
        }
    if left is not None and -0.35 <= place.gap_left and place.gap_right >= -0.35:
        signs |= {
            sign
            for sign, room in BEHIND.items()
            if room.holds(extent, place.gap_left)
            and (is_digit(left) or (sign != "°" and not left.text.isspace()))
        }
    return frozenset(signs)


def _may_precede(sign: str, right: Letter) -> bool:
    if sign in OPENING:
        return is_digit(right) or right.text in ".,ØR±" or right.is_drawn
    if is_digit(right) or right.text in ".,":
        return True
    if sign == "√":  # the letters of a roughness follow: Ra, Rz, N8
        return right.text in "RN"
    return right.is_drawn and right.text in CHAINED and sign not in "±°"


def without_lone_brackets(letters: list[Letter]) -> list[Letter]:
    """Drop drawn brackets that are not in pairs around something."""
    kept: list[Letter] = list(letters)
    for letter in letters:
        if not letter.is_drawn:
            continue
        if letter.text in OPENING:
            after = [one.text for one in letters if one.start > letter.start]
            if OPENING[letter.text] not in after:
                kept.remove(letter)
        elif letter.text in OPENING.values():
            before = [one.text for one in letters if one.start < letter.start]
            if not any(OPENING.get(one) == letter.text for one in before):
                kept.remove(letter)
    return kept
