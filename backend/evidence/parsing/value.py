"""The parsed value of one callout, for answers and sheets alike. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal[
    "dimension", "angle", "chamfer", "tolerance", "fit", "thread", "roughness",
    "material", "reference", "ratio", "number", "count", "weld",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """One value as written, in parts. Lengths are in the unit written, None if none is.

    `numbers` are the possible values of the nominal size: `1,250` may be 1.250 or 1250. `tolerance`
    is (upper, lower); `limits` is (larger, smaller); `words` is the text of a material, a reference
    or a ratio.
    """

    kind: Kind
    numbers: tuple[Decimal, ...] = ()
    symbol: str | None = None
    unit: str | None = None
    count: int | None = None
    tolerance: tuple[Decimal, Decimal] | None = None
    limits: tuple[Decimal, Decimal] | None = None
    fit: str | None = None
    angle: Decimal | None = None
    pitch: Decimal | None = None
    thread_class: str | None = None
    words: str | None = None


#: The separator that `find_values` puts between groups of three digits; no other is accepted.
GROUPING = "\N{NARROW NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Span:
    """A reading and its place in a text, in characters."""

    start: int
    end: int
    reading: Reading


def decimals(text: str) -> tuple[Decimal, ...]:
    """Return the possible values of a written number. Decimal comma and point; `1,250` is
    ambiguous.
    """
    if GROUPING in text:
        return (Decimal(text.replace(GROUPING, "").replace(",", ".")),)
    point, comma = text.rfind("."), text.rfind(",")
    if point >= 0 and comma >= 0:  # the later one is the decimal sign
        text = text.replace("," if point > comma else ".", "")
        return (Decimal(text.replace(",", ".")),)
    value = Decimal(text.replace(",", "."))
    whole, _, rest = text.partition(",")
    if len(rest) == 3 and 1 <= len(whole) <= 3 and whole[0] != "0":
        return (value, Decimal(whole + rest))
    return (value,)
