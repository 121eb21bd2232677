"""A sheet as plain values: style, shapes, dimensions, and the facts stated on it."""

from __future__ import annotations

from dataclasses import dataclass, field

from demo.sheets.shapes import Dimension, Lettering, Shape


@dataclass(frozen=True, slots=True)
class Style:
    """The drawing style. Heights in millimetres; `weight` scales the line widths.

    `plain` is simple enough for a very small model to learn in an hour: one title block, no notes,
    no deviations.
    """

    font: str
    decimal: str
    language: str  # language of labels and notes: "en" or "de"
    lettering: float = 5.0
    label: float = 2.5
    weight: float = 1.0
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that can be asked about. `value` is written exactly as on the sheet.

    `key` is from the list in `demo/training/questions.py`; `place` is `title_block`, `view`,
    `notes`, `bom` or `revisions`; `number` is the nominal size in millimetres or degrees.
    """

    key: str
    value: str
    place: str
    number: float | None = None


@dataclass(slots=True)
class Sheet:
    """`width` × `height` in millimetres, origin bottom left."""

    width: float
    height: float
    style: Style
    kind: str
    scale: tuple[int, int] = (1, 1)
    shapes: list[Shape] = field(default_factory=list)
    dimensions: list[Dimension] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)

    @property
    def factor(self) -> float:
        """Millimetres on the paper per millimetre of the part."""
        return self.scale[0] / self.scale[1]

    @property
    def scale_text(self) -> str:
        return f"{self.scale[0]}:{self.scale[1]}"

    def value(self, key: str) -> str | None:
        """The value on the sheet for `key`, or None."""
        return next((fact.value for fact in self.facts if fact.key == key), None)

    def letter(
        self,
        x: float,
        y: float,
        text: str,
        height: float | None = None,
        *,
        anchor: str = "left",
        key: str = "",
    ) -> None:
        """Add upright text; by default in the sheet's own height."""
        size = self.style.lettering if height is None else height
        self.shapes.append(Lettering((x, y), text, size, anchor, key))  # type: ignore[arg-type]
